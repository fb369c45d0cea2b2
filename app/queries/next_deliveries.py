"""What runs short before the next delivery can be here."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import func, or_, select

from app.extensions import db
from app.models import (
    COMING_ORDERS,
    Alert,
    OrderLine,
    Product,
    ProductSupplier,
    PurchaseOrder,
    Reservation,
    Tracking,
)
from app.queries.availability import Ahead, Shortage, short_ahead
from app.queries.lead_times import lead_of, lead_times

FARTHEST: Final = timedelta(days=120)
"""Claims that begin later cannot run short before a delivery, unless a supplier takes longer than that."""


class ShortAhead(NamedTuple):
    """How many pieces will be missing, and from when."""

    missing: int
    at: datetime | None


def short_before_delivery(product_ids: Collection[int], now: datetime) -> dict[int, ShortAhead]:
    """Product → what of it will be missing before the next delivery; those that suffice are left out.

    The next delivery is the earliest that is expected on an order, else one lead time away. A constant number
    of statements.
    """
    rows = db.session.execute(looked_after(product_ids)).all()
    expected = expected_deliveries([row.id for row in rows], now)
    measured = lead_times({row.company_id for row in rows if row.company_id is not None}, now)
    asked = {row.id: (row.on_hand, ahead_of(row, expected, measured, now)) for row in rows}
    return {key: as_short(found) for key, found in short_ahead(asked, now).items()}


def as_short(found: Shortage) -> ShortAhead:
    """A shortage as alerts keep it."""
    return ShortAhead(found.missing, found.starts_at)


def looked_after(product_ids: Collection[int]) -> Any:
    """Those of the products that are reordered or used up, with who they are bought from."""
    return (
        select(Product.id, Product.on_hand, Product.lead_days, Product.tracking, ProductSupplier.company_id)
        .outerjoin(ProductSupplier, (ProductSupplier.product_id == Product.id) & ProductSupplier.is_preferred)
        .where(
            Product.id.in_(product_ids), Product.archived_at.is_(None), ~Product.is_package, is_looked_after()
        )
    )


def is_looked_after() -> Any:
    """That a product is reordered or used up."""
    return or_(Product.reorder_level.is_not(None), Product.tracking == Tracking.CONSUMABLE)


def expected_deliveries(product_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """Product → the end of the day on which something of it is expected, today at the earliest."""
    query = (
        select(OrderLine.product_id, func.min(PurchaseOrder.expected_on))
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(
            OrderLine.product_id.in_(product_ids),
            PurchaseOrder.state.in_(COMING_ORDERS),
            PurchaseOrder.expected_on >= now.date(),
            OrderLine.quantity > OrderLine.received_quantity,
        )
        .group_by(OrderLine.product_id)
    )
    found = db.session.execute(query).all()
    return {key: datetime.combine(day, time.max, UTC) for key, day in found if day is not None}


def ahead_of(row: Any, expected: Mapping[int, datetime], measured: Mapping[int, Any], now: datetime) -> Ahead:
    """Until when what there is must last, and whether what is claimed comes back."""
    lead = timedelta(days=lead_of(row, measured).ahead)
    return Ahead(expected.get(row.id) or now + lead, row.tracking is Tracking.CONSUMABLE)


def worth_a_look(now: datetime) -> set[int]:
    """The products that something is claimed of soon, or that have an open alert of this sort."""
    claimed = (
        select(Reservation.product_id)
        .join(Product, Product.id == Reservation.product_id)
        .where(
            Reservation.released_at.is_(None),
            Reservation.ends_at > now,
            Reservation.starts_at < now + FARTHEST,
            Product.archived_at.is_(None),
            is_looked_after(),
        )
        .distinct()
    )
    warned = select(Alert.product_id).where(Alert.is_ahead, Alert.closed_at.is_(None))
    return set(db.session.scalars(claimed)) | set(db.session.scalars(warned))
