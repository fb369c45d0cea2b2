"""What is to be inspected, and what was: the lists, and one inspection."""

from flask import Response, request, url_for

from app.blueprints.crm.documents import document_answer
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import page_number, whole
from app.blueprints.warehouse import blueprint
from app.edge import actor
from app.fields import Input, Name
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Asset, Inspection
from app.permissions import Permission, requires
from app.queries import inspections as queries
from app.services.inspections import repair_failed, void_inspection

OUTCOMES = {"passed": True, "failed": False}
MOST_DAYS = 730


def due_filters() -> queries.DueFilters:
    """What the address narrows the list to."""
    asked = request.args.get("state", "to_do")
    days = whole("days")
    return queries.DueFilters(
        state=asked if asked in queries.STATES else "to_do",
        type=whole("type"),
        product=whole("product"),
        find=request.args.get("find", "").strip()[:200],
        days=queries.SOON_DAYS if days is None else min(days, MOST_DAYS),
    )


@blueprint.get("/inspections")
@requires(Permission.INSPECTIONS_READ)
def inspections() -> Response:
    """What is to be inspected, the most urgent first."""
    filters = due_filters()
    return page(
        "warehouse/inspections.html",
        part="warehouse/_inspection_list.html",
        page=queries.due_page(filters, page_number()),
        filters=filters,
        states=queries.STATES,
        types=queries.inspection_types(),
    )


@blueprint.get("/inspections.csv")
@requires(Permission.INSPECTIONS_READ)
def inspections_csv() -> Response:
    """The same list as a file, every page of it."""
    header = [
        "Tag",
        "Product",
        "Pieces",
        "Location",
        "Inspection",
        "Standing",
        "Due",
        "Uses left",
        "Last",
        "Inspected",
    ]
    rows = (
        (
            line.tag, line.product, line.pieces, line.location, line.code, line.standing.value, line.due_on,
            line.uses_left, line.number, line.inspected_on,
        )
        for line in queries.all_due(due_filters())
    )  # fmt: skip
    return csv_answer("inspections-due", header, rows)


@blueprint.get("/inspections/done")
@requires(Permission.INSPECTIONS_READ)
def inspections_done() -> Response:
    """What was inspected, newest first; `asset` in the address narrows it to one."""
    outcome = request.args.get("outcome", "")
    filters = queries.DoneFilters(
        request.args.get("find", "").strip()[:200], whole("type"), OUTCOMES.get(outcome), whole("asset")
    )
    return page(
        "warehouse/inspections_done.html",
        part="warehouse/_inspection_done_list.html",
        page=queries.done_page(filters, page_number()),
        filters=filters,
        outcome=outcome if outcome in OUTCOMES else "",
        types=queries.inspection_types(with_archived=True),
        asset=find(Asset, filters.asset) if filters.asset else None,
    )


@blueprint.get("/inspections/<int:inspection_id>")
@requires(Permission.INSPECTIONS_READ)
def inspection(inspection_id: int) -> Response:
    """One inspection: every answer, and its certificate."""
    return page("warehouse/inspection.html", row=shown(inspection_id))


def shown(inspection_id: int) -> Inspection:
    """An inspection with all that its page shows. Raises NotFound."""
    return find(Inspection, inspection_id, Inspection.type, Inspection.product, Inspection.asset)


@blueprint.get("/inspections/<int:inspection_id>/pdf")
@requires(Permission.INSPECTIONS_READ)
def inspection_pdf(inspection_id: int) -> Response:
    """The stored certificate, or the report of a failed one."""
    return document_answer(find(Inspection, inspection_id))


class VoidForm(Input):
    """Why an inspection counts no more."""

    reason: Name


@blueprint.post("/inspections/<int:inspection_id>/voiding")
@requires(Permission.INSPECTIONS_MANAGE)
@shown_again_by(inspection)
def void_one(inspection_id: int) -> Response:
    """Let a mistaken inspection count no more."""
    row = void_inspection(find(Inspection, inspection_id), read_form(VoidForm).reason, by=actor())
    say(f"{row.number} is void. The inspection before it decides again.")
    return go_to(url_for("warehouse.inspection", inspection_id=row.id))


@blueprint.post("/inspections/<int:inspection_id>/repair")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(inspection)
def repair_inspected(inspection_id: int) -> Response:
    """Open a repair for what has failed."""
    opened = repair_failed(find(Inspection, inspection_id), by=actor())
    say(f"{opened.number} is open; it is not available any more.")
    return go_to(url_for("warehouse.repair", repair_id=opened.id))
