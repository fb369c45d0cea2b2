"""What stands on a purchase order, and around its lines: changed while it is a draft, a little afterwards."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.fields import Cost, Facts, Id, LongText, Quantity, ShortText
from app.models import Company, Location, OrderLine, OrderState, Product, ProductSupplier, PurchaseOrder
from app.queries.packs import packs_of
from app.refusals import Refused, Stale
from app.rules.units import in_units
from app.services.activities import record
from app.services.purchase_orders import Wanted, put_on
from app.transactions import lock


class OrderFacts(Facts):
    """What stands around the lines of an order."""

    company_id: Id | None = None
    location_id: Id
    expected_on: date | None = None
    is_urgent: bool = False
    notes: LongText = ""


class LineFacts(Facts):
    """So many of a product, in its own unit or in packs; the price is of one in its own unit."""

    quantity: Quantity
    unit: ShortText = ""
    unit_cost: Cost | None = None
    notes: ShortText = ""


def change_order(order: PurchaseOrder, facts: OrderFacts, *, by: Actor, version: int | None = None) -> None:
    """Change what stands around the lines. Who it goes to is settled once it went out. Raises Refused, Stale."""
    lock({PurchaseOrder: [order.id]})
    refuse_stale(order, version)
    if order.state in (OrderState.RECEIVED, OrderState.CANCELLED):
        raise Refused(f"{order.number} is {order.state.label.lower()}: nothing changes on it any more.")
    refuse_foreign(facts)
    if facts.company_id != order.company_id:
        change_supplier(order, facts.company_id)
    order.location_id, order.expected_on = facts.location_id, facts.expected_on
    order.is_urgent, order.notes = facts.is_urgent, facts.notes
    touched(order, by)


def refuse_stale(order: PurchaseOrder, version: int | None) -> None:
    """Raises Stale when somebody changed the order since it was looked at."""
    if version is not None and version != order.version:
        raise Stale("Somebody else changed this order meanwhile. Please look at it again.")


def refuse_foreign(facts: OrderFacts) -> None:
    """Raises Refused for a supplier or a place that is not there."""
    if facts.company_id is not None:
        company = db.session.get(Company, facts.company_id)
        if company is None or company.archived_at is not None or not company.is_supplier:
            raise Refused("There is no such supplier.", "company_id")
    place = db.session.get(Location, facts.location_id)
    if place is None or place.archived_at is not None:
        raise Refused("This location does not exist any more.", "location_id")


def change_supplier(order: PurchaseOrder, company_id: int | None) -> None:
    """Let a draft go to somebody else, at their prices as far as they are known. Raises Refused."""
    if order.state is not OrderState.DRAFT:
        raise Refused("It went out already: cancel it, and order from the other supplier.", "company_id")
    order.company_id = company_id
    prices = prices_of(company_id, [line.product_id for line in lines_of(order)])
    for line in lines_of(order):
        line.unit_cost = prices.get(line.product_id)


def prices_of(company_id: int | None, product_ids: list[int]) -> dict[int, Decimal | None]:
    """Product → what a supplier asks for one."""
    query = select(ProductSupplier.product_id, ProductSupplier.unit_cost).where(
        ProductSupplier.company_id == company_id, ProductSupplier.product_id.in_(product_ids)
    )
    return {row.product_id: row.unit_cost for row in db.session.execute(query)}


def lines_of(order: PurchaseOrder) -> list[OrderLine]:
    """The lines of an order, in order."""
    query = select(OrderLine).where(OrderLine.order_id == order.id)
    return list(db.session.scalars(query.order_by(OrderLine.position, OrderLine.id)))


def touched(order: PurchaseOrder, by: Actor) -> None:
    """Somebody changed the order."""
    order.version += 1
    db.session.flush()
    record("order.changed", order, by=by)


def seller_on(order: PurchaseOrder, product_id: int) -> ProductSupplier | None:
    """How the supplier of an order sells a product."""
    query = select(ProductSupplier).where(
        ProductSupplier.company_id == order.company_id, ProductSupplier.product_id == product_id
    )
    return db.session.scalars(query).one_or_none() if order.company_id else None


def add_line(order: PurchaseOrder, product: Product, facts: LineFacts, *, by: Actor) -> OrderLine:
    """Put a product on a draft, exactly so many; what stands there already is added to. Raises Refused."""
    lock({PurchaseOrder: [order.id], Product: [product.id]})
    quantity = counted(product, facts)
    wanted = Wanted(product, quantity, facts.notes, said=said(product, facts), is_exact=True)
    line = put_on(order, wanted, seller_on(order, product.id))
    if facts.unit_cost is not None:
        line.unit_cost = facts.unit_cost
    touched(order, by)
    return line


def counted(product: Product, facts: LineFacts) -> int:
    """How many that are in the product's own unit. Raises Refused for a unit in which it does not come."""
    try:
        return in_units(facts.quantity, facts.unit, product.unit, packs_of([product.id])[product.id])
    except ValueError as error:
        raise Refused(str(error), "unit") from error


def said(product: Product, facts: LineFacts) -> tuple[int, str] | None:
    """What was written where that was in packs."""
    return (facts.quantity, facts.unit) if counted(product, facts) != facts.quantity else None


def change_line(line: OrderLine, facts: LineFacts, *, by: Actor, keeps_cost: bool = False) -> OrderLine:
    """Change a line of a draft; of an order that went out only the price, until something came. Raises Refused.

    `keeps_cost` leaves the price as it is, for people who do not see it.
    """
    lock({PurchaseOrder: [line.order_id], Product: [line.product_id]})
    order, product = (
        db.session.get_one(PurchaseOrder, line.order_id), db.session.get_one(Product, line.product_id)
    )  # fmt: skip
    db.session.refresh(line)
    quantity = counted(product, facts)
    refuse_late_change(order, line, quantity)
    line.quantity, line.notes = quantity, facts.notes
    line.said_quantity, line.said_unit = said(product, facts) or (None, "")
    if not keeps_cost:
        line.unit_cost = facts.unit_cost
    touched(order, by)
    return line


def refuse_late_change(order: PurchaseOrder, line: OrderLine, quantity: int) -> None:
    """Raises Refused for what the supplier was told already."""
    if order.state is OrderState.DRAFT:
        return
    if order.state is not OrderState.ORDERED or line.received_quantity:
        raise Refused(f"{order.number} is {order.state.label.lower()}: this line is settled.")
    if quantity != line.quantity:
        raise Refused(
            f"{order.number} went out with {line.quantity}. Close it short when less comes.", "quantity"
        )


def remove_line(line: OrderLine, *, by: Actor) -> None:
    """Take a line off a draft. Raises Refused."""
    lock({PurchaseOrder: [line.order_id]})
    order = db.session.get_one(PurchaseOrder, line.order_id)
    refuse_sent(order)
    db.session.delete(line)
    touched(order, by)


def refuse_sent(order: PurchaseOrder) -> None:
    """Raises Refused for an order that is no draft any more."""
    if order.state is not OrderState.DRAFT:
        raise Refused(f"{order.number} is {order.state.label.lower()}: its lines stand.")


def move_line(line: OrderLine, *, up: bool, by: Actor) -> None:
    """Let a line of a draft change places with the one before or after it. Raises Refused."""
    lock({PurchaseOrder: [line.order_id]})
    order = db.session.get_one(PurchaseOrder, line.order_id)
    refuse_sent(order)
    lines = lines_of(order)
    here = next(place for place, row in enumerate(lines) if row.id == line.id)
    there = here - 1 if up else here + 1
    if 0 <= there < len(lines):
        lines[here], lines[there] = lines[there], lines[here]
        for position, row in enumerate(lines, 1):
            row.position = position
        touched(order, by)


__all__ = [
    "LineFacts", "OrderFacts", "add_line", "change_line", "change_order", "lines_of", "move_line",
    "refuse_stale", "remove_line", "seller_on",
]  # fmt: skip
