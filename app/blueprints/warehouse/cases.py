"""Cases: the list, one with what is in it, and the forms to add and change one."""

from typing import Any

from flask import Response, request, url_for

from app.blueprints.inventory.downloads import pdf_answer
from app.blueprints.inventory.fields import new_request_id, page_number
from app.blueprints.warehouse import blueprint
from app.edge import actor
from app.extensions import db
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.gateways.pdf import typeset
from app.htmx import go_to, page, say
from app.models import Case, CaseState, CheckInMode, Organization
from app.permissions import Permission, requires
from app.queries import cases as queries
from app.queries.case_checking import Checking, came_back
from app.queries.case_content import packing_content
from app.queries.choices import place_options
from app.queries.locations import tags_in
from app.scope import current_organization_id
from app.services.cases import CaseFacts, add_case, change_case

CHECK_INS = [
    (CheckInMode.WHOLE.value, "Whole: one scan brings everything back"),
    (CheckInMode.EACH.value, "Each: every thing in it is scanned"),
    (CheckInMode.VERIFY.value, "Whole, then verify: back at once, looked through later"),
]
STATES = [
    (CaseState.STORED.value, "Stored"), (CaseState.PACKED.value, "Packed for an event"), (CaseState.OUT.value, "Out"),
    (CaseState.CHECKING.value, "Being checked in"),
]  # fmt: skip


def filters() -> queries.CaseFilters:
    """What the address narrows the list to."""
    state = request.args.get("state", "")
    chosen = {
        name: given for name in ("complete", "sealed") if (given := request.args.get(name)) in ("yes", "no")
    }
    return queries.CaseFilters(
        find=request.args.get("find", "").strip()[:200],
        state=CaseState(state) if state in set(CaseState) else None,
        **chosen,
    )


@blueprint.get("/cases")
@requires(Permission.SCANS_READ)
def cases() -> Response:
    """All cases: where they are, whether something is missing, what they weigh."""
    chosen = filters()
    return page(
        "warehouse/cases.html",
        part="warehouse/_case_list.html",
        page=queries.case_list(chosen, page_number()),
        filters=chosen,
        states=STATES,
    )


@blueprint.get("/cases/<int:case_id>")
@requires(Permission.SCANS_READ)
def case(case_id: int) -> Response:
    """One case: its contents, what is missing, what it weighs, where it is and was."""
    return page("warehouse/case.html", answer=None, refusal=None, **shown(queries.case_page(case_id)))


def shown(row: Case) -> dict[str, Any]:
    """What the page of a case shows, in a constant number of statements."""
    inside = queries.insides([row.location_id])[row.location_id]
    return {
        "case": row,
        "inside": inside,
        "tags": tags_in(row.location_id, [line.product_id for line in inside.own]),
        "slot_rows": queries.slot_rows(row.id),
        "inner": queries.inner_cases(row.location_id),
        "checking": Checking(row, row.location, came_back(row)) if row.verify_since else None,
        "above": queries.place_above(row.location),
        "steps": (steps := queries.steps_of(row.id)),
        "last_step": next((one.id for one in steps if not one.is_undone and not one.undoes_id), None),
        "place_options": place_options(),
        "form": current_form(),
        "new_id": new_request_id,
        "words": dict(STATES) | dict(CHECK_INS),
    }


@blueprint.get("/cases/<int:case_id>/packing-list")
@requires(Permission.SCANS_READ)
def packing_list(case_id: int) -> Response:
    """What is in a case, on paper, as it is now."""
    row = queries.case_page(case_id)
    organization = db.session.get_one(Organization, current_organization_id())
    content = packing_content(row, row.location, organization)
    return pdf_answer(f"Packing list {row.location.code}.pdf", typeset("handover", content))


@blueprint.get("/cases/new")
@requires(Permission.LOCATIONS_MANAGE)
def case_new() -> Response:
    """The empty form."""
    return form_page(None)


@blueprint.post("/cases/new")
@requires(Permission.LOCATIONS_MANAGE)
@shown_again_by(case_new)
def create_case() -> Response:
    """Add a case."""
    row = add_case(read_form(CaseFacts), by=actor())
    say("The case was added. Say what belongs into it, or pack it.")
    return go_to(url_for("warehouse.case", case_id=row.id))


@blueprint.get("/cases/<int:case_id>/edit")
@requires(Permission.LOCATIONS_MANAGE)
def case_edit(case_id: int) -> Response:
    """The form with what is known."""
    return form_page(queries.case_page(case_id))


@blueprint.post("/cases/<int:case_id>/edit")
@requires(Permission.LOCATIONS_MANAGE)
@shown_again_by(case_edit)
def edit_case(case_id: int) -> Response:
    """Say anew what a case is."""
    row, given = find(Case, case_id), read_form(CaseFacts)
    change_case(row, given, by=actor())
    say(f"{given.name} was saved.")
    return go_to(url_for("warehouse.case", case_id=case_id))


def form_page(row: Case | None) -> Response:
    """The form, for a new case or a known one."""
    return page(
        "warehouse/case_form.html",
        case=row,
        form=current_form(),
        check_ins=CHECK_INS,
        place_options=[option for option in place_options() if row is None or option[0] != row.location_id],
    )
