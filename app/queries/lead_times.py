"""How long suppliers take, measured from what arrived."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, func, select

from app.extensions import db
from app.models import OrderLine, Product, ProductSupplier, PurchaseOrder
from app.rules.cover import lead_time
from app.rules.replenishment import lead_days

MEASURED_OVER: Final = timedelta(days=365)


class LeadTime(NamedTuple):
    """The median days from ordering to the first receipt, and how many orders it comes from; none: as is said."""

    days: int
    orders: int

    @property
    def ahead(self) -> int:
        """For how many days nothing new can be here: as measured, at least one; else as is said, else a week."""
        return max(self.days, 1) if self.orders else lead_time(self.days)


def product_leads(product_ids: Collection[int]) -> dict[int, LeadTime]:
    """Product → how long what is ordered of it takes: two statements for all."""
    if not product_ids:
        return {}
    query = (
        select(Product.id, Product.lead_days, ProductSupplier.company_id)
        .outerjoin(
            ProductSupplier, and_(ProductSupplier.product_id == Product.id, ProductSupplier.is_preferred)
        )
        .where(Product.id.in_(product_ids))
    )
    rows = db.session.execute(query).all()
    measured = lead_times({row.company_id for row in rows if row.company_id})
    return {row.id: lead_of(row, measured) for row in rows}


def lead_of(row: Any, measured: Mapping[int, LeadTime]) -> LeadTime:
    """How long its preferred supplier takes as measured, else what the product says."""
    return measured.get(row.company_id) or LeadTime(row.lead_days, 0)


def lead_times(company_ids: Collection[int], now: datetime | None = None) -> dict[int, LeadTime]:
    """Supplier → how long it takes, from the last year's orders of which something arrived."""
    if not company_ids:
        return {}
    since = (now or datetime.now(UTC)) - MEASURED_OVER
    query = (
        select(PurchaseOrder.company_id, PurchaseOrder.ordered_at, func.min(OrderLine.first_received_at))
        .join(OrderLine, OrderLine.order_id == PurchaseOrder.id)
        .where(PurchaseOrder.company_id.in_(set(company_ids)), PurchaseOrder.ordered_at >= since)
        .where(OrderLine.first_received_at.is_not(None))
        .group_by(PurchaseOrder.id, PurchaseOrder.company_id, PurchaseOrder.ordered_at)
    )
    waits: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for company_id, ordered_at, arrived_at in db.session.execute(query):
        if company_id and ordered_at and arrived_at:
            waits[company_id].append((ordered_at, arrived_at))
    return {
        company_id: LeadTime(days, len(found))
        for company_id, found in waits.items()
        if (days := lead_days(found)) is not None
    }
