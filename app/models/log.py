"""What happened and what must still happen: activities, outbox, notifications, deliveries, files."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, OrganizationOwned, choice, refers_to


class Activity(OrganizationOwned, Base):
    """One entry of the append-only log: who did what to which thing, and when."""

    __tablename__ = "activity"

    verb: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    subject_label: Mapped[str]
    actor_id: Mapped[int | None] = refers_to("user")
    actor_name: Mapped[str]
    event_id: Mapped[int | None] = refers_to("event")
    deal_id: Mapped[int | None] = refers_to("deal")
    facts: Mapped[dict[str, Any]]
    happened_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "organization_id", "happened_at"),
        Index(None, "organization_id", "subject_type", "subject_id"),
        Index(None, "organization_id", "event_id"),
        Index(None, "organization_id", "deal_id"),
    )


class OutboxState(StrEnum):
    """Where an outbox row stands."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


class OutboxRow(OrganizationOwned, Base):
    """Something to be done after the commit; written in the same transaction as its cause."""

    __tablename__ = "outbox"

    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    dedupe_key: Mapped[str | None]
    queue: Mapped[str] = mapped_column(default="interactive")
    state: Mapped[OutboxState] = choice(OutboxState, default=OutboxState.READY)
    attempts: Mapped[int] = mapped_column(default=0)
    run_after: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "dedupe_key"),
        Index(None, "state", "run_after"),
    )


class Heartbeat(Base):
    """The last sign of life of a background part."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    beat_at: Mapped[datetime]


class Notification(OrganizationOwned, Base):
    """A message to one person about one activity."""

    __tablename__ = "notification"

    user_id: Mapped[int] = refers_to("user")
    activity_id: Mapped[int] = refers_to("activity")
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "user_id", "activity_id", "kind"),
        Index(None, "organization_id", "user_id", "read_at", "created_at"),
    )


class NotificationPreference(OrganizationOwned, Base):
    """Whether a person wants one kind of notification over one channel."""

    __tablename__ = "notification_preference"

    user_id: Mapped[int] = refers_to("user")
    kind: Mapped[str]
    channel: Mapped[str]
    is_wanted: Mapped[bool]
    is_digest: Mapped[bool] = mapped_column(default=False)
    """Gathered and sent once a day; what is critical comes at once all the same."""

    __table_args__ = (UniqueConstraint("organization_id", "user_id", "kind", "channel"),)


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Delivery(OrganizationOwned, Base):
    """One message over one channel to the outside, with what became of it."""

    __tablename__ = "delivery"

    channel: Mapped[str]
    address: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    html: Mapped[str] = mapped_column(default="")
    attachment_id: Mapped[int | None] = refers_to("stored_file")
    state: Mapped[DeliveryState] = choice(DeliveryState, default=DeliveryState.WAITING)
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "organization_id", "state", "created_at"),)


class StoredFile(OrganizationOwned, Base):
    """Bytes that must stay as they were: issued documents, photos, uploads."""

    __tablename__ = "stored_file"

    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]


class WorkState(StrEnum):
    """How far a piece of long work has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class LongWork(OrganizationOwned, Base):
    """Work that takes longer than a page may: done by the worker, with progress, and can be cancelled."""

    __tablename__ = "long_work"

    kind: Mapped[str]
    title: Mapped[str]
    wanted: Mapped[dict[str, Any]]
    state: Mapped[WorkState] = choice(WorkState, default=WorkState.WAITING)
    steps_done: Mapped[int] = mapped_column(default=0)
    steps: Mapped[int] = mapped_column(default=0)
    is_cancel_asked: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(default="")
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    file_id: Mapped[int | None] = refers_to("stored_file")
    by_id: Mapped[int | None] = refers_to("user")
    created_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "organization_id", "by_id", "created_at"),)
