"""Receiving stock."""

from flask import Response, g, url_for
from pydantic import Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import (
    chosen_place,
    chosen_product,
    new_request_id,
    sees_costs,
    tags_of,
    whole,
)
from app.edge import actor
from app.fields import Cost, Id, Input, LongText, Name, Quantity, RequestId, ShortText
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Product
from app.permissions import Permission, requires
from app.queries.choices import place_options
from app.services.receipts import Arrival
from app.services.stock import receive_stock


class ReceiptForm(Input):
    """What came, and where it goes. Tags alone say how many."""

    product: Name
    quantity: Quantity | None = None
    location_id: Id
    unit_cost: Cost | None = None
    tags: str = Field(default="", max_length=20_000)
    reference: ShortText = ""
    notes: LongText = ""
    request_id: RequestId


@blueprint.get("/receipts/new")
@requires(Permission.STOCK_RECEIVE)
def receive() -> Response:
    """The form; `product` in the address chooses the product."""
    chosen = find(Product, product_id) if (product_id := whole("product")) else None
    return page(
        "inventory/receive.html",
        product=chosen,
        location_id=whole("location"),
        form=current_form(),
        place_options=place_options(),
        request_id=new_request_id(),
        sees_costs=sees_costs(),
        currency=g.organization.currency,
    )


@blueprint.post("/receipts/new")
@requires(Permission.STOCK_RECEIVE)
@shown_again_by(receive)
def receive_now() -> Response:
    """Receive stock."""
    given = read_form(ReceiptForm)
    product, place = chosen_product(given.product), chosen_place(given.location_id, "location_id")
    tags = tags_of(given.tags)
    quantity = given.quantity or len(tags) or 1
    receive_stock(
        product, quantity, place, given.unit_cost if sees_costs() else None, by=actor(),
        request_id=given.request_id, arrival=Arrival(tags, given.reference, given.notes),
    )  # fmt: skip
    say(f"{quantity} × {product.name} came into {place.name}.")
    return go_to(url_for("inventory.product", product_id=product.id))
