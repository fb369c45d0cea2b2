"""The uses of a period as sums: by product, category, job, job type, technician, customer or event, and by day.

Each sum is one statement over what was issued and what was taken back of it. A reversal is counted on the day
on which it was made, for whatever its issue was made for, at the cost that the issue had.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, case, func, literal, select, type_coerce, union_all

from app.extensions import db
from app.models import (
    Category,
    Company,
    Event,
    Job,
    JobPart,
    JobType,
    Location,
    Product,
    StockTransaction,
    User,
)
from app.queries.local_days import as_day, day_of
from app.queries.places import below
from app.queries.reports.shape import Asked
from app.queries.rows import AnySelect
from app.queries.usage import Undone, is_use
from app.rules.calendars import start_of_day
from app.rules.report_periods import Span

SCALE: Final = -4
"""Costs are kept in ten-thousandths."""


class Used(NamedTuple):
    """What was used of or for something, at its frozen cost; and in the period before."""

    key: int | None
    pieces: int
    cost: Decimal
    pieces_before: int
    cost_before: Decimal


class UsedOn(NamedTuple):
    """What was used on a day."""

    pieces: int
    cost: Decimal


NOT_USED: Final = UsedOn(0, Decimal(0))
NAMES: Final[dict[str, tuple[Any, Any]]] = {
    "product": (Product.id, Product.name),
    "category": (Category.id, Category.name),
    "job": (Job.id, Job.number + literal(" ") + Job.title),
    "job_type": (JobType.id, JobType.name),
    "technician": (User.id, User.name),
    "customer": (Company.id, Company.name),
    "event": (Event.id, Event.number + literal(" ") + Event.name),
    "location": (Location.id, Location.name),
}
"""What uses can be grouped by, and where its names stand."""


def used_by(asked: Asked, group: str) -> list[Used]:
    """What was used in the period and in the one before, by something; what is not known has no key."""
    since, start, until = (
        start_of_day(day, asked.zone) for day in (asked.span.before.first, asked.span.first, asked.span.until)
    )
    parts = [summed(branch, asked, since, until, group, start) for branch in BRANCHES]
    both = union_all(*parts).subquery()
    sums = [func.sum(both.c[name]) for name in SUMS]
    return [used(row) for row in db.session.execute(select(both.c.key, *sums).group_by(both.c.key))]


def used_by_day(asked: Asked, span: Span) -> dict[date, UsedOn]:
    """What was used on each day; days without any are left out."""
    since, until = start_of_day(span.first, asked.zone), start_of_day(span.until, asked.zone)
    parts = [summed(branch, asked, since, until, "day", since) for branch in BRANCHES]
    both = union_all(*parts).subquery()
    query = select(both.c.key, func.sum(both.c.pieces), func.sum(both.c.cost)).group_by(both.c.key)
    return {
        as_day(key): UsedOn(int(pieces), Decimal(int(cost)).scaleb(SCALE))
        for key, pieces, cost in db.session.execute(query)
    }


def used(row: Any) -> Used:
    """A row of sums as numbers."""
    key, pieces, cost, pieces_before, cost_before = row
    return Used(
        key,
        int(pieces),
        Decimal(int(cost)).scaleb(SCALE),
        int(pieces_before),
        Decimal(int(cost_before)).scaleb(SCALE),
    )


class Branch(NamedTuple):
    """Issues as they are, or reversals with the issue that they take back."""

    row: Any
    sign: int


BRANCHES: Final = (Branch(StockTransaction, 1), Branch(Undone, -1))
MADE_FOR: Final = ("job_part_id", "event_id")
SPOKEN_OF: Final[dict[str, tuple[str, ...]]] = {
    "product": ("product_id",), "category": ("product_id",), "location": ("from_id",),
    "job": MADE_FOR[:1], "job_type": MADE_FOR[:1], "technician": MADE_FOR[:1], "customer": MADE_FOR,
    "event": MADE_FOR,
}  # fmt: skip
"""By which columns of the ledger something is known."""


def summed(
    branch: Branch, asked: Asked, since: datetime, until: datetime, group: str, start: datetime
) -> AnySelect:
    """One branch, added up by a key: from `start` on, and before.

    The ledger is added up by its own columns first: few rows are left to be joined with what they speak of.
    """
    needs = chosen(asked) | ({group} - {"day"})
    raw = raw_sums(branch, asked, since, until, needs, start, has_days=group == "day").subquery()
    key = raw.c.day if group == "day" else key_of(raw.c, group)
    query = joined(
        select(key.label("key"), *(func.sum(raw.c[name]).label(name) for name in SUMS)), raw, needs
    )
    return query.where(*narrowing(asked, raw.c)).group_by(key)


OF_JOBS: Final[dict[str, ColumnElement[Any]]] = {
    "job": Job.id.expression, "job_type": Job.job_type_id.expression,
    "technician": Job.technician_id.expression,
}  # fmt: skip
"""What is known of a use by the job that it was for."""
SUMS: Final = ("pieces", "cost", "pieces_before", "cost_before")


def raw_sums(
    branch: Branch,
    asked: Asked,
    since: datetime,
    until: datetime,
    needs: set[str],
    start: datetime,
    *,
    has_days: bool,
) -> AnySelect:
    """The uses added up by the columns of the ledger that matter."""
    at, row = StockTransaction.happened_at, branch.row
    names = sorted({name for need in needs for name in SPOKEN_OF[need]})
    columns = [getattr(row, name) for name in names]
    if has_days:
        columns.append(day_of(at, since, until, asked.zone).label("day"))
    pieces = StockTransaction.quantity * branch.sign
    cost = pieces * type_coerce(row.unit_cost, BigInteger)
    is_now = at >= start
    both = [(pieces, "pieces"), (cost, "cost")]
    sums = [func.sum(case((is_now, amount), else_=0)).label(name) for amount, name in both]
    sums += [func.sum(case((is_now, 0), else_=amount)).label(f"{name}_before") for amount, name in both]
    query = select(*columns, *sums).select_from(StockTransaction)
    if branch.sign < 0:
        query = query.join(Undone, Undone.id == StockTransaction.reverses_id)
        query = query.where(StockTransaction.reverses_id.is_not(None))
    return query.where(at >= since, at < until, is_use(row), *own_narrowing(asked, row)).group_by(*columns)


def own_narrowing(asked: Asked, row: Any) -> list[ColumnElement[bool]]:
    """What the ledger's own columns can be narrowed to; a location lets through what lies in it."""
    product = [] if asked.product is None else [row.product_id == asked.product]
    return product if asked.location is None else [*product, row.from_id.in_(below(asked.location))]


def joined(query: AnySelect, raw: Any, needs: set[str]) -> AnySelect:
    """With the tables that the keys and the filters speak of."""
    query = query.select_from(raw)
    if needs & {"job", "job_type", "technician", "customer", "event"}:
        query = query.outerjoin(JobPart, JobPart.id == raw.c.job_part_id)
        query = query.outerjoin(Job, Job.id == JobPart.job_id)
    if "customer" in needs:
        query = query.outerjoin(Event, Event.id == func.coalesce(raw.c.event_id, Job.event_id))
    if "category" in needs:
        query = query.join(Product, Product.id == raw.c.product_id)
    return query


def key_of(columns: Any, group: str) -> ColumnElement[Any]:
    """What a use is grouped by."""
    if group in ("product", "location"):
        found: ColumnElement[Any] = columns[SPOKEN_OF[group][0]]
        return found
    if group == "category":
        return Product.category_id.expression
    if group in OF_JOBS:
        return OF_JOBS[group]
    return func.coalesce(
        *((columns.event_id, Job.event_id) if group == "event" else (Job.company_id, Event.company_id))
    )


def chosen(asked: Asked) -> set[str]:
    """What the report is narrowed by, beside what the ledger's own columns say."""
    return {name for name in NAMES if getattr(asked, name, None) is not None} - {"product", "location"}


def narrowing(asked: Asked, columns: Any) -> list[ColumnElement[bool]]:
    """Only what the other filters let through."""
    return [key_of(columns, name) == getattr(asked, name) for name in sorted(chosen(asked))]


def names_of(group: str, keys: Sequence[int | None]) -> dict[int, str]:
    """What these are called, in one statement."""
    key, name = NAMES[group]
    known = [number for number in keys if number is not None]
    if not known:
        return {}
    query = select(key, name)
    if len(known) <= 1_000:
        query = query.where(key.in_(known))
    return dict(db.session.execute(query).all())
