"""The deeds of the stock room: receive, adjust, transfer. Each locks, moves, and settles the claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Location,
    LocationKind,
    Product,
    StockLevel,
    StockTransaction,
    Tracking,
    TransactionKind,
)
from app.refusals import Refused
from app.services.activities import record
from app.services.assets import refuse_in_use
from app.services.ledger import Cause, Movement, post, posted_before
from app.services.receipts import Arrival, receive
from app.services.rooms import settle_claims
from app.transactions import lock


@dataclass(frozen=True)
class Moved:
    """What a deed did: the ledger's rows, and the numbers of the events that are short because of it."""

    transactions: Sequence[StockTransaction]
    short_events: Sequence[str] = ()


def receive_stock(
    product: Product,
    quantity: int,
    location: Location,
    unit_cost: Decimal | None,
    *,
    by: Actor,
    request_id: str,
    arrival: Arrival | None = None,
) -> Moved:
    """Receive stock as a deed of its own. Raises Refused as `receive` does."""
    lock({Product: [product.id]})
    return receive_in(product, quantity, location, unit_cost, by=by, request_id=request_id, arrival=arrival)


def receive_in(
    product: Product,
    quantity: int,
    location: Location,
    unit_cost: Decimal | None,
    *,
    by: Actor,
    request_id: str,
    arrival: Arrival | None = None,
) -> Moved:
    """The same, with the product locked."""
    rows = receive(product, quantity, location, unit_cost, by=by, request_id=request_id, arrival=arrival)
    settle_claims([product.id], location.warehouse_id, by=by, reason=f"{product.name} was received")
    return Moved(rows)


def adjust_stock(
    product: Product, location: Location, counted: int, reason: str, *, by: Actor, request_id: str
) -> Moved:
    """Set how many of a counted product are in a place; the ledger gets the difference. Raises Refused."""
    lock({Product: [product.id]})
    if posted := posted_before(request_id):
        return Moved(posted)
    refuse_single(product)
    refuse_site(location)
    difference = counted - held_at(product.id, location.id)
    if difference == 0:
        raise Refused(f"{location.name} holds {counted} already: nothing to adjust.", "counted")
    more = difference > 0
    movement = Movement(
        product.id,
        abs(difference),
        from_id=None if more else location.id,
        to_id=location.id if more else None,
    )
    cause = Cause(by, "adjustment", notes=reason, request_id=request_id)
    rows = post(TransactionKind.ADJUSTMENT, [movement], cause)
    record("stock.adjusted", product, by=by, difference=difference, location=location.name, reason=reason)
    short = settle_claims([product.id], location.warehouse_id, by=by, reason=f"Stock was adjusted ({reason})")
    return Moved(rows, short)


def issue_stock(
    product: Product, quantity: int, location: Location, reason: str, *, by: Actor, request_id: str
) -> Moved:
    """Take so many of a counted product out of stock for good: used up, sold, given away. Raises Refused."""
    lock({Product: [product.id]})
    if posted := posted_before(request_id):
        return Moved(posted)
    refuse_single(product)
    refuse_site(location)
    cause = Cause(by, "issue", notes=reason, request_id=request_id)
    rows = post(TransactionKind.ISSUE, [Movement(product.id, quantity, from_id=location.id)], cause)
    record("stock.issued", product, by=by, quantity=quantity, location=location.name, reason=reason)
    short = settle_claims([product.id], location.warehouse_id, by=by, reason=f"Stock was issued ({reason})")
    return Moved(rows, short)


def refuse_single(product: Product) -> None:
    """Single assets are added and retired, not counted. Raises Refused."""
    if product.is_package:
        raise Refused(f"{product.name} is a package: adjust its parts.", "product")
    if product.tracking is Tracking.SERIALIZED:
        raise Refused(f"{product.name} is followed asset by asset: add or retire its assets.", "product")


def held_at(product_id: int, location_id: int) -> int:
    """How many of a product a place holds."""
    query = select(StockLevel.quantity).where(
        StockLevel.product_id == product_id, StockLevel.location_id == location_id
    )
    return db.session.scalar(query) or 0


def transfer_stock(
    product: Product,
    quantity: int,
    from_location: Location,
    to_location: Location,
    *,
    by: Actor,
    request_id: str,
    notes: str = "",
) -> Moved:
    """Move so many of a counted product from a place to another. Raises Refused."""
    lock({Product: [product.id]})
    if posted := posted_before(request_id):
        return Moved(posted)
    if product.tracking is Tracking.SERIALIZED:
        raise Refused(f"{product.name} is followed asset by asset: say which assets.", "tags")
    refuse_standstill(from_location, to_location)
    refuse_site(from_location, to_location)
    movement = Movement(product.id, quantity, from_id=from_location.id, to_id=to_location.id)
    rows = post(
        TransactionKind.TRANSFER, [movement], Cause(by, "transfer", notes=notes, request_id=request_id)
    )
    record(
        "stock.transferred",
        product,
        by=by,
        quantity=quantity,
        origin=from_location.name,
        location=to_location.name,
    )
    return Moved(rows, settle_move({product.id}, {from_location.warehouse_id}, to_location, by=by))


def refuse_site(*places: Location) -> None:
    """What is at an event is scanned in and out, so that its counts stay true."""
    if any(place.kind is LocationKind.EVENT_SITE for place in places):
        raise Refused("What is at an event is scanned in and out.", "from_id")


def refuse_standstill(from_location: Location, to_location: Location) -> None:
    """A transfer goes somewhere else. Raises Refused."""
    if from_location.id == to_location.id:
        raise Refused("It is there already.", "to_id")


def transfer_assets(
    assets: Sequence[Asset], to_location: Location, *, by: Actor, request_id: str, notes: str = ""
) -> Moved:
    """Move assets to a place, each from where it is. Raises Refused for one that is out or retired."""
    lock({Product: {asset.product_id for asset in assets}, Asset: [asset.id for asset in assets]})
    if posted := posted_before(request_id):
        return Moved(posted)
    refuse_in_use([asset.id for asset in assets])
    moving = [asset for asset in assets if asset.location_id != to_location.id]
    refuse_nowhere(moving, to_location)
    origins = {asset.location_id for asset in moving}
    movements = [
        Movement(asset.product_id, 1, asset.id, from_id=asset.location_id, to_id=to_location.id)
        for asset in moving
    ]
    rows = post(
        TransactionKind.TRANSFER, movements, Cause(by, "transfer", notes=notes, request_id=request_id)
    )
    for asset in moving:
        record("asset.moved", asset, by=by, location=to_location.name)
    warehouses: set[int | None] = set(
        db.session.scalars(select(Location.warehouse_id).where(Location.id.in_(origins)))
    )
    return Moved(rows, settle_move({asset.product_id for asset in moving}, warehouses, to_location, by=by))


def refuse_nowhere(moving: Sequence[Asset], to_location: Location) -> None:
    """Something must move, and only what is somewhere can. Raises Refused."""
    if not moving:
        raise Refused(f"All of these are in {to_location.name} already.", "to_id")
    for asset in moving:
        if asset.location_id is None:
            raise Refused(f"{asset.tag} is not in stock.", "tags")


def settle_move(
    product_ids: set[int], from_warehouses: set[int | None], to_location: Location, *, by: Actor
) -> list[str]:
    """After a move between warehouses: one has less for its events now, the other more."""
    short: list[str] = []
    for warehouse_id in from_warehouses - {to_location.warehouse_id}:
        short += settle_claims(product_ids, warehouse_id, by=by, reason=f"Moved to {to_location.name}")
        settle_claims(product_ids, to_location.warehouse_id, by=by, reason=f"Moved to {to_location.name}")
    return short
