"""Which events are short because of something that is not there: what a deed answers, and what its page lists.

What each line lacks as things are, less what it would lack if the thing were there: the arithmetic is the
availability engine's own, asked once for all lines.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from app.extensions import db
from app.models import Event, PullLine, Reservation
from app.queries.availability import Holder, capacities
from app.queries.standings import claimed_lines, claims_by_place, span, standing

FAR = timedelta(days=3 * 366)
MOST_LINES = 500
Row = tuple[PullLine, Reservation]


class ShortEvent(NamedTuple):
    """An event that lacks so many pieces of the product."""

    event_id: int
    number: str
    name: str
    starts_at: datetime
    missing: int


def short_because_of(claim: Reservation, now: datetime | None = None) -> list[ShortEvent]:
    """The events to come that are short because of what a claim keeps out, the first first."""
    if claim.released_at is not None:
        return []
    return compared(claim.product_id, claim.warehouse_id, now, without=claim.id)


def short_for_lack_of(
    product_id: int, warehouse_id: int, pieces: int, now: datetime | None = None
) -> list[ShortEvent]:
    """The same for so many pieces that left the books, such as what was lost."""
    return compared(product_id, warehouse_id, now, pieces=pieces)


def compared(
    product_id: int, warehouse_id: int, now: datetime | None, *, without: int = 0, pieces: int = 0
) -> list[ShortEvent]:
    """Every line ahead as it stands, and as it would: a constant number of statements."""
    moment = now or datetime.now(UTC)
    rows = lines_ahead(product_id, warehouse_id, moment)
    if not rows:
        return []
    place = (product_id, warehouse_id)
    total = capacities([product_id]).get(product_id, {}).get(warehouse_id, 0)
    claims = claims_by_place({product_id}, *span([claim for _, claim in rows]), moment)
    held = claims.get(place, [])
    others = [holder for holder in held if holder.reservation.id != without]
    found = (
        short_event(line.event, missing(claim, total, held) - missing(claim, total + pieces, others))
        for line, claim in rows
    )
    return [event for event in found if event.missing > 0]


def lines_ahead(product_id: int, warehouse_id: int, now: datetime) -> Sequence[Row]:
    """The lines of open events that want the product, with their claims."""
    query = claimed_lines(None, now + FAR, now).where(
        Reservation.product_id == product_id, Reservation.warehouse_id == warehouse_id
    )
    return [(line, claim) for line, claim in db.session.execute(query.limit(MOST_LINES))]


def missing(claim: Reservation, total: int, held: list[Holder]) -> int:
    """How many a claim lacks beside those that hold the product."""
    return standing(claim, total, {(claim.product_id, claim.warehouse_id): held}).missing


def short_event(event: Event, pieces: int) -> ShortEvent:
    """An event by name, with what it lacks."""
    return ShortEvent(event.id, event.number, event.name, event.occupied_from, pieces)
