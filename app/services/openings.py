"""Opening balances: written at the turn of each year, and kept true by whoever posts late what happened before."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, insert, select, text

from app.extensions import db, upsert
from app.models import OpeningBalance, OpeningValue, StockTransaction
from app.queries.opening import (
    averages_at,
    averages_set,
    known_levels,
    last_opening_until,
    ledger_begins,
    moved_between,
)
from app.rules.months import turns_of_years
from app.scope import current_organization_id

SETTLED: Final = timedelta(days=1)
"""An opening is written this long after its moment; so only what is posted later than this can touch one."""


def open_years() -> None:
    """Write the opening balances of every turn of a year that has none yet, the oldest first."""
    now = datetime.now(UTC)
    first = db.session.scalar(select(func.min(StockTransaction.happened_at)))
    if first is None:
        return
    query = select(OpeningValue.starts_at).distinct()
    known = set(db.session.scalars(query))
    begins = ledger_begins() or first
    for turn in turns_of_years(first, now - SETTLED):
        if turn not in known and turn >= begins:
            open_at(turn)


def open_at(starts_at: datetime) -> None:
    """Write what there was at a moment, from the opening before it and what happened since."""
    nobody_posts()
    before = last_opening_until(starts_at - timedelta(microseconds=1))
    levels = known_levels(before) if before else Counter()
    levels.update(moved_between(before, starts_at))
    owner = {"organization_id": current_organization_id(), "starts_at": starts_at}
    balances = [
        {**owner, "product_id": product_id, "location_id": location_id, "quantity": quantity}
        for (product_id, location_id), quantity in sorted(levels.items())
        if quantity
    ]
    if balances:
        db.session.execute(insert(OpeningBalance), balances)
    if values := [owner | row for row in values_of(levels, before, starts_at)]:
        db.session.execute(insert(OpeningValue), values)


def values_of(
    levels: Counter[tuple[int, int]], before: datetime | None, at: datetime
) -> list[dict[str, Any]]:
    """How many there were of each product in all, and what one cost on average."""
    totals: Counter[int] = Counter()
    for (product_id, _), quantity in levels.items():
        totals[product_id] += quantity
    averages = averages_at(at) if before else averages_set(None, at)
    rows = []
    for product_id in sorted(totals.keys() | averages.keys()):
        average = averages.get(product_id)
        rows.append(
            {
                "product_id": product_id,
                "quantity": totals[product_id],
                "average": average and average.cost,
                "set_by_id": average and average.set_by_id,
            }
        )
    return rows


def nobody_posts() -> None:
    """Until the commit nobody else writes into the ledger: who posts after it sees the opening and corrects it."""
    if not db.is_sqlite:
        db.session.execute(text("LOCK TABLE stock_transaction IN SHARE MODE"))


def correct_openings(rows: Iterable[StockTransaction]) -> None:
    """What was just written, but happened before an opening, belongs into it."""
    late = [row for row in rows if row.happened_at < row.recorded_at - SETTLED]
    if not late:
        return
    earliest = min(row.happened_at for row in late)
    query = select(OpeningValue.starts_at).where(OpeningValue.starts_at > earliest).distinct()
    for starts_at in db.session.scalars(query.order_by(OpeningValue.starts_at)).all():
        correct(starts_at, [row for row in late if row.happened_at < starts_at])


def correct(starts_at: datetime, rows: list[StockTransaction]) -> None:
    """Bring one opening along with movements that happened before it. Written last, they set the average."""
    owner = {"organization_id": current_organization_id(), "starts_at": starts_at}
    places: Counter[tuple[int, int]] = Counter()
    totals: Counter[int] = Counter()
    averages: dict[int, dict[str, Any]] = {}
    for row in rows:
        for place, change in ((row.to_id, row.quantity), (row.from_id, -row.quantity)):
            if place is not None:
                places[row.product_id, place] += change
                totals[row.product_id] += change
        if row.average_after is not None:
            averages[row.product_id] = {"average": row.average_after, "set_by_id": row.id}
    for (product_id, location_id), quantity in places.items():
        add(OpeningBalance, owner | {"product_id": product_id, "location_id": location_id}, quantity, {})
    for product_id, quantity in totals.items():
        add(OpeningValue, owner | {"product_id": product_id}, quantity, averages.get(product_id, {}))


def add(model: Any, key: dict[str, Any], quantity: int, told: dict[str, Any]) -> None:
    """Add a quantity to a row, which is made if it is not there; what else is told of it replaces what was told."""
    statement = upsert(model).values(**key, quantity=quantity, **told)
    changed = {"quantity": model.quantity + quantity, **told}
    db.session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed))
