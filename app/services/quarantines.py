"""Keeping back what must not go out and is in no repair: bought back, recalled, suspicious."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    KEEPS_OUT,
    Asset,
    AssignmentState,
    Location,
    Product,
    Quarantine,
    QuarantineReason,
    Repair,
    Reservation,
    ReservationKind,
    Tracking,
)
from app.queries.availability import capacities
from app.queries.quarantines import not_at_hand, quarantine_of
from app.queries.repairs import event_of
from app.refusals import Refused
from app.rules.periods import OPEN_END
from app.services.activities import record
from app.services.numbers import next_number, this_year
from app.services.reservations import Wish, keep_out, let_in
from app.services.rooms import settle_claims
from app.transactions import lock


@dataclass(frozen=True)
class Doubt:
    """Why something is kept back, in the sort of reason and in words."""

    reason: QuarantineReason
    note: str = ""


def keep_back(
    product: Product, asset: Asset | None, quantity: int, warehouse: Location, doubt: Doubt, *, by: Actor
) -> Quarantine:
    """Put something into quarantine: it is free for nobody until it is released. Raises Refused.

    Of what is followed piece by piece, the piece itself is named, and its own warehouse counts.
    """
    lock({Product: [product.id], Asset: [asset.id] if asset else []})
    refuse_unfit(product, asset)
    house_id = house_of(asset) if asset else warehouse.id
    if asset is None:
        refuse_more_than_there_is(product, warehouse, quantity)
    now = datetime.now(UTC)
    row = Quarantine(
        number=next_number("QT", this_year(now)),
        product_id=product.id,
        asset_id=asset.id if asset else None,
        quantity=1 if asset else quantity,
        reason=doubt.reason,
        note=doubt.note,
        put_by_name=by.name,
        put_at=now,
    )
    db.session.add(row)
    db.session.flush()
    keep_out(wish_of(row, house_id))
    short = settle_claims([product.id], house_id, by=by, reason=f"in quarantine ({row.number})")
    said = " ".join(
        filter(
            None, (f"{doubt.reason.label}.", doubt.note, f"Short now: {', '.join(short)}." if short else "")
        )
    )
    record("quarantine.begun", row, by=by, label=name_of(row, product, asset), summary=said, short=short)
    db.session.flush()
    return row


def wish_of(row: Quarantine, warehouse_id: int) -> Wish:
    """The claim that keeps it out, without an end."""
    return Wish(
        row.product_id, warehouse_id, row.quantity, row.put_at, OPEN_END,
        kind=ReservationKind.QUARANTINE, quarantine_id=row.id,
    )  # fmt: skip


def refuse_unfit(product: Product, asset: Asset | None) -> None:
    """Raises Refused for what is not in the house, or is kept back already."""
    if product.is_package:
        raise Refused("A package is on paper only: keep its parts back.", "code")
    if asset is None and product.tracking is Tracking.SERIALIZED:
        raise Refused(f"{product.name} is followed piece by piece: name the piece.", "code")
    if asset is None:
        return
    if known := quarantine_of(asset.id):
        raise Refused(f"{asset.tag} is in quarantine already ({known.number}).", "code")
    if number := number_kept(asset.id):
        raise Refused(f"{asset.tag} is in repair ({number}): it is kept back there.", "code")
    if event := event_of(asset.id, [AssignmentState.OUT]):
        raise Refused(f"{asset.tag} is out on {event}: check it in first.", "code")
    if asset.location_id is None or asset.retired_at is not None:
        raise Refused(f"{asset.tag} is not in stock any more.", "code")


def refuse_more_than_there_is(product: Product, warehouse: Location, quantity: int) -> None:
    """Raises Refused where a warehouse has fewer counted pieces at hand that nothing keeps out yet."""
    there = capacities([product.id]).get(product.id, {}).get(warehouse.id, 0)
    left = there - not_at_hand(product.id, warehouse.id)
    if quantity > left:
        raise Refused(f"{warehouse.name} has only {left} × {product.name} to keep back.", "quantity")


def number_kept(asset_id: int) -> str | None:
    """The number of the repair that keeps an asset out of stock."""
    return db.session.scalar(select(Repair.number).where(Repair.asset_id == asset_id, KEEPS_OUT))


def house_of(asset: Asset) -> int:
    """The warehouse whose stock an asset is part of."""
    return db.session.get_one(Location, asset.location_id).warehouse_id


def name_of(row: Quarantine, product: Product, asset: Asset | None) -> str:
    """Number and thing."""
    thing = f"{product.name} {asset.tag}" if asset else f"{row.quantity} × {product.name}"
    return f"{row.number} · {thing}"


def let_go(row: Quarantine, note: str, *, by: Actor) -> Quarantine:
    """Release something: it is free again. Twice is once. Raises Refused without a word on why."""
    lock({Product: [row.product_id], Asset: [row.asset_id] if row.asset_id else []})
    db.session.refresh(row)
    if not row.is_open:
        return row
    if not note.strip():
        raise Refused("Please say why it may go out again.", "release_note")
    row.released_at, row.released_by_name, row.release_note = datetime.now(UTC), by.name, note.strip()
    claim = db.session.scalars(select(Reservation).where(Reservation.quarantine_id == row.id)).one()
    let_in(claim, by=by, reason=row.number)
    db.session.flush()
    settle_claims([row.product_id], claim.warehouse_id, by=by, reason=f"released ({row.number})")
    record("quarantine.ended", row, by=by, label=row.number, summary=row.release_note)
    db.session.flush()
    return row


__all__ = ["Doubt", "keep_back", "let_go"]
