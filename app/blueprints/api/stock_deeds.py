"""What moves stock, for programs: receiving, issuing, adjusting, transferring."""

import uuid
from typing import Annotated, Any

from pydantic import Field

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import fields_called, named, named_product
from app.blueprints.api.transactions import TransactionOut
from app.blueprints.inventory.fields import chosen_place, sees_costs
from app.edge import actor
from app.fields import Cost, Count, Id, Input, LongText, Name, Quantity, ShortText
from app.models import Asset, Product
from app.permissions import Permission
from app.refusals import Refused
from app.services.receipts import MOST_AT_ONCE, Arrival
from app.services.stock import (
    Moved,
    adjust_stock,
    issue_stock,
    receive_stock,
    transfer_assets,
    transfer_stock,
)


class MovedOut(Output):
    """The ledger's rows of one deed, and the numbers of the events that are short because of it."""

    transactions: list[TransactionOut]
    short_events: list[str]


class ReceiptIn(Input):
    """What came and where it goes. Assets get these tags, and made ones where there are too few."""

    product_id: Id
    location_id: Id
    quantity: Quantity | None = None
    tags: Annotated[list[ShortText], Field(max_length=MOST_AT_ONCE)] = Field(default_factory=list)
    unit_cost: Cost | None = None
    reference: ShortText = ""
    notes: LongText = ""

    def cost(self) -> Any:
        """What a piece cost. Raises Refused for a cost from who may not see costs."""
        if self.unit_cost is not None and not sees_costs():
            raise Refused("This token may not say what things cost.", "unit_cost")
        return self.unit_cost


@operation(
    "POST",
    "/inventory/receipts",
    permission=Permission.STOCK_RECEIVE,
    answer=MovedOut,
    body=ReceiptIn,
    status=201,
    is_idempotent=True,
)
def create_receipt(body: ReceiptIn) -> Moved:
    """Receive stock: so many of a counted product, or assets with their tags."""
    product, place = named_product(body.product_id), chosen_place(body.location_id, "location_id")
    quantity = body.quantity or len(body.tags) or 1
    arrival = Arrival(body.tags, body.reference, body.notes)
    with fields_called(product="product_id", tag="tags"):
        return receive_stock(
            product, quantity, place, body.cost(), by=actor(), request_id=str(uuid.uuid4()), arrival=arrival
        )


CALLED = {"product": "product_id", "place_id": "location_id", "notes": "reason"}
"""What the fields of a request are called in these bodies."""


class IssueIn(Input):
    """So many of a counted product that leave a place for good, and why."""

    product_id: Id
    location_id: Id
    quantity: Quantity
    reason: Name


@operation(
    "POST",
    "/inventory/issues",
    permission=Permission.STOCK_ISSUE,
    answer=MovedOut,
    body=IssueIn,
    status=201,
    is_idempotent=True,
)
def create_issue(body: IssueIn) -> Moved:
    """Take counted stock out of the books: used up, sold, given away."""
    product, place = (
        named(Product, body.product_id, "product_id"),
        chosen_place(body.location_id, "location_id"),
    )
    with fields_called(**CALLED):
        return issue_stock(
            product, body.quantity, place, body.reason, by=actor(), request_id=str(uuid.uuid4())
        )


class AdjustmentIn(Input):
    """How many of a counted product there really are in a place, and why the books said otherwise."""

    product_id: Id
    location_id: Id
    counted: Count
    reason: Name


@operation(
    "POST",
    "/inventory/adjustments",
    permission=Permission.STOCK_ADJUST,
    answer=MovedOut,
    body=AdjustmentIn,
    status=201,
    is_idempotent=True,
)
def create_adjustment(body: AdjustmentIn) -> Moved:
    """Set how many there are in a place; the ledger gets the difference."""
    product, place = (
        named(Product, body.product_id, "product_id"),
        chosen_place(body.location_id, "location_id"),
    )
    with fields_called(**CALLED):
        return adjust_stock(
            product, place, body.counted, body.reason, by=actor(), request_id=str(uuid.uuid4())
        )


class TransferIn(Input):
    """What goes to another place: so many of a counted product from a place, or these assets."""

    to_id: Id
    product_id: Id | None = None
    from_id: Id | None = None
    quantity: Quantity | None = None
    asset_ids: Annotated[list[Id], Field(max_length=MOST_AT_ONCE)] = Field(default_factory=list)
    notes: ShortText = ""


@operation(
    "POST",
    "/inventory/transfers",
    permission=Permission.STOCK_TRANSFER,
    answer=MovedOut,
    body=TransferIn,
    status=201,
    is_idempotent=True,
)
def create_transfer(body: TransferIn) -> Moved:
    """Move stock to another place; which events are short because of it is answered."""
    return transfer_of_assets(body) if body.asset_ids else transfer_of_pieces(body)


def transfer_of_assets(body: TransferIn) -> Moved:
    """The assets that are named. Raises Refused."""
    place = chosen_place(body.to_id, "to_id")
    assets = [named(Asset, asset_id, "asset_ids") for asset_id in dict.fromkeys(body.asset_ids)]
    with fields_called(tags="asset_ids"):
        return transfer_assets(assets, place, by=actor(), request_id=str(uuid.uuid4()), notes=body.notes)


def transfer_of_pieces(body: TransferIn) -> Moved:
    """So many of a counted product. Raises Refused for what is left out."""
    if body.product_id is None or body.from_id is None or body.quantity is None:
        said = body.model_dump(include={"product_id", "from_id", "quantity"})
        raise Refused.many({name: "Please fill this in." for name, value in said.items() if value is None})
    product = named(Product, body.product_id, "product_id")
    origin, place = chosen_place(body.from_id, "from_id"), chosen_place(body.to_id, "to_id")
    with fields_called(product="asset_ids", place_id="from_id"):
        return transfer_stock(
            product, body.quantity, origin, place, by=actor(), request_id=str(uuid.uuid4()), notes=body.notes
        )
