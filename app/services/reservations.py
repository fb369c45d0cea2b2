"""Claims on stock: the only writer of reservations.

The rule of writing: lock the products, recompute inside the transaction, then write. What is not
free is promised only by a decision (`overbook`), which stands on the reservation with its reason.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, select

from app.actors import Actor
from app.extensions import db
from app.finding import at_hand
from app.models import HAPPENED, Base, Firmness, Organization, Product, Reservation, ReservationKind
from app.permissions import Permission
from app.queries.availability import Holder, availability, capacities, single_availability
from app.queries.standings import claims_by_place, span
from app.refusals import Forbidden, Refused
from app.rules.periods import Buffer, Period, WorkingWeek, widen
from app.scope import current_organization_id
from app.services.activities import record
from app.services.alerts_ahead import claims_changed
from app.services.overbookings import can_promise, lift_marks, set_mark


@dataclass(frozen=True)
class Wish:
    """A claim to be made: so many of a product of a warehouse, for the time it is away."""

    product_id: int
    warehouse_id: int
    quantity: int
    starts_at: datetime
    ends_at: datetime
    kind: ReservationKind = ReservationKind.EVENT
    firmness: Firmness = Firmness.CONFIRMED
    event_id: int | None = None
    line_id: int | None = None
    repair_id: int | None = None
    quarantine_id: int | None = None
    job_part_id: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Overbooking:
    """The decision to promise what is not free: who took it, and why."""

    by: Actor
    reason: str


def reserve(wishes: Sequence[Wish], *, by: Actor, overbook: Overbooking | None = None) -> list[Reservation]:
    """Claim stock. The caller has locked the products. Raises Refused naming the short product.

    With `overbook`, what is missing is promised all the same and marked as such.
    """
    products = at_hand(Product, {wish.product_id for wish in wishes})
    week = working_week()
    widened = [(wish, occupied(wish, products[wish.product_id], week)) for wish in wishes]
    rows: list[Reservation] = []
    for (starts_at, ends_at, warehouse_id), group in by_window(widened).items():
        found = single_availability({wish.product_id for wish in group}, warehouse_id, starts_at, ends_at)
        left = {product_id: answer.free for product_id, answer in found.items()}
        for wish in group:
            missing = max(wish.quantity - max(left[wish.product_id], 0), 0)
            left[wish.product_id] -= wish.quantity
            if missing and overbook is None:
                raise Refused(not_free(products[wish.product_id], wish.quantity, missing), "quantity")
            rows.append(claim(wish, Period(starts_at, ends_at), missing, overbook))
    return write_claims(rows)


def keep_out(wish: Wish) -> Reservation:
    """Claim what is out of free stock already, such as what broke: it happened, so nothing is refused.

    Until `let_in` its pieces count as out, whenever they were expected back. The caller has locked the
    product, and settles the other claims on it.
    """
    row = claim(wish, Period(wish.starts_at, wish.ends_at), 0, None)
    row.out_quantity = row.quantity
    return write_claims([row])[0]


def let_in(row: Reservation, *, by: Actor, reason: str) -> None:
    """What was kept out is back, or gone for good: its claim ends."""
    row.returned_quantity = row.out_quantity
    release(row, by=by, reason=reason)


def write_claims(rows: list[Reservation]) -> list[Reservation]:
    """Insert claims, in one statement however many they are."""
    if not rows:
        return rows
    organization_id = current_organization_id()
    written = insert(Reservation).returning(Reservation)
    made = db.session.scalars(written, [values_of(row, organization_id) for row in rows])
    claims_changed(at_hand(Product, {row.product_id for row in rows}).values())
    return sorted(made, key=lambda row: row.id)


def values_of(row: Base, organization_id: int) -> dict[str, object]:
    """The columns of a row that was not added to the session."""
    given = {name: value for name, value in vars(row).items() if not name.startswith("_")}
    return given | {"organization_id": organization_id}


def occupied(wish: Wish, product: Product, week: WorkingWeek) -> Period:
    """The claimed time with the product's preparation before and its turnaround after."""
    period = Period(wish.starts_at, wish.ends_at)
    if wish.kind is not ReservationKind.EVENT:
        return period
    prep = Buffer(hours=product.prep_hours, working_days=product.prep_days)
    turnaround = Buffer(hours=product.turnaround_hours, working_days=product.turnaround_days)
    return widen(period, prep, turnaround, week)


def working_week() -> WorkingWeek:
    """The weekdays and the time zone by which buffers are counted."""
    organization = db.session.get_one(Organization, current_organization_id())
    return WorkingWeek(frozenset(map(int, organization.working_weekdays)), ZoneInfo(organization.timezone))


def by_window(
    widened: Sequence[tuple[Wish, Period]],
) -> dict[tuple[datetime, datetime, int], list[Wish]]:
    """Claims grouped by window and warehouse, so that each group costs one look at availability."""
    groups: dict[tuple[datetime, datetime, int], list[Wish]] = {}
    for wish, period in widened:
        groups.setdefault((period.starts_at, period.ends_at, wish.warehouse_id), []).append(wish)
    return groups


def not_free(product: Product, wanted: int, missing: int) -> str:
    """The sentence that refuses a claim."""
    return f"{product.name}: {wanted - missing} of {wanted} free in this period, {missing} short."


def claim(wish: Wish, period: Period, missing: int, overbook: Overbooking | None) -> Reservation:
    """The reservation row of a wish."""
    row = Reservation(
        product_id=wish.product_id,
        warehouse_id=wish.warehouse_id,
        quantity=wish.quantity,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        kind=wish.kind,
        firmness=wish.firmness,
        event_id=wish.event_id,
        line_id=wish.line_id,
        repair_id=wish.repair_id,
        quarantine_id=wish.quarantine_id,
        job_part_id=wish.job_part_id,
        expires_at=wish.expires_at,
        created_at=datetime.now(UTC),
        overbooked_quantity=0,
        overbooked_reason="",
        overbooked_by_id=None,
    )
    if missing and overbook:
        mark_overbooked(row, missing, overbook)
    return row


def mark_overbooked(row: Reservation, missing: int, overbook: Overbooking) -> None:
    """Write the decision on the reservation; the database excuses only this much."""
    row.overbooked_quantity = missing
    row.overbooked_reason = overbook.reason
    row.overbooked_by_id = overbook.by.id


def change(
    row: Reservation,
    *,
    quantity: int | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    overbook: Overbooking | None = None,
) -> int:
    """Give a reservation another quantity or time; how many are short then. The product is locked.

    A change that lessens the overshoot of an over-committed product is always allowed. Raises
    Refused for one that raises it, unless it is overbooked. A claim that was given up is made again, and
    firmly. What becomes free lifts the marks of others.
    """
    product = db.session.get_one(Product, row.product_id)
    wanted = row.quantity if quantity is None else quantity
    period = Period(starts_at or row.starts_at, ends_at or row.ends_at)
    found = availability(
        [row.product_id], row.warehouse_id, period.starts_at, period.ends_at, without_claims=[row.id]
    )[row.product_id]
    missing = max(wanted - row.returned_quantity - max(found.free, 0), 0)
    held = 0 if row.released_at else row.quantity
    excused = 0 if row.released_at else row.overbooked_quantity
    lessens = wanted <= held and period == Period(row.starts_at, row.ends_at)
    if missing > excused and overbook is None and not lessens:
        raise Refused(not_free(product, wanted, missing), "quantity")
    if row.released_at:
        row.released_at, row.expires_at, row.firmness = None, None, Firmness.CONFIRMED
    if missing and overbook:
        mark_overbooked(row, missing, overbook)
    else:
        set_mark(row, min(excused if lessens else wanted, missing))
    row.quantity, row.starts_at, row.ends_at = wanted, period.starts_at, period.ends_at
    db.session.flush()
    claims_changed([product])
    lift_marks([row.product_id], capacities([row.product_id]))
    return missing


def use_up(row: Reservation, quantity: int) -> None:
    """So many of a claim leave stock for good: claim and stock go down together, and nothing becomes free.

    The caller has locked the product, and issues the pieces.
    """
    row.quantity -= quantity
    set_mark(row, min(row.overbooked_quantity, row.quantity))
    db.session.flush()


def release(row: Reservation, *, by: Actor, reason: str) -> None:
    """Give a claim up: what it held is free at once, but for what is still out."""
    if row.released_at is not None:
        return
    row.released_at = datetime.now(UTC)
    claims_changed(at_hand(Product, [row.product_id]).values())
    record("reservation.released", row, by=by, label=reason, event_id=row.event_id)


def release_together(rows: Collection[Reservation]) -> None:
    """Give claims up that no one event made: what they held is free at once. The caller writes down why."""
    now = datetime.now(UTC)
    for row in rows:
        row.released_at = now
    if rows:
        db.session.flush()
        claims_changed(at_hand(Product, {row.product_id for row in rows}).values())


def make_room(
    product_ids: Collection[int], warehouse_id: int, *, by: Actor, reason: str
) -> list[Reservation]:
    """After stock was lost or went into repair: mark the claims that are short now, and name them.

    What happened cannot be refused, so the overshoot becomes an explicit decision on the claims that
    were made last. When stock comes back the same call takes the marks off again.
    """
    now, cause = datetime.now(UTC), Overbooking(by, reason)
    asked = {"products": sorted(product_ids), "warehouse": warehouse_id, "now": now}
    claims = db.session.scalars(CLAIMS_AHEAD, asked).all()
    if not claims:
        return []
    stock = capacities(product_ids)
    mark_kept([row for row in claims if row.kind in HAPPENED], stock, cause)
    rows = [row for row in claims if row.kind not in HAPPENED]
    rivals = claims_by_place(set(product_ids), *span(rows), now) if rows else {}
    return [row for row in rows if settle(row, stock, rivals, cause)]


CLAIMS_AHEAD: Final = (
    select(Reservation)
    .where(
        Reservation.product_id.in_(bindparam("products", expanding=True)),
        Reservation.warehouse_id == bindparam("warehouse"),
        Reservation.released_at.is_(None),
        Reservation.ends_at > bindparam("now"),
    )
    .order_by(Reservation.firmness.desc(), Reservation.id.desc())
)
"""Built once: building it takes longer than asking it."""


def mark_kept(
    rows: Sequence[Reservation], stock: Mapping[int, Mapping[int, int]], cause: Overbooking
) -> None:
    """Mark what is kept out twice, the youngest first.

    Somebody may take pieces out although they are kept back, and they come home broken. Which of them that were
    nobody can say of counted pieces: they are in quarantine and in repair, and more would be kept out than there is.
    """
    left = {row.product_id: stock.get(row.product_id, {}).get(row.warehouse_id, 0) for row in rows}
    for row in sorted(rows, key=lambda row: row.id):
        kept = row.quantity - row.returned_quantity
        twice = max(kept - max(left[row.product_id], 0), 0)
        left[row.product_id] -= kept
        if twice > row.overbooked_quantity:
            mark_overbooked(row, twice, cause)
        else:
            set_mark(row, twice)
    db.session.flush()


def settle(
    row: Reservation,
    stock: Mapping[int, Mapping[int, int]],
    rivals: Mapping[tuple[int, int], Sequence[Holder]],
    cause: Overbooking,
) -> bool:
    """Mark what other promises no longer leave for a claim; True when more of it became short."""
    total = stock.get(row.product_id, {}).get(row.warehouse_id, 0)
    beside = rivals.get((row.product_id, row.warehouse_id), [])
    fits = can_promise(row, Period(row.starts_at, row.ends_at), total, beside)
    short, before = max(row.quantity - row.returned_quantity - fits, 0), row.overbooked_quantity
    if short != before:
        if short > before:
            mark_overbooked(row, short, cause)
        else:
            set_mark(row, short)
        db.session.flush()
    return short > before


def may_overbook(by: Actor, reason: str) -> Overbooking:
    """The decision to overbook, if this person may take it. Raises Forbidden."""
    if not by.may(Permission.RESERVATIONS_OVERBOOK):
        raise Forbidden("You may not promise what is not free.")
    return Overbooking(by, reason)
