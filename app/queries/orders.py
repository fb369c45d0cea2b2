"""Purchase orders as lists and pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.finding import find
from app.models import (
    COMING_ORDERS,
    Asset,
    Company,
    Job,
    JobPart,
    Location,
    OrderLine,
    OrderState,
    Product,
    ProductSupplier,
    PurchaseOrder,
    StockTransaction,
    Tracking,
    User,
)
from app.models.base import plain_text
from app.queries.packs import packs_of
from app.queries.paging import PER_PAGE, Page, paged
from app.queries.rows import AnyRow
from app.rules.money import ZERO, round_money, typed_cost

MOST_EXPORTED: Final = 10_000
COMING: Final = "coming"
LATE: Final = "late"
STATES: Final = [
    ("all", "All"), ("draft", "Drafts"), (COMING, "Still coming"), (LATE, "Late"), ("received", "Received"),
    ("cancelled", "Cancelled"),
]  # fmt: skip
SORTS: Final[dict[str, Any]] = {
    "number": PurchaseOrder.id, "supplier": func.lower(func.coalesce(Company.name, "")),
    "ordered": PurchaseOrder.ordered_at, "expected": PurchaseOrder.expected_on,
}  # fmt: skip


@dataclass(frozen=True)
class OrderFilters:
    """What the list is narrowed to."""

    find: str = ""
    state: str = "all"
    supplier: int | None = None
    product: int | None = None
    sort: str = "-number"


class OrderRow(NamedTuple):
    """One order of a list. `total` is what its priced lines come to."""

    id: int
    number: str
    state: OrderState
    is_automatic: bool
    is_urgent: bool
    company_id: int | None
    company: str | None
    created_at: datetime
    ordered_at: datetime | None
    expected_on: date | None
    closed_reason: str
    lines: int
    quantity: int
    received: int
    total: Decimal
    today: date

    @property
    def is_late(self) -> bool:
        """True when it should be here and is not."""
        return self.state in COMING_ORDERS and self.expected_on is not None and self.expected_on < self.today


def order_select() -> Select[*tuple[Any, ...]]:
    """The columns of a list of orders."""
    sums = sums_of_lines()
    query: Select[*tuple[Any, ...]] = (
        select(
            PurchaseOrder.id, PurchaseOrder.number, PurchaseOrder.state, PurchaseOrder.is_automatic,
            PurchaseOrder.is_urgent, PurchaseOrder.company_id, Company.name.label("company"),
            PurchaseOrder.created_at, PurchaseOrder.ordered_at, PurchaseOrder.expected_on,
            PurchaseOrder.closed_reason, *sums,
        )
        .outerjoin(Company, Company.id == PurchaseOrder.company_id)
    )  # fmt: skip
    return query


def sums_of_lines() -> tuple[Any, ...]:
    """How many lines an order has, how many pieces, how many of them came, and what they cost."""
    wanted = {
        "lines": func.count(OrderLine.id),
        "quantity": func.coalesce(func.sum(OrderLine.quantity), 0),
        "received": func.coalesce(func.sum(OrderLine.received_quantity), 0),
        "total": func.coalesce(func.sum(OrderLine.quantity * OrderLine.unit_cost), 0),
    }
    return tuple(
        select(column)
        .where(OrderLine.order_id == PurchaseOrder.id)
        .correlate(PurchaseOrder)
        .scalar_subquery()
        .label(name)
        for name, column in wanted.items()
    )


def filtered(filters: OrderFilters, today: date) -> Select[*tuple[Any, ...]]:
    """Only the orders that the filters let through, in order."""
    query = order_select()
    for word in plain_text(filters.find).split():
        query = query.where(
            or_(
                PurchaseOrder.search_text.contains(word, autoescape=True),
                Company.search_text.contains(word, autoescape=True),
                PurchaseOrder.id.in_(with_product(Product.search_text.contains(word, autoescape=True))),
            )
        )
    if filters.supplier is not None:
        query = query.where(PurchaseOrder.company_id == filters.supplier)
    if filters.product is not None:
        query = query.where(PurchaseOrder.id.in_(with_product(Product.id == filters.product)))
    if filters.state in (COMING, LATE):
        query = query.where(PurchaseOrder.state.in_(COMING_ORDERS))
    elif filters.state in set(OrderState):
        query = query.where(PurchaseOrder.state == OrderState(filters.state))
    if filters.state == LATE:
        query = query.where(PurchaseOrder.expected_on < today)
    column = SORTS.get(filters.sort.removeprefix("-"), PurchaseOrder.id)
    descending = filters.sort.startswith("-")
    return query.order_by(column.desc() if descending else column, PurchaseOrder.id.desc())


def with_product(condition: Any) -> Any:
    """The ids of orders on which such a product stands."""
    return select(OrderLine.order_id).join(Product, Product.id == OrderLine.product_id).where(condition)


def as_rows(rows: Sequence[Any], today: date) -> list[OrderRow]:
    """Database rows as rows of the list."""
    return [OrderRow(**(dict(row._mapping) | {"total": money(row.total)}), today=today) for row in rows]


def money(total: Any) -> Decimal:
    """A sum of quantities × unit costs as an amount, whichever database added it up."""
    return round_money(total if isinstance(total, Decimal) else Decimal(total or 0).scaleb(-4))


def order_rows(filters: OrderFilters, page: int, today: date, per_page: int = PER_PAGE) -> Page[OrderRow]:
    """One page of orders."""
    found = paged(filtered(filters, today), page, per_page, scalars=False)
    return Page(as_rows(found.items, today), found.page, found.per_page, found.total)


def all_order_rows(filters: OrderFilters, today: date) -> list[OrderRow]:
    """Every order of a list, for a file."""
    return as_rows(db.session.execute(filtered(filters, today).limit(MOST_EXPORTED)).all(), today)


def counts_by_state(today: date) -> dict[str, int]:
    """How many drafts wait, how many orders are on their way, and how many of these are late."""
    is_late = and_(PurchaseOrder.expected_on < today, PurchaseOrder.state.in_(COMING_ORDERS))
    query = select(PurchaseOrder.state, is_late, func.count(PurchaseOrder.id)).where(
        PurchaseOrder.state.in_((OrderState.DRAFT, *COMING_ORDERS))
    )
    counts = {"draft": 0, COMING: 0, LATE: 0}
    for state, late, count in db.session.execute(query.group_by(PurchaseOrder.state, is_late)):
        counts["draft" if state is OrderState.DRAFT else COMING] += count
        counts[LATE] += count if late else 0
    return counts


class LineRow(NamedTuple):
    """One line of an order's page. `packs` is how the product comes, by name."""

    id: int
    product_id: int
    name: str
    sku: str
    unit: str
    tracking: Tracking
    their_code: str
    quantity: int
    said_quantity: int | None
    said_unit: str
    received: int
    unit_cost: Decimal | None
    notes: str
    job_id: int | None
    job_number: str | None
    packs: dict[str, int]

    @property
    def still_coming(self) -> int:
        """How many of it have not arrived."""
        return max(self.quantity - self.received, 0)

    @property
    def net(self) -> Decimal | None:
        """What the line costs."""
        return None if self.unit_cost is None else round_money(self.unit_cost * self.quantity)

    @property
    def typed(self) -> tuple[int, str]:
        """Quantity and unit as they stand in the form."""
        return (self.said_quantity, self.said_unit) if self.said_quantity else (self.quantity, self.unit)

    @property
    def typed_cost(self) -> str:
        """The price as it stands in the form: with the digits that it has, two at least."""
        return typed_cost(self.unit_cost)

    @property
    def units(self) -> list[tuple[str, str]]:
        """The units in which it can be counted, with what they hold."""
        known = [(self.unit, self.unit), *((name, f"{name} of {size}") for name, size in self.packs.items())]
        return known if self.typed[1] in dict(known) else [*known, (self.typed[1], self.typed[1])]


def line_rows(order_id: int) -> list[LineRow]:
    """The lines of an order: two statements."""
    query = (
        select(
            OrderLine.id, OrderLine.product_id, Product.name, Product.sku, Product.unit, Product.tracking,
            func.coalesce(ProductSupplier.code, ""), OrderLine.quantity, OrderLine.said_quantity,
            OrderLine.said_unit, OrderLine.received_quantity, OrderLine.unit_cost, OrderLine.notes, Job.id,
            Job.number,
        )
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .join(Product, Product.id == OrderLine.product_id)
        .outerjoin(JobPart, JobPart.id == OrderLine.job_part_id)
        .outerjoin(Job, Job.id == JobPart.job_id)
        .outerjoin(
            ProductSupplier,
            and_(
                ProductSupplier.product_id == OrderLine.product_id,
                ProductSupplier.company_id == PurchaseOrder.company_id,
            ),
        )
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position, OrderLine.id)
    )  # fmt: skip
    rows = db.session.execute(query).all()
    packs = packs_of([row.product_id for row in rows]) if rows else {}
    return [LineRow._make((*row, packs[row.product_id])) for row in rows]


def total_of(lines: Sequence[LineRow]) -> Decimal:
    """What the priced lines come to."""
    return sum((line.net for line in lines if line.net is not None), ZERO)


def order_page(order_id: int) -> PurchaseOrder:
    """An order with its supplier, its place and its printed form. Raises NotFound."""
    return find(PurchaseOrder, order_id, PurchaseOrder.company, PurchaseOrder.location)


def receipts_of(order_id: int) -> Sequence[AnyRow]:
    """What came of an order and what was taken back, the latest first."""
    place = aliased(Location)
    query = (
        select(
            StockTransaction.id, StockTransaction.kind, StockTransaction.quantity, StockTransaction.happened_at,
            StockTransaction.notes, StockTransaction.to_id, Product.name.label("product"), Product.unit,
            StockTransaction.product_id, place.id.label("place_id"), place.name.label("place"),
            User.name.label("by"), Asset.tag,
        )
        .join(OrderLine, OrderLine.id == StockTransaction.order_line_id)
        .join(Product, Product.id == StockTransaction.product_id)
        .outerjoin(place, place.id == func.coalesce(StockTransaction.to_id, StockTransaction.from_id))
        .outerjoin(User, User.id == StockTransaction.by_id)
        .outerjoin(Asset, Asset.id == StockTransaction.asset_id)
        .where(OrderLine.order_id == order_id)
        .order_by(StockTransaction.id.desc())
    )  # fmt: skip
    return db.session.execute(query.limit(200)).all()


def coming_orders_with(product_id: int, besides: int) -> Sequence[str]:
    """The numbers of the other orders from which a product is still to come."""
    query = (
        select(PurchaseOrder.number)
        .join(OrderLine, OrderLine.order_id == PurchaseOrder.id)
        .where(OrderLine.product_id == product_id, PurchaseOrder.id != besides)
        .where(PurchaseOrder.state.in_(COMING_ORDERS), OrderLine.quantity > OrderLine.received_quantity)
        .order_by(PurchaseOrder.id)
    )
    return db.session.scalars(query).all()
