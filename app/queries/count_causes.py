"""What could explain the differences of a count: movements of the thing around its place, and whoever has it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Event, Location, LocationKind, StockLevel, StockTransaction
from app.queries.count_review import Review, Reviewed
from app.queries.rows import AnyRow, AnySelect

LOOKED_AT: Final = 40
"""How many of a product's latest movements are looked at."""
MOST_CAUSES: Final = 3


@dataclass(frozen=True)
class Cause:
    """One thing that could explain a difference, in words, with what it leads to."""

    words: str
    transaction: AnyRow | None = None
    event_id: int | None = None


def causes_of(review: Review, lines: Sequence[Reviewed]) -> dict[int, list[Cause]]:
    """Line → what could explain it, the likeliest first; as many statements for one line as for fifty."""
    differing = [line for line in lines if line.differs]
    product_ids = {line.product_id for line in differing}
    if not product_ids:
        return {}
    moved, away = latest_movements(product_ids), still_away(product_ids)
    return {
        line.id: [
            *held_by(line),
            *opposite_lines(line, review),
            *likely_movements(line, moved[line.product_id]),
            *unreturned(line, away[line.product_id]),
        ][:MOST_CAUSES]
        for line in differing
    }


def held_by(line: Reviewed) -> list[Cause]:
    """The event or the repair that has the thing."""
    if line.held is None:
        return []
    return [Cause(f"{line.held.word} {line.held.number}".capitalize(), event_id=line.held.event_id)]


def opposite_lines(line: Reviewed, review: Review) -> list[Cause]:
    """The same thing, as many too many or too few in another place: a transfer that nobody booked."""
    wanted = -line.finding.difference
    return [
        Cause(
            f"{abs(wanted)} {'more' if wanted > 0 else 'fewer'} counted in {other.place}: moved without booking?"
        )
        for other in review.differences
        if other.id != line.id
        and other.product_id == line.product_id
        and other.asset_id == line.asset_id
        and other.finding.difference == wanted
    ][:1]


def likely_movements(line: Reviewed, rows: Sequence[AnyRow]) -> list[Cause]:
    """Movements of the same quantity first, then others of the place; the newest first."""
    pieces = abs(line.finding.difference)
    of_thing = [row for row in rows if not line.asset_id or row.asset_id == line.asset_id]
    here = [row for row in of_thing if line.location_id in (row.from_id, row.to_id)]
    same = [row for row in of_thing if row.quantity == pieces]
    ranked = [*(row for row in same if row in here), *same, *here]
    unique = list({row.id: row for row in ranked}.values())
    return [Cause("Same quantity" if row in same else "Moved here lately", row) for row in unique[:2]]


def unreturned(line: Reviewed, rows: Sequence[AnyRow]) -> list[Cause]:
    """An event where some of it still is in the books."""
    if line.asset_id:
        return []
    return [
        Cause(f"{row.quantity} still at {row.number} {row.name}", event_id=row.event_id) for row in rows[:1]
    ]


def latest_movements(product_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    """Product → its latest movements, the newest first."""
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.session.execute(ranked_movements(product_ids)):
        found[row.product_id].append(row)
    return found


def ranked_movements(product_ids: Collection[int]) -> AnySelect:
    """The newest movements of each product, with the names of their places."""
    number = func.row_number().over(
        partition_by=StockTransaction.product_id, order_by=StockTransaction.id.desc()
    )
    newest = (
        select(StockTransaction.id, number.label("number"))
        .where(StockTransaction.product_id.in_(product_ids), StockTransaction.count_line_id.is_(None))
        .subquery()
    )
    origin, target = aliased(Location), aliased(Location)
    return (
        select(
            StockTransaction.id, StockTransaction.product_id, StockTransaction.asset_id,
            StockTransaction.kind, StockTransaction.quantity, StockTransaction.from_id,
            StockTransaction.to_id, StockTransaction.happened_at, StockTransaction.reference_number,
            origin.name.label("origin"), target.name.label("target"),
        )
        .join(newest, newest.c.id == StockTransaction.id)
        .outerjoin(origin, origin.id == StockTransaction.from_id)
        .outerjoin(target, target.id == StockTransaction.to_id)
        .where(newest.c.number <= LOOKED_AT)
        .order_by(StockTransaction.id.desc())
    )  # fmt: skip


def still_away(product_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    """Product → the events at which some of it is, those that should be back first."""
    query = (
        select(
            StockLevel.product_id, StockLevel.quantity, Event.id.label("event_id"), Event.number, Event.name
        )
        .join(Location, Location.id == StockLevel.location_id)
        .join(Event, Event.site_id == Location.id)
        .where(StockLevel.product_id.in_(product_ids), StockLevel.is_held)
        .where(Location.kind == LocationKind.EVENT_SITE)
        .order_by(Event.occupied_until, Event.id)
    )
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.session.execute(query):
        found[row.product_id].append(row)
    return found
