"""Purchase orders, for programs: drafted, sent, received in parts, ended."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import SeenCost, fields_called, named, named_product
from app.blueprints.api.files import PDF
from app.blueprints.api.stock_deeds import MovedOut
from app.blueprints.inventory.fields import chosen_place, sees_costs
from app.blueprints.inventory.order_lines import facts_of, line_of
from app.blueprints.inventory.orders import order_pdf
from app.edge import actor
from app.fields import Id, Input, LongText, Name, Quantity, Reason, ShortText
from app.finding import find
from app.models import Company, OrderLine, OrderState, PurchaseOrder
from app.permissions import Permission
from app.queries.packs import packs_of
from app.queries.paging import Page, paged
from app.refusals import Refused
from app.rules.units import in_units
from app.services.order_endings import cancel_order, close_short
from app.services.order_letters import Address, send_letter_again
from app.services.order_lines import (
    LineFacts,
    OrderFacts,
    add_line,
    change_line,
    change_order,
    lines_of,
    remove_line,
)
from app.services.order_receipts import Delivered, receive_line
from app.services.order_sending import Dispatch, send_order
from app.services.purchase_orders import begin_order
from app.services.receipts import MOST_AT_ONCE
from app.services.stock import Moved


class OrderOut(Output):
    """A purchase order, in the `version` that a change must name."""

    id: int
    number: str
    state: OrderState
    company_id: int | None
    location_id: int
    is_automatic: bool
    is_urgent: bool
    expected_on: date | None
    notes: str
    sent_to: str
    created_at: datetime
    ordered_at: datetime | None
    received_at: datetime | None
    closed_reason: str
    version: int


class OrderQuery(Paging):
    """Which orders."""

    state: OrderState | None = None
    company_id: Id | None = None
    product_id: Id | None = None


@operation(
    "GET",
    "/inventory/purchase-orders",
    permission=Permission.ORDERS_READ,
    answer=OrderOut,
    query=OrderQuery,
    is_list=True,
)
def list_purchase_orders(query: OrderQuery) -> Page[PurchaseOrder]:
    """Purchase orders, newest first."""
    wanted = select(PurchaseOrder).order_by(PurchaseOrder.id.desc())
    for name in ("state", "company_id"):
        if (value := getattr(query, name)) is not None:
            wanted = wanted.where(getattr(PurchaseOrder, name) == value)
    if query.product_id is not None:
        with_it = select(OrderLine.order_id).where(OrderLine.product_id == query.product_id)
        wanted = wanted.where(PurchaseOrder.id.in_(with_it))
    return paged(wanted, query.page, query.per_page)


@operation(
    "GET",
    "/inventory/purchase-orders/<int:order_id>",
    permission=Permission.ORDERS_READ,
    answer=OrderOut,
)
def get_purchase_order(order_id: int) -> PurchaseOrder:
    """One purchase order."""
    return find(PurchaseOrder, order_id)


class OrderIn(Input):
    """A new draft: from whom, and where it goes; to the first warehouse when nothing is said."""

    company_id: Id
    location_id: Id | None = None


@operation(
    "POST",
    "/inventory/purchase-orders",
    permission=Permission.ORDERS_REQUEST,
    answer=OrderOut,
    body=OrderIn,
    status=201,
    is_idempotent=True,
)
def create_purchase_order(body: OrderIn) -> PurchaseOrder:
    """Begin a draft."""
    company = named(Company, body.company_id, "company_id")
    if not company.is_supplier or company.archived_at is not None:
        raise Refused("This company is no supplier.", "company_id")
    place = chosen_place(body.location_id, "location_id") if body.location_id else None
    return begin_order(company.id, place, by=actor())


class OrderChangeIn(OrderFacts):
    """What stands around the lines, of the order in the `version` that was read."""

    version: Id


@operation(
    "PUT",
    "/inventory/purchase-orders/<int:order_id>",
    permission=Permission.ORDERS_MANAGE,
    answer=OrderOut,
    body=OrderChangeIn,
)
def replace_purchase_order(order_id: int, body: OrderChangeIn) -> PurchaseOrder:
    """Say anew what stands around the lines; refused when the order was changed meanwhile."""
    order = find(PurchaseOrder, order_id)
    facts = OrderFacts.model_construct(**{name: getattr(body, name) for name in OrderFacts.model_fields})
    change_order(order, facts, by=actor(), version=body.version)
    return order


class OrderLineOut(Output):
    """So many of a product, in its own unit; `said_*` is what was written where that was in packs."""

    id: int
    product_id: int
    position: int
    quantity: int
    said_quantity: int | None
    said_unit: str
    unit_cost: SeenCost
    received_quantity: int
    still_coming: int
    first_received_at: datetime | None
    job_part_id: int | None
    notes: str


@operation(
    "GET",
    "/inventory/purchase-orders/<int:order_id>/lines",
    permission=Permission.ORDERS_READ,
    answer=OrderLineOut,
    is_list=True,
)
def list_order_lines(order_id: int) -> Sequence[OrderLine]:
    """The lines of an order, in order."""
    return lines_of(find(PurchaseOrder, order_id))


class OrderLineIn(LineFacts):
    """So many of a product, in its own unit or in packs. Without a price it is the supplier's."""

    product_id: Id


@operation(
    "POST",
    "/inventory/purchase-orders/<int:order_id>/lines",
    permission=Permission.ORDERS_REQUEST,
    answer=OrderLineOut,
    body=OrderLineIn,
    status=201,
    is_idempotent=True,
)
def create_order_line(order_id: int, body: OrderLineIn) -> OrderLine:
    """Put a product on a draft; what stands there already is added to."""
    order = find(PurchaseOrder, order_id)
    refuse_unseen_cost(body)
    with fields_called(product="product_id"):
        return add_line(order, named_product(body.product_id), facts_of(body), by=actor())


def refuse_unseen_cost(facts: LineFacts) -> None:
    """Raises Refused for a price from who may not see prices."""
    if facts.unit_cost is not None and not sees_costs():
        raise Refused("This token may not say what things cost.", "unit_cost")


class OrderLineChangeIn(LineFacts):
    """A line as it shall be."""


@operation(
    "PUT",
    "/inventory/purchase-orders/<int:order_id>/lines/<int:order_line_id>",
    permission=Permission.ORDERS_MANAGE,
    answer=OrderLineOut,
    body=OrderLineChangeIn,
)
def replace_order_line(order_id: int, order_line_id: int, body: OrderLineChangeIn) -> OrderLine:
    """Say a line of a draft anew; of an order that went out only its price."""
    line = line_of(order_id, order_line_id)
    refuse_unseen_cost(body)
    return change_line(line, facts_of(body), by=actor(), keeps_cost=not sees_costs())


@operation(
    "DELETE",
    "/inventory/purchase-orders/<int:order_id>/lines/<int:order_line_id>",
    permission=Permission.ORDERS_MANAGE,
)
def delete_order_line(order_id: int, order_line_id: int) -> None:
    """Take a line off a draft."""
    remove_line(line_of(order_id, order_line_id), by=actor())


class DispatchIn(Dispatch):
    """To whom an order goes; without an address nobody is written to, as when it was ordered by phone."""

    version: Id | None = None


@operation(
    "POST",
    "/inventory/purchase-orders/<int:order_id>/dispatch",
    permission=Permission.ORDERS_MANAGE,
    answer=OrderOut,
    body=DispatchIn,
    is_idempotent=True,
)
def dispatch_purchase_order(order_id: int, body: DispatchIn) -> PurchaseOrder:
    """Order it: freeze the draft, have it printed, and mail it."""
    return send_order(find(PurchaseOrder, order_id), body, by=actor(), version=body.version)


@operation(
    "POST",
    "/inventory/purchase-orders/<int:order_id>/letter",
    permission=Permission.ORDERS_MANAGE,
    answer=OrderOut,
    body=Address,
    is_idempotent=True,
)
def send_order_letter_again(order_id: int, body: Address) -> PurchaseOrder:
    """Send the letter of an order again when nobody took it, to the same address or a better one."""
    return send_letter_again(find(PurchaseOrder, order_id), body, by=actor())


class DeliveryIn(Input):
    """What came of a line, named by itself or by its product. More than was ordered needs a reason."""

    order_line_id: Id | None = None
    product_id: Id | None = None
    quantity: Quantity
    unit: ShortText = ""
    location_id: Id | None = None
    tags: Annotated[list[ShortText], Field(max_length=MOST_AT_ONCE)] = Field(default_factory=list)
    reason: Reason = ""
    notes: LongText = ""


@operation(
    "POST",
    "/inventory/purchase-orders/<int:order_id>/receipts",
    permission=Permission.STOCK_RECEIVE,
    answer=MovedOut,
    body=DeliveryIn,
    status=201,
    is_idempotent=True,
)
def create_order_receipt(order_id: int, body: DeliveryIn) -> Moved:
    """Receive something of an order, at the price of its line."""
    order = find(PurchaseOrder, order_id)
    line = meant(order, body)
    place = chosen_place(body.location_id or order.location_id, "location_id")
    delivered = Delivered(
        pieces_of(line, body), place, body.notes, body.reason, said_in(line, body), tags=body.tags
    )
    with fields_called(product="product_id", tag="tags"):
        return receive_line(line, delivered, by=actor(), request_id=str(uuid.uuid4()))


def meant(order: PurchaseOrder, body: DeliveryIn) -> OrderLine:
    """The line that a body names. Raises Refused beside the field."""
    for line in lines_of(order):
        if line.id == body.order_line_id or (
            body.order_line_id is None and line.product_id == body.product_id
        ):
            return line
    field = "product_id" if body.order_line_id is None else "order_line_id"
    raise Refused(f"This is not on {order.number}.", field)


def pieces_of(line: OrderLine, body: DeliveryIn) -> int:
    """How many that are in the product's own unit. Raises Refused for a unit in which it does not come."""
    product = named_product(line.product_id)
    try:
        return in_units(body.quantity, body.unit, product.unit, packs_of([product.id])[product.id])
    except ValueError as error:
        raise Refused(str(error), "unit") from error


def said_in(line: OrderLine, body: DeliveryIn) -> tuple[int, str] | None:
    """What was written where that was in packs."""
    return None if pieces_of(line, body) == body.quantity else (body.quantity, body.unit)


class CancellationIn(Input):
    """Why nothing of it comes; a draft needs no reason."""

    reason: Reason = ""


@operation(
    "POST",
    "/inventory/purchase-orders/<int:order_id>/cancellation",
    permission=Permission.ORDERS_MANAGE,
    answer=OrderOut,
    body=CancellationIn,
    is_idempotent=True,
)
def cancel_purchase_order(order_id: int, body: CancellationIn) -> PurchaseOrder:
    """Nothing of it comes."""
    order = find(PurchaseOrder, order_id)
    cancel_order(order, body.reason, by=actor())
    return order


class ClosingIn(Input):
    """Why the rest is not coming."""

    reason: Name


@operation(
    "POST",
    "/inventory/purchase-orders/<int:order_id>/closing",
    permission=Permission.ORDERS_MANAGE,
    answer=OrderOut,
    body=ClosingIn,
    is_idempotent=True,
)
def close_purchase_order(order_id: int, body: ClosingIn) -> PurchaseOrder:
    """Close an order of which something came: the rest is not expected any more."""
    order = find(PurchaseOrder, order_id)
    close_short(order, body.reason, by=actor())
    return order


@operation(
    "GET",
    "/inventory/purchase-orders/<int:order_id>/pdf",
    permission=Permission.ORDERS_READ,
    media_types=(PDF,),
)
def get_purchase_order_pdf(order_id: int) -> Response:
    """An order as it was printed, without prices for tokens that may not see costs; a draft as it stands now."""
    answer: Response = order_pdf(order_id)
    return answer
