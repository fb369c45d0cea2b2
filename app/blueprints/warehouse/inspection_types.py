"""Setting inspections up: sorts with their checklists, and which products need them how often."""

from typing import Any

from flask import Response, request, url_for
from sqlalchemy import select

from app.blueprints.inventory.fields import chosen_product, page_number
from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.inspection_said import IntervalSaid, QuestionSaid, TypeSaid
from app.edge import actor
from app.extensions import db
from app.fields import Id, ShortText
from app.finding import find
from app.forms import read_form, read_rows, shown_again_by
from app.htmx import go_to, page, say
from app.models import Category, InspectionPlan, InspectionType, Product
from app.permissions import Permission, requires
from app.queries import inspections as queries
from app.queries.choices import offered_products
from app.refusals import Refused
from app.rules.inspections import AnswerKind
from app.services.inspection_presets import PRESETS
from app.services.inspection_types import (
    TypeFacts,
    add_inspection_type,
    change_inspection_type,
    end_plan,
    is_plannable,
    plan_inspections,
)

KINDS = [("", "Yes or no"), (AnswerKind.READING.value, "Reading"), (AnswerKind.TEXT.value, "Text")]
EMPTY_ROWS = 4
NOTHING_YET = TypeFacts("", "")


@blueprint.get("/inspection-types")
@requires(Permission.INSPECTIONS_READ)
def inspection_types() -> Response:
    """All sorts of inspections."""
    return page(
        "warehouse/inspection_types.html",
        types=queries.inspection_types(with_archived=True),
        products=queries.planned_products(),
        presets=PRESETS,
    )


@blueprint.get("/inspection-types/new")
@requires(Permission.INSPECTIONS_MANAGE)
def inspection_type_new() -> Response:
    """The form, empty or with a checklist to begin with."""
    facts = PRESETS.get(request.args.get("preset", ""), NOTHING_YET)
    return page("warehouse/inspection_type_form.html", type=None, facts=facts, **boxes(facts))


def boxes(facts: TypeFacts) -> dict[str, Any]:
    """What the boxes of the checklist hold, with some empty rows to write on."""
    rows = max(len(facts.checklist), len(typed_rows())) + EMPTY_ROWS
    questions = [*facts.checklist, *[None] * (rows - len(facts.checklist))]
    return {"questions": list(enumerate(questions)), "kinds": KINDS}


def typed_rows() -> list[str]:
    """The names of the rows that were typed, after a refusal."""
    return [name for name in request.form if name.startswith("text-")][: 2 * EMPTY_ROWS + 60]


def checklist_typed() -> list[QuestionSaid]:
    """The questions in their order; a row without a text is none. Raises Invalid."""
    return [row for _, row in sorted(read_rows(QuestionSaid, needs="text").items())]


@blueprint.post("/inspection-types/new")
@requires(Permission.INSPECTIONS_MANAGE)
@shown_again_by(inspection_type_new)
def add_type() -> Response:
    """Add a sort of inspection."""
    row = add_inspection_type(read_form(TypeSaid).facts(checklist_typed()), by=actor())
    say(f"{row.name} can be used now. Say which products need it.")
    return go_to(url_for("warehouse.inspection_type", inspection_type_id=row.id))


@blueprint.get("/inspection-types/<int:inspection_type_id>")
@requires(Permission.INSPECTIONS_READ)
def inspection_type(inspection_type_id: int) -> Response:
    """One sort: what is asked, and who needs it how often."""
    row = find(InspectionType, inspection_type_id)
    facts = TypeFacts(row.name, row.code, row.questions, row.is_blocking, row.archived_at is not None)
    return page(
        "warehouse/inspection_type.html",
        part="warehouse/_inspection_plans.html",
        type=row,
        facts=facts,
        page=queries.plans_of(row.id, page_number()),
        names=offered_products(""),
        categories=db.session.execute(select(Category.id, Category.name).order_by(Category.name)).all(),
        **boxes(facts),
    )


@blueprint.post("/inspection-types/<int:inspection_type_id>")
@requires(Permission.INSPECTIONS_MANAGE)
@shown_again_by(inspection_type)
def save_type(inspection_type_id: int) -> Response:
    """Change a sort of inspection."""
    row = find(InspectionType, inspection_type_id)
    change_inspection_type(row, read_form(TypeSaid).facts(checklist_typed()), by=actor())
    say("Saved. What was inspected before keeps its checklist.")
    return go_to(url_for("warehouse.inspection_type", inspection_type_id=inspection_type_id))


class PlanForm(IntervalSaid):
    """A product, or all of a category, and how often."""

    product: ShortText = ""
    category_id: Id | None = None


@blueprint.post("/inspection-types/<int:inspection_type_id>/plans")
@requires(Permission.INSPECTIONS_MANAGE)
@shown_again_by(inspection_type)
def add_plan(inspection_type_id: int) -> Response:
    """Say which products need it, and how often."""
    kind, given = find(InspectionType, inspection_type_id), read_form(PlanForm)
    products = products_meant(given)
    plan_inspections(products, kind, given.every_days, given.every_uses, by=actor())
    what = products[0].name if len(products) == 1 else f"{len(products)} products"
    say(f"Planned for {what}.")
    return go_to(url_for("warehouse.inspection_type", inspection_type_id=inspection_type_id))


def products_meant(given: PlanForm) -> list[Product]:
    """The product that was typed, else those of the category that are inspected at all. Raises Refused."""
    if given.product:
        return [chosen_product(given.product)]
    if given.category_id is None:
        raise Refused("Which product, or which category?", "product")
    query = select(Product).where(Product.category_id == find(Category, given.category_id).id)
    found = [row for row in db.session.scalars(query.order_by(Product.id)) if is_plannable(row)]
    if not found:
        raise Refused("Nothing of this category is inspected.", "category_id")
    return found


@blueprint.post("/inspection-plans/<int:inspection_plan_id>/removal")
@requires(Permission.INSPECTIONS_MANAGE)
def remove_plan(inspection_plan_id: int) -> Response:
    """A product needs it no more."""
    row = find(InspectionPlan, inspection_plan_id)
    type_id = row.type_id
    end_plan(row, by=actor())
    say("It is not planned any more.")
    return go_to(url_for("warehouse.inspection_type", inspection_type_id=type_id))
