"""Receiving, issuing, adjusting and transferring stock: one form for a desk, the same with a scanner."""

from typing import Any

from flask import Response, g, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import new_request_id, sees_costs, whole
from app.blueprints.inventory.movement_forms import SCREENS, MovementForm, Screen, post_form
from app.blueprints.inventory.movement_scans import scanned_into
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Product, TransactionKind
from app.permissions import Permission, can, requires
from app.queries.choices import place_options
from app.queries.free_stock import FreeStock, free_stock
from app.queries.packs import packs_of
from app.queries.products import stock_by_place
from app.rules.references import REFERENCES
from app.services.stock import Moved

LONGEST_CODE = 200


@blueprint.get("/receipts/new")
@requires(Permission.STOCK_RECEIVE)
def receive() -> Response:
    """The form; the address may choose the product and the location already."""
    return movement_page(TransactionKind.RECEIPT)


@blueprint.get("/issues/new")
@requires(Permission.STOCK_ISSUE)
def issue() -> Response:
    """The same for what leaves for good."""
    return movement_page(TransactionKind.ISSUE)


@blueprint.get("/adjustments/new")
@requires(Permission.STOCK_ADJUST)
def adjustment() -> Response:
    """The same for what the books had wrong."""
    return movement_page(TransactionKind.ADJUSTMENT)


@blueprint.get("/transfers/new")
@requires(Permission.STOCK_TRANSFER)
def transfer() -> Response:
    """The same for what goes to another place."""
    return movement_page(TransactionKind.TRANSFER)


@blueprint.post("/receipts/new")
@requires(Permission.STOCK_RECEIVE)
@shown_again_by(receive)
def receive_now() -> Response:
    """Receive stock."""
    return post_typed(TransactionKind.RECEIPT)


@blueprint.post("/issues/new")
@requires(Permission.STOCK_ISSUE)
@shown_again_by(issue)
def issue_now() -> Response:
    """Issue stock."""
    return post_typed(TransactionKind.ISSUE)


@blueprint.post("/adjustments/new")
@requires(Permission.STOCK_ADJUST)
@shown_again_by(adjustment)
def adjust() -> Response:
    """Adjust stock."""
    return post_typed(TransactionKind.ADJUSTMENT)


@blueprint.post("/transfers/new")
@requires(Permission.STOCK_TRANSFER)
@shown_again_by(transfer)
def transfer_now() -> Response:
    """Transfer stock."""
    return post_typed(TransactionKind.TRANSFER)


def movement_page(kind: TransactionKind) -> Response:
    """One of the forms, with what is chosen already; a scanned code is filled in first."""
    screen = SCREENS[kind]
    scanned = request.args.get("scan", "").strip()[:LONGEST_CODE]
    if scanned and request.method == "GET" and (address := scanned_into(screen, scanned)):
        return go_to(address)
    chosen = find(Product, product_id) if (product_id := whole("product")) else None
    return page(
        "inventory/movement.html",
        screen=screen,
        screens=[one for one in SCREENS.values() if can(one.permission)],
        product=chosen,
        unknown=scanned,
        form=current_form(),
        place_options=place_options(),
        place_id=whole("location"),
        to_id=whole("to"),
        is_hand="hand" in request.args,
        references=REFERENCES,
        needs_note=kind.value in g.organization.notes_required,
        request_id=new_request_id(),
        sees_costs=sees_costs(),
        **about(chosen, screen),
    )


def about(product: Product | None, screen: Screen) -> dict[str, Any]:
    """What is known of the chosen product: where it lies, in which packs it comes, who holds it."""
    if product is None:
        return {"held": (), "packs": {}, "stock": None}
    wants_free = screen.kind in (TransactionKind.ISSUE, TransactionKind.TRANSFER)
    stock: list[FreeStock] | None = free_stock(product.id) if wants_free else None
    return {"held": stock_by_place(product.id), "packs": packs_of([product.id])[product.id], "stock": stock}


def post_typed(kind: TransactionKind) -> Response:
    """Post what was typed, and lead on: to the product, or to the next thing under the scanner."""
    given, screen = read_form(MovementForm), SCREENS[kind]
    done = post_form(kind, given)
    tell(screen, done)
    first = done.transactions[0]
    if "hand" in request.args:
        return go_to(url_for(screen.endpoint, hand=1, location=given.place_id, to=given.to_id))
    return go_to(url_for("inventory.product", product_id=first.product_id))


def tell(screen: Screen, done: Moved) -> None:
    """Say what was done, and which events are short because of it."""
    pieces = sum(row.quantity for row in done.transactions)
    product = find(Product, done.transactions[0].product_id)
    row = done.transactions[0]
    if screen.kind is TransactionKind.ADJUSTMENT:
        say(f"{product.name}: {'+' if row.from_id is None else '−'}{pieces}, {row.total_after} in all now.")
    else:
        say(f"{product.name}: {pieces} {product.unit} {screen.past}.")
    if done.short_events:
        say(f"Short now: {', '.join(done.short_events)}. Planning and stock were told.", "warn")
