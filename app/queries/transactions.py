"""The ledger as a list, newest first, as it was recorded; each line knows what there was after it.

A page is found in two steps: its ids from an index, however deep it lies, then those rows alone with all
that a screen shows of them. The first pages of one product, which are most that anybody asks for, take one step.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    column,
    func,
    join,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import SQLColumnExpression

from app.extensions import db
from app.models import Asset, Event, Location, Product, Reversal, StockTransaction, TransactionKind, User
from app.models.base import Instant
from app.queries.chunks import chunks
from app.queries.paging import MOST_PER_PAGE, PER_PAGE, Page
from app.queries.rows import AnyRow, AnySelect, quick_rows
from app.rules.calendars import start_of_day
from app.rules.day_columns import days_from

ROW_ID: Final = StockTransaction.id
COUNTED: Final = 10_000
AHEAD: Final = 500
ALL: Final = 2_000_000_000
"""Programs are told exactly how many there are."""
NEAR: Final = 500
"""As many may be read and skipped; for what lies deeper it is quicker to find the ids first."""


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
    asked = values_of(filters, zone)
    if near := near_lines(asked, page, per_page):
        return near
    part = part_of(asked, page, per_page)
    return part.page_of(lines_of(movements_of(part, asked), filters))


def near_lines(asked: Mapping[str, Any], page: int, per_page: int) -> Page[AnyRow] | None:
    """One of the first pages of a product, in one statement; nothing where there is no such page."""
    shape, first = shape_of(asked), (page - 1) * per_page
    is_near = 0 <= first <= NEAR and page * per_page + AHEAD <= COUNTED
    if not is_near or "product" not in shape or "location" in shape:
        return None
    bounds = {"some": per_page, "first": first, "most": COUNTED + 1}
    found = db.session.execute(near_statement(shape), {**asked, **bounds}).all()
    if not found:
        return None
    counted = found[0].counted
    return Page(quick_rows(found), page, per_page, min(counted, COUNTED), is_more=counted > COUNTED)


def ledger_rows(
    filters: LedgerFilters, zone: str, page: int = 1, per_page: int = PER_PAGE
) -> Page[StockTransaction]:
    """The same as the ledger's own rows, for programs."""
    asked = values_of(filters, zone)
    part = part_of(asked, page, min(per_page, MOST_PER_PAGE), most=ALL)
    found = movements_of(part, asked)
    if not found:
        return part.page_of(found)
    rows = {row.id: row for row in db.session.scalars(rows_statement(db.is_sqlite), named(found))}
    return part.page_of([rows[one.id] for one in found])


def all_ledger_lines(filters: LedgerFilters, zone: str) -> Iterator[AnyRow]:
    """Every movement that the filters let through, oldest first, for a file."""
    asked = values_of(filters, zone)
    query, order = matching(shape_of(asked))
    for part in chunks(db.session.execute(query.order_by(*order), asked).all()):
        yield from lines_of(part, filters)


class Part(NamedTuple):
    """A part of the ledger: which page it is, how many movements there are and how many of them are told, and
    how many to skip and to read, from the newest on, or from the oldest."""

    page: int
    per_page: int
    counted: int
    known: int
    first: int
    some: int
    is_from_end: bool

    def page_of(self, items: Sequence[Any]) -> Page[Any]:
        """The page with what was read of it."""
        return Page(items, self.page, self.per_page, min(self.counted, self.known), self.counted > self.known)


def part_of(asked: Mapping[str, Any], page: int, per_page: int, most: int | None = None) -> Part:
    """Where a page lies.

    There may be millions: they are counted only as far as `most`, else as COUNTED or some pages ahead. Where all
    are known, the second half is read from the list's end: there it is nearer.
    """
    known = most or max(COUNTED, page * per_page + AHEAD)
    counting = page_statements(shape_of(asked))[0]
    counted = db.session.scalar(counting, {**asked, "some": known + 1}) or 0
    page = min(max(page, 1), max(1, -(-counted // per_page)))
    first = (page - 1) * per_page
    some = min(per_page, counted - first)
    is_from_end = counted <= known and first > counted // 2
    return Part(
        page, per_page, counted, known, counted - first - some if is_from_end else first, some, is_from_end
    )


def movements_of(part: Part, asked: Mapping[str, Any]) -> Sequence[Any]:
    """The ids of a part, newest first, and when each was recorded, which says in which month it lies."""
    _, newest_first, oldest_first = page_statements(shape_of(asked))
    bounds = {"some": part.some, "first": part.first}
    if part.is_from_end:
        return db.session.execute(oldest_first, {**asked, **bounds}).all()[::-1]
    return db.session.execute(newest_first, {**asked, **bounds}).all()


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
    """How many movements there are, so many at most, and some of them: newest first, and oldest first."""
    (query, order), some, first = matching(shape), *SOME
    return (
        select(func.count()).select_from(
            query.with_only_columns(query.selected_columns[0]).limit(some).subquery()
        ),
        query.order_by(*(column.desc() for column in order)).limit(some).offset(first),
        query.order_by(*order).limit(some).offset(first),
    )


SOME: Final[tuple[BindParameter[int], BindParameter[int]]] = (bindparam("some"), bindparam("first"))


def matching(shape: frozenset[str]) -> tuple[Any, tuple[SQLColumnExpression[Any], ...]]:
    """The movements that filters of this shape let through, and by what they stand in the order of recording:
    what an index of the shape has them by. Those of a place come from two indexes."""
    wanted = select(ROW_ID, StockTransaction.recorded_at).where(
        *(CONDITIONS[name] for name in sorted(shape & CONDITIONS.keys()))
    )
    if "location" in shape:
        ends = (StockTransaction.from_id, StockTransaction.to_id)
        both = union_all(*(wanted.where(end == bindparam("location")) for end in ends)).subquery()
        return select(both.c.id, both.c.recorded_at), (both.c.id,)
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


def lines_of(found: Sequence[Any], filters: LedgerFilters) -> Sequence[AnyRow]:
    """These movements with all that a screen shows of them, in the same order.

    `balance` is what there was after each: of its product in the place that is looked at, or in all.
    """
    if not found:
        return []
    query = lines_statement(db.is_sqlite, filters.location is not None)
    asked = named(found) | {"location": filters.location}
    lines = {line.id: line for line in quick_rows(db.session.execute(query, asked).all())}
    return [lines[one.id] for one in found]


def named(found: Sequence[Any]) -> dict[str, Any]:
    """Which movements are meant, each with the moment that it lies at."""
    return {"ids": [one.id for one in found], "moments": [one.recorded_at for one in found]}


def meant(query: AnySelect, is_sqlite: bool) -> AnySelect:
    """Only the movements of given ids. On PostgreSQL each one's moment leads to the month that it lies in, past all
    others, and the plan is the same for all and made once; SQLite has no months."""
    if is_sqlite:
        return query.where(ROW_ID.in_(bindparam("ids", expanding=True)))
    here = and_(MEANT.c.id == ROW_ID, StockTransaction.recorded_at == MEANT.c.at)
    return query.select_from(join(MEANT, StockTransaction, here))


MEANT: Final = (
    func.unnest(bindparam("ids", type_=ARRAY(Integer)), bindparam("moments", type_=ARRAY(Instant)))
    .table_valued(column("id", Integer), column("at", Instant), name="meant")
    .render_derived()
)


def line_columns(moved: Any = StockTransaction) -> AnySelect:
    """The columns of a line, with the names of what it touches. `moved` is the ledger, or a part of it."""
    origin, target = aliased(Location), aliased(Location)
    its_reversal = and_(
        Reversal.organization_id == moved.organization_id, Reversal.transaction_id == moved.id
    )
    return (
        select(
            moved.id, moved.kind, moved.quantity, moved.said_quantity,
            moved.said_unit, moved.unit_cost, moved.reference_type,
            moved.reference_number, moved.notes, moved.happened_at,
            moved.recorded_at, moved.event_id, moved.job_part_id,
            moved.order_line_id, moved.count_line_id, moved.reverses_id,
            moved.product_id, moved.asset_id, moved.total_after,
            moved.from_after, moved.to_after, moved.by_id,
            Product.name.label("product"), Product.sku, Product.unit, Asset.tag, origin.id.label("from_id"),
            origin.name.label("origin"), target.id.label("to_id"), target.name.label("target"),
            User.name.label("by"), Event.number.label("event"), Reversal.recorded_at.label("reversed_at"),
        )
        .join(Product, Product.id == moved.product_id)
        .outerjoin(Asset, Asset.id == moved.asset_id)
        .outerjoin(origin, origin.id == moved.from_id)
        .outerjoin(target, target.id == moved.to_id)
        .outerjoin(User, User.id == moved.by_id)
        .outerjoin(Event, Event.id == moved.event_id)
        .outerjoin(Reversal, its_reversal)
    )  # fmt: skip


@cache
def lines_statement(is_sqlite: bool, has_place: bool) -> AnySelect:
    """Lines of the movements that are meant, with their balance: in the place that is looked at, or in all."""
    balance: Any = StockTransaction.total_after
    if has_place:
        goes = StockTransaction.from_id == bindparam("location")
        balance = case((goes, StockTransaction.from_after), else_=StockTransaction.to_after)
    return meant(line_columns().add_columns(balance.label("balance")), is_sqlite)


@cache
def near_statement(shape: frozenset[str]) -> AnySelect:
    """Some lines of a product, newest first, each with how many there are in all, so many at most."""
    (query, order), (some, first) = matching(shape), SOME
    every = query.with_only_columns(ROW_ID).limit(bindparam("most", type_=Integer)).subquery()
    counted = select(func.count()).select_from(every).scalar_subquery()
    part = query.with_only_columns(StockTransaction).order_by(*(column.desc() for column in order))
    moved = aliased(StockTransaction, part.limit(some).offset(first).subquery())
    return (
        line_columns(moved)
        .add_columns(moved.total_after.label("balance"), counted.label("counted"))
        .order_by(moved.id.desc())
    )


@cache
def rows_statement(is_sqlite: bool) -> AnySelect:
    """The movements that are meant, as the ledger's own rows."""
    return meant(select(StockTransaction), is_sqlite)


def ledger_line(row: StockTransaction) -> AnyRow:
    """One movement as the list shows it."""
    return lines_of([row], LedgerFilters())[0]


def reversal_of(line: AnyRow) -> int | None:
    """The movement that took this one back, if one did; it lies where its moment says."""
    if line.reversed_at is None:
        return None
    return db.session.scalar(OPPOSITE, {"reversed": line.id, "at": line.reversed_at})


OPPOSITE: Final = select(StockTransaction.id).where(
    StockTransaction.reverses_id == bindparam("reversed"), StockTransaction.recorded_at == bindparam("at")
)
