"""Sorts of inspections and the plans of products, for programs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import fields_called, named_product
from app.blueprints.warehouse.inspection_said import MOST_QUESTIONS, IntervalSaid, QuestionSaid, TypeSaid
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.models import InspectionPlan, InspectionType
from app.permissions import Permission
from app.queries.inspections import inspection_types, plans_of
from app.queries.paging import Page
from app.rules.inspections import AnswerKind
from app.services.inspection_types import (
    add_inspection_type,
    change_inspection_type,
    end_plan,
    plan_inspections,
)


class QuestionOut(Output):
    """One line of a checklist. A reading is good between `lowest` and `highest`, both included."""

    text: str
    kind: AnswerKind
    unit: str
    lowest: Decimal | None
    highest: Decimal | None
    is_optional: bool


class InspectionTypeOut(Output):
    """A sort of inspection; `version` counts the changes of its checklist."""

    id: int
    name: str
    code: str
    is_blocking: bool
    version: int
    checklist: list[QuestionOut]
    archived_at: datetime | None


@operation(
    "GET", "/warehouse/inspection-types", permission=Permission.INSPECTIONS_READ, answer=InspectionTypeOut,
    is_list=True,
)  # fmt: skip
def list_inspection_types() -> Sequence[InspectionType]:
    """All sorts of inspections, those that are out of use last."""
    return inspection_types(with_archived=True)


@operation(
    "GET", "/warehouse/inspection-types/<int:inspection_type_id>", permission=Permission.INSPECTIONS_READ,
    answer=InspectionTypeOut,
)  # fmt: skip
def get_inspection_type(inspection_type_id: int) -> InspectionType:
    """One sort of inspection."""
    return find(InspectionType, inspection_type_id)


class InspectionTypeIn(TypeSaid):
    """A sort of inspection with its checklist."""

    is_blocking: bool = True
    checklist: Annotated[list[QuestionSaid], Field(min_length=1, max_length=MOST_QUESTIONS)]


@operation(
    "POST", "/warehouse/inspection-types", permission=Permission.INSPECTIONS_MANAGE, answer=InspectionTypeOut,
    body=InspectionTypeIn, status=201, is_idempotent=True,
)  # fmt: skip
def create_inspection_type(body: InspectionTypeIn) -> InspectionType:
    """Add a sort of inspection."""
    return add_inspection_type(body.facts(body.checklist), by=actor())


@operation(
    "PUT", "/warehouse/inspection-types/<int:inspection_type_id>", permission=Permission.INSPECTIONS_MANAGE,
    answer=InspectionTypeOut, body=InspectionTypeIn,
)  # fmt: skip
def replace_inspection_type(inspection_type_id: int, body: InspectionTypeIn) -> InspectionType:
    """Change a sort of inspection; what was inspected before keeps its checklist."""
    row = find(InspectionType, inspection_type_id)
    change_inspection_type(row, body.facts(body.checklist), by=actor())
    return row


class InspectionPlanOut(Output):
    """How often the pieces of a product need a sort of inspection: whichever comes first."""

    id: int
    type_id: int
    product_id: int
    every_days: int | None
    every_uses: int | None


@operation(
    "GET", "/warehouse/inspection-types/<int:inspection_type_id>/plans", permission=Permission.INSPECTIONS_READ,
    answer=InspectionPlanOut, query=Paging, is_list=True,
)  # fmt: skip
def list_inspection_plans(inspection_type_id: int, query: Paging) -> Page[InspectionPlan]:
    """The products that need a sort of inspection."""
    return plans_of(find(InspectionType, inspection_type_id).id, query.page, query.per_page)


class InspectionPlanIn(IntervalSaid):
    """A product, and how often: in days, in times out, or both; named again, it is as said now."""

    product_id: Id


@operation(
    "POST", "/warehouse/inspection-types/<int:inspection_type_id>/plans", permission=Permission.INSPECTIONS_MANAGE,
    answer=InspectionPlanOut, body=InspectionPlanIn, status=201, is_idempotent=True,
)  # fmt: skip
def put_inspection_plan(inspection_type_id: int, body: InspectionPlanIn) -> InspectionPlan:
    """Say how often the pieces of a product need a sort of inspection."""
    kind, product = find(InspectionType, inspection_type_id), named_product(body.product_id)
    with fields_called(product="product_id"):
        return plan_inspections([product], kind, body.every_days, body.every_uses, by=actor())[0]


@operation(
    "DELETE", "/warehouse/inspection-plans/<int:inspection_plan_id>", permission=Permission.INSPECTIONS_MANAGE
)
def delete_inspection_plan(inspection_plan_id: int) -> None:
    """A product needs the inspection no more; what was inspected stays on record."""
    end_plan(find(InspectionPlan, inspection_plan_id), by=actor())
