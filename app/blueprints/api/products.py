"""Products, for programs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.blueprints.api.contract import Output, Paging, operation
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.models import Category, PackSize, Product, Tracking
from app.models.base import plain_text
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.services.products import ProductFacts, add_product, archive_product, change_product, restore_product


def name_of(category: Category | str | None) -> str:
    """What a category is called; nothing where there is none."""
    return category.name if isinstance(category, Category) else category or ""


def sizes_of(packs: Sequence[PackSize] | dict[str, int]) -> dict[str, int]:
    """Pack → how many of the product's own unit it holds."""
    return packs if isinstance(packs, dict) else {pack.name: pack.quantity for pack in packs}


class ProductOut(Output):
    """A product."""

    id: int
    name: str
    sku: str
    manufacturer: str
    category: Annotated[str, BeforeValidator(name_of)]
    category_id: int | None
    tracking: Tracking
    is_package: bool
    day_rate: Decimal
    week_rate: Decimal | None
    factor_table_id: int | None
    is_discountable: bool
    replacement_value: Decimal
    weight_kg: Decimal | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    power_w: int | None
    reorder_level: int | None
    order_up_to: int | None
    lead_days: int
    is_critical: bool
    is_routine: bool
    prep_hours: int
    turnaround_hours: int
    prep_days: int
    turnaround_days: int
    notes: str
    unit: str
    packs: Annotated[dict[str, int], BeforeValidator(sizes_of)]
    archived_at: datetime | None


class ProductQuery(Paging):
    """Which products."""

    q: str | None = None
    category_id: Id | None = None
    tracking: Tracking | None = None
    is_archived: bool = False


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
    wanted = select(Product).order_by(Product.name, Product.id)
    wanted = wanted.where(
        Product.archived_at.is_not(None) if query.is_archived else Product.archived_at.is_(None)
    )
    for word in plain_text(query.q or "").split():
        wanted = wanted.where(Product.search_text.contains(word, autoescape=True))
    if query.category_id is not None:
        wanted = wanted.where(Product.category_id == query.category_id)
    if query.tracking is not None:
        wanted = wanted.where(Product.tracking == query.tracking)
    return paged(
        wanted.options(joinedload(Product.category), selectinload(Product.packs)), query.page, query.per_page
    )


@operation(
    "GET",
    "/inventory/products/<int:product_id>",
    permission=Permission.PRODUCTS_READ,
    answer=ProductOut,
)
def get_product(product_id: int) -> Product:
    """One product."""
    return find(Product, product_id, Product.category, Product.packs)


class ProductIn(ProductFacts):
    """A product as it shall be. A category that is new is added; a package exists on paper only."""


@operation(
    "POST",
    "/inventory/products",
    permission=Permission.PRODUCTS_MANAGE,
    answer=ProductOut,
    body=ProductIn,
    status=201,
    is_idempotent=True,
)
def create_product(body: ProductIn) -> Product:
    """Add a product; without a code it gets the next number."""
    return get_product(add_product(body, by=actor()).id)


@operation(
    "PUT",
    "/inventory/products/<int:product_id>",
    permission=Permission.PRODUCTS_MANAGE,
    answer=ProductOut,
    body=ProductIn,
)
def replace_product(product_id: int, body: ProductIn) -> Product:
    """Say anew what a product is: what is left out goes back to nothing, but for its code."""
    product = find(Product, product_id)
    return get_product(change_product(product, body, by=actor()).id)


@operation(
    "POST",
    "/inventory/products/<int:product_id>/archival",
    permission=Permission.PRODUCTS_MANAGE,
    answer=ProductOut,
    is_idempotent=True,
)
def archive(product_id: int) -> Product:
    """Take a product out of use; refused while there is stock of it or it is promised."""
    archive_product(find(Product, product_id), by=actor())
    return get_product(product_id)


@operation(
    "POST",
    "/inventory/products/<int:product_id>/restoration",
    permission=Permission.PRODUCTS_MANAGE,
    answer=ProductOut,
    is_idempotent=True,
)
def restore(product_id: int) -> Product:
    """Bring an archived product back."""
    restore_product(find(Product, product_id), by=actor())
    return get_product(product_id)
