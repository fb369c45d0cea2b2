"""Inspecting by scan: the tag, the checklist, the answers, the certificate, and the next tag at once."""

import uuid
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.inspection_said import FoundSaid
from app.blueprints.warehouse.inspections import shown
from app.blueprints.warehouse.photos import kept_photo
from app.edge import actor
from app.fields import Id, Input, RequestId, ShortText
from app.finding import find
from app.forms import form_values, shown_again_by, validate
from app.htmx import go_to, page, part
from app.models import Asset, Inspection, InspectionType, Product
from app.permissions import Permission, requires
from app.queries import inspections as queries
from app.refusals import Refused
from app.rules.inspections import judged
from app.services.inspections import BOX, inspect
from app.services.scan_codes import things_in

ALSO_DUE = 8
LONGEST_ANSWER = 500
Answer = Annotated[str, Field(max_length=LONGEST_ANSWER)]


class Asked(Input):
    """What the address, or a form that was refused, says about what is inspected now and what was before."""

    code: Annotated[str, Field(max_length=5_000)] = ""
    asset_id: Id | None = None
    product_id: Id | None = None
    type_id: Id | None = None
    repair_id: Id | None = None
    done: Id | None = None
    instrument: ShortText = ""


class Subject(NamedTuple):
    """What is inspected: an asset, or pieces of a product."""

    product: Product
    asset: Asset | None


@blueprint.get("/inspections/inspect", endpoint="inspect")
@requires(Permission.INSPECTIONS_WRITE)
def inspect_form() -> Response:
    """The station: what was scanned with its checklist, and what became of the one before."""
    asked = validate(Asked, form_values(Asked, request.values))
    try:
        subject, unknown = subject_of(asked), ""
    except Refused as refused:
        if refused.status != 422:
            raise
        subject, unknown = None, refused.message
    done = shown(asked.done) if asked.done else None
    return page(
        "warehouse/inspect.html",
        asked=asked,
        unknown=unknown,
        done=done,
        also_due=also_due(done) if done and subject is None else (),
        **(checklist(asked, subject) if subject else {"product": None}),
    )


def subject_of(asked: Asked) -> Subject | None:
    """What was scanned or chosen, if anything. Raises Refused for a code that names nothing to inspect."""
    if asked.asset_id:
        asset = find(Asset, asked.asset_id, Asset.product)
        return Subject(asset.product, asset)
    if asked.product_id:
        return Subject(find(Product, asked.product_id), None)
    if not asked.code.strip():
        return None
    thing = things_in(asked.code)[-1]
    if thing.asset_id:
        return subject_of(Asked(asset_id=thing.asset_id))
    if thing.product_id is None:
        raise Refused(f"Nothing to inspect here is called {thing.scanned.text}.", "code")
    return subject_of(Asked(product_id=thing.product_id))


def also_due(done: Inspection) -> Sequence[queries.Due]:
    """The next pieces of the same product that need the same."""
    filters = queries.DueFilters("to_do", done.type_id, done.product_id)
    return queries.due_page(filters, per_page=ALSO_DUE).items


def checklist(asked: Asked, subject: Subject) -> dict[str, Any]:
    """The questions that are asked of it: those of the sort that was chosen, else of the most urgent."""
    product, asset = subject
    due = queries.due_of(asset.id if asset else None, product.id)
    types = queries.inspection_types()
    kind = kind_asked(asked, due, types)
    questions = kind.questions if kind else []
    return {
        "product": product,
        "asset": asset,
        "due": due,
        "types": types,
        "kind": kind,
        "questions": questions,
        "box": BOX,
        "judged": judged(questions, answers_given(questions)),
        "repair_id": asked.repair_id,
        "request_id": request.form.get("request_id") or str(uuid.uuid4()),
    }


def kind_asked(
    asked: Asked, due: Sequence[queries.Due], types: Sequence[InspectionType]
) -> InspectionType | None:
    """The sort of inspection that is made."""
    wanted = asked.type_id or (due[0].type_id if due else None)
    chosen = next((one for one in types if one.id == wanted), None)
    return chosen or (types[0] if types else None)


def answers_given(questions: Sequence[object]) -> list[str]:
    """What stands in the boxes of the answers."""
    return [request.values.get(BOX.format(at), "") for at in range(len(questions))]


@blueprint.get("/inspections/marks")
@requires(Permission.INSPECTIONS_WRITE)
def inspection_marks() -> Response:
    """Whether the answers so far would pass."""
    kind = find(InspectionType, validate(Asked, form_values(Asked, request.args)).type_id or 0)
    return part(
        "warehouse/_inspection_marks.html", judged=judged(kind.questions, answers_given(kind.questions))
    )


class FoundForm(FoundSaid):
    """What was found, as the form sends it."""

    request_id: RequestId
    given: list[Answer]


@blueprint.post("/inspections/inspect")
@requires(Permission.INSPECTIONS_WRITE)
@shown_again_by(inspect_form)
def save_inspection() -> Response:
    """Keep what was found, and wait for the next tag."""
    kind = find(InspectionType, validate(Asked, form_values(Asked, request.form)).type_id or 0)
    typed = form_values(FoundForm, request.form) | {"given": answers_given(kind.questions)}
    found = validate(FoundForm, typed)
    product, asset = subject_of(Asked(asset_id=found.asset_id, product_id=found.product_id)) or nothing()
    answers = found.found(found.given, kept_photo(request.files.get("photo")))
    row = inspect(kind, product, asset, answers, by=actor(), request_id=found.request_id)
    return go_to(
        url_for("warehouse.inspect", done=row.id, type_id=kind.id, instrument=found.instrument or None)
    )


def nothing() -> Subject:
    """Raises Refused: somebody sent a checklist of nothing."""
    raise Refused("Please scan what you inspect.", "code")
