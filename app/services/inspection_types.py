"""Sorts of inspections with their checklists, and how often the pieces of a product need them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.models import InspectionPlan, InspectionType, Product, Tracking
from app.queries.inspections import plan_for
from app.refusals import Refused
from app.rules.inspections import Question
from app.services.activities import record
from app.transactions import lock


@dataclass(frozen=True)
class TypeFacts:
    """What is said about a sort of inspection."""

    name: str
    code: str
    checklist: Sequence[Question] = field(default_factory=tuple)
    is_blocking: bool = True
    is_archived: bool = False


def add_inspection_type(facts: TypeFacts, *, by: Actor) -> InspectionType:
    """Add a sort of inspection. Raises Refused for a code that is taken and for limits that nothing meets."""
    row = InspectionType(name="", code="", checklist=[], version=0)
    write(row, facts)
    db.session.add(row)
    db.session.flush()
    record("inspection_type.added", row, by=by)
    return row


def change_inspection_type(row: InspectionType, facts: TypeFacts, *, by: Actor) -> None:
    """Change a sort of inspection; what was inspected before keeps the checklist it had. Raises Refused."""
    lock({InspectionType: [row.id]})
    write(row, facts)
    db.session.flush()
    record("inspection_type.changed", row, by=by)


def write(row: InspectionType, facts: TypeFacts) -> None:
    """Take the facts over, with the next version of the checklist when that differs."""
    refuse_taken_code(facts.code, besides=row.id)
    refuse_impossible(facts.checklist)
    row.name, row.code, row.is_blocking = facts.name, facts.code.upper(), facts.is_blocking
    checklist = [question.as_kept() for question in facts.checklist]
    if checklist != row.checklist or not row.version:
        row.checklist, row.version = checklist, row.version + 1
    if facts.is_archived != (row.archived_at is not None):
        row.archived_at = datetime.now(UTC) if facts.is_archived else None


def refuse_taken_code(code: str, besides: int | None) -> None:
    """Raises Refused when another sort of inspection has this code."""
    taken = db.session.scalars(
        select(InspectionType.id).where(func.upper(InspectionType.code) == code.upper())
    ).first()
    if taken is not None and taken != besides:
        raise Refused("There is a sort of inspection with this code already.", "code")


def refuse_impossible(checklist: Sequence[Question]) -> None:
    """Raises Refused for a checklist without questions, and for limits that no reading can meet."""
    if not checklist:
        raise Refused("Please ask at least one question.", "checklist")
    if problem := next((question.problem for question in checklist if question.problem), ""):
        raise Refused(problem, "checklist")


def plan_inspections(
    products: Sequence[Product],
    kind: InspectionType,
    every_days: int | None,
    every_uses: int | None,
    *,
    by: Actor,
) -> list[InspectionPlan]:
    """Say how often the pieces of products need an inspection; said again, it is as said now. Raises Refused."""
    lock({Product: [product.id for product in products]})
    if every_days is None and every_uses is None:
        raise Refused("After how many days, or how many times out?", "every_days")
    if kind.archived_at is not None:
        raise Refused(f"{kind.name} is out of use.", "type_id")
    for product in products:
        refuse_unplannable(product, every_uses)
    return [plan(product, kind, every_days, every_uses, by) for product in products]


def refuse_unplannable(product: Product, every_uses: int | None) -> None:
    """Raises Refused for what is never inspected, and for uses of what nobody can tell apart."""
    if not is_plannable(product):
        raise Refused(f"{product.name} is nothing that is inspected.", "product")
    if every_uses is not None and product.tracking is not Tracking.SERIALIZED:
        raise Refused(f"Pieces of {product.name} cannot be told apart: say days.", "every_uses")


def is_plannable(product: Product) -> bool:
    """True for what has pieces that stay with us."""
    is_kept = not product.is_package and product.tracking is not Tracking.CONSUMABLE
    return is_kept and product.archived_at is None


def plan(
    product: Product, kind: InspectionType, every_days: int | None, every_uses: int | None, by: Actor
) -> InspectionPlan:
    """The same of one product, with the locks held."""
    row = plan_for(product.id, kind.id)
    if row is None:
        row = InspectionPlan(product_id=product.id, type_id=kind.id)
        db.session.add(row)
    row.every_days, row.every_uses = every_days, every_uses
    db.session.flush()
    label = f"{kind.code} · {product.name}"
    record("inspection_plan.set", product, by=by, label=label, every_days=every_days, every_uses=every_uses)
    return row


def end_plan(row: InspectionPlan, *, by: Actor) -> None:
    """The pieces of a product need this inspection no more. What was inspected stays on record."""
    product = db.session.get_one(Product, row.product_id)
    kind = db.session.get_one(InspectionType, row.type_id)
    record("inspection_plan.ended", product, by=by, label=f"{kind.code} · {product.name}")
    db.session.delete(row)
    db.session.flush()


__all__ = [
    "TypeFacts", "add_inspection_type", "change_inspection_type", "end_plan", "is_plannable", "plan_inspections",
]  # fmt: skip
