"""The demo's inspections: lamps and amplifiers tested through the year, some overdue, one that failed."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, select

from app.demo.stage import Stage
from app.extensions import db
from app.models import Asset, Category, InspectionType, Product, Tracking
from app.rules.inspections import AnswerKind, Question
from app.services.inspection_presets import ELECTRICAL, RIGGING
from app.services.inspection_types import add_inspection_type, is_plannable, plan_inspections
from app.services.inspections import Answers, inspect

PLANNED: Final = {"Scheinwerfer Led": 365, "Endstufen": 365}
LIFTED: Final = "Rigging"
MOST = 40
"""How many were tested: the rest never was."""
LONG_AGO, FAULTY = (7, 19, 23), 4
"""Which of them were tested more than a year ago, and which one failed."""
INSTRUMENT = "Secutest ST Pro 4711"
FINE: Final = {"Ω": "0.12", "MΩ": ">20", "mA": "0.05", "%": "2"}


def inspect_the_gear(stage: Stage) -> None:
    """Say what is asked of whom how often, and test most of it."""
    keeper = stage.cast["service_manager"]
    with stage.deed():
        electrical = add_inspection_type(ELECTRICAL, by=keeper).id
    with stage.deed():
        rigging = add_inspection_type(RIGGING, by=keeper).id
    for category, days in PLANNED.items():
        plan(stage, electrical, category, days)
    plan(stage, rigging, LIFTED, 365)
    with stage.deed():
        assets = list(db.session.scalars(lamps_and_amplifiers()))
    numbered = sorted(enumerate(assets), key=lambda one: -days_since(one[0]))
    for number, asset_id in numbered[: len(LONG_AGO)]:
        test(stage, electrical, asset_id, number)
    test_what_is_counted(stage, rigging)
    for number, asset_id in numbered[len(LONG_AGO) :]:
        test(stage, electrical, asset_id, number)


def plan(stage: Stage, type_id: int, category: str, days: int) -> None:
    """Everything of a category that can be inspected needs it."""
    with stage.deed():
        kind = db.session.get_one(InspectionType, type_id)
        products = list(db.session.scalars(products_of(category)))
        plan_inspections(
            [row for row in products if is_plannable(row)], kind, days, None, by=stage.cast["service_manager"]
        )


def products_of(category: str) -> Select[Any]:
    """The question for the products of a category."""
    return (
        select(Product)
        .join(Category, Category.id == Product.category_id)
        .where(Category.name == category)
        .order_by(Product.id)
    )


def lamps_and_amplifiers() -> Select[Any]:
    """The question for the assets that were tested."""
    return (
        select(Asset.id)
        .join(Product, Product.id == Asset.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(Category.name.in_(PLANNED), Asset.retired_at.is_(None))
        .order_by(Asset.id)
        .limit(MOST)
    )


def days_since(number: int) -> int:
    """How many days ago a piece was tested: all through the year, and some before it."""
    return 371 + number if number in LONG_AGO else (number * 23) % 350


def test(stage: Stage, type_id: int, asset_id: int, number: int) -> None:
    """The technician tests one piece, on one of the days of the year."""
    with stage.deed():
        kind, asset = db.session.get_one(InspectionType, type_id), db.session.get_one(Asset, asset_id)
        product = db.session.get_one(Product, asset.product_id)
        answers = Answers(
            list(found(kind.questions, is_faulty=number == FAULTY)), instrument=INSTRUMENT,
            inspected_on=stage.today - timedelta(days=days_since(number)),
        )  # fmt: skip
        inspect(
            kind, product, asset, answers, by=stage.cast["technician"], request_id=f"demo-test-{asset_id}"
        )


def found(checklist: Sequence[Question], *, is_faulty: bool) -> Iterator[str]:
    """What the technician says: everything in order, but for the cord of one."""
    for at, question in enumerate(checklist):
        if question.kind is AnswerKind.READING:
            yield FINE.get(question.unit, "n/a")
        else:
            yield "no" if is_faulty and at == 1 else "yes"


def test_what_is_counted(stage: Stage, type_id: int) -> None:
    """The shackles and slings that are only counted were looked at in one go."""
    with stage.deed():
        counted = products_of(LIFTED).where(Product.tracking == Tracking.BULK, Product.on_hand > 0)
        ids = [row.id for row in db.session.scalars(counted)]
    for product_id in ids:
        with stage.deed():
            kind, product = (
                db.session.get_one(InspectionType, type_id), db.session.get_one(Product, product_id)
            )  # fmt: skip
            day = stage.today - timedelta(days=350)
            answers = Answers(
                list(found(kind.questions, is_faulty=False)), quantity=product.on_hand, inspected_on=day
            )
            inspect(
                kind,
                product,
                None,
                answers,
                by=stage.cast["technician"],
                request_id=f"demo-lift-{product_id}",
            )
