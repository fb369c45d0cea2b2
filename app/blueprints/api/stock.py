"""Stock levels and the ledger, for programs."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import SeenCost, fields_called, named_product
from app.edge import actor
from app.extensions import db
from app.fields import Cost, Id, Input, LongText, Quantity
from app.models import (
    Location,
    LocationKind,
    Product,
    StockLevel,
    StockTransaction,
    Tracking,
    TransactionKind,
)
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import Refused
from app.services.receipts import Arrival
from app.services.stock import receive_in
from app.transactions import lock


class StockLevelOut(Output):
    """How many of a product a place holds."""

    product_id: int
    location_id: int
    quantity: int


class StockLevelQuery(Paging):
    """Which stock levels."""

    product_id: Id | None = None
    location_id: Id | None = None


@operation(
    "GET",
    "/inventory/stock-levels",
    permission=Permission.STOCK_READ,
    answer=StockLevelOut,
    query=StockLevelQuery,
    is_list=True,
)
def list_stock_levels(query: StockLevelQuery) -> Page[StockLevel]:
    """What lies where."""
    wanted = select(StockLevel).where(StockLevel.quantity > 0).order_by(StockLevel.id)
    if query.product_id is not None:
        wanted = wanted.where(StockLevel.product_id == query.product_id)
    if query.location_id is not None:
        wanted = wanted.where(StockLevel.location_id == query.location_id)
    return paged(wanted, query.page, query.per_page)


class TransactionOut(Output):
    """One movement in the ledger; its cost for tokens that may see costs."""

    id: int
    product_id: int
    asset_id: int | None
    transaction_type: TransactionKind = Field(validation_alias="kind")
    quantity: int
    from_id: int | None
    to_id: int | None
    unit_cost: SeenCost
    reference_type: str
    reference_number: str
    notes: str
    happened_at: datetime
    recorded_at: datetime


class TransactionQuery(Paging):
    """Which movements: of a product, into or out of a place, of one kind."""

    product_id: Id | None = None
    location_id: Id | None = None
    transaction_type: TransactionKind | None = None


@operation(
    "GET",
    "/inventory/transactions",
    permission=Permission.STOCK_READ,
    answer=TransactionOut,
    query=TransactionQuery,
    is_list=True,
)
def list_transactions(query: TransactionQuery) -> Page[StockTransaction]:
    """The ledger, newest first."""
    wanted = select(StockTransaction).order_by(StockTransaction.id.desc())
    if query.product_id is not None:
        wanted = wanted.where(StockTransaction.product_id == query.product_id)
    if (place := query.location_id) is not None:
        wanted = wanted.where((StockTransaction.from_id == place) | (StockTransaction.to_id == place))
    if query.transaction_type is not None:
        wanted = wanted.where(StockTransaction.kind == query.transaction_type)
    return paged(wanted, query.page, query.per_page)


class TransactionIn(Input):
    """A receipt of counted stock, as the parts guide prints it."""

    product_id: Id
    transaction_type: Literal["receipt"]
    quantity: Quantity
    unit: LongText = "pcs"
    location: Annotated[str, Field(min_length=1, max_length=200)]
    reference_type: LongText = ""
    reference_number: LongText = ""
    notes: LongText = ""
    unit_cost: Cost | None = None
    total_cost: Cost | None = None

    @model_validator(mode="after")
    def totals_agree(self) -> "TransactionIn":
        """Total and unit cost, when both are given, must fit to the cent."""
        if self.unit_cost is not None and self.total_cost is not None:
            difference = abs(self.unit_cost * self.quantity - self.total_cost)
            if difference > Decimal("0.01"):
                raise ValueError("total_cost is not quantity × unit_cost.")
        return self


@operation(
    "POST",
    "/inventory/transactions",
    permission=Permission.STOCK_RECEIVE,
    answer=TransactionOut,
    body=TransactionIn,
    status=201,
    is_idempotent=True,
)
def create_transaction(body: TransactionIn) -> StockTransaction:
    """Receive counted stock into a place, named by its code or name."""
    lock({Product: [body.product_id]})
    return receive_one(body)


def receive_one(body: TransactionIn) -> StockTransaction:
    """Receive counted stock; the caller has locked the product. Raises Refused beside the field."""
    product = named_product(body.product_id)
    if product.tracking is Tracking.SERIALIZED:
        raise Refused("This product is followed asset by asset; receive its assets.", "product_id")
    unit_cost = body.unit_cost
    if unit_cost is None and body.total_cost is not None:
        unit_cost = (body.total_cost / body.quantity).quantize(Decimal("0.0001"))
    arrival = Arrival((), body.reference_number, body.notes, reference_type=body.reference_type)
    with fields_called(product="product_id"):
        moved = receive_in(
            product, body.quantity, named_location(body.location), unit_cost,
            by=actor(), request_id=str(uuid.uuid4()), arrival=arrival,
        )  # fmt: skip
    return moved.transactions[0]


def named_location(name: str) -> Location:
    """The place with this code, else with this name; 'warehouse' is the first warehouse. Raises Refused."""
    folded = name.strip().casefold()
    places = db.session.scalars(
        select(Location).where(Location.archived_at.is_(None)).order_by(Location.id)
    ).all()
    for match in (
        lambda place: place.code.casefold() == folded,
        lambda place: place.name.casefold() == folded,
        lambda place: place.kind is LocationKind.WAREHOUSE and folded == "warehouse",
    ):
        if found := next(filter(match, places), None):
            return found
    raise Refused("There is no location of this code or name.", "location")
