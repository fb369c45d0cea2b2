"""Repairs: what is damaged leaves availability at once, and stays out until somebody ends the repair."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    AssignmentState,
    Condition,
    CostKind,
    Event,
    EventCost,
    Location,
    Product,
    Repair,
    RepairState,
    ReservationKind,
)
from app.queries.repairs import claim_of, event_of, number_of_open
from app.refusals import Refused
from app.rules.money import ZERO
from app.rules.periods import OPEN_END
from app.services.accounts import first_warehouse
from app.services.activities import record
from app.services.numbers import next_number
from app.services.reservations import Wish, keep_out
from app.services.rooms import settle_claims
from app.transactions import lock


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
    if asset is not None:
        refuse_unmendable(asset)
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
    claim_thing(repair, warehouse_id)
    charge_event(repair, product, damage)
    record("repair.opened", repair, by=by, label=name_of(repair, product, asset), event_id=damage.event_id,
           summary=damage.note)  # fmt: skip
    settle_claims([product.id], warehouse_id, by=by, reason=f"in repair ({repair.number})")
    return repair


def refuse_unmendable(asset: Asset) -> None:
    """One piece is in one repair at a time, and in our hands. Raises Refused.

    A piece that is out is claimed by its event; a repair beside that would count it twice.
    """
    if number := number_of_open(asset.id):
        raise Refused(f"{asset.tag} is in repair already ({number}).", "note")
    if event := event_of(asset.id, [AssignmentState.OUT]):
        raise Refused(f"{asset.tag} is out on {event}: check it in there as damaged.", "note")
    if asset.location_id is None:
        raise Refused(f"{asset.tag} is not in stock any more.", "note")


def warehouse_of(asset: Asset | None, event_id: int | None) -> int:
    """The warehouse whose stock the damaged thing is part of."""
    if asset is not None and asset.location_id is not None:
        place = db.session.get_one(Location, asset.location_id)
        return place.warehouse_id
    if event_id is not None:
        return db.session.get_one(Event, event_id).warehouse_id
    return first_warehouse().id


def claim_thing(repair: Repair, warehouse_id: int) -> None:
    """Claim the thing without an end."""
    wish = Wish(
        product_id=repair.product_id,
        warehouse_id=warehouse_id,
        quantity=repair.quantity,
        starts_at=repair.reported_at,
        ends_at=OPEN_END,
        kind=ReservationKind.REPAIR,
        repair_id=repair.id,
    )
    keep_out(wish)


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
    if not repair.is_open:
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
    """Say when it should be mended: later events may count on it. Raises Refused for the past.

    When that day passes while the repair is open, the thing is overdue and free for nobody.
    """
    locked_repair(repair)
    if expected_back_at is not None and expected_back_at <= datetime.now(UTC):
        raise Refused("Please choose a time in the future.", "expected_back_at")
    repair.expected_back_at = expected_back_at
    claim = claim_of(repair.id)
    claim.ends_at = expected_back_at or OPEN_END
    db.session.flush()
    settle_claims([repair.product_id], claim.warehouse_id, by=by, reason=f"in repair ({repair.number})")
    record("repair.expected", repair, by=by, event_id=repair.event_id)
    db.session.flush()
