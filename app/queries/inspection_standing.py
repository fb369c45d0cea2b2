"""How things stand with their inspections, worked out in the database and nowhere else: no job keeps it.

An inspection counts to the end of its last day: the day it was made, or the day the asset was acquired when
none was, and so many days more. Where use wears it, it counts for so many times out. The latest one that
stands decides; of counted pieces, which nobody can tell apart, the latest that was passed.
"""

from typing import Any, Final

from sqlalchemy import Date, and_, bindparam, case, func, or_, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Inspection,
    InspectionPlan,
    InspectionType,
    Product,
)
from app.rules.inspections import Standing

USED: Final = (AssignmentState.OUT, AssignmentState.RETURNED)
LAST: Final = aliased(Inspection, name="last_inspection")
"""The inspection that decides."""


class days_after(FunctionElement[Any]):
    """So many days after a day."""

    type = Date()
    inherit_cache = True


@compiles(days_after, "sqlite")
def _days_after_on_sqlite(element: days_after, compiler: SQLCompiler, **options: Any) -> str:
    day, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"date({day}, ({days}) || ' days')"


@compiles(days_after)
def _days_after(element: days_after, compiler: SQLCompiler, **options: Any) -> str:
    day, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({day} + {days})"


class day_in_utc(FunctionElement[Any]):
    """The day of an instant."""

    type = Date()
    inherit_cache = True


@compiles(day_in_utc, "sqlite")
def _day_in_utc_on_sqlite(element: day_in_utc, compiler: SQLCompiler, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)} / 1000000, 'unixepoch')"


@compiles(day_in_utc)
def _day_in_utc(element: day_in_utc, compiler: SQLCompiler, **options: Any) -> str:
    return f"(({compiler.process(element.clauses, **options)}) AT TIME ZONE 'UTC')::date"


_later = aliased(Inspection)


def is_followed(one: Any) -> Any:
    """True for an inspection of an asset after which the same was inspected again."""
    return (
        select(_later.id)
        .where(
            _later.organization_id == one.organization_id,
            _later.asset_id == one.asset_id,
            _later.type_id == one.type_id,
            _later.voided_at.is_(None),
            tuple_(_later.inspected_on, _later.id) > tuple_(one.inspected_on, one.id),
        )
        .correlate(one)
        .exists()
    )


def latest(*only: Any) -> Any:
    """The id of the latest inspection of a plan's type that stands, among some."""
    of_type = (
        Inspection.organization_id == InspectionPlan.organization_id,
        Inspection.type_id == InspectionPlan.type_id,
        Inspection.voided_at.is_(None),
    )
    return (
        select(Inspection.id)
        .where(*only, *of_type)
        .order_by(Inspection.inspected_on.desc(), Inspection.id.desc())
        .limit(1)
        .correlate(Asset, InspectionPlan)
        .scalar_subquery()
    )


LAST_OF_ASSET: Final = latest(Inspection.asset_id == Asset.id)
LAST_OF_PIECES: Final = latest(
    Inspection.product_id == InspectionPlan.product_id, Inspection.asset_id.is_(None), Inspection.passed
)
IS_LAST: Final = LAST.id == case((Asset.id.is_not(None), LAST_OF_ASSET), else_=LAST_OF_PIECES)
"""How the deciding inspection is joined to a plan and an asset, or to a plan of counted pieces."""

_use = aliased(Assignment)
USES: Final = case(
    (
        InspectionPlan.every_uses.is_not(None),
        select(func.count())
        .where(
            _use.organization_id == Asset.organization_id,
            _use.asset_id == Asset.id,
            _use.state.in_(USED),
            or_(LAST.id.is_(None), _use.out_at > LAST.inspected_at),
        )
        .correlate(Asset, LAST)
        .scalar_subquery(),
    ),
)
"""How often the asset has left since; nothing where that does not matter."""
SINCE: Final = func.coalesce(LAST.inspected_on, Asset.acquired_on, day_in_utc(Asset.created_at))
OF_PIECES_SINCE: Final = func.coalesce(LAST.inspected_on, day_in_utc(Product.created_at))
ON: Final = bindparam("on", type_=Date())
SOON: Final = bindparam("soon", type_=Date())
"""The day that is asked about, and until when something counts as due soon."""


def due_on(since: Any) -> Any:
    """The last day on which the inspection still counts."""
    return days_after(since, InspectionPlan.every_days)


def standing(due: Any) -> Any:
    """How it stands on the day that is asked about."""
    left = InspectionPlan.every_uses - USES
    return case(
        (LAST.passed.is_(False), Standing.FAILED.value),
        (or_(due < ON, left <= 0), Standing.OVERDUE.value),
        (or_(due <= SOON, left == 1), Standing.DUE_SOON.value),
        else_=Standing.OK.value,
    )


ASSET_DUE_ON: Final = due_on(SINCE)
IS_BLOCKED: Final = and_(
    InspectionType.id == InspectionPlan.type_id,
    InspectionType.is_blocking,
    InspectionType.archived_at.is_(None),
    standing(ASSET_DUE_ON).in_((Standing.FAILED.value, Standing.OVERDUE.value)),
)
"""True for a sort of inspection that keeps an asset from leaving."""

__all__ = [
    "ASSET_DUE_ON", "IS_BLOCKED", "IS_LAST", "LAST", "OF_PIECES_SINCE", "USES", "due_on", "is_followed", "standing",
]  # fmt: skip
