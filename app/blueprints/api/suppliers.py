"""Suppliers, and who sells a product, for programs."""

from collections.abc import Sequence

from sqlalchemy import select

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import NamedQuery, SeenCost, fields_called, named
from app.blueprints.inventory.product_parts import belonging
from app.blueprints.inventory.suppliers import selling_of
from app.edge import actor
from app.extensions import db
from app.fields import Id
from app.finding import find
from app.models import Company, Product, ProductSupplier
from app.models.base import plain_text
from app.permissions import Permission
from app.queries.lead_times import lead_times
from app.queries.paging import Page, paged
from app.queries.suppliers import supplier_page
from app.services.suppliers import (
    Selling,
    SupplierFacts,
    add_seller,
    add_supplier,
    change_seller,
    remove_seller,
    sellers_of,
)


class SupplierOut(Output):
    """A company that we buy from."""

    id: int
    name: str
    email: str
    phone: str
    address: str


@operation(
    "GET",
    "/inventory/suppliers",
    permission=Permission.ORDERS_READ,
    answer=SupplierOut,
    query=NamedQuery,
    is_list=True,
)
def list_suppliers(query: NamedQuery) -> Page[Company]:
    """Suppliers, by name."""
    wanted = select(Company).where(Company.is_supplier, Company.archived_at.is_(None))
    for word in plain_text(query.q or "").split():
        wanted = wanted.where(Company.search_text.contains(word, autoescape=True))
    return paged(wanted.order_by(Company.name, Company.id), query.page, query.per_page)


class LeadTimeOut(SupplierOut):
    """A supplier with the lead time that was measured: median days, and from how many orders."""

    lead_days: int | None
    lead_orders: int


@operation(
    "GET", "/inventory/suppliers/<int:company_id>", permission=Permission.ORDERS_READ, answer=LeadTimeOut
)
def get_supplier(company_id: int) -> dict[str, object]:
    """One supplier, and how long they take."""
    row, lead = supplier_page(company_id), lead_times([company_id]).get(company_id)
    known = {name: getattr(row, name) for name in SupplierOut.model_fields}
    return known | {"lead_days": lead.days if lead else None, "lead_orders": lead.orders if lead else 0}


class SupplierIn(SupplierFacts):
    """Somebody to buy from. A company of this name becomes a supplier; what is known about it stays."""


@operation(
    "POST",
    "/inventory/suppliers",
    permission=Permission.ORDERS_MANAGE,
    answer=SupplierOut,
    body=SupplierIn,
    status=201,
    is_idempotent=True,
)
def create_supplier(body: SupplierIn) -> Company:
    """Name a supplier."""
    return add_supplier(body, by=actor())


class SellerOut(Output):
    """Who sells a product; packs and the least to order are in the product's own unit."""

    id: int
    product_id: int
    company_id: int
    code: str
    unit_cost: SeenCost
    pack_quantity: int
    minimum_quantity: int
    is_preferred: bool


@operation(
    "GET",
    "/inventory/products/<int:product_id>/suppliers",
    permission=Permission.ORDERS_READ,
    answer=SellerOut,
    is_list=True,
)
def list_product_suppliers(product_id: int) -> Sequence[ProductSupplier]:
    """Who sells a product, the preferred one first."""
    return sellers_of(find(Product, product_id).id)


class SellerIn(Selling):
    """A supplier that sells a product."""

    company_id: Id


@operation(
    "POST",
    "/inventory/products/<int:product_id>/suppliers",
    permission=Permission.ORDERS_MANAGE,
    answer=SellerOut,
    body=SellerIn,
    status=201,
    is_idempotent=True,
)
def create_product_supplier(product_id: int, body: SellerIn) -> ProductSupplier:
    """Say who sells a product; the first one is preferred."""
    product, company = find(Product, product_id), named(Company, body.company_id, "company_id")
    with fields_called(supplier="company_id"):
        return add_seller(product, company, selling_of(body), by=actor())


class SellerChangeIn(Selling):
    """How a supplier sells a product, said anew."""


@operation(
    "PUT",
    "/inventory/products/<int:product_id>/suppliers/<int:seller_id>",
    permission=Permission.ORDERS_MANAGE,
    answer=SellerOut,
    body=SellerChangeIn,
)
def replace_product_supplier(product_id: int, seller_id: int, body: SellerChangeIn) -> ProductSupplier:
    """Say anew how a supplier sells a product. One becomes preferred by being said so, none by being left out."""
    row = belonging(ProductSupplier, seller_id, product_id)
    return change_seller(row, selling_of(body, row), by=actor())


@operation(
    "DELETE",
    "/inventory/products/<int:product_id>/suppliers/<int:seller_id>",
    permission=Permission.ORDERS_MANAGE,
)
def delete_product_supplier(product_id: int, seller_id: int) -> None:
    """Let a supplier sell a product no more."""
    row = belonging(ProductSupplier, seller_id, product_id)
    remove_seller(row, by=actor())
    db.session.flush()
