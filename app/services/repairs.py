"""Repairs: what is damaged leaves availability at once, and comes back re-shelved or is written off."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Condition,
    CostKind,
    Event,
    EventCost,
    Location,
    Product,
    Repair,
    RepairState,
    Reservation,
    ReservationKind,
    StockLevel,
    TransactionKind,
)
from app.refusals import Refused
from app.rules.money import ZERO
from app.rules.periods import OPEN_END
from app.services.accounts import first_warehouse
from app.services.activities import record
from app.services.ledger import Cause, Movement, post
from app.services.numbers import next_number
from app.services.reservations import Overbooking, Wish, release, reserve
from app.services.rooms import settle_claims
from app.transactions import lock

OPEN_STATES = (RepairState.OPEN, RepairState.IN_PROGRESS)


@dataclass(frozen=True)
class Damage:
    """What happened to a thing, and on which event."""

    note: str
    event_id: int | None = None
    photo_id: int | None = None
    charge: Decimal = ZERO


def open_repair(product: Product, asset: Asset | None, quantity: int, damage: Damage, *, by: Actor) -> Repair:
    """Report damage. The thing leaves availability; whose event is short now hears of it. Raises Refused."""
    lock({Event: [damage.event_id or 0], Product: [product.id], Asset: [asset.id] if asset else []})
    return open_repair_in(product, asset, quantity, damage, by=by)


def open_repair_in(
    product: Product, asset: Asset | None, quantity: int, damage: Damage, *, by: Actor
) -> Repair:
    """The same, with the locks held."""
    refuse_second(asset)
    warehouse_id = warehouse_of(asset, damage.event_id)
    now = datetime.now(UTC)
    repair = Repair(
        number=next_number("REP", now.year),
        product_id=product.id,
        asset_id=asset.id if asset else None,
        quantity=quantity,
        event_id=damage.event_id,
        note=damage.note,
        photo_id=damage.photo_id,
        reported_by_id=by.id,
        reported_at=now,
    )
    db.session.add(repair)
    db.session.flush()
    if asset is not None:
        asset.condition = Condition.DAMAGED
    keep_out(repair, warehouse_id, by)
    charge_event(repair, product, damage)
    record("repair.opened", repair, by=by, label=name_of(repair, product, asset), event_id=damage.event_id,
           summary=damage.note)  # fmt: skip
    settle_claims([product.id], warehouse_id, by=by, reason=f"in repair ({repair.number})")
    return repair


def refuse_second(asset: Asset | None) -> None:
    """One piece is in one repair at a time."""
    if asset is None:
        return
    query = select(Repair.number).where(Repair.asset_id == asset.id, Repair.state.in_(OPEN_STATES))
    if number := db.session.scalar(query):
        raise Refused(f"{asset.tag} is in repair already ({number}).", "note")


def warehouse_of(asset: Asset | None, event_id: int | None) -> int:
    """The warehouse whose stock the damaged thing is part of."""
    if asset is not None and asset.location_id is not None:
        place = db.session.get_one(Location, asset.location_id)
        return place.warehouse_id
    if event_id is not None:
        return db.session.get_one(Event, event_id).warehouse_id
    return first_warehouse().id


def keep_out(repair: Repair, warehouse_id: int, by: Actor) -> None:
    """Claim the thing without an end. What has happened cannot be refused: what is missing is marked."""
    wish = Wish(
        product_id=repair.product_id,
        warehouse_id=warehouse_id,
        quantity=repair.quantity,
        starts_at=repair.reported_at,
        ends_at=OPEN_END,
        kind=ReservationKind.REPAIR,
        repair_id=repair.id,
    )
    reserve([wish], by=by, overbook=Overbooking(by, "damaged"))


def charge_event(repair: Repair, product: Product, damage: Damage) -> None:
    """Damage on an event stands among its costs, to be filled in and charged."""
    if damage.event_id is None:
        return
    db.session.add(
        EventCost(
            event_id=damage.event_id,
            kind=CostKind.DAMAGE,
            description=f"{repair.number}: {product.name}",
            charge=damage.charge,
            repair_id=repair.id,
            created_at=datetime.now(UTC),
        )
    )
    db.session.flush()


def name_of(repair: Repair, product: Product, asset: Asset | None) -> str:
    """Number and thing."""
    return " · ".join(filter(None, (repair.number, product.name, asset.tag if asset else "")))


def locked_repair(repair: Repair) -> None:
    """Lock a repair with all it touches, and refuse one that has ended."""
    assets = [repair.asset_id] if repair.asset_id else []
    lock({Event: [repair.event_id or 0], Repair: [repair.id], Product: [repair.product_id], Asset: assets})
    if repair.state not in OPEN_STATES:
        raise Refused(f"{repair.number} has ended already.")


def start_repair(repair: Repair, *, by: Actor) -> None:
    """Somebody works on it now."""
    locked_repair(repair)
    if repair.state is RepairState.OPEN:
        repair.state = RepairState.IN_PROGRESS
        record("repair.started", repair, by=by, event_id=repair.event_id)
        db.session.flush()


def attach_photo(repair: Repair, photo_id: int, *, by: Actor) -> None:
    """Show what is broken."""
    repair.photo_id = photo_id
    record("repair.photographed", repair, by=by, event_id=repair.event_id)
    db.session.flush()


def expect_back(repair: Repair, expected_back_at: datetime | None, *, by: Actor) -> None:
    """Say when it will be back: from then on it counts as free again. Raises Refused for the past."""
    locked_repair(repair)
    if expected_back_at is not None and expected_back_at <= datetime.now(UTC):
        raise Refused("Please choose a time in the future.", "expected_back_at")
    repair.expected_back_at = expected_back_at
    claim = claim_of(repair)
    claim.ends_at = expected_back_at or OPEN_END
    db.session.flush()
    settle_claims([repair.product_id], claim.warehouse_id, by=by, reason=f"in repair ({repair.number})")
    record("repair.expected", repair, by=by, event_id=repair.event_id)
    db.session.flush()


def claim_of(repair: Repair) -> Reservation:
    """The claim that keeps the thing out of stock."""
    return db.session.scalars(select(Reservation).where(Reservation.repair_id == repair.id)).one()


@dataclass(frozen=True)
class Ending:
    """How a repair ended: mended, or not worth it; what it cost us and what the client pays."""

    is_mended: bool
    outcome: str
    cost: Decimal = ZERO
    charge: Decimal | None = None


def close_repair(repair: Repair, ending: Ending, *, by: Actor) -> None:
    """Back on the shelf and available, or out of stock for good. Raises Refused."""
    locked_repair(repair)
    asset = db.session.get(Asset, repair.asset_id) if repair.asset_id else None
    refuse_away(repair, asset)
    repair.state = RepairState.REPAIRED if ending.is_mended else RepairState.WRITTEN_OFF
    repair.outcome, repair.cost, repair.closed_at = ending.outcome, ending.cost, datetime.now(UTC)
    claim = claim_of(repair)
    release(claim, by=by, reason=repair.number)
    if ending.is_mended and asset is not None:
        asset.condition = Condition.GOOD
    if not ending.is_mended:
        write_off(repair, asset, claim.warehouse_id, by)
    settle_cost(repair, ending)
    db.session.flush()
    settle_claims([repair.product_id], claim.warehouse_id, by=by, reason=f"written off ({repair.number})")
    verb = "repair.closed" if ending.is_mended else "repair.written_off"
    record(verb, repair, by=by, event_id=repair.event_id)
    db.session.flush()


def refuse_away(repair: Repair, asset: Asset | None) -> None:
    """A thing that is still at a show cannot be put back on a shelf."""
    if asset is not None and asset.location_id is None:
        raise Refused(f"{asset.tag} is nowhere in stock.")


def write_off(repair: Repair, asset: Asset | None, warehouse_id: int, by: Actor) -> None:
    """Take the thing out of the books, at its cost of this moment."""
    from_id = asset.location_id if asset else fullest_place(repair, warehouse_id)
    movement = Movement(repair.product_id, repair.quantity, asset.id if asset else None, from_id)
    cause = Cause(
        by, "repair", repair.number, repair.event_id, "written off", request_id=f"repair:{repair.id}"
    )
    post(TransactionKind.ISSUE, [movement], cause)
    if asset is not None:
        asset.retired_at = datetime.now(UTC)


def fullest_place(repair: Repair, warehouse_id: int) -> int:
    """Where counted pieces are taken from: the place of the warehouse that holds the most of them."""
    query = (
        select(StockLevel.location_id)
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.product_id == repair.product_id, Location.warehouse_id == warehouse_id)
        .order_by(StockLevel.quantity.desc(), StockLevel.location_id)
        .limit(1)
    )
    return db.session.scalar(query) or warehouse_id


def settle_cost(repair: Repair, ending: Ending) -> None:
    """Bring the event's damage cost to what it really was."""
    query = select(EventCost).where(EventCost.repair_id == repair.id)
    for row in db.session.scalars(query):
        row.actual = ending.cost
        if ending.charge is not None:
            row.charge = ending.charge
