"""Products, stock, transactions, availability and codes, for programs."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from app.blueprints.api.contract import Id, Input, Instant, Output, Paging, Quantity, operation
from app.edge import actor
from app.extensions import db
from app.finding import find
from app.models import (
    Asset,
    Code,
    Condition,
    Location,
    LocationKind,
    Product,
    StockLevel,
    StockTransaction,
    Tracking,
    TransactionKind,
)
from app.models.base import plain_text
from app.permissions import Permission
from app.queries.availability import Availability, availability, single_availability
from app.queries.paging import Page, paged
from app.refusals import NotFound, Refused
from app.rules.codes import code_key
from app.rules.periods import Period
from app.services.activities import record
from app.services.ledger import Cause, Movement, post
from app.transactions import lock

Text = Annotated[str, Field(max_length=10_000)]
Cost = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=4)]


class ProductOut(Output):
    """A product."""

    id: int
    name: str
    sku: str
    manufacturer: str
    category_id: int | None
    tracking: Tracking
    is_package: bool
    day_rate: Decimal
    week_rate: Decimal | None
    replacement_value: Decimal
    weight_kg: Decimal | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    power_w: int | None
    reorder_level: int | None
    archived_at: datetime | None


class ProductQuery(Paging):
    """Which products."""

    q: str | None = None
    category_id: Id | None = None
    tracking: Tracking | None = None


@operation(
    "GET",
    "/inventory/products",
    permission=Permission.PRODUCTS_READ,
    answer=ProductOut,
    query=ProductQuery,
    is_list=True,
)
def list_products(query: ProductQuery) -> Page[Product]:
    """Products, by name."""
    wanted = select(Product).where(Product.archived_at.is_(None)).order_by(Product.name, Product.id)
    for word in plain_text(query.q or "").split():
        wanted = wanted.where(Product.search_text.contains(word, autoescape=True))
    if query.category_id is not None:
        wanted = wanted.where(Product.category_id == query.category_id)
    if query.tracking is not None:
        wanted = wanted.where(Product.tracking == query.tracking)
    return paged(wanted, query.page, query.per_page)


@operation(
    "GET",
    "/inventory/products/<int:product_id>",
    permission=Permission.PRODUCTS_READ,
    answer=ProductOut,
)
def get_product(product_id: int) -> Product:
    """One product."""
    return find(Product, product_id)


class AssetOut(Output):
    """An asset."""

    id: int
    product_id: int
    tag: str
    serial: str
    location_id: int | None
    condition: Condition
    retired_at: datetime | None


class AssetQuery(Paging):
    """Which assets."""

    product_id: Id | None = None
    location_id: Id | None = None


@operation(
    "GET",
    "/inventory/assets",
    permission=Permission.STOCK_READ,
    answer=AssetOut,
    query=AssetQuery,
    is_list=True,
)
def list_assets(query: AssetQuery) -> Page[Asset]:
    """Assets, by tag."""
    wanted = select(Asset).order_by(Asset.tag, Asset.id)
    if query.product_id is not None:
        wanted = wanted.where(Asset.product_id == query.product_id)
    if query.location_id is not None:
        wanted = wanted.where(Asset.location_id == query.location_id)
    return paged(wanted, query.page, query.per_page)


@operation(
    "GET",
    "/inventory/assets/<int:asset_id>",
    permission=Permission.STOCK_READ,
    answer=AssetOut,
)
def get_asset(asset_id: int) -> Asset:
    """One asset."""
    return find(Asset, asset_id)


class LocationOut(Output):
    """A place that holds stock."""

    id: int
    name: str
    code: str
    kind: LocationKind
    parent_id: int | None
    warehouse_id: int | None


@operation(
    "GET",
    "/inventory/locations",
    permission=Permission.STOCK_READ,
    answer=LocationOut,
    query=Paging,
    is_list=True,
)
def list_locations(query: Paging) -> Page[Location]:
    """Places, by code."""
    return paged(select(Location).order_by(Location.code, Location.id), query.page, query.per_page)


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
    """One movement in the ledger."""

    id: int
    product_id: int
    asset_id: int | None
    transaction_type: TransactionKind = Field(validation_alias="kind")
    quantity: int
    from_id: int | None
    to_id: int | None
    unit_cost: Decimal
    reference_type: str
    reference_number: str
    notes: str
    happened_at: datetime
    recorded_at: datetime


class TransactionQuery(Paging):
    """Which movements."""

    product_id: Id | None = None


@operation(
    "GET",
    "/inventory/transactions",
    permission=Permission.COSTS_READ,
    answer=TransactionOut,
    query=TransactionQuery,
    is_list=True,
)
def list_transactions(query: TransactionQuery) -> Page[StockTransaction]:
    """The ledger, newest first."""
    wanted = select(StockTransaction).order_by(StockTransaction.id.desc())
    if query.product_id is not None:
        wanted = wanted.where(StockTransaction.product_id == query.product_id)
    return paged(wanted, query.page, query.per_page)


class TransactionIn(Input):
    """A receipt of counted stock, as the parts guide prints it."""

    product_id: Id
    transaction_type: Literal["receipt"]
    quantity: Quantity
    unit: Text = "pcs"
    location: Annotated[str, Field(min_length=1, max_length=200)]
    reference_type: Text = ""
    reference_number: Text = ""
    notes: Text = ""
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
    product = known_product(body.product_id)
    if product.tracking is Tracking.SERIALIZED:
        raise Refused("This product is followed asset by asset; receive its assets.", "product_id")
    unit_cost = body.unit_cost
    if unit_cost is None and body.total_cost is not None:
        unit_cost = (body.total_cost / body.quantity).quantize(Decimal("0.0001"))
    movement = Movement(
        product.id, body.quantity, to_id=named_location(body.location).id, unit_cost=unit_cost
    )
    cause = Cause(actor(), body.reference_type, body.reference_number, notes=body.notes)
    row = post(TransactionKind.RECEIPT, [movement], cause)[0]
    record("stock.received", product, by=actor(), quantity=body.quantity)
    return row


def known_product(product_id: int) -> Product:
    """The product, or a refusal that names the field."""
    try:
        return find(Product, product_id)
    except NotFound as error:
        raise Refused("There is no such product.", "product_id") from error


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


class AvailabilityOut(Output):
    """What is free of a product in a period: the lowest number at any moment; below zero when overbooked."""

    product_id: int
    total: int
    free: int
    free_if_holds_lapse: int
    free_elsewhere: int


class AvailabilityQuery(Input):
    """Which product, when; `from` and `until` bound a half-open period."""

    product_id: Id
    starts_at: Instant = Field(alias="from")
    ends_at: Instant = Field(alias="until")
    warehouse_id: Id | None = None


@operation(
    "GET",
    "/inventory/availability",
    permission=Permission.STOCK_READ,
    answer=AvailabilityOut,
    query=AvailabilityQuery,
)
def get_availability(query: AvailabilityQuery) -> Availability:
    """What is free of one product in a period."""
    period = checked_period(query.starts_at, query.ends_at)
    known_product(query.product_id)
    found = availability(
        [query.product_id], known_warehouse(query.warehouse_id), period.starts_at, period.ends_at
    )
    return found[query.product_id]


class AvailabilityLine(Input):
    """One product that is asked for."""

    product_id: Id


class AvailabilityIn(Input):
    """Many products, one period."""

    starts_at: Instant = Field(alias="from")
    ends_at: Instant = Field(alias="until")
    warehouse_id: Id | None = None
    lines: Annotated[list[AvailabilityLine], Field(min_length=1, max_length=1000)]


KNOWN: Final = select(Product.id, Product.is_package).where(
    Product.id.in_(bindparam("products", expanding=True))
)
WAREHOUSES: Final = select(Location.id).where(Location.kind == LocationKind.WAREHOUSE).order_by(Location.id)


@operation(
    "POST",
    "/inventory/availability",
    permission=Permission.STOCK_READ,
    answer=AvailabilityOut,
    body=AvailabilityIn,
    is_list=True,
    only_asks=True,
)
def query_availability(body: AvailabilityIn) -> list[Availability]:
    """What is free of many products in a period, as cheaply as of one."""
    period = checked_period(body.starts_at, body.ends_at)
    ids = list(dict.fromkeys(line.product_id for line in body.lines))
    known = {row.id: row.is_package for row in db.session.execute(KNOWN, {"products": ids})}
    if unknown := [index for index, line in enumerate(body.lines) if line.product_id not in known]:
        raise Refused("There is no such product.", f"lines.{unknown[0]}.product_id")
    ask = availability if any(known.values()) else single_availability
    found = ask(ids, known_warehouse(body.warehouse_id), period.starts_at, period.ends_at)
    return [found[line.product_id] for line in body.lines]


def checked_period(starts_at: datetime, ends_at: datetime) -> Period:
    """The period asked for. Raises Refused for one that does not last or is out of reach."""
    try:
        return Period(starts_at, ends_at)
    except ValueError as error:
        raise Refused(str(error), "until") from error


def known_warehouse(warehouse_id: int | None) -> int:
    """The warehouse asked for, or the first one. Raises Refused."""
    warehouses = db.session.scalars(WAREHOUSES).all()
    if warehouse_id is not None and warehouse_id not in warehouses:
        raise Refused("There is no such warehouse.", "warehouse_id")
    return warehouse_id or warehouses[0]


class CodeOut(Output):
    """What a code names."""

    code: str
    product_id: int | None
    asset_id: int | None
    location_id: int | None


@operation("GET", "/codes/<code>", permission=Permission.PRODUCTS_READ, answer=CodeOut)
def get_code(code: str) -> Code:
    """What a code names."""
    query = select(Code).where(Code.code_key == code_key(code)).options(joinedload(Code.asset))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("This code names nothing here.")
    return found
