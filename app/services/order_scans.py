"""Receiving an order by scanning: a product's code, its GTIN or the supplier's own code, or a shelf to put it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Location, OrderLine, Product, ProductSupplier, PurchaseOrder, Tracking
from app.queries.orders import coming_orders_with
from app.queries.packs import packs_of
from app.refusals import Refused
from app.rules.units import in_units
from app.services.order_receipts import Delivered, receive_in_line
from app.services.scan_codes import numbered, things_in
from app.services.scan_requests import Thing
from app.transactions import lock


@dataclass(frozen=True)
class DeliveryScan:
    """What a device sends: a code, or a line of the list; how many of it in which unit, and where it goes."""

    uuid: str
    code: str
    location: Location
    line_id: int | None = None
    quantity: int = 1
    unit: str = ""
    reason: str = ""
    notes: str = ""
    tags: Sequence[str] = ()
    scanned_at: datetime | None = None


@dataclass(frozen=True)
class DeliveryAnswer:
    """What became of it: what came, how far its line is now, and where it was put, or the place for the next."""

    message: str
    location: Location
    word: str = "Received"
    tone: str = "green"
    line_id: int | None = None
    received: int = 0
    ordered: int = 0


class NotOnOrder(Refused):
    """What was scanned is not on this order."""


def scan_delivery(order: PurchaseOrder, scan: DeliveryScan, *, by: Actor) -> list[DeliveryAnswer]:
    """Count in what was scanned; several codes may come in one burst: all of them, or none.

    Raises NotOnOrder for another product, TooMany for more than was ordered, Refused for what cannot be read.
    """
    things = [] if scan.line_id else things_in(scan.code)
    if not scan.line_id and not things:
        raise Refused("Scan a product, or choose it from the list.", "code")
    lines = {line.product_id: line for line in lines_of(order)}
    lock({PurchaseOrder: [order.id], Product: list(lines)})
    if scan.line_id:
        line = next((line for line in lines.values() if line.id == scan.line_id), None)
        if line is None:
            raise Refused("This line belongs to another order.", "order_line_id")
        return [count_in(line, scan, scan.uuid, by)]
    return count_all(order, scan, things, lines, by)


def lines_of(order: PurchaseOrder) -> Sequence[OrderLine]:
    """The lines of an order."""
    return db.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()


def count_all(
    order: PurchaseOrder,
    scan: DeliveryScan,
    things: Sequence[Thing],
    lines: Mapping[int, OrderLine],
    by: Actor,
) -> list[DeliveryAnswer]:
    """Each code of a burst; a shelf is where the next ones go."""
    answers: list[DeliveryAnswer] = []
    for number, thing in enumerate(things):
        if thing.location_id is not None:
            scan = replace(scan, location=db.session.get_one(Location, thing.location_id))
            answers.append(
                DeliveryAnswer(
                    f"What comes next goes to {scan.location.name}.", scan.location, "Place", "blue"
                )
            )
            continue
        line = line_meant(order, thing, lines)
        count = thing.scanned.quantity if thing.scanned.quantity > 1 else scan.quantity
        answers.append(count_in(line, replace(scan, quantity=count), numbered(scan.uuid, number), by))
    return answers


def line_meant(order: PurchaseOrder, thing: Thing, lines: Mapping[int, OrderLine]) -> OrderLine:
    """The line that a code means. Raises NotOnOrder, naming what it is; Refused for a code that is unknown."""
    if thing.scanned.refused:
        raise Refused(thing.scanned.refused, "code")
    product_id = thing.product_id or known_to_supplier(order, thing)
    if product_id is None:
        raise Refused(f"Nobody knows the code {thing.scanned.text}.", "code")
    if line := lines.get(product_id):
        return line
    name = db.session.get_one(Product, product_id).name
    others = coming_orders_with(product_id, order.id)
    where = f" It is still to come on {' and '.join(others)}." if others else ""
    raise NotOnOrder(f"{name} is not on {order.number}.{where}", "code")


def known_to_supplier(order: PurchaseOrder, thing: Thing) -> int | None:
    """The product that the order's supplier calls so."""
    codes = [code.casefold() for code in thing.scanned.candidates]
    query = select(ProductSupplier.product_id).where(
        ProductSupplier.company_id == order.company_id, func.lower(ProductSupplier.code).in_(codes)
    )
    found = db.session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def count_in(line: OrderLine, scan: DeliveryScan, request_id: str, by: Actor) -> DeliveryAnswer:
    """So many of one line came."""
    product = db.session.get_one(Product, line.product_id)
    quantity = pieces(product, scan)
    said = (scan.quantity, scan.unit) if quantity != scan.quantity else None
    delivered = Delivered(quantity, scan.location, scan.notes, scan.reason, said, scan.tags, scan.scanned_at)
    moved = receive_in_line(line, delivered, by=by, request_id=request_id)
    tags = tags_of([row.asset_id for row in moved.transactions if row.asset_id])
    named = f", tagged {', '.join(tags)}" if product.tracking is Tracking.SERIALIZED and tags else ""
    return DeliveryAnswer(
        f"{quantity} {product.unit} {product.name} into {scan.location.name}{named}.", scan.location,
        line_id=line.id, received=line.received_quantity, ordered=line.quantity,
    )  # fmt: skip


def pieces(product: Product, scan: DeliveryScan) -> int:
    """How many that are in the product's own unit. Raises Refused for a unit in which it does not come."""
    try:
        return in_units(scan.quantity, scan.unit, product.unit, packs_of([product.id])[product.id])
    except ValueError as error:
        raise Refused(str(error), "unit") from error


def tags_of(asset_ids: Sequence[int]) -> list[str]:
    """The tags of the assets that were made."""
    query = select(Asset.tag).where(Asset.id.in_(asset_ids)).order_by(Asset.id)
    return list(db.session.scalars(query)) if asset_ids else []


__all__ = ["DeliveryAnswer", "DeliveryScan", "NotOnOrder", "scan_delivery"]
