"""How each claim stands against those that rank before it: who is short, by how many, because of whom.

What is broken or still out ranks before everything: it is not there. Then comes what was promised from
free stock, confirmed before tentative; then what was overbooked; older claims before younger ones. The
arithmetic is the availability engine's own.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import HAPPENED, Event, Firmness, Product, PullLine, Reservation
from app.queries.availability import Holder, capacities, holders_of
from app.rules.availability import free, shortfall
from app.rules.phases import OPEN_PHASES

Rank = tuple[int, int]


@dataclass(frozen=True)
class Standing:
    """One claim: what the warehouse owns, what better claims leave of it, and how many are missing."""

    reservation: Reservation
    total: int
    left: int
    missing: int
    rivals: tuple[Holder, ...] = ()


@dataclass(frozen=True)
class ShortLine:
    """A line of a pull list that cannot be filled as things are."""

    line: PullLine
    event: Event
    product: Product
    missing: int
    standing: Standing


def rank(row: Reservation, is_late: bool) -> Rank:
    """The smaller, the better: gone, promised, promised tentatively, overbooked; older ones first."""
    if is_late or row.kind in HAPPENED:
        return (0, row.id)
    place = 3 if row.overbooked_quantity else 1
    return (place + (row.firmness is Firmness.TENTATIVE), row.id)


def standings(rows: Sequence[Reservation], now: datetime | None = None) -> dict[int, Standing]:
    """How these claims stand, by reservation: a constant number of statements."""
    if not rows:
        return {}
    moment = now or datetime.now(UTC)
    product_ids = {row.product_id for row in rows}
    stock = capacities(product_ids)
    starts_at, ends_at = span(rows)
    rivals = claims_by_place(product_ids, starts_at, ends_at, moment)
    return {
        row.id: standing(row, stock.get(row.product_id, {}).get(row.warehouse_id, 0), rivals) for row in rows
    }


def span(rows: Collection[Reservation]) -> tuple[datetime, datetime]:
    """The time from the first claim's start to the last one's end."""
    return min(row.starts_at for row in rows), max(row.ends_at for row in rows)


def claims_by_place(
    product_ids: Collection[int], starts_at: datetime, ends_at: datetime, now: datetime
) -> dict[tuple[int, int], list[Holder]]:
    """Every claim that touches a time, by product and warehouse."""
    found: dict[tuple[int, int], list[Holder]] = defaultdict(list)
    for holder in holders_of(product_ids, starts_at, ends_at, now):
        found[holder.reservation.product_id, holder.reservation.warehouse_id].append(holder)
    return found


def standing(row: Reservation, total: int, claims: dict[tuple[int, int], list[Holder]]) -> Standing:
    """One claim against the better ones in its window."""
    beside = claims.get((row.product_id, row.warehouse_id), ())
    own = rank(row, any(holder.is_late for holder in beside if holder.reservation.id == row.id))
    better = [
        rival
        for rival in beside
        if rival.reservation.id != row.id
        and rank(rival.reservation, rival.is_late) < own
        and rival.claim.starts_at < row.ends_at
        and rival.claim.ends_at > row.starts_at
    ]
    left, better = worst_moment(total, better, row.starts_at, row.ends_at)
    # What left the house is there; only what is still wanted can be missing.
    wanted = max(row.quantity - row.out_quantity, 0)
    missing = wanted if row.released_at else shortfall(wanted, left - row.out_quantity)
    return Standing(row, total, left, missing, tuple(better))


def worst_moment(
    total: int, rivals: Sequence[Holder], starts_at: datetime, ends_at: datetime
) -> tuple[int, list[Holder]]:
    """The lowest number left at one moment of a window, and who holds the rest at that moment."""
    left = free(total, [rival.claim for rival in rivals], starts_at, ends_at)
    moments = [starts_at, *(rival.claim.starts_at for rival in rivals if rival.claim.starts_at > starts_at)]
    for moment in moments:
        holding = [rival for rival in rivals if rival.claim.starts_at <= moment < rival.claim.ends_at]
        if free(total, [rival.claim for rival in holding], moment, moment + datetime.resolution) == left:
            return left, holding
    return left, list(rivals)


def short_lines(
    *, event_ids: Collection[int] | None = None, until: datetime | None = None, now: datetime | None = None
) -> list[ShortLine]:
    """The lines that are short, of these events or of all open ones until a day, earliest first."""
    moment = now or datetime.now(UTC)
    rows = db.session.execute(claimed_lines(event_ids, until or moment + timedelta(days=366), moment)).all()
    standing_of = standings([claim for _, claim in rows], moment)
    short = (
        ShortLine(line, line.event, line.product, standing_of[claim.id].missing, standing_of[claim.id])
        for line, claim in rows
    )
    return [line for line in short if line.missing]


def claimed_lines(
    event_ids: Collection[int] | None, until: datetime, now: datetime
) -> Select[PullLine, Reservation]:
    """Lines with their claims, of events that are open. There only a hold that expired was given up."""
    query = (
        select(PullLine, Reservation)
        .join(Reservation, Reservation.line_id == PullLine.id)
        .join(Event, Event.id == PullLine.event_id)
        .where(PullLine.quantity > 0, Event.phase.in_(OPEN_PHASES))
        .options(joinedload(PullLine.event), joinedload(PullLine.product))
        .order_by(Reservation.starts_at, PullLine.event_id, PullLine.position)
    )
    if event_ids is not None:
        return query.where(PullLine.event_id.in_(event_ids))
    return query.where(Reservation.starts_at < until, Reservation.ends_at > now)


__all__ = [
    "ShortLine",
    "Standing",
    "claims_by_place",
    "short_lines",
    "span",
    "standings",
    "worst_moment",
]
