"""The ledger as a list, newest first, as it was recorded; each line knows what there was after it.

A page is found in two steps: its ids from an index, however deep it lies, then those rows alone with all
that a screen shows of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    bindparam,
    case,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import SQLColumnExpression

from app.extensions import db
from app.models import Asset, Event, Location, Product, StockTransaction, TransactionKind, User
from app.queries.imports import chunks
from app.queries.paging import MOST_PER_PAGE, PER_PAGE, Page
from app.queries.rows import AnyRow, AnySelect
from app.rules.calendars import start_of_day
from app.rules.day_columns import days_from

ROW_ID: Final = StockTransaction.id
COUNTED: Final = 10_000
AHEAD: Final = 500


@dataclass(frozen=True)
class LedgerFilters:
    """What the ledger is narrowed to."""

    product: int | None = None
    location: int | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None
    person: int | None = None
    reference: str = ""

    @property
    def narrows(self) -> bool:
        """True when anything is left out."""
        return self != LedgerFilters()


def ledger_lines(filters: LedgerFilters, zone: str, page: int = 1, per_page: int = PER_PAGE) -> Page[AnyRow]:
    """One page of movements as screens show them, newest first."""
    found = ledger_ids(filters, zone, page, per_page)
    return replace(found, items=lines_of(found.items, filters))  # type: ignore[return-value, arg-type]


def ledger_rows(
    filters: LedgerFilters, zone: str, page: int = 1, per_page: int = PER_PAGE
) -> Page[StockTransaction]:
    """The same as the ledger's own rows, for programs."""
    found = ledger_ids(filters, zone, page, min(per_page, MOST_PER_PAGE))
    query = select(StockTransaction).where(ROW_ID.in_(found.items)).order_by(ROW_ID.desc())
    return replace(found, items=db.session.scalars(query).all())  # type: ignore[return-value, arg-type]


def all_ledger_lines(filters: LedgerFilters, zone: str) -> Iterator[AnyRow]:
    """Every movement that the filters let through, oldest first, for a file."""
    asked = values_of(filters, zone)
    query, order = matching(shape_of(asked))
    ids = db.session.scalars(query.order_by(*order), asked).all()
    for part in chunks(ids):
        yield from reversed(lines_of(part, filters))


def ledger_ids(filters: LedgerFilters, zone: str, page: int, per_page: int) -> Page[int]:
    """The ids of one page.

    There may be millions: they are counted only as far as COUNTED, or ahead of where somebody turned pages to.
    Where all are known, the second half is read from the list's end: there it is nearer.
    """
    asked = values_of(filters, zone)
    counting, newest_first, oldest_first = page_statements(shape_of(asked))
    known = max(COUNTED, page * per_page + AHEAD)
    counted = db.session.scalar(counting, asked | {"some": known + 1}) or 0
    page = min(max(page, 1), max(1, -(-counted // per_page)))
    first = (page - 1) * per_page
    some = min(per_page, counted - first)
    if known < counted or first <= counted // 2:
        ids = db.session.scalars(newest_first, asked | {"some": some, "first": first}).all()
    else:
        ids = db.session.scalars(oldest_first, asked | {"some": some, "first": counted - first - some}).all()[
            ::-1
        ]
    return Page(ids, page, per_page, min(counted, known), is_more=counted > known)


def values_of(filters: LedgerFilters, zone: str) -> dict[str, Any]:
    """What the filters ask for, under the names of CONDITIONS; nothing for what they leave open."""
    kind = TransactionKind(filters.kind) if filters.kind in set(TransactionKind) else None
    asked = {
        "product": filters.product,
        "location": filters.location,
        "kind": kind,
        "person": filters.person,
        "reference": filters.reference,
        "since": start_of_day(filters.since, zone) if filters.since else None,
        "until": start_of_day(days_from(filters.until, 2)[1], zone) if filters.until else None,
    }
    return {name: value for name, value in asked.items() if value}


def shape_of(asked: Mapping[str, Any]) -> frozenset[str]:
    """What is asked for, whatever the values are: statements are built once for each shape."""
    return frozenset(asked)


@cache
def page_statements(shape: frozenset[str]) -> tuple[Any, Any, Any]:
    """How many movements there are, so many at most, and the ids of some: newest first, and oldest first."""
    (query, order), some, first = matching(shape), *SOME
    return (
        select(func.count()).select_from(query.limit(some).subquery()),
        query.order_by(*(column.desc() for column in order)).limit(some).offset(first),
        query.order_by(*order).limit(some).offset(first),
    )


SOME: Final[tuple[BindParameter[int], BindParameter[int]]] = (bindparam("some"), bindparam("first"))


def matching(shape: frozenset[str]) -> tuple[Any, tuple[SQLColumnExpression[Any], ...]]:
    """The ids of the movements that filters of this shape let through, and by what they stand in the order of
    recording: what an index of the shape has them by. Those of a place come from two indexes."""
    wanted = select(ROW_ID).where(*(CONDITIONS[name] for name in sorted(shape & CONDITIONS.keys())))
    if "location" in shape:
        ends = (StockTransaction.from_id, StockTransaction.to_id)
        both = union_all(*(wanted.where(end == bindparam("location")) for end in ends)).subquery()
        return select(both.c.id), (both.c.id,)
    if "product" in shape:
        return wanted, (ROW_ID,)
    return wanted, (StockTransaction.recorded_at, ROW_ID)


CONDITIONS: Final[dict[str, ColumnElement[bool]]] = {
    "product": StockTransaction.product_id == bindparam("product"),
    "kind": StockTransaction.kind == bindparam("kind"),
    "person": StockTransaction.by_id == bindparam("person"),
    "reference": StockTransaction.reference_number == bindparam("reference"),
    "since": StockTransaction.happened_at >= bindparam("since"),
    "until": StockTransaction.happened_at < bindparam("until"),
}
"""What each filter lets through, but for the place."""


def lines_of(ids: Sequence[int], filters: LedgerFilters) -> Sequence[AnyRow]:
    """These movements with all that a screen shows of them, newest first.

    `balance` is what there was after each: of its product in the place that is looked at, or in all.
    """
    asked = {"ids": ids}
    if filters.location is None:
        return db.session.execute(LINES, asked).all()
    return db.session.execute(LINES_OF_A_PLACE, asked | {"location": filters.location}).all()


def line_columns() -> AnySelect:
    """The columns of a line, with the names of what it touches."""
    origin, target, undone = aliased(Location), aliased(Location), aliased(StockTransaction)
    return (
        select(
            StockTransaction.id, StockTransaction.kind, StockTransaction.quantity, StockTransaction.said_quantity,
            StockTransaction.said_unit, StockTransaction.unit_cost, StockTransaction.reference_type,
            StockTransaction.reference_number, StockTransaction.notes, StockTransaction.happened_at,
            StockTransaction.recorded_at, StockTransaction.event_id, StockTransaction.job_part_id,
            StockTransaction.order_line_id, StockTransaction.count_line_id, StockTransaction.reverses_id,
            StockTransaction.product_id, StockTransaction.asset_id, StockTransaction.total_after,
            StockTransaction.from_after, StockTransaction.to_after, StockTransaction.by_id,
            Product.name.label("product"), Product.sku, Product.unit, Asset.tag, origin.id.label("from_id"),
            origin.name.label("origin"), target.id.label("to_id"), target.name.label("target"),
            User.name.label("by"), Event.number.label("event"), undone.id.label("reversed_by_id"),
        )
        .join(Product, Product.id == StockTransaction.product_id)
        .outerjoin(Asset, Asset.id == StockTransaction.asset_id)
        .outerjoin(origin, origin.id == StockTransaction.from_id)
        .outerjoin(target, target.id == StockTransaction.to_id)
        .outerjoin(User, User.id == StockTransaction.by_id)
        .outerjoin(Event, Event.id == StockTransaction.event_id)
        .outerjoin(undone, undone.reverses_id == StockTransaction.id)
    )  # fmt: skip


def lines_with(balance: SQLColumnExpression[Any]) -> AnySelect:
    """Lines of given ids, with their balance."""
    wanted = line_columns().add_columns(balance.label("balance"))
    return wanted.where(ROW_ID.in_(bindparam("ids", expanding=True))).order_by(ROW_ID.desc())


LINES: Final = lines_with(StockTransaction.total_after)
LINES_OF_A_PLACE: Final = lines_with(
    case(
        (StockTransaction.from_id == bindparam("location"), StockTransaction.from_after),
        else_=StockTransaction.to_after,
    )
)
"""Built once: building it takes longer than asking it."""


def ledger_line(transaction_id: int) -> AnyRow:
    """One movement as the list shows it."""
    return lines_of([transaction_id], LedgerFilters())[0]
