"""Events, their pull lists and their costs."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.models.availability import Reservation
from app.models.base import (
    Amount,
    Base,
    Findable,
    OrganizationOwned,
    Scaled,
    choice,
    refers_to,
    related,
)
from app.models.crm import Company, Contact, Deal, Venue
from app.models.inventory import Location, Product
from app.rules.phases import Phase


class Event(OrganizationOwned, Findable, Base):
    """The client's show: when gear is away, when it is paid for, and how far it has come."""

    __tablename__ = "event"
    found_by = ("number", "name")

    number: Mapped[str]
    name: Mapped[str]
    company_id: Mapped[int | None] = refers_to("company")
    contact_id: Mapped[int | None] = refers_to("contact")
    venue_id: Mapped[int | None] = refers_to("venue")
    deal_id: Mapped[int | None] = refers_to("deal")
    warehouse_id: Mapped[int] = refers_to("location")
    site_id: Mapped[int] = refers_to("location")
    owner_id: Mapped[int | None] = refers_to("user")
    occupied_from: Mapped[datetime]
    occupied_until: Mapped[datetime]
    charged_from: Mapped[datetime]
    charged_until: Mapped[datetime]
    phase: Mapped[Phase] = choice(Phase, default=Phase.PLANNED)
    revenue: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    notes: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str] = mapped_column(default="")

    company: Mapped[Company | None] = related("Company", "Event.company_id")
    contact: Mapped[Contact | None] = related("Contact", "Event.contact_id")
    venue: Mapped[Venue | None] = related("Venue", "Event.venue_id")
    deal: Mapped[Deal | None] = related("Deal", "Event.deal_id")
    warehouse: Mapped[Location] = related("Location", "Event.warehouse_id")
    site: Mapped[Location] = related("Location", "Event.site_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "organization_id", "occupied_from"),
        Index(None, "organization_id", "phase", "occupied_until"),
        Index(None, "organization_id", "company_id"),
        UniqueConstraint("organization_id", "deal_id"),
        CheckConstraint("occupied_until > occupied_from", name="lasts"),
        CheckConstraint("charged_until > charged_from", name="charge_lasts"),
        CheckConstraint(
            "charged_from >= occupied_from AND charged_until <= occupied_until", name="charge_inside"
        ),
    )


class PullLine(OrganizationOwned, Base):
    """So many of one product for an event. Its reservation claims them and counts their way."""

    __tablename__ = "pull_line"

    event_id: Mapped[int] = refers_to("event")
    product_id: Mapped[int] = refers_to("product")
    quantity: Mapped[int]
    position: Mapped[int]
    occupied_from: Mapped[datetime | None]
    occupied_until: Mapped[datetime | None]
    package_name: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    is_added_at_prep: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    event: Mapped[Event] = related("Event", "PullLine.event_id")
    product: Mapped[Product] = related("Product", "PullLine.product_id")
    reservation: Mapped[Reservation | None] = relationship(
        Reservation,
        primaryjoin=lambda: PullLine.id == foreign(Reservation.line_id),
        lazy="raise",
        viewonly=True,
        uselist=False,
    )

    __table_args__ = (
        UniqueConstraint("organization_id", "event_id", "product_id"),
        Index(None, "organization_id", "product_id"),
        CheckConstraint("quantity >= 0", name="not_negative"),
    )


class CostKind(StrEnum):
    """What an event's money goes into."""

    EQUIPMENT = "equipment"
    CREW = "crew"
    TRANSPORT = "transport"
    SUBHIRE = "subhire"
    DAMAGE = "damage"
    OTHER = "other"


class EventCost(OrganizationOwned, Base):
    """A cost of an event, planned beside actual; `charge` is what the client pays on top for it."""

    __tablename__ = "event_cost"

    event_id: Mapped[int] = refers_to("event")
    kind: Mapped[CostKind] = choice(CostKind)
    description: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Scaled(2), default=Decimal(1))
    unit_cost: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    planned: Mapped[Decimal | None] = mapped_column(Amount())
    actual: Mapped[Decimal | None] = mapped_column(Amount())
    charge: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    repair_id: Mapped[int | None] = refers_to("repair")
    job_id: Mapped[int | None] = refers_to("job")
    product_id: Mapped[int | None] = refers_to("product")
    """What was lost, or found again: a find gives back what was charged for it."""
    asset_id: Mapped[int | None] = refers_to("asset")
    created_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "organization_id", "event_id"),
        UniqueConstraint("organization_id", "job_id"),
    )


class LostDemand(OrganizationOwned, Base):
    """Demand that was turned down or left short because stock was missing; for capacity planning."""

    __tablename__ = "lost_demand"

    product_id: Mapped[int] = refers_to("product")
    event_id: Mapped[int | None] = refers_to("event")
    deal_id: Mapped[int | None] = refers_to("deal")
    quantity: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (Index(None, "organization_id", "product_id", "starts_at"),)
