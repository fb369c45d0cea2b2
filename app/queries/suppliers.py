"""Suppliers as lists and pages show them: what they sell us, how long they take, how far they can be relied on."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select

from app.extensions import db
from app.finding import find
from app.models import COMING_ORDERS, Company, OrderState, Product, ProductSupplier, PurchaseOrder
from app.models.base import plain_text
from app.queries.lead_times import MEASURED_OVER, LeadTime, lead_times
from app.queries.paging import Page, paged
from app.queries.rows import AnyRow
from app.refusals import NotFound
from app.rules.money import typed_cost

MOST_OFFERED = 500


class SupplierLine(NamedTuple):
    """One supplier of the list."""

    id: int
    name: str
    email: str
    phone: str
    products: int
    coming: int
    lead: LeadTime | None


class Reliability(NamedTuple):
    """How the last year's finished orders of a supplier came."""

    finished: int
    late: int
    short: int

    @property
    def in_time(self) -> int:
        """How many were there by the day on which they were expected."""
        return self.finished - self.late

    @property
    def complete(self) -> int:
        """How many came whole."""
        return self.finished - self.short


def supplier_lines(text: str, page: int = 1) -> Page[SupplierLine]:
    """One page of suppliers by name: five statements, however many there are."""
    query = select(Company.id, Company.name, Company.email, Company.phone).where(
        Company.is_supplier, Company.archived_at.is_(None)
    )
    for word in plain_text(text).split():
        query = query.where(Company.search_text.contains(word, autoescape=True))
    found = paged(query.order_by(func.lower(Company.name), Company.id), page, scalars=False)
    ids = [row.id for row in found.items]
    sold, coming, lead = products_sold(ids), orders_coming(ids), lead_times(ids)
    items = [
        SupplierLine._make((*row, sold.get(row.id, 0), coming.get(row.id, 0), lead.get(row.id)))
        for row in found.items
    ]
    return Page(items, found.page, found.per_page, found.total)


def products_sold(company_ids: Collection[int]) -> dict[int, int]:
    """Supplier → how many of our products they sell."""
    query = select(ProductSupplier.company_id, func.count(ProductSupplier.id)).where(
        ProductSupplier.company_id.in_(company_ids)
    )
    rows = db.session.execute(query.group_by(ProductSupplier.company_id))
    return {row.company_id: row[1] for row in rows}


def orders_coming(company_ids: Collection[int]) -> dict[int, int]:
    """Supplier → how many orders are on their way."""
    query = select(PurchaseOrder.company_id, func.count(PurchaseOrder.id)).where(
        PurchaseOrder.company_id.in_(company_ids), PurchaseOrder.state.in_(COMING_ORDERS)
    )
    rows = db.session.execute(query.group_by(PurchaseOrder.company_id))
    return {company_id: count for company_id, count in rows if company_id is not None}


def supplier_page(company_id: int) -> Company:
    """One supplier. Raises NotFound for a company that we do not buy from."""
    company = find(Company, company_id)
    if not company.is_supplier:
        raise NotFound("This supplier does not exist.")
    return company


def supplier_options() -> list[tuple[int, str]]:
    """The suppliers as options of a select."""
    query = select(Company.id, Company.name).where(Company.is_supplier, Company.archived_at.is_(None))
    rows = db.session.execute(query.order_by(func.lower(Company.name)).limit(MOST_OFFERED))
    return [(row.id, row.name) for row in rows]


def reliability(company_id: int, zone_day: date) -> Reliability:
    """How the last year's finished orders came: late against the expected day, short of what was ordered.

    An order that should be here by now counts as late, although it is not finished.
    """
    since = datetime.now(UTC) - MEASURED_OVER
    query = select(
        PurchaseOrder.state, PurchaseOrder.expected_on, PurchaseOrder.received_at, PurchaseOrder.closed_reason
    ).where(PurchaseOrder.company_id == company_id, PurchaseOrder.ordered_at >= since)
    finished = late = short = 0
    for state, expected_on, received_at, closed_reason in db.session.execute(query):
        is_done = state is OrderState.RECEIVED
        came_on = received_at.date() if is_done and received_at else zone_day
        is_late = expected_on is not None and came_on > expected_on
        if is_done or (state in COMING_ORDERS and is_late):
            finished, late = finished + 1, late + is_late
            short += bool(is_done and closed_reason)
    return Reliability(finished, late, short)


def products_of(company_id: int) -> Sequence[AnyRow]:
    """What a supplier sells us, by name."""
    query = (
        select(
            Product.id, Product.name, Product.sku, Product.unit, Product.on_hand, Product.reorder_level,
            ProductSupplier.code, ProductSupplier.unit_cost, ProductSupplier.pack_quantity,
            ProductSupplier.minimum_quantity, ProductSupplier.is_preferred,
        )
        .join(ProductSupplier, ProductSupplier.product_id == Product.id)
        .where(ProductSupplier.company_id == company_id, Product.archived_at.is_(None))
        .order_by(Product.name, Product.id)
    )  # fmt: skip
    return db.session.execute(query.limit(MOST_OFFERED)).all()


def offered_suppliers(text: str) -> Sequence[str]:
    """Names of suppliers that fit what is being typed, and of other companies that could become one."""
    query = select(Company.name).where(Company.archived_at.is_(None))
    for word in plain_text(text).split():
        query = query.where(Company.search_text.contains(word, autoescape=True))
    return db.session.scalars(query.order_by(Company.is_supplier.desc(), Company.name).limit(12)).all()


class Seller(NamedTuple):
    """Who sells us a product, and how."""

    id: int
    company_id: int
    name: str
    code: str
    unit_cost: Decimal | None
    pack_quantity: int
    minimum_quantity: int
    is_preferred: bool

    @property
    def typed_cost(self) -> str:
        """The price as it stands in the form."""
        return typed_cost(self.unit_cost)


def sellers_of(product_id: int) -> Sequence[Seller]:
    """Who sells us a product, the preferred one first."""
    query = (
        select(
            ProductSupplier.id, ProductSupplier.company_id, Company.name, ProductSupplier.code,
            ProductSupplier.unit_cost, ProductSupplier.pack_quantity, ProductSupplier.minimum_quantity,
            ProductSupplier.is_preferred,
        )
        .join(Company, Company.id == ProductSupplier.company_id)
        .where(ProductSupplier.product_id == product_id)
        .order_by(ProductSupplier.is_preferred.desc(), func.lower(Company.name))
    )  # fmt: skip
    return [Seller._make(row) for row in db.session.execute(query)]
