"""The ledger as a list, newest first, as it was recorded; each line knows what there was after it.

A page is found in two steps: its ids from an index, however deep it lies, then those rows alone with all
that a screen shows of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select, union_all
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Asset, Event, Location, Product, StockTransaction, TransactionKind, User
from app.queries.imports import chunks
from app.queries.paging import MOST_PER_PAGE, PER_PAGE, Page
from app.queries.rows import AnyRow, AnySelect
from app.rules.calendars import start_of_day
from app.rules.day_columns import days_from

ROW_ID: Final = StockTransaction.id


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
    return Page(lines_of(found.items, filters), found.page, found.per_page, found.total)


def ledger_rows(
    filters: LedgerFilters, zone: str, page: int = 1, per_page: int = PER_PAGE
) -> Page[StockTransaction]:
    """The same as the ledger's own rows, for programs."""
    found = ledger_ids(filters, zone, page, min(per_page, MOST_PER_PAGE))
    query = select(StockTransaction).where(ROW_ID.in_(found.items)).order_by(ROW_ID.desc())
    return Page(db.session.scalars(query).all(), found.page, found.per_page, found.total)


def all_ledger_lines(filters: LedgerFilters, zone: str) -> Iterator[AnyRow]:
    """Every movement that the filters let through, oldest first, for a file."""
    ids = db.session.scalars(matching(filters, zone)).all()
    for part in chunks(ids[::-1]):
        yield from reversed(lines_of(part, filters))


def ledger_ids(filters: LedgerFilters, zone: str, page: int, per_page: int) -> Page[int]:
    """The ids of one page. The second half of the list is read from its end: there it is nearer."""
    query = matching(filters, zone)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    page = min(max(page, 1), max(1, -(-total // per_page)))
    first = (page - 1) * per_page
    some = min(per_page, total - first)
    if first > total // 2:
        turned = matching(filters, zone, is_oldest_first=True)
        ids = db.session.scalars(turned.limit(some).offset(total - first - some)).all()[::-1]
    else:
        ids = db.session.scalars(query.limit(some).offset(first)).all()
    return Page(ids, page, per_page, total)


def matching(filters: LedgerFilters, zone: str, *, is_oldest_first: bool = False) -> Any:
    """The ids of the movements that the filters let through. Those of a place come from two indexes."""
    wanted = select(ROW_ID).where(*conditions(filters, zone))
    if filters.location is None:
        return wanted.order_by(ROW_ID if is_oldest_first else ROW_ID.desc())
    ends = (StockTransaction.from_id, StockTransaction.to_id)
    both = union_all(*(wanted.where(end == filters.location) for end in ends)).subquery()
    return select(both.c.id).order_by(both.c.id if is_oldest_first else both.c.id.desc())


def conditions(filters: LedgerFilters, zone: str) -> list[ColumnElement[bool]]:
    """What the filters let through, but for the place."""
    wanted: list[ColumnElement[bool]] = []
    if filters.product:
        wanted.append(StockTransaction.product_id == filters.product)
    if filters.kind in set(TransactionKind):
        wanted.append(StockTransaction.kind == TransactionKind(filters.kind))
    if filters.person:
        wanted.append(StockTransaction.by_id == filters.person)
    if filters.reference:
        wanted.append(StockTransaction.reference_number == filters.reference)
    if filters.since:
        wanted.append(StockTransaction.happened_at >= start_of_day(filters.since, zone))
    if filters.until:
        wanted.append(StockTransaction.happened_at < start_of_day(days_from(filters.until, 2)[1], zone))
    return wanted


def lines_of(ids: Sequence[int], filters: LedgerFilters) -> Sequence[AnyRow]:
    """These movements with all that a screen shows of them, newest first.

    `balance` is what there was after each: of its product in the place that is looked at, or in all.
    """
    query = LINES.where(ROW_ID.in_(ids)).order_by(ROW_ID.desc())
    if filters.location is None:
        return db.session.execute(query.add_columns(StockTransaction.total_after.label("balance"))).all()
    goes = StockTransaction.from_id == filters.location
    there = case((goes, StockTransaction.from_after), else_=StockTransaction.to_after)
    return db.session.execute(query.add_columns(there.label("balance"))).all()


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


LINES: Final = line_columns()
"""Built once: building it takes longer than asking it."""


def ledger_line(transaction_id: int) -> AnyRow:
    """One movement as the list shows it."""
    return lines_of([transaction_id], LedgerFilters())[0]
