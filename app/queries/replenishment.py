"""What should be ordered now, product by product, with all that the number is made of."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, func, or_, select

from app.extensions import db
from app.models import (
    COMING_ORDERS,
    Category,
    Company,
    OrderLine,
    OrderState,
    Product,
    ProductSupplier,
    PurchaseOrder,
    StockTransaction,
    Tracking,
    TransactionKind,
)
from app.queries.availability import Ahead, claimed_ahead
from app.queries.lead_times import LeadTime, lead_of, lead_times
from app.queries.rows import AnyRow, AnySelect
from app.rules import replenishment as rules


class Supplier(NamedTuple):
    """Who a product is bought from, and how they sell it."""

    company_id: int
    name: str
    code: str
    unit_cost: Decimal | None
    pack: int
    minimum: int


class Suggestion(NamedTuple):
    """One product: what there is, what comes, what is claimed until a delivery could be here, what to order.

    `on_order` counts drafts too (`on_draft` of it), so that nothing is ordered twice. `lead_orders` says from
    how many orders the lead time was measured; with none it is what the product says. `ahead_days` is how far
    claims count.
    """

    product_id: int
    name: str
    sku: str
    unit: str
    category: str | None
    is_routine: bool
    is_critical: bool
    on_hand: int
    on_order: int
    on_draft: int
    claimed: int
    reorder_level: int | None
    order_up_to: int
    suggested: int
    lead_days: int
    lead_orders: int
    ahead_days: int
    supplier: Supplier | None
    last_received_at: datetime | None

    @property
    def is_due(self) -> bool:
        """True when what there will be is at or below the reorder level."""
        return self.suggested > 0 and rules.is_due(
            self.reorder_level, self.on_hand, self.on_order, self.claimed
        )

    @property
    def missing(self) -> int:
        """What is missing before it is rounded to packs; below zero there is more than needed."""
        return self.order_up_to - self.on_hand - self.on_order + self.claimed

    @property
    def cost(self) -> Decimal | None:
        """What the suggested quantity costs, as far as the supplier's price is known."""
        price = self.supplier.unit_cost if self.supplier else None
        return None if price is None else price * self.suggested


def suggestions(
    product_ids: Collection[int] | None = None, *, is_routine: bool = False, now: datetime | None = None
) -> list[Suggestion]:
    """What to order of these products, by name; of every product with a level when none are named.

    Four statements, however many products.
    """
    moment = now or datetime.now(UTC)
    rows = db.session.execute(looked_at(product_ids, is_routine)).all()
    measured = lead_times({row.company_id for row in rows if row.company_id is not None}, moment)
    coming = on_order([row.product_id for row in rows])
    claimed = claimed_ahead({row.product_id: ahead_of(row, measured, moment) for row in rows}, moment)
    return [suggestion(row, measured, coming.get(row.product_id, NOTHING), claimed) for row in rows]


def looked_at(product_ids: Collection[int] | None, is_routine: bool) -> AnySelect:
    """The products with their preferred suppliers, and when something of them last came."""
    query = (
        select(
            Product.id.label("product_id"), Product.name, Product.sku, Product.unit, Product.tracking,
            Category.name.label("category"), Product.is_routine, Product.is_critical, Product.on_hand,
            Product.reorder_level, Product.order_up_to, Product.lead_days, ProductSupplier.company_id,
            Company.name.label("company"), ProductSupplier.code, ProductSupplier.unit_cost,
            ProductSupplier.pack_quantity, ProductSupplier.minimum_quantity,
            last_received().label("last_received_at"),
        )
        .outerjoin(Category, Category.id == Product.category_id)
        .outerjoin(
            ProductSupplier,
            and_(ProductSupplier.product_id == Product.id, ProductSupplier.is_preferred),
        )
        .outerjoin(Company, Company.id == ProductSupplier.company_id)
        .where(Product.archived_at.is_(None), ~Product.is_package)
        .order_by(Product.name, Product.id)
    )  # fmt: skip
    if is_routine:
        query = query.where(Product.is_routine)
    if product_ids is not None:
        return query.where(Product.id.in_(product_ids))
    return query.where(or_(Product.reorder_level.is_not(None), Product.order_up_to.is_not(None)))


def last_received() -> Any:
    """When a product last came in."""
    query = select(StockTransaction.happened_at).where(
        StockTransaction.product_id == Product.id, StockTransaction.kind == TransactionKind.RECEIPT
    )
    return query.order_by(StockTransaction.happened_at.desc()).limit(1).correlate(Product).scalar_subquery()


NOTHING: Final = (0, 0)


def on_order(product_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Product → how many are on orders that may still arrive, and how many of these on drafts."""
    open_states = (OrderState.DRAFT, *COMING_ORDERS)
    query = (
        select(OrderLine.product_id, PurchaseOrder.state, func.sum(OrderLine.quantity - OrderLine.received_quantity))
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(OrderLine.product_id.in_(product_ids), PurchaseOrder.state.in_(open_states))
        .where(OrderLine.quantity > OrderLine.received_quantity)
        .group_by(OrderLine.product_id, PurchaseOrder.state)
    )  # fmt: skip
    coming: dict[int, tuple[int, int]] = {}
    for product_id, state, quantity in db.session.execute(query):
        all_of_it, drafted = coming.get(product_id, NOTHING)
        is_draft = state is OrderState.DRAFT
        coming[product_id] = (all_of_it + int(quantity), drafted + (int(quantity) if is_draft else 0))
    return coming


def ahead_of(row: AnyRow, measured: Mapping[int, LeadTime], now: datetime) -> Ahead:
    """Until when what is ordered now could be here."""
    lead = timedelta(days=lead_of(row, measured).ahead)
    return Ahead(now + lead, row.tracking is Tracking.CONSUMABLE)


def suggestion(
    row: AnyRow, measured: Mapping[int, LeadTime], coming: tuple[int, int], claimed: Mapping[int, int]
) -> Suggestion:
    """One product with its number."""
    supplier, lead = supplier_of(row), lead_of(row, measured)
    up_to = rules.target(row.reorder_level, row.order_up_to)
    pack, minimum = (supplier.pack, supplier.minimum) if supplier else (1, 1)
    claims = claimed[row.product_id]
    return Suggestion(
        product_id=row.product_id, name=row.name, sku=row.sku, unit=row.unit, category=row.category,
        is_routine=row.is_routine, is_critical=row.is_critical, on_hand=row.on_hand, on_order=coming[0],
        on_draft=coming[1], claimed=claims, reorder_level=row.reorder_level, order_up_to=up_to,
        suggested=rules.suggested_quantity(up_to, row.on_hand, coming[0], claims, pack, minimum),
        lead_days=lead.days, lead_orders=lead.orders, ahead_days=lead.ahead, supplier=supplier,
        last_received_at=row.last_received_at,
    )  # fmt: skip


def supplier_of(row: AnyRow) -> Supplier | None:
    """The preferred supplier that stands in the row."""
    if row.company_id is None:
        return None
    return Supplier(
        row.company_id, row.company, row.code, row.unit_cost, row.pack_quantity, row.minimum_quantity
    )


def by_supplier(found: Sequence[Suggestion]) -> list[tuple[Supplier | None, list[Suggestion]]]:
    """The suggestions under their suppliers, by name; those without a supplier come last."""
    groups: dict[int, list[Suggestion]] = {}
    for one in found:
        groups.setdefault(one.supplier.company_id if one.supplier else 0, []).append(one)
    together = [(rows[0].supplier, rows) for rows in groups.values()]
    return sorted(
        together, key=lambda group: (group[0] is None, group[0].name.casefold() if group[0] else "")
    )
