"""The ledger as a list, with a running balance where one product is looked at."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Asset, Event, Location, Product, StockTransaction, TransactionKind, User
from app.queries.paging import PER_PAGE, Page
from app.queries.rows import AnyRow, AnySelect
from app.rules.calendars import start_of_day
from app.rules.day_columns import days_from


@dataclass(frozen=True)
class LedgerFilters:
    """What the ledger is narrowed to."""

    product: int | None = None
    location: int | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None


def ledger_lines(filters: LedgerFilters, zone: str, page: int = 1, per_page: int = PER_PAGE) -> Page[AnyRow]:
    """One page of movements, newest first."""
    counted = narrowed(select(func.count(StockTransaction.id)), filters, zone)
    total = db.session.scalar(counted) or 0
    page = min(max(page, 1), max(1, -(-total // per_page)))
    query = narrowed(lines(filters), filters, zone).order_by(
        StockTransaction.happened_at.desc(), StockTransaction.id.desc()
    )
    rows = db.session.execute(query.limit(per_page).offset((page - 1) * per_page))
    return Page(rows.all(), page, per_page, total)


def all_ledger_lines(filters: LedgerFilters, zone: str) -> list[AnyRow]:
    """Every movement that the filters let through, for a file."""
    query = narrowed(lines(filters), filters, zone).order_by(
        StockTransaction.happened_at, StockTransaction.id
    )
    return list(db.session.execute(query))


def lines(filters: LedgerFilters) -> AnySelect:
    """The columns of the list; the balance comes from the whole ledger of the product, not from the page."""
    origin, target = aliased(Location), aliased(Location)
    query = (
        select(
            StockTransaction.id, StockTransaction.kind, StockTransaction.quantity, StockTransaction.unit_cost,
            StockTransaction.reference_type, StockTransaction.reference_number, StockTransaction.notes,
            StockTransaction.happened_at, StockTransaction.recorded_at, StockTransaction.event_id,
            StockTransaction.product_id, StockTransaction.asset_id, Product.name.label("product"), Product.sku,
            Asset.tag, origin.id.label("from_id"), origin.name.label("origin"), target.id.label("to_id"),
            target.name.label("target"), User.name.label("by"), Event.number.label("event"),
        )
        .join(Product, Product.id == StockTransaction.product_id)
        .outerjoin(Asset, Asset.id == StockTransaction.asset_id)
        .outerjoin(origin, origin.id == StockTransaction.from_id)
        .outerjoin(target, target.id == StockTransaction.to_id)
        .outerjoin(User, User.id == StockTransaction.by_id)
        .outerjoin(Event, Event.id == StockTransaction.event_id)
    )  # fmt: skip
    if filters.product is None:
        return query
    balances = running_balance(filters.product, filters.location)
    return query.join(balances, balances.c.id == StockTransaction.id).add_columns(balances.c.balance)


def running_balance(product_id: int, location_id: int | None) -> Any:
    """After each movement of a product: how many there were, in a place or in all."""
    change = StockTransaction.quantity * signed(location_id)
    balance = func.sum(change).over(order_by=[StockTransaction.happened_at, StockTransaction.id])
    query = select(StockTransaction.id, balance.label("balance")).where(
        StockTransaction.product_id == product_id
    )
    return query.subquery()


def signed(location_id: int | None) -> Any:
    """+1 for what comes, -1 for what goes, 0 for what only moves: in a place, or in all."""
    if location_id is not None:
        return case(
            (StockTransaction.to_id == location_id, 1), (StockTransaction.from_id == location_id, -1), else_=0
        )
    return case((StockTransaction.from_id.is_(None), 1), (StockTransaction.to_id.is_(None), -1), else_=0)


def narrowed(query: AnySelect, filters: LedgerFilters, zone: str) -> AnySelect:
    """Only what the filters let through."""
    if filters.product:
        query = query.where(StockTransaction.product_id == filters.product)
    if filters.location:
        place = filters.location
        query = query.where(or_(StockTransaction.from_id == place, StockTransaction.to_id == place))
    if filters.kind in set(TransactionKind):
        query = query.where(StockTransaction.kind == TransactionKind(filters.kind))
    if filters.since:
        query = query.where(StockTransaction.happened_at >= start_of_day(filters.since, zone))
    if filters.until:
        query = query.where(StockTransaction.happened_at < start_of_day(days_from(filters.until, 2)[1], zone))
    return query
