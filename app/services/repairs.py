"""Repairs: what is damaged leaves availability at once, and stays out until somebody ends the repair."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    OPEN_REPAIRS,
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
from app.queries.quarantines import quarantine_of
from app.queries.repairs import claim_of, event_of, number_of_open, open_sending
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
    is_usable: bool = False
    """True for what may go out meanwhile: it is on the board, and stays in stock."""


def open_repair(product: Product, asset: Asset | None, quantity: int, damage: Damage, *, by: Actor) -> Repair:
    """Report damage. The thing leaves availability; whose event is short now hears of it. Raises Refused."""
    lock({Event: [damage.event_id or 0], Product: [product.id], Asset: [asset.id] if asset else []})
    return open_repair_in(product, asset, quantity, damage, by=by)


def open_repair_in(
    product: Product, asset: Asset | None, quantity: int, damage: Damage, *, by: Actor
) -> Repair:
    """The same, with the locks held. What is looked at already is the same repair; damage takes it out of stock."""
    if asset is not None and (known := usable_repair_of(asset.id)):
        return worsen(known, damage, by)
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
        is_usable=damage.is_usable,
        reported_by_id=by.id,
        reported_at=now,
    )
    db.session.add(repair)
    db.session.flush()
    claim_thing(repair, warehouse_id)
    show_condition(repair, asset)
    if not repair.is_usable:
        charge_event(repair, product, damage.charge)
    short = settle(repair, warehouse_id, by)
    record("repair.opened", repair, by=by, label=name_of(repair, product, asset), event_id=damage.event_id,
           summary=told(damage.note, short), short=short)  # fmt: skip
    return repair


def usable_repair_of(asset_id: int) -> Repair | None:
    """The open repair of a piece that is used meanwhile."""
    query = select(Repair).where(
        Repair.asset_id == asset_id, Repair.state.in_(OPEN_REPAIRS), Repair.is_usable
    )
    return db.session.scalars(query).one_or_none()


def worsen(repair: Repair, damage: Damage, by: Actor) -> Repair:
    """What was to be looked at has been reported again, perhaps as damaged: it is one repair."""
    repair.note = "\n".join(filter(None, (repair.note, damage.note)))
    repair.photo_id = damage.photo_id or repair.photo_id
    repair.event_id = damage.event_id or repair.event_id
    db.session.flush()
    if not damage.is_usable:
        use_meanwhile_in(repair, False, by)
    return repair


def show_condition(repair: Repair, asset: Asset | None) -> None:
    """A piece in repair is damaged, or needs attention while it is used."""
    if asset is not None:
        asset.condition = Condition.NEEDS_ATTENTION if repair.is_usable else Condition.DAMAGED


def settle(repair: Repair, warehouse_id: int, by: Actor) -> list[str]:
    """Bring the other claims in line; the numbers of the events that became short."""
    return settle_claims([repair.product_id], warehouse_id, by=by, reason=f"in repair ({repair.number})")


def told(note: str, short: Sequence[str]) -> str:
    """What happened, and whom it leaves short, for the feed."""
    return " ".join(filter(None, (note, f"Short now: {', '.join(short)}." if short else "")))


def refuse_unmendable(asset: Asset) -> None:
    """One piece is in one repair at a time, and in our hands. Raises Refused.

    A piece that is out is claimed by its event; a repair beside that would count it twice.
    """
    if number := number_of_open(asset.id):
        raise Refused(f"{asset.tag} is in repair already ({number}).", "note")
    if kept := quarantine_of(asset.id):
        raise Refused(f"{asset.tag} is in quarantine ({kept.number}): release it first.", "note")
    refuse_out(asset)
    if asset.location_id is None:
        raise Refused(f"{asset.tag} is not in stock any more.", "note")


def refuse_out(asset: Asset) -> None:
    """What an event has is claimed by it. Raises Refused."""
    if event := event_of(asset.id, [AssignmentState.OUT]):
        raise Refused(f"{asset.tag} is out on {event}: check it in there as damaged.", "note")


def warehouse_of(asset: Asset | None, event_id: int | None) -> int:
    """The warehouse whose stock the damaged thing is part of."""
    if asset is not None and asset.location_id is not None:
        place = db.session.get_one(Location, asset.location_id)
        return place.warehouse_id
    if event_id is not None:
        return db.session.get_one(Event, event_id).warehouse_id
    return first_warehouse().id


def claim_thing(repair: Repair, warehouse_id: int) -> None:
    """Claim the thing without an end; what is used meanwhile is claimed in no number."""
    wish = Wish(
        product_id=repair.product_id,
        warehouse_id=warehouse_id,
        quantity=0 if repair.is_usable else repair.quantity,
        starts_at=repair.reported_at,
        ends_at=OPEN_END,
        kind=ReservationKind.REPAIR,
        repair_id=repair.id,
    )
    keep_out(wish)


def charge_event(repair: Repair, product: Product, charge: Decimal = ZERO) -> None:
    """Damage on an event stands once among its costs, to be filled in and charged."""
    known = select(EventCost.id).where(EventCost.repair_id == repair.id)
    if repair.event_id is None or db.session.scalar(known):
        return
    db.session.add(
        EventCost(
            event_id=repair.event_id,
            kind=CostKind.DAMAGE,
            description=f"{repair.number}: {product.name}",
            charge=charge,
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
    """Somebody works on it now: it is theirs, unless it was given to another."""
    locked_repair(repair)
    if repair.state is RepairState.OPEN:
        repair.state = RepairState.IN_PROGRESS
        repair.assignee_id = repair.assignee_id or by.id
        record("repair.started", repair, by=by, event_id=repair.event_id)
        db.session.flush()


def describe(repair: Repair, note: str, photo_id: int | None, *, by: Actor) -> None:
    """Say more of what is wrong, in words and with a photo."""
    lock({Repair: [repair.id]})
    if note:
        repair.note = "\n".join(filter(None, (repair.note, note)))
        record("repair.described", repair, by=by, event_id=repair.event_id, summary=note)
    if photo_id is not None:
        attach_photo(repair, photo_id, by=by)
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
    expect_back_in(repair, expected_back_at, by)


def expect_back_in(repair: Repair, expected_back_at: datetime | None, by: Actor) -> None:
    """The same, with the locks held."""
    claim = claim_of(repair.id)
    if expected_back_at is not None and expected_back_at <= max(datetime.now(UTC), claim.starts_at):
        raise Refused("Please choose a time in the future.", "expected_back_at")
    repair.expected_back_at = expected_back_at
    claim.ends_at = expected_back_at or OPEN_END
    db.session.flush()
    short = settle(repair, claim.warehouse_id, by)
    record("repair.expected", repair, by=by, event_id=repair.event_id, summary=told("", short), short=short)
    db.session.flush()


def use_meanwhile(repair: Repair, is_usable: bool, *, by: Actor) -> None:
    """Let the thing go out although it is being repaired, or keep it in stock no longer. Raises Refused for what is
    with a repairer: it can go nowhere."""
    locked_repair(repair)
    if is_usable and (away := open_sending(repair.id)):
        raise Refused(f"It is away ({away.number}): say first that it is back.")
    if repair.is_usable != is_usable:
        use_meanwhile_in(repair, is_usable, by)


def use_meanwhile_in(repair: Repair, is_usable: bool, by: Actor) -> None:
    """The same, with the locks held."""
    claim, pieces = claim_of(repair.id), 0 if is_usable else repair.quantity
    asset = db.session.get_one(Asset, repair.asset_id) if repair.asset_id else None
    if asset is not None and not is_usable:
        refuse_out(asset)
    repair.is_usable = is_usable
    claim.quantity, claim.out_quantity = pieces, pieces
    show_condition(repair, asset)
    if not is_usable:
        charge_event(repair, db.session.get_one(Product, repair.product_id))
    db.session.flush()
    short = settle(repair, claim.warehouse_id, by)
    verb = "repair.usable" if is_usable else "repair.kept_in"
    record(verb, repair, by=by, event_id=repair.event_id, summary=told(repair.note, short), short=short)
    db.session.flush()
