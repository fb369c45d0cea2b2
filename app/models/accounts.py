"""Who uses this installation: organizations, their users and roles, sessions, links and tokens."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, OrganizationOwned, Percent, choice, refers_to, related


class Gate(StrEnum):
    """What happens when something is confirmed or dispatched although it is short."""

    BLOCK = "block"
    WARN = "warn"
    ALLOW = "allow"


class ChargeMode(StrEnum):
    """How charge days are counted from the charge window."""

    CALENDAR = "calendar"
    DAY_24H = "24h"


class Organization(Base):
    """A company that uses this installation; it owns every other row."""

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str] = mapped_column(default="EUR")
    locale: Mapped[str] = mapped_column(default="en")
    timezone: Mapped[str] = mapped_column(default="Europe/Berlin")
    address: Mapped[str] = mapped_column(default="")
    vat_id: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    bank: Mapped[str] = mapped_column(default="")
    colour: Mapped[str] = mapped_column(default="amber")
    quote_terms: Mapped[str] = mapped_column(default="")
    quote_valid_days: Mapped[int] = mapped_column(default=14)
    payment_days: Mapped[int] = mapped_column(default=14)
    charge_mode: Mapped[ChargeMode] = choice(ChargeMode, default=ChargeMode.CALENDAR)
    working_weekdays: Mapped[str] = mapped_column(default="01234")
    leeway_hours: Mapped[int] = mapped_column(default=0)
    confirm_gate: Mapped[Gate] = choice(Gate, default=Gate.WARN)
    dispatch_gate: Mapped[Gate] = choice(Gate, default=Gate.WARN)
    trusts_planned_returns: Mapped[bool] = mapped_column(default=False)
    job_buffer_percent: Mapped[Decimal] = mapped_column(Percent(), default=Decimal(10))
    carrying_cost_percent: Mapped[Decimal] = mapped_column(Percent(), default=Decimal(20))
    notes_required: Mapped[list[str]] = mapped_column(default=lambda: ["adjustment"])
    """The kinds of stock transaction that must carry a note."""
    count_every_days: Mapped[int] = mapped_column(default=91)
    digest_hour: Mapped[int] = mapped_column(default=7)
    """When the daily digest of alerts goes out, an hour of the organization's own day."""
    reminds_of_returns: Mapped[bool] = mapped_column(default=False)
    """Whether clients are written to when their gear should be back and is not."""
    remind_after_days: Mapped[int] = mapped_column(default=1)
    remind_every_days: Mapped[int] = mapped_column(default=3)
    most_reminders: Mapped[int] = mapped_column(default=3)
    reminder_words: Mapped[str] = mapped_column(default="")
    """What the house adds to a reminder in its own words."""
    setup_left_out: Mapped[list[str]] = mapped_column(default=list)
    """The steps of the guided start that this organization does not need."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("slug <> ''", name="slug_given"),)


class User(OrganizationOwned, Base):
    """A person of an organization who signs in."""

    __tablename__ = "user"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("email = lower(email) AND email <> ''", name="email_folded"),)


class Role(OrganizationOwned, Base):
    """A named set of permissions; presets come with the organization and can be edited."""

    __tablename__ = "role"

    key: Mapped[str]
    name: Mapped[str]
    permissions: Mapped[list[str]]

    __table_args__ = (UniqueConstraint("organization_id", "key"),)


class UserRole(OrganizationOwned, Base):
    """One role of one user."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = refers_to("user")
    role_id: Mapped[int] = refers_to("role")

    __table_args__ = (UniqueConstraint("organization_id", "user_id", "role_id"),)


class SignIn(OrganizationOwned, Base):
    """A session on one device. The browser holds the token; only its hash is kept here."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = refers_to("user")
    device: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "organization_id", "user_id"),)


class SignInAttempt(Base):
    """A failed try to sign in, remembered to slow the next ones down."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    address: Mapped[str]
    tried_at: Mapped[datetime]

    __table_args__ = (Index(None, "email", "tried_at"), Index(None, "address", "tried_at"))


class LinkPurpose(StrEnum):
    """What a one-time link lets its holder do."""

    SETUP = "setup"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"


class OneTimeLink(Base):
    """A link that works once and not for long. A set-up link belongs to nobody yet."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[LinkPurpose] = choice(LinkPurpose)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(OrganizationOwned, Base):
    """A program's key to the API, acting as a user; only its hash is kept."""

    __tablename__ = "api_token"

    name: Mapped[str]
    user_id: Mapped[int] = refers_to("user")
    token_hash: Mapped[str] = mapped_column(unique=True)
    permissions: Mapped[list[str] | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = related("User", "ApiToken.user_id")


class IdempotentRequest(OrganizationOwned, Base):
    """The answer to a request that a client may repeat: the same key replays it."""

    __tablename__ = "idempotent_request"

    user_id: Mapped[int] = refers_to("user")
    key: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    body_hash: Mapped[str]
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("organization_id", "user_id", "key"),)


class TaxClass(OrganizationOwned, Base):
    """A rate of tax, by name."""

    __tablename__ = "tax_class"

    name: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Percent())
    is_default: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (UniqueConstraint("organization_id", "name"),)


class NumberSeries(OrganizationOwned, Base):
    """The last number given out in a series and year; its row lock keeps numbers without gaps."""

    __tablename__ = "number_series"

    series: Mapped[str]
    year: Mapped[int]
    last_number: Mapped[int] = mapped_column(default=0)

    __table_args__ = (UniqueConstraint("organization_id", "series", "year"),)
