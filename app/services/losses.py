"""Gear that does not come back: it stays out until it is marked lost; found later, it is back with a credit."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    AssignmentState,
    Condition,
    CostKind,
    Event,
    EventCost,
    Product,
    PullLine,
    Reservation,
    Scan,
    ScanMode,
    ScanResult,
    Tracking,
    TransactionKind,
    Verdict,
)
from app.queries.lost_pieces import FOUND, lost_asset, lost_of
from app.refusals import Refused
from app.rules.costing import replacement
from app.rules.money import ZERO
from app.rules.phases import Phase
from app.rules.verdicts import Situation
from app.services.activities import record
from app.services.ledger import Cause, Movement, post, posted_before
from app.services.picking import out_places
from app.services.rooms import settle_claims
from app.services.scan_deeds import assignments_of
from app.transactions import lock


def mark_lost(
    line: PullLine, asset: Asset | None, quantity: int, charge: Decimal, *, by: Actor, uuid: str
) -> None:
    """Write off what did not come back from an event, and charge it. The same request twice is one loss.

    Raises Refused when that many are not out.
    """
    lock({Event: [line.event_id], Product: [line.product_id], Asset: [asset.id] if asset else []})
    if db.session.scalar(select(Scan.id).where(Scan.uuid == uuid)):
        return
    event = db.session.get_one(Event, line.event_id)
    product = db.session.get_one(Product, line.product_id)
    refuse_unnamed(event, product, asset, quantity)
    claim = db.session.scalars(select(Reservation).where(Reservation.line_id == line.id)).one()
    if quantity < 1 or claim.still_out < quantity:
        raise Refused(f"{claim.still_out} are out, not {quantity}.", "quantity")
    leave_the_books(event, product, asset, quantity, by, uuid)
    claim.returned_quantity += quantity
    write_loss(event, product, asset, line, quantity, charge, by, uuid)
    db.session.flush()
    settle_claims([product.id], event.warehouse_id, by=by, reason=f"lost on {event.number}")
    record("stock.lost", product, by=by, label=name_of(product, asset), event_id=event.id, quantity=quantity)
    db.session.flush()


def refuse_unnamed(event: Event, product: Product, asset: Asset | None, quantity: int) -> None:
    """Of what is followed piece by piece, the piece itself is lost, and it must be out on this event."""
    if product.tracking is not Tracking.SERIALIZED:
        return
    if asset is None or quantity != 1:
        raise Refused("Say which piece is lost.", "asset_id")
    out = [row for row in assignments_of(asset.id) if row.state is AssignmentState.OUT]
    if not any(row.event_id == event.id for row in out):
        raise Refused(f"{asset.tag} is not out on this event.", "asset_id")


def name_of(product: Product, asset: Asset | None) -> str:
    """What people call it."""
    return f"{product.name} {asset.tag}" if asset else product.name


def leave_the_books(
    event: Event, product: Product, asset: Asset | None, quantity: int, by: Actor, uuid: str
) -> None:
    """Issue it from the event's site; a lost asset is missing and on no event any more."""
    cause = Cause(by, "event", event.number, event.id, "lost", request_id=uuid)
    post(TransactionKind.ISSUE, leaving(event, product, asset, quantity), cause)
    if asset is None:
        return
    asset.condition = Condition.MISSING
    for row in assignments_of(asset.id):
        if row.event_id == event.id:
            row.state = AssignmentState.RELEASED


def leaving(event: Event, product: Product, asset: Asset | None, quantity: int) -> list[Movement]:
    """From where it is: at the event's site, or in a case that went there."""
    if asset is not None:
        return [Movement(product.id, 1, asset.id, asset.location_id)]
    places = out_places(product.id, event, quantity)
    return [Movement(product.id, pieces, None, place) for place, pieces in places]


def write_loss(
    event: Event,
    product: Product,
    asset: Asset | None,
    line: PullLine,
    quantity: int,
    charge: Decimal,
    by: Actor,
    uuid: str,
) -> None:
    """Keep the loss among the scans, so that counts stay sums of rows, and among the costs."""
    now = datetime.now(UTC)
    name = name_of(product, asset)
    db.session.add(
        Scan(
            uuid=uuid, event_id=event.id, mode=ScanMode.IN, raw_code="LOST", product_id=product.id,
            asset_id=asset.id if asset else None, line_id=line.id, quantity=quantity, change=quantity,
            situation=Situation.LOST, verdict=Verdict.WARN, result=ScanResult.APPLIED,
            message=f"{name}: lost.", condition=Condition.MISSING, by_id=by.id, by_name=by.name,
            scanned_at=now, recorded_at=now,
        )
    )  # fmt: skip
    db.session.add(
        EventCost(
            event_id=event.id, kind=CostKind.DAMAGE, description=f"Lost: {quantity} × {name}",
            actual=replacement(product.replacement_value, quantity), charge=charge, product_id=product.id,
            asset_id=asset.id if asset else None, created_at=now,
        )
    )  # fmt: skip


def mark_found(asset: Asset, event: Event, credit: Decimal | None, *, by: Actor, uuid: str) -> Decimal:
    """A lost piece turned up: back in the warehouse, with a credit on the event that paid for it.

    Without a word about the credit, the client gets back what was charged. The same request twice is one find.
    The piece comes back whenever it is found; on a closed event the figures stand, so a credit is refused there.
    What was given back; raises Refused.
    """
    lock({Event: [event.id], Product: [asset.product_id], Asset: [asset.id]})
    if posted_before(uuid):
        return ZERO
    refuse_credit(event, credit)
    if asset.condition is not Condition.MISSING or asset.location_id is not None:
        raise Refused(f"{asset.tag} is not missing.")
    lost = lost_asset(event.id, asset.id)
    given = settled(event, credit, lost.credit if lost else ZERO)
    movement = Movement(asset.product_id, 1, asset.id, None, event.warehouse_id)
    post(TransactionKind.ADJUSTMENT, [movement], Cause(by, FOUND, asset.tag, request_id=uuid))
    asset.condition = Condition.GOOD
    give_credit(event, asset.tag, given, asset.product_id, asset.id)
    record("stock.found", asset, by=by, event_id=event.id)
    settle_claims([asset.product_id], event.warehouse_id, by=by, reason="found")
    db.session.flush()
    return given


def mark_pieces_found(
    product: Product, event: Event, quantity: int, credit: Decimal | None, *, by: Actor, uuid: str
) -> Decimal:
    """Counted pieces that were lost on an event turned up: back in the warehouse, with a credit as for an asset.

    The same request twice is one find. What was given back; raises Refused for more than are lost there.
    """
    lock({Event: [event.id], Product: [product.id]})
    if posted_before(uuid):
        return ZERO
    refuse_credit(event, credit)
    lost = lost_of(event.id, product.id)
    if lost is None or not 1 <= quantity <= lost.pieces:
        pieces = lost.pieces if lost else 0
        raise Refused(f"{pieces} of {product.name} are lost on this event, not {quantity}.", "quantity")
    given = settled(event, credit, lost.credit(quantity))
    movement = Movement(product.id, quantity, None, None, event.warehouse_id)
    post(TransactionKind.ADJUSTMENT, [movement], Cause(by, FOUND, event.number, event.id, request_id=uuid))
    give_credit(event, f"{quantity} × {product.name}", given, product.id)
    record("stock.found", product, by=by, event_id=event.id, quantity=quantity)
    settle_claims([product.id], event.warehouse_id, by=by, reason="found")
    db.session.flush()
    return given


def refuse_credit(event: Event, credit: Decimal | None) -> None:
    """The figures of a closed event stand. Raises Refused for a credit there."""
    if credit and event.phase is Phase.CLOSED:
        raise Refused(
            f"{event.number} is closed: give a credit note, and put it back without a credit.", "credit"
        )


def settled(event: Event, credit: Decimal | None, proposed: Decimal) -> Decimal:
    """The credit that somebody named, else what was charged; nothing where the figures stand."""
    if credit is not None:
        return credit
    return ZERO if event.phase is Phase.CLOSED else proposed


def give_credit(
    event: Event, what: str, credit: Decimal, product_id: int, asset_id: int | None = None
) -> None:
    """The client gets so much back for what turned up."""
    if credit:
        db.session.add(
            EventCost(
                event_id=event.id, kind=CostKind.DAMAGE, description=f"Found: {what}", charge=-credit,
                product_id=product_id, asset_id=asset_id, created_at=datetime.now(UTC),
            )
        )  # fmt: skip
