"""What there was at a moment in the past, by the opening balances beside it: never more than a year is read.

Levels are counted back from the first opening after the moment (or from today's levels); averages are carried on
from the last one before it. "Happened" decides, not "recorded": who posts late tells what was so then.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, select, union_all

from app.extensions import db
from app.models import LedgerReach, OpeningBalance, OpeningValue, StockLevel, StockTransaction
from app.queries.rows import AnySelect

Levels = Counter[tuple[int, int]]
"""(product, location) → how many."""


class Average(NamedTuple):
    """What one piece cost on average, and the movement that set it."""

    set_by_id: int
    cost: Decimal


def ledger_begins() -> datetime | None:
    """The moment that nothing is known before, where old lines are gone by a setting; none where all are there."""
    return db.session.scalar(select(LedgerReach.begins_at))


def first_opening_from(moment: datetime) -> datetime | None:
    """The first moment from this one on whose balances are known."""
    query = select(func.min(OpeningValue.starts_at)).where(OpeningValue.starts_at >= moment)
    return db.session.scalar(query)


def last_opening_until(moment: datetime) -> datetime | None:
    """The last moment until this one whose balances are known."""
    query = select(func.max(OpeningValue.starts_at)).where(OpeningValue.starts_at <= moment)
    return db.session.scalar(query)


def levels_at(moment: datetime, product_ids: Collection[int] | None = None) -> Levels:
    """How many of each product were in each place: three statements."""
    until = first_opening_from(moment)
    levels = known_levels(until, product_ids)
    levels.subtract(moved_between(moment, until, product_ids))
    return Counter({key: quantity for key, quantity in levels.items() if quantity})


def known_levels(at: datetime | None, product_ids: Collection[int] | None = None) -> Levels:
    """The balances of an opening; today's levels when none is named."""
    model: Any = StockLevel if at is None else OpeningBalance
    query = of_products(select(model.product_id, model.location_id, model.quantity), model, product_ids)
    if at is not None:
        query = query.where(OpeningBalance.starts_at == at)
    return Counter({(product, place): quantity for product, place, quantity in db.session.execute(query)})


def moved_between(
    since: datetime | None, until: datetime | None, product_ids: Collection[int] | None = None
) -> Levels:
    """By how much each level changed by what happened from one moment until before another."""
    parts = []
    for place, sign in ((StockTransaction.to_id, 1), (StockTransaction.from_id, -1)):
        change = (StockTransaction.quantity * sign).label("change")
        part = select(StockTransaction.product_id, place.label("place"), change).where(place.is_not(None))
        parts.append(of_products(in_time(part, since, until), StockTransaction, product_ids))
    moved = union_all(*parts).subquery()
    query = select(moved.c.product_id, moved.c.place, func.sum(moved.c.change)).group_by(
        moved.c.product_id, moved.c.place
    )
    return Counter({(product, place): int(change) for product, place, change in db.session.execute(query)})


def averages_at(moment: datetime, product_ids: Collection[int] | None = None) -> dict[int, Average]:
    """Product → what one cost on average then: three statements. Products without a cost until then are left out."""
    since = last_opening_until(moment)
    known = known_averages(since, product_ids)
    for product_id, average in averages_set(since, moment, product_ids).items():
        known[product_id] = max(known.get(product_id, average), average)
    return known


def known_averages(at: datetime | None, product_ids: Collection[int] | None = None) -> dict[int, Average]:
    """What an opening says that one cost on average; nothing when none is named."""
    if at is None:
        return {}
    query = select(OpeningValue.product_id, OpeningValue.set_by_id, OpeningValue.average).where(
        OpeningValue.starts_at == at, OpeningValue.set_by_id.is_not(None)
    )
    rows = db.session.execute(of_products(query, OpeningValue, product_ids))
    return {
        product_id: Average(set_by_id, cost)
        for product_id, set_by_id, cost in rows
        if set_by_id and cost is not None
    }


def averages_set(
    since: datetime | None, until: datetime, product_ids: Collection[int] | None = None
) -> dict[int, Average]:
    """What the movements of this time made of the averages: of each product, the one that was written last."""
    newest = select(func.max(StockTransaction.id).label("id")).where(
        StockTransaction.average_after.is_not(None)
    )
    newest = of_products(in_time(newest, since, until), StockTransaction, product_ids)
    chosen = newest.group_by(StockTransaction.product_id).subquery()
    query = select(StockTransaction.product_id, StockTransaction.id, StockTransaction.average_after).join(
        chosen, chosen.c.id == StockTransaction.id
    )
    rows = db.session.execute(query)
    return {product_id: Average(row_id, cost) for product_id, row_id, cost in rows if cost is not None}


def in_time(query: AnySelect, since: datetime | None, until: datetime | None) -> AnySelect:
    """Only what happened from a moment until before another."""
    if since is not None:
        query = query.where(StockTransaction.happened_at >= since)
    return query if until is None else query.where(StockTransaction.happened_at < until)


def of_products(query: AnySelect, model: Any, product_ids: Collection[int] | None) -> AnySelect:
    """Only what is asked of."""
    return query if product_ids is None else query.where(model.product_id.in_(product_ids))
