"""Clients and what we offer them: companies, leads, deals, quotes, invoices."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Amount,
    Base,
    Factor,
    Findable,
    OrganizationOwned,
    Percent,
    Scaled,
    choice,
    listed,
    refers_to,
    related,
)
from app.models.inventory import Product
from app.models.log import StoredFile
from app.rules.deals import Stage


class Company(OrganizationOwned, Findable, Base):
    """A client, or anybody else we do business with."""

    __tablename__ = "company"
    found_by = ("name", "email")

    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    vat_id: Mapped[str] = mapped_column(default="")
    payment_days: Mapped[int | None]
    discount_percent: Mapped[Decimal] = mapped_column(Percent(), default=Decimal(0))
    is_stopped: Mapped[bool] = mapped_column(default=False)
    is_supplier: Mapped[bool] = mapped_column(default=False)
    popup_note: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    contacts: Mapped[list["Contact"]] = listed("Contact", "Contact.company_id", owner="Company")

    __table_args__ = (Index(None, "organization_id", "name"), CheckConstraint("name <> ''", name="named"))


class Contact(OrganizationOwned, Findable, Base):
    """A person at a company, or on their own."""

    __tablename__ = "contact"
    found_by = ("name", "email", "phone")

    company_id: Mapped[int | None] = refers_to("company")
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    company: Mapped[Company | None] = related("Company", "Contact.company_id")

    __table_args__ = (
        Index(None, "organization_id", "company_id"),
        CheckConstraint("name <> ''", name="named"),
    )


class Venue(OrganizationOwned, Findable, Base):
    """Where shows happen."""

    __tablename__ = "venue"
    found_by = ("name", "address")

    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")

    __table_args__ = (UniqueConstraint("organization_id", "name"),)


class LeadState(StrEnum):
    """What became of an enquiry."""

    NEW = "new"
    QUALIFIED = "qualified"
    DISQUALIFIED = "disqualified"


class Lead(OrganizationOwned, Findable, Base):
    """An enquiry, as it came in."""

    __tablename__ = "lead"
    found_by = ("number", "name", "company_name", "email")

    number: Mapped[str]
    state: Mapped[LeadState] = choice(LeadState, default=LeadState.NEW)
    source: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    company_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    wanted_from: Mapped[date | None]
    wanted_until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")
    deal_id: Mapped[int | None] = refers_to("deal")
    request_id: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        UniqueConstraint("organization_id", "request_id"),
        Index(None, "organization_id", "state", "created_at"),
    )


class Deal(OrganizationOwned, Findable, Base):
    """An opportunity with dates, a venue and a stage."""

    __tablename__ = "deal"
    found_by = ("number", "name")

    number: Mapped[str]
    name: Mapped[str]
    company_id: Mapped[int] = refers_to("company")
    contact_id: Mapped[int | None] = refers_to("contact")
    venue_id: Mapped[int | None] = refers_to("venue")
    warehouse_id: Mapped[int] = refers_to("location")
    owner_id: Mapped[int | None] = refers_to("user")
    stage: Mapped[Stage] = choice(Stage)
    probability: Mapped[int | None]
    value: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    occupied_from: Mapped[datetime]
    occupied_until: Mapped[datetime]
    charged_from: Mapped[datetime]
    charged_until: Mapped[datetime]
    next_action_on: Mapped[date | None]
    next_action: Mapped[str] = mapped_column(default="")
    lost_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    company: Mapped[Company] = related("Company", "Deal.company_id")
    contact: Mapped[Contact | None] = related("Contact", "Deal.contact_id")
    venue: Mapped[Venue | None] = related("Venue", "Deal.venue_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "organization_id", "stage", "occupied_from"),
        Index(None, "organization_id", "company_id"),
        CheckConstraint("occupied_until > occupied_from", name="lasts"),
        CheckConstraint(
            "charged_until > charged_from AND charged_from >= occupied_from AND charged_until <= occupied_until",
            name="charge_inside",
        ),
        CheckConstraint("probability IS NULL OR probability BETWEEN 0 AND 100", name="probability_percent"),
    )


class FactorSchedule(OrganizationOwned, Base):
    """How the price grows with the days: steps of (days, multiplier)."""

    __tablename__ = "factor_table"

    name: Mapped[str]
    steps: Mapped[list[Any]] = mapped_column(JSON)
    is_default: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (UniqueConstraint("organization_id", "name"),)


class QuoteState(StrEnum):
    """How far an offer has come. A revision replaces; a sent quote is never edited."""

    DRAFT = "draft"
    SENT = "sent"
    VIEWED = "viewed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    REPLACED = "replaced"


class Quote(OrganizationOwned, Base):
    """A priced offer for a deal; one version of it."""

    __tablename__ = "quote"

    number: Mapped[str]
    deal_id: Mapped[int] = refers_to("deal")
    version_number: Mapped[int]
    state: Mapped[QuoteState] = choice(QuoteState, default=QuoteState.DRAFT)
    discount_percent: Mapped[Decimal] = mapped_column(Percent(), default=Decimal(0))
    introduction: Mapped[str] = mapped_column(default="")
    terms: Mapped[str] = mapped_column(default="")
    valid_until: Mapped[date | None]
    net: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    tax: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    gross: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    cost: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    content_hash: Mapped[str] = mapped_column(default="")
    link_token: Mapped[str | None]
    pdf_id: Mapped[int | None] = refers_to("stored_file")
    sent_at: Mapped[datetime | None]
    viewed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(default="")
    answered_from: Mapped[str] = mapped_column(default="")
    decline_reason: Mapped[str] = mapped_column(default="")
    lock_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    deal: Mapped[Deal] = related("Deal", "Quote.deal_id")
    lines: Mapped[list["QuoteLine"]] = listed(
        "QuoteLine", "QuoteLine.quote_id", owner="Quote", order_by="QuoteLine.position"
    )
    pdf: Mapped[StoredFile | None] = related("StoredFile", "Quote.pdf_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "number", "version_number"),
        UniqueConstraint("link_token"),
        Index(None, "organization_id", "deal_id"),
        Index(None, "organization_id", "state", "valid_until"),
    )


class LineKind(StrEnum):
    """What a quote line offers."""

    SECTION = "section"
    PRODUCT = "product"
    SERVICE = "service"
    CREW = "crew"
    TRANSPORT = "transport"
    TEXT = "text"


class QuoteLine(OrganizationOwned, Base):
    """One line of a quote, with name, price, factor and tax as they were when it was written."""

    __tablename__ = "quote_line"

    quote_id: Mapped[int] = refers_to("quote")
    position: Mapped[int]
    kind: Mapped[LineKind] = choice(LineKind)
    product_id: Mapped[int | None] = refers_to("product")
    description: Mapped[str]
    quantity: Mapped[int] = mapped_column(default=1)
    charge_units: Mapped[Decimal] = mapped_column(Scaled(2), default=Decimal(1))
    unit_price: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    factor: Mapped[Decimal] = mapped_column(Factor(), default=Decimal(1))
    discount_percent: Mapped[Decimal] = mapped_column(Percent(), default=Decimal(0))
    tax_rate: Mapped[Decimal] = mapped_column(Percent(), default=Decimal(0))
    is_discountable: Mapped[bool] = mapped_column(default=True)
    is_optional: Mapped[bool] = mapped_column(default=False)
    is_chosen: Mapped[bool] = mapped_column(default=True)
    net: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    unit_cost: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))

    product: Mapped[Product | None] = related("Product", "QuoteLine.product_id")

    __table_args__ = (
        Index(None, "organization_id", "quote_id", "position"),
        Index(None, "organization_id", "product_id"),
        CheckConstraint("quantity > 0", name="some"),
        CheckConstraint("discount_percent BETWEEN 0 AND 10000", name="discount_percent"),
    )


class InvoiceKind(StrEnum):
    """What an invoice asks for."""

    DEPOSIT = "deposit"
    FINAL = "final"
    CREDIT = "credit"


class InvoiceState(StrEnum):
    """A draft has no number; an issued invoice is frozen."""

    DRAFT = "draft"
    ISSUED = "issued"


class Invoice(OrganizationOwned, Base):
    """What a client owes for an event. After issuing, only a credit note changes it."""

    __tablename__ = "invoice"

    number: Mapped[str | None]
    kind: Mapped[InvoiceKind] = choice(InvoiceKind)
    state: Mapped[InvoiceState] = choice(InvoiceState, default=InvoiceState.DRAFT)
    company_id: Mapped[int] = refers_to("company")
    deal_id: Mapped[int | None] = refers_to("deal")
    event_id: Mapped[int | None] = refers_to("event")
    credits_id: Mapped[int | None] = refers_to("invoice")
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    address: Mapped[str] = mapped_column(default="")
    introduction: Mapped[str] = mapped_column(default="")
    net: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    tax: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    gross: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    paid: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    pdf_id: Mapped[int | None] = refers_to("stored_file")
    created_at: Mapped[datetime]

    company: Mapped[Company] = related("Company", "Invoice.company_id")
    lines: Mapped[list["InvoiceLine"]] = listed(
        "InvoiceLine", "InvoiceLine.invoice_id", owner="Invoice", order_by="InvoiceLine.position"
    )

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "organization_id", "state", "due_on"),
        Index(None, "organization_id", "event_id"),
        Index(None, "organization_id", "company_id"),
        CheckConstraint("(state = 'draft') = (number IS NULL)", name="numbered_when_issued"),
    )


class InvoiceLine(OrganizationOwned, Base):
    """One line of an invoice."""

    __tablename__ = "invoice_line"

    invoice_id: Mapped[int] = refers_to("invoice")
    position: Mapped[int]
    description: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Scaled(2), default=Decimal(1))
    unit_price: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    net: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    tax_rate: Mapped[Decimal] = mapped_column(Percent(), default=Decimal(0))

    __table_args__ = (Index(None, "organization_id", "invoice_id", "position"),)


class Payment(OrganizationOwned, Base):
    """Money that came in for an invoice."""

    __tablename__ = "payment"

    invoice_id: Mapped[int] = refers_to("invoice")
    amount: Mapped[Decimal] = mapped_column(Amount())
    paid_on: Mapped[date]
    method: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    request_id: Mapped[str]
    by_id: Mapped[int | None] = refers_to("user")
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organization_id", "request_id"),
        Index(None, "organization_id", "invoice_id"),
        CheckConstraint("amount <> 0", name="some"),
    )
