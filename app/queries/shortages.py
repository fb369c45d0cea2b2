"""Why lines are short, and what can be done about it. Computed each time, never stored."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import (
    Event,
    Firmness,
    Job,
    JobPart,
    Location,
    Product,
    PullLine,
    Repair,
    Reservation,
    ReservationKind,
    StockTransaction,
    Substitute,
    TransactionKind,
)
from app.queries.availability import Availability, Holder, availability
from app.queries.choices import warehouses
from app.queries.standings import ShortLine, short_lines
from app.rules.periods import Period

HORIZON = timedelta(weeks=26)
MOST_SUBSTITUTES = 5
REMEMBERED = timedelta(days=365)


@dataclass(frozen=True)
class Reason:
    """Why pieces are missing, and the event or repair that has them."""

    text: str
    event_id: int | None = None
    repair_id: int | None = None


@dataclass(frozen=True)
class Explained:
    """A short line with its reasons."""

    line: PullLine
    event: Event
    product: Product
    missing: int
    total: int
    reasons: tuple[Reason, ...]
    rivals: tuple[Holder, ...]

    @property
    def sentence(self) -> str:
        """All reasons in one sentence."""
        return f"{self.missing} short: " + "; ".join(reason.text for reason in self.reasons) + "."


@dataclass(frozen=True)
class Names:
    """The numbers of what holds pieces."""

    events: dict[int, Event]
    repairs: dict[int, str]
    jobs: dict[int, str]
    lost: dict[tuple[int, int], int]


def explained(lines: Sequence[ShortLine]) -> list[Explained]:
    """Each short line with its reasons, in a constant number of statements."""
    if not lines:
        return []
    names = names_of(lines)
    return [
        Explained(
            line.line, line.event, line.product, line.missing, line.standing.total,
            tuple(reasons(line, names)), line.standing.rivals,
        )
        for line in lines
    ]  # fmt: skip


def names_of(lines: Sequence[ShortLine]) -> Names:
    """Everything that the reasons will name."""
    rivals = [rival.reservation for line in lines for rival in line.standing.rivals]
    events = db.session.scalars(
        select(Event).where(Event.id.in_({row.event_id for row in rivals if row.event_id}))
    )
    repairs = db.session.execute(
        select(Repair.id, Repair.number).where(
            Repair.id.in_({row.repair_id for row in rivals if row.repair_id})
        )
    )
    return Names(
        {event.id: event for event in events},
        {row.id: row.number for row in repairs},
        jobs_of_parts({row.job_part_id for row in rivals if row.job_part_id}),
        lost_pieces({line.product.id for line in lines}),
    )


def jobs_of_parts(part_ids: set[int]) -> dict[int, str]:
    """Job part → number and title of its job."""
    query = select(JobPart.id, Job.number, Job.title).join(Job, Job.id == JobPart.job_id)
    rows = db.session.execute(query.where(JobPart.id.in_(part_ids))) if part_ids else ()
    return {part_id: f"{number} {title}" for part_id, number, title in rows}


def lost_pieces(product_ids: set[int]) -> dict[tuple[int, int], int]:
    """How many pieces were written off in the last year, by product and warehouse."""
    query = (
        select(StockTransaction.product_id, Location.warehouse_id, func.sum(StockTransaction.quantity))
        .join(Location, Location.id == StockTransaction.from_id)
        .where(
            StockTransaction.product_id.in_(product_ids),
            StockTransaction.kind == TransactionKind.ADJUSTMENT,
            StockTransaction.happened_at > datetime.now(UTC) - REMEMBERED,
        )
        .group_by(StockTransaction.product_id, Location.warehouse_id)
    )
    return {
        (product_id, warehouse_id): int(lost) for product_id, warehouse_id, lost in db.session.execute(query)
    }


def reasons(line: ShortLine, names: Names) -> Iterable[Reason]:
    """Why a line is short, what is gone first, then who was faster."""
    standing, row = line.standing, line.standing.reservation
    if row.released_at is not None:
        yield Reason("the hold has expired, nothing is claimed")
    if standing.total < row.quantity:
        yield Reason(f"not enough stock, we own {standing.total}" if standing.total else "not in stock here")
    if lost := names.lost.get((row.product_id, row.warehouse_id)):
        yield Reason(f"stock lost, {lost} written off")
    for rival in standing.rivals:
        yield reason_of(rival, names)


def reason_of(rival: Holder, names: Names) -> Reason:
    """Why one better claim stands in the way."""
    row, quantity = rival.reservation, rival.claim.quantity
    if row.kind is ReservationKind.REPAIR:
        number = names.repairs.get(row.repair_id or 0, "")
        overdue = ", overdue" if rival.is_late else ""
        return Reason(f"{quantity} in repair {number}".rstrip() + overdue, repair_id=row.repair_id)
    if row.kind is ReservationKind.QUARANTINE:
        return Reason(f"{quantity} in quarantine")
    event = names.events.get(row.event_id or 0)
    other = names.jobs.get(row.job_part_id or 0) or str(row.kind).replace("_", " ")
    who = f"{event.number} {event.name}" if event else other
    if rival.is_late:
        return Reason(f"{quantity} late return from {who}", event_id=row.event_id)
    if row.firmness is Firmness.TENTATIVE:
        return Reason(f"{quantity} held tentatively by {who}", event_id=row.event_id)
    return Reason(f"{quantity} taken by {who}, which ranks higher", event_id=row.event_id)


def shortage_worklist(days: timedelta = HORIZON) -> list[Explained]:
    """All short lines of open events in the weeks to come, the most urgent first."""
    return explained(short_lines(until=datetime.now(UTC) + days))


@dataclass(frozen=True)
class Elsewhere:
    """What another warehouse could send."""

    warehouse_id: int
    name: str
    free: int


@dataclass(frozen=True)
class StandIn:
    """A product that could stand in: named for it, or of the same category."""

    product: Product
    availability: Availability
    is_named: bool


@dataclass(frozen=True)
class Hold:
    """A tentative claim from which pieces could be taken."""

    reservation: Reservation
    event: Event | None
    quantity: int


@dataclass(frozen=True)
class Ways:
    """The ways out of one shortage, in the order in which they are tried."""

    elsewhere: tuple[Elsewhere, ...]
    substitutes: tuple[StandIn, ...]
    holds: tuple[Hold, ...]


@dataclass(frozen=True)
class Solvable:
    """A short line with its ways out."""

    short: Explained
    ways: Ways


def event_shortages(event: Event) -> list[Solvable]:
    """The short lines of an event with their ways out. Statements grow with warehouses and with lines' own times."""
    lines = explained(short_lines(event_ids=[event.id]))
    holders = tentative_events(lines)
    ways: dict[int, Ways] = {}
    for period, group in by_time(lines).items():
        others = elsewhere(event, {line.product.id for line in group}, period)
        substitutes = substitutes_of(event, [line.product for line in group], period)
        for line in group:
            ways[line.line.id] = Ways(
                tuple(others.get(line.product.id, ())),
                tuple(substitutes.get(line.product.id, ())),
                tuple(holds_of(line, holders)),
            )
    return [Solvable(line, ways[line.line.id]) for line in lines]


def by_time(lines: Sequence[Explained]) -> dict[Period, list[Explained]]:
    """Short lines by when they are away: as long as their event, or for a time of their own."""
    found: dict[Period, list[Explained]] = {}
    for short in lines:
        starts_at = short.line.occupied_from or short.event.occupied_from
        ends_at = short.line.occupied_until or short.event.occupied_until
        found.setdefault(Period(starts_at, ends_at), []).append(short)
    return found


def elsewhere(event: Event, product_ids: set[int], period: Period) -> dict[int, list[Elsewhere]]:
    """What each other warehouse has free of the products in a time."""
    found: dict[int, list[Elsewhere]] = {}
    for warehouse_id, name in warehouses():
        if warehouse_id == event.warehouse_id:
            continue
        answer = availability(product_ids, warehouse_id, period.starts_at, period.ends_at)
        for product_id, there in answer.items():
            if there.free > 0:
                found.setdefault(product_id, []).append(Elsewhere(warehouse_id, name, there.free))
    return found


def substitutes_of(event: Event, products: Sequence[Product], period: Period) -> dict[int, list[StandIn]]:
    """What is free then and can stand in for each product: what was named for it, then what is like it."""
    named = named_for({product.id for product in products})
    candidates = candidates_for(products, {row for rows in named.values() for row in rows})
    if not candidates:
        return {}
    ids = {candidate.id for candidate in candidates}
    free = availability(ids, event.warehouse_id, period.starts_at, period.ends_at)
    usable = [candidate for candidate in candidates if free[candidate.id].free > 0]
    return {
        product.id: stand_ins(product, usable, named.get(product.id, set()), free) for product in products
    }


def named_for(product_ids: Collection[int]) -> dict[int, set[int]]:
    """The substitutes that people named, by product."""
    query = select(Substitute.product_id, Substitute.substitute_id).where(
        Substitute.product_id.in_(product_ids)
    )
    named: dict[int, set[int]] = {}
    for product_id, substitute_id in db.session.execute(query):
        named.setdefault(product_id, set()).add(substitute_id)
    return named


def candidates_for(products: Sequence[Product], named: Collection[int]) -> Sequence[Product]:
    """What was named, and single products of the same categories."""
    categories = {product.category_id for product in products if product.category_id}
    alike = Product.category_id.in_(categories) & ~Product.is_package
    query = select(Product).where(Product.archived_at.is_(None), or_(alike, Product.id.in_(named)))
    return db.session.scalars(query).all() if categories or named else ()


def stand_ins(
    product: Product, usable: Sequence[Product], named: Collection[int], free: dict[int, Availability]
) -> list[StandIn]:
    """Those that were named, then those of the same sort whose rate is nearest."""
    fitting = [other for other in usable if other.id in named or is_alike(product, other)]
    fitting.sort(key=lambda other: (other.id not in named, abs(other.day_rate - product.day_rate)))
    return [StandIn(other, free[other.id], other.id in named) for other in fitting[:MOST_SUBSTITUTES]]


def is_alike(product: Product, other: Product) -> bool:
    """True for another product of the same category that is followed in the same way."""
    is_same_sort = other.category_id == product.category_id and other.tracking is product.tracking
    return (
        is_same_sort and product.category_id is not None and other.id != product.id and not other.is_package
    )


def tentative_events(lines: Sequence[Explained]) -> dict[int, Event]:
    """The events whose holds stand in the way."""
    ids = {
        rival.reservation.event_id
        for line in lines
        for rival in line.rivals
        if rival.reservation.firmness is Firmness.TENTATIVE and rival.reservation.event_id
    }
    query = select(Event).where(Event.id.in_(ids)).options(joinedload(Event.company))
    return {event.id: event for event in db.session.scalars(query)} if ids else {}


def holds_of(line: Explained, events: dict[int, Event]) -> Iterable[Hold]:
    """The tentative claims that stand in a line's way."""
    for rival in line.rivals:
        row = rival.reservation
        if row.firmness is Firmness.TENTATIVE and (pieces := min(to_be_taken(row), line.missing)):
            yield Hold(row, events.get(row.event_id or 0), pieces)


def to_be_taken(row: Reservation) -> int:
    """How many pieces of a tentative claim can be given to somebody else: promised, and still here."""
    return max(row.quantity - max(row.out_quantity, row.prepped_quantity) - row.overbooked_quantity, 0)
