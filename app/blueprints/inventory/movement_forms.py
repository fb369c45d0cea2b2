"""What is typed or scanned into the forms that move stock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import g
from pydantic import Field

from app.blueprints.inventory.fields import chosen_place, chosen_product, sees_costs, tags_of
from app.edge import actor
from app.fields import Cost, Count, Id, Input, LongText, Money, Name, Quantity, RequestId, ShortText
from app.models import Product, Tracking, TransactionKind
from app.permissions import Permission
from app.queries.assets import assets_typed
from app.refusals import Refused
from app.rules.calendars import from_local
from app.services.receipts import Arrival
from app.services.stock import Moved, post_stock, receive_stock, transfer_assets
from app.services.stock_requests import StockRequest


@dataclass(frozen=True)
class Screen:
    """One of the four forms: what it is called, and who may use it."""

    kind: TransactionKind
    title: str
    deed: str
    icon: str
    endpoint: str
    permission: Permission
    place: str
    past: str


SCREENS = {
    screen.kind: screen
    for screen in (
        Screen(TransactionKind.RECEIPT, "Receive stock", "Receive", "package-plus", "inventory.receive",
               Permission.STOCK_RECEIVE, "Into", "received"),
        Screen(TransactionKind.ISSUE, "Issue stock", "Issue", "package-minus", "inventory.issue",
               Permission.STOCK_ISSUE, "From", "issued"),
        Screen(TransactionKind.ADJUSTMENT, "Adjust stock", "Adjust", "scale", "inventory.adjustment",
               Permission.STOCK_ADJUST, "Location", "adjusted"),
        Screen(TransactionKind.TRANSFER, "Transfer stock", "Transfer", "move-right", "inventory.transfer",
               Permission.STOCK_TRANSFER, "From", "transferred"),
    )
}  # fmt: skip


class MovementForm(Input):
    """What is to be moved, in the words of whoever moves it. Tags alone say how many assets."""

    product: Name
    place_id: Id | None = None
    to_id: Id | None = None
    quantity: Quantity | None = None
    unit: ShortText = ""
    direction: Literal["", "more", "less"] = ""
    counted: Count | None = None
    unit_cost: Cost | None = None
    total_cost: Money | None = None
    tags: str = Field(default="", max_length=20_000)
    reference_type: ShortText = ""
    reference_number: ShortText = ""
    notes: LongText = ""
    happened_at: datetime | None = None
    takes_anyway: bool = False
    request_id: RequestId

    @property
    def when(self) -> datetime | None:
        """When it happened, if that was typed."""
        return from_local(self.happened_at, g.organization.timezone) if self.happened_at else None


def post_form(kind: TransactionKind, given: MovementForm) -> Moved:
    """Post what was typed. Raises Refused."""
    product = chosen_product(given.product)
    if product.tracking is Tracking.SERIALIZED and not product.is_package:
        return post_assets(kind, product, given)
    if given.tags:
        raise Refused(f"{product.name} is counted, it needs no tags.", "tags")
    return post_stock(request_of(kind, product, given), by=actor(), request_id=given.request_id)


def request_of(kind: TransactionKind, product: Product, given: MovementForm) -> StockRequest:
    """What was typed about a counted product. Costs are ignored from those who may not see them."""
    costs = sees_costs()
    return StockRequest(
        kind,
        product.id,
        the_place(given.place_id, "place_id"),
        the_place(given.to_id, "to_id") if kind is TransactionKind.TRANSFER else None,
        quantity=given.quantity,
        unit=given.unit,
        is_more={"more": True, "less": False}.get(given.direction),
        counted=given.counted,
        unit_cost=given.unit_cost if costs else None,
        total_cost=given.total_cost if costs else None,
        reference_type=given.reference_type if given.reference_number else "",
        reference_number=given.reference_number,
        notes=given.notes,
        happened_at=given.when,
        takes_anyway=given.takes_anyway,
    )


def the_place(place_id: int | None, field: str) -> int:
    """The place that was chosen. Raises Refused for none."""
    if place_id is None:
        raise Refused("Please choose a location.", field)
    return chosen_place(place_id, field).id


def post_assets(kind: TransactionKind, product: Product, given: MovementForm) -> Moved:
    """Receive or move a product that is followed asset by asset. Raises Refused."""
    refuse_without_note(kind, given)
    if kind is TransactionKind.RECEIPT:
        return receive_assets(product, given)
    if kind is TransactionKind.TRANSFER:
        return move_assets(product, given)
    raise Refused(f"{product.name} is followed asset by asset: add or retire its assets.", "product")


def refuse_without_note(kind: TransactionKind, given: MovementForm) -> None:
    """The same rule as for counted stock: some kinds carry a note. Raises Refused."""
    if kind.value in g.organization.notes_required and not given.notes:
        raise Refused("Please say why: it stands in the ledger.", "notes")


def receive_assets(product: Product, given: MovementForm) -> Moved:
    """As many assets as were said, with the typed tags first."""
    tags = tags_of(given.tags)
    place = chosen_place(the_place(given.place_id, "place_id"), "place_id")
    cost = given.unit_cost if sees_costs() else None
    sort = (given.reference_type if given.reference_number else "") or "receipt"
    arrival = Arrival(tags, given.reference_number, given.notes, given.when, sort)
    quantity = given.quantity or len(tags) or 1
    return receive_stock(
        product, quantity, place, cost, by=actor(), request_id=given.request_id, arrival=arrival
    )


def move_assets(product: Product, given: MovementForm) -> Moved:
    """The assets whose tags were typed. Raises Refused, naming what is none of this product."""
    found = assets_typed(tags_of(given.tags))
    others = [asset.tag for asset in found.assets if asset.product_id != product.id]
    if wrong := [*found.unknown, *others]:
        raise Refused(f"No assets of {product.name}: {', '.join(wrong)}.", "tags")
    if not found.assets:
        raise Refused("Please scan or type the tags of the assets.", "tags")
    place = chosen_place(the_place(given.to_id, "to_id"), "to_id")
    return transfer_assets(found.assets, place, by=actor(), request_id=given.request_id, notes=given.notes)
