"""Adjusting and transferring stock."""

from flask import Response, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import chosen_place, new_request_id, tags_of, whole
from app.edge import actor
from app.fields import Count, Id, Input, Name, Quantity, RequestId, ShortText
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Product, Tracking
from app.permissions import Permission, requires
from app.queries.assets import assets_typed
from app.queries.choices import place_options
from app.queries.products import stock_by_place
from app.refusals import Refused
from app.services.stock import Moved, adjust_stock, transfer_assets, transfer_stock


class AdjustmentForm(Input):
    """How many there really are in a place, and why the books said otherwise."""

    location_id: Id
    counted: Count
    reason: Name
    request_id: RequestId


class TransferForm(Input):
    """What goes from where to where: so many, or these assets."""

    from_id: Id | None = None
    to_id: Id
    quantity: Quantity | None = None
    tags: str = ""
    notes: ShortText = ""
    request_id: RequestId


@blueprint.get("/products/<int:product_id>/adjustment")
@requires(Permission.STOCK_ADJUST)
def adjustment(product_id: int) -> Response:
    """The form, with what the books say."""
    return page(
        "inventory/adjust.html",
        product=find(Product, product_id),
        held=stock_by_place(product_id),
        form=current_form(),
        place_options=place_options(),
        location_id=whole("location"),
        request_id=new_request_id(),
    )


@blueprint.post("/products/<int:product_id>/adjustment")
@requires(Permission.STOCK_ADJUST)
@shown_again_by(adjustment)
def adjust(product_id: int) -> Response:
    """Set how many there are."""
    product, given = find(Product, product_id), read_form(AdjustmentForm)
    place = chosen_place(given.location_id, "location_id")
    done = adjust_stock(product, place, given.counted, given.reason, by=actor(), request_id=given.request_id)
    say(f"{place.name} holds {given.counted} × {product.name} now.")
    say_short(done)
    return go_to(url_for("inventory.product", product_id=product_id))


@blueprint.get("/products/<int:product_id>/transfer")
@requires(Permission.STOCK_TRANSFER)
def transfer(product_id: int) -> Response:
    """The form, with where the pieces are."""
    return page(
        "inventory/transfer.html",
        product=find(Product, product_id),
        held=stock_by_place(product_id),
        form=current_form(),
        place_options=place_options(),
        from_id=whole("location"),
        request_id=new_request_id(),
    )


@blueprint.post("/products/<int:product_id>/transfer")
@requires(Permission.STOCK_TRANSFER)
@shown_again_by(transfer)
def transfer_now(product_id: int) -> Response:
    """Move pieces of a product."""
    product, given = find(Product, product_id), read_form(TransferForm)
    place = chosen_place(given.to_id, "to_id")
    is_single = product.tracking is Tracking.SERIALIZED
    done = move_assets(product, given) if is_single else move_count(product, given)
    say(f"{product.name}: moved to {place.name}.")
    say_short(done)
    return go_to(url_for("inventory.product", product_id=product_id))


def move_count(product: Product, given: TransferForm) -> Moved:
    """So many of a counted product. Raises Refused."""
    if given.from_id is None or given.quantity is None:
        missing = {"from_id": given.from_id, "quantity": given.quantity}
        raise Refused.many(
            {field: "Please fill this in." for field, value in missing.items() if value is None}
        )
    return transfer_stock(
        product, given.quantity, chosen_place(given.from_id, "from_id"), chosen_place(given.to_id, "to_id"),
        by=actor(), request_id=given.request_id, notes=given.notes,
    )  # fmt: skip


def move_assets(product: Product, given: TransferForm) -> Moved:
    """The assets whose tags were typed. Raises Refused, naming what is none of this product."""
    found = assets_typed(tags_of(given.tags))
    others = [asset.tag for asset in found.assets if asset.product_id != product.id]
    if wrong := [*found.unknown, *others]:
        raise Refused(f"No assets of {product.name}: {', '.join(wrong)}.", "tags")
    if not found.assets:
        raise Refused("Please scan or type the tags of the assets.", "tags")
    place = chosen_place(given.to_id, "to_id")
    return transfer_assets(found.assets, place, by=actor(), request_id=given.request_id, notes=given.notes)


def say_short(done: Moved) -> None:
    """Tell which events are short because of what was done."""
    if done.short_events:
        say(f"Short now: {', '.join(done.short_events)}. Planning and stock were told.", "warn")
