"""Inspections, for programs: what is due, inspecting, what was found, and certificates."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import named, named_product
from app.blueprints.api.files import PDF
from app.blueprints.api.inspection_types import QuestionOut
from app.blueprints.api.repairs import RepairOut
from app.blueprints.warehouse.inspecting import Answer
from app.blueprints.warehouse.inspection_said import MOST_QUESTIONS, FoundSaid
from app.blueprints.warehouse.inspections import MOST_DAYS, OUTCOMES, VoidForm, inspection_pdf
from app.edge import actor
from app.fields import Id, ShortText
from app.finding import find
from app.models import Asset, Inspection, InspectionType, Repair
from app.permissions import Permission
from app.queries import inspections as queries
from app.queries.paging import Page
from app.refusals import Refused
from app.rules.inspections import Mark, Standing
from app.services.inspections import inspect, repair_failed, void_inspection


class DueOut(Output):
    """An asset, or the counted pieces of a product, with an inspection that they need."""

    asset_id: int | None
    tag: str | None
    product_id: int
    product: str
    pieces: int
    location_id: int | None
    type_id: int
    code: str
    standing: Standing
    due_on: date | None
    uses_left: int | None
    inspection_id: int | None
    inspected_on: date | None


class DueQuery(Paging):
    """Which of them; `days` is how far ahead something counts as due soon."""

    state: Literal["to_do", "due_soon", "failed", "never", "all"] = "to_do"
    type_id: Id | None = None
    product_id: Id | None = None
    q: ShortText = ""
    days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = queries.SOON_DAYS


@operation(
    "GET", "/warehouse/inspections/due", permission=Permission.INSPECTIONS_READ, answer=DueOut, query=DueQuery,
    is_list=True,
)  # fmt: skip
def list_due_inspections(query: DueQuery) -> Page[queries.Due]:
    """What is to be inspected, the most urgent first."""
    filters = queries.DueFilters(query.state, query.type_id, query.product_id, query.q, query.days)
    return queries.due_page(filters, query.page, query.per_page)


class InspectionOut(Output):
    """An inspection that was made. `answers` stand in the order of `checklist`, which is as it was then."""

    id: int
    number: str
    type_id: int
    product_id: int
    asset_id: int | None
    quantity: int
    repair_id: int | None
    passed: bool
    inspected_on: date
    next_due_on: date | None
    instrument: str
    notes: str
    by_name: str
    recorded_at: datetime
    voided_at: datetime | None
    voided_reason: str


class FindingOut(Output):
    """An answer beside its question, judged."""

    question: QuestionOut
    answer: str
    mark: Mark


class WholeInspectionOut(InspectionOut):
    """The same with what was found."""

    findings: list[FindingOut]


class InspectionQuery(Paging):
    """Which inspections."""

    q: ShortText = ""
    type_id: Id | None = None
    asset_id: Id | None = None
    outcome: Literal["passed", "failed"] | None = None


@operation(
    "GET", "/warehouse/inspections", permission=Permission.INSPECTIONS_READ, answer=InspectionOut,
    query=InspectionQuery, is_list=True,
)  # fmt: skip
def list_inspections(query: InspectionQuery) -> Page[Inspection]:
    """Inspections that were made, newest first."""
    passed = OUTCOMES.get(query.outcome or "")
    filters = queries.DoneFilters(query.q, query.type_id, passed, query.asset_id)
    return queries.done_page(filters, query.page, query.per_page)


class InspectionIn(FoundSaid):
    """What was found, on an asset or on counted pieces of a product: an answer a question, in their order.

    Yes-or-no questions are answered with "yes" or "no", readings with the number as text, and what does not
    apply with "n/a". After a fault the rest may be left out.
    """

    answers: Annotated[list[Answer], Field(min_length=1, max_length=MOST_QUESTIONS)]


@operation(
    "POST", "/warehouse/inspections", permission=Permission.INSPECTIONS_WRITE, answer=WholeInspectionOut,
    body=InspectionIn, status=201, is_idempotent=True,
)  # fmt: skip
def create_inspection(body: InspectionIn) -> dict[str, Any]:
    """Keep what was found; the certificate is printed a moment later."""
    kind = named(InspectionType, body.type_id, "type_id")
    asset = named(Asset, body.asset_id, "asset_id") if body.asset_id else None
    if asset is None and body.product_id is None:
        raise Refused("Name an asset, or a product.", "asset_id")
    product = named_product(asset.product_id if asset else body.product_id or 0)
    answers = body.found(body.answers)
    return whole(inspect(kind, product, asset, answers, by=actor(), request_id=str(uuid.uuid4())))


def whole(row: Inspection) -> dict[str, Any]:
    """An inspection with what was found."""
    return {name: getattr(row, name) for name in InspectionOut.model_fields} | {
        "findings": row.judged.findings
    }


@operation(
    "GET", "/warehouse/inspections/<int:inspection_id>", permission=Permission.INSPECTIONS_READ,
    answer=WholeInspectionOut,
)  # fmt: skip
def get_inspection(inspection_id: int) -> dict[str, Any]:
    """One inspection."""
    return whole(find(Inspection, inspection_id))


@operation(
    "GET", "/warehouse/inspections/<int:inspection_id>/pdf", permission=Permission.INSPECTIONS_READ,
    media_types=(PDF,),
)  # fmt: skip
def get_inspection_pdf(inspection_id: int) -> Response:
    """The certificate as it was printed, or the report of a failed one."""
    answer: Response = inspection_pdf(inspection_id)
    return answer


class InspectionVoidIn(VoidForm):
    """Why an inspection counts no more."""


@operation(
    "POST", "/warehouse/inspections/<int:inspection_id>/voiding", permission=Permission.INSPECTIONS_MANAGE,
    answer=WholeInspectionOut, body=InspectionVoidIn, is_idempotent=True,
)  # fmt: skip
def void_an_inspection(inspection_id: int, body: InspectionVoidIn) -> dict[str, Any]:
    """Let a mistaken inspection count no more: the one before it decides again."""
    return whole(void_inspection(find(Inspection, inspection_id), body.reason, by=actor()))


@operation(
    "POST", "/warehouse/inspections/<int:inspection_id>/repair", permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut, status=201, is_idempotent=True,
)  # fmt: skip
def create_repair_of_inspection(inspection_id: int) -> Repair:
    """Open a repair for what has failed, with what was wrong as its note."""
    return repair_failed(find(Inspection, inspection_id), by=actor())
