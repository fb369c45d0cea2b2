"""Knowing in time that something runs short, and buying it: alerts, suppliers, purchase orders."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.accounts import User
from app.models.base import Base, Findable, OrganizationOwned, UnitCost, choice, listed, refers_to, related
from app.models.crm import Company
from app.models.inventory import Location, Product
from app.models.log import StoredFile


class AlertKind(StrEnum):
    """What an alert says: at or below the reorder level, nothing left, or short before the next delivery."""

    LOW = "low"
    OUT = "out"
    AHEAD = "ahead"


class AlertState(StrEnum):
    """Where an alert stands. It is resolved by itself, or dismissed with a reason."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


OPEN_ALERTS = (AlertState.OPEN, AlertState.ACKNOWLEDGED)


class Priority(StrEnum):
    """How soon somebody should look."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Alert(OrganizationOwned, Base):
    """A reorder condition with a life of its own; a product has at most one open of each sort.

    Low and out are the same sort: an alert that was low becomes out, and is not raised a second time.
    """

    __tablename__ = "alert"

    product_id: Mapped[int] = refers_to("product")
    kind: Mapped[AlertKind] = choice(AlertKind)
    is_ahead: Mapped[bool] = mapped_column(default=False)
    state: Mapped[AlertState] = choice(AlertState, default=AlertState.OPEN)
    priority: Mapped[Priority] = choice(Priority, default=Priority.NORMAL)
    on_hand: Mapped[int]
    reorder_level: Mapped[int]
    missing: Mapped[int] = mapped_column(default=0)
    """How many pieces will be short, of what is claimed before the next delivery."""
    short_at: Mapped[datetime | None]
    raised_at: Mapped[datetime]
    notified_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = refers_to("user")
    plan: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = refers_to("user")
    reason: Mapped[str] = mapped_column(default="")

    product: Mapped[Product] = related("Product", "Alert.product_id")
    acknowledged_by: Mapped[User | None] = related("User", "Alert.acknowledged_by_id")

    @property
    def is_open(self) -> bool:
        """True until it is resolved or dismissed."""
        return self.state in OPEN_ALERTS

    __table_args__ = (
        Index(
            "uq_alert_open",
            "organization_id",
            "product_id",
            "is_ahead",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(None, "organization_id", "state", "raised_at"),
        Index(None, "organization_id", "product_id", "raised_at"),
        CheckConstraint("(closed_at IS NULL) = (state IN ('open', 'acknowledged'))", name="open_or_closed"),
    )


class ProductSupplier(OrganizationOwned, Base):
    """A company that sells us a product: under which code, at what price, in which packs."""

    __tablename__ = "product_supplier"

    product_id: Mapped[int] = refers_to("product")
    company_id: Mapped[int] = refers_to("company")
    code: Mapped[str] = mapped_column(default="")
    unit_cost: Mapped[Decimal | None] = mapped_column(UnitCost())
    pack_quantity: Mapped[int] = mapped_column(default=1)
    minimum_quantity: Mapped[int] = mapped_column(default=1)
    is_preferred: Mapped[bool] = mapped_column(default=False)

    product: Mapped[Product] = related("Product", "ProductSupplier.product_id")
    company: Mapped[Company] = related("Company", "ProductSupplier.company_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "product_id", "company_id"),
        Index(
            "uq_product_supplier_preferred",
            "organization_id",
            "product_id",
            unique=True,
            sqlite_where=text("is_preferred"),
            postgresql_where=text("is_preferred"),
        ),
        Index(None, "organization_id", "company_id"),
        CheckConstraint("pack_quantity > 0 AND minimum_quantity > 0", name="some"),
    )


class OrderState(StrEnum):
    """Where a purchase order stands."""

    DRAFT = "draft"
    ORDERED = "ordered"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """How people call it."""
        return self.value.replace("_", " ").capitalize()


COMING_ORDERS = (OrderState.ORDERED, OrderState.PARTLY_RECEIVED)


class PurchaseOrder(OrganizationOwned, Findable, Base):
    """What is bought from one supplier at once. Its number is drawn when it is drafted."""

    __tablename__ = "purchase_order"
    found_by = ("number",)

    number: Mapped[str]
    company_id: Mapped[int | None] = refers_to("company")
    location_id: Mapped[int] = refers_to("location")
    state: Mapped[OrderState] = choice(OrderState, default=OrderState.DRAFT)
    is_automatic: Mapped[bool] = mapped_column(default=False)
    is_urgent: Mapped[bool] = mapped_column(default=False)
    expected_on: Mapped[date | None]
    notes: Mapped[str] = mapped_column(default="")
    sent_to: Mapped[str] = mapped_column(default="")
    pdf_id: Mapped[int | None] = refers_to("stored_file")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = refers_to("user")
    ordered_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    closed_reason: Mapped[str] = mapped_column(default="")

    company: Mapped[Company | None] = related("Company", "PurchaseOrder.company_id")
    location: Mapped[Location] = related("Location", "PurchaseOrder.location_id")
    pdf: Mapped[StoredFile | None] = related("StoredFile", "PurchaseOrder.pdf_id")
    lines: Mapped[list["OrderLine"]] = listed("OrderLine", "OrderLine.order_id", owner="PurchaseOrder")

    @property
    def is_coming(self) -> bool:
        """True while something of it may still arrive."""
        return self.state in COMING_ORDERS

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "organization_id", "state", "created_at"),
        Index(None, "organization_id", "company_id"),
    )


class OrderLine(OrganizationOwned, Base):
    """So many of a product on a purchase order, counted in the product's own unit."""

    __tablename__ = "order_line"

    order_id: Mapped[int] = refers_to("purchase_order")
    product_id: Mapped[int] = refers_to("product")
    position: Mapped[int]
    quantity: Mapped[int]
    said_quantity: Mapped[int | None]
    said_unit: Mapped[str] = mapped_column(default="")
    unit_cost: Mapped[Decimal | None] = mapped_column(UnitCost())
    received_quantity: Mapped[int] = mapped_column(default=0)
    job_part_id: Mapped[int | None] = refers_to("job_part")
    notes: Mapped[str] = mapped_column(default="")
    first_received_at: Mapped[datetime | None]

    order: Mapped[PurchaseOrder] = related("PurchaseOrder", "OrderLine.order_id")
    product: Mapped[Product] = related("Product", "OrderLine.product_id")

    @property
    def still_coming(self) -> int:
        """How many of it have not arrived."""
        return max(self.quantity - self.received_quantity, 0)

    __table_args__ = (
        UniqueConstraint("organization_id", "order_id", "product_id"),
        Index(None, "organization_id", "product_id"),
        CheckConstraint("quantity > 0 AND received_quantity >= 0", name="some"),
    )
