"""Products as lists and pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from app.extensions import db
from app.finding import find
from app.models import (
    KEEPS_OUT,
    Accessory,
    Alert,
    Asset,
    Category,
    Code,
    Location,
    PackagePart,
    Product,
    ProductFile,
    ProductSupplier,
    Repair,
    StockLevel,
    Substitute,
    Tracking,
)
from app.models.base import plain_text
from app.queries.availability import Availability, availability
from app.queries.choices import warehouses
from app.queries.paging import PER_PAGE, Page
from app.queries.product_timeline import Away
from app.queries.rows import AnyRow, AnySelect
from app.rules.codes import code_key

WINDOWS: Final = {"1": "Now", "7": "Next 7 days", "28": "Next 4 weeks"}
"""Days to look ahead, and what the choice is called."""
SORTS: Final[dict[str, Any]] = {
    "name": Product.name, "sku": Product.sku, "rate": Product.day_rate, "category": Category.name,
}  # fmt: skip
ASSETS_SHOWN: Final = 25


@dataclass(frozen=True)
class ProductFilters:
    """What a product list is narrowed to. `days` is the window in which free stock is counted."""

    find: str = ""
    category: int | None = None
    tracking: str = ""
    archived: bool = False
    warehouse: int | None = None
    days: int = 7
    sort: str = "name"


class ProductLine(NamedTuple):
    """One product of a list, and how much of it is free."""

    id: int
    name: str
    sku: str
    manufacturer: str
    tracking: Tracking
    is_package: bool
    day_rate: Decimal
    archived_at: datetime | None
    category: str | None
    stock: Availability


def product_lines(filters: ProductFilters, page: int = 1, per_page: int = PER_PAGE) -> Page[ProductLine]:
    """One page of products with their free stock: one question about availability for all of them."""
    query = narrowed(filters)
    total = db.session.scalar(query.with_only_columns(func.count(Product.id))) or 0
    page = min(max(page, 1), max(1, -(-total // per_page)))
    chosen = query.order_by(*order(filters.sort)).limit(per_page).offset((page - 1) * per_page)
    return Page(with_stock(db.session.execute(chosen).all(), filters), page, per_page, total)


def all_product_lines(filters: ProductFilters) -> list[ProductLine]:
    """Every product that the filters let through, for a file."""
    return with_stock(db.session.execute(narrowed(filters).order_by(*order(filters.sort))).all(), filters)


def with_stock(rows: Sequence[AnyRow], filters: ProductFilters) -> list[ProductLine]:
    """The rows with what is free of each."""
    found = free_of([row.id for row in rows], filters.warehouse, filters.days)
    return [ProductLine._make((*row, found[row.id])) for row in rows]


def free_of(ids: Sequence[int], warehouse_id: int | None, days: int) -> dict[int, Availability]:
    """What is free of these products in a warehouse (the first, when none is said) in the next days."""
    if not ids:
        return {}
    place = warehouse_id or next(iter(warehouses()))[0]
    now = datetime.now(UTC)
    ahead = timedelta(days=days) if days > 1 else timedelta(minutes=1)
    return availability(ids, place, now, now + ahead, now=now)


def narrowed(filters: ProductFilters) -> AnySelect:
    """The query of a list, before its order."""
    query = select(
        Product.id, Product.name, Product.sku, Product.manufacturer, Product.tracking, Product.is_package,
        Product.day_rate, Product.archived_at, Category.name.label("category"),
    ).outerjoin(Category, Category.id == Product.category_id)  # fmt: skip
    query = query.where(
        Product.archived_at.is_not(None) if filters.archived else Product.archived_at.is_(None)
    )
    if filters.category:
        query = query.where(Product.category_id == filters.category)
    if filters.tracking == "package":
        query = query.where(Product.is_package)
    elif filters.tracking in set(Tracking):
        query = query.where(Product.tracking == Tracking(filters.tracking), ~Product.is_package)
    return found_by(query, filters.find) if filters.find else query


def found_by(query: AnySelect, text: str) -> AnySelect:
    """Only what has every word in its name, code or maker, or this very code."""
    words = [Product.search_text.contains(word, autoescape=True) for word in plain_text(text).split()]
    by_code = select(Code.product_id).where(Code.code_key == code_key(text), Code.product_id.is_not(None))
    return query.where(or_(and_(true(), *words), Product.id.in_(by_code)))


def order(sort: str) -> tuple[Any, ...]:
    """The columns of an order such as `-rate`; by name where that is all the same."""
    column = SORTS.get(sort.removeprefix("-"), Product.name)
    return (column.desc() if sort.startswith("-") else column.asc(), Product.name, Product.id)


def product_page(product_id: int) -> Product:
    """A product with its category and its packs. Raises NotFound."""
    return find(Product, product_id, Product.category, Product.packs)


class Belongings(NamedTuple):
    """Which kinds of things belong to a product. Most have none of them, so one looks before one asks."""

    accessories: bool
    substitutes: bool
    files: bool
    packages: bool
    suppliers: bool
    alerts: bool
    """Alerts that are open."""


BELONGINGS: Final = select(
    *(
        exists().where(owner == bindparam("product"))
        for owner in (
            Accessory.product_id, Substitute.product_id, ProductFile.product_id, PackagePart.product_id,
            ProductSupplier.product_id,
        )
    ),
    exists().where(Alert.product_id == bindparam("product"), Alert.closed_at.is_(None)),
)  # fmt: skip


OPEN_ALERTS: Final = (
    select(Alert.id, Alert.kind, Alert.plan)
    .where(Alert.product_id == bindparam("product"), Alert.closed_at.is_(None))
    .order_by(Alert.is_ahead, Alert.id)
)


def open_alerts_of(product_id: int) -> Sequence[AnyRow]:
    """What is said of a product now: that it is low or out, and that it will run short. Two at most."""
    return db.session.execute(OPEN_ALERTS, {"product": product_id}).all()


def belongings(product_id: int) -> Belongings:
    """What there is to ask for: one statement."""
    return Belongings._make(db.session.execute(BELONGINGS, {"product": product_id}).one())


PARTS: Final = (
    select(PackagePart.id, PackagePart.product_id, PackagePart.quantity, Product.name, Product.sku)
    .join(Product, Product.id == PackagePart.product_id)
    .where(PackagePart.package_id == bindparam("product"))
)
ACCESSORIES: Final = (
    select(
        Accessory.id, Accessory.accessory_id, Accessory.quantity, Accessory.per, Accessory.is_charged,
        Product.name, Product.sku,
    )
    .join(Product, Product.id == Accessory.accessory_id)
    .where(Accessory.product_id == bindparam("product"))
)  # fmt: skip
SUBSTITUTES: Final = (
    select(Substitute.id, Substitute.substitute_id, Product.name, Product.sku)
    .join(Product, Product.id == Substitute.substitute_id)
    .where(Substitute.product_id == bindparam("product"))
    .order_by(Product.name)
)
FILES: Final = (
    select(ProductFile.id, ProductFile.title, ProductFile.is_photo, ProductFile.added_at)
    .where(ProductFile.product_id == bindparam("product"))
    .order_by(ProductFile.id)
)
PACKAGES: Final = (
    select(Product.id, Product.name, PackagePart.quantity)
    .join(PackagePart, PackagePart.package_id == Product.id)
    .where(PackagePart.product_id == bindparam("product"))
)
PRODUCT_CODES: Final = (
    select(Code.id, Code.code, Code.kind).where(Code.product_id == bindparam("product")).order_by(Code.id)
)


def by_name(rows: Sequence[AnyRow]) -> Sequence[AnyRow]:
    """A handful of rows in the order of their names: asked for an order, SQLite would walk through all products."""
    return sorted(rows, key=lambda row: row.name.casefold())


def parts_of(package_id: int) -> Sequence[AnyRow]:
    """What a package contains."""
    return by_name(db.session.execute(PARTS, {"product": package_id}).all())


def accessories_of(product_id: int) -> Sequence[AnyRow]:
    """What comes along with a product."""
    return by_name(db.session.execute(ACCESSORIES, {"product": product_id}).all())


def substitutes_of(product_id: int) -> Sequence[AnyRow]:
    """What may stand in for a product."""
    return db.session.execute(SUBSTITUTES, {"product": product_id}).all()


def files_of(product_id: int) -> Sequence[AnyRow]:
    """The photos and documents of a product, in the order in which they came."""
    return db.session.execute(FILES, {"product": product_id}).all()


def packages_with(product_id: int) -> Sequence[AnyRow]:
    """The packages that contain a product."""
    return by_name(db.session.execute(PACKAGES, {"product": product_id}).all())


def codes_of(product_id: int) -> Sequence[AnyRow]:
    """The codes that name a product, its own first."""
    return db.session.execute(PRODUCT_CODES, {"product": product_id}).all()


class Held(NamedTuple):
    """So many of a product in one place; at an event's site also for whom and until when."""

    location_id: int
    name: str
    kind: str
    quantity: int
    inside: str | None
    event_id: int | None
    event: str
    until: datetime | None


above = aliased(Location)
STOCK_BY_PLACE: Final = (
    select(
        Location.id, Location.name, Location.kind, StockLevel.quantity,
        above.id.label("above_id"), above.name.label("above"),
    )
    .join(Location, Location.id == StockLevel.location_id)
    .outerjoin(above, above.id == Location.parent_id)
    .where(StockLevel.product_id == bindparam("product"), StockLevel.is_held)
    .order_by(Location.kind.desc(), Location.name)
)  # fmt: skip


def stock_by_place(product_id: int, away: Mapping[int, Away] | None = None) -> list[Held]:
    """Where the pieces of a product are; `away` says by site which event has those that are out."""
    known = away or {}
    rows = db.session.execute(STOCK_BY_PLACE, {"product": product_id})
    return [held(row, known.get(row.id) or known.get(row.above_id)) for row in rows]


def held(row: AnyRow, away: Away | None) -> Held:
    """One place with whom its pieces are for."""
    event = (away.event_id, away.event, away.until) if away else (None, "", None)
    return Held(row.id, row.name, row.kind, row.quantity, row.above, *event)


def open_repairs(product_id: int) -> Sequence[AnyRow]:
    """The repairs that keep pieces of a product out of stock."""
    query = (
        select(Repair.id, Repair.number, Repair.quantity, Repair.note, Repair.expected_back_at, Asset.tag)
        .outerjoin(Asset, Asset.id == Repair.asset_id)
        .where(Repair.product_id == product_id, KEEPS_OUT)
        .order_by(Repair.id)
    )
    return db.session.execute(query).all()


def category_counts() -> Sequence[AnyRow]:
    """The categories and how many products are in each."""
    query = (
        select(Category.id, Category.name, func.count(Product.id).label("products"))
        .outerjoin(Product, (Product.category_id == Category.id) & Product.archived_at.is_(None))
        .group_by(Category.id, Category.name)
        .order_by(func.lower(Category.name))
    )
    return db.session.execute(query).all()
