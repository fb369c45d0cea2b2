"""Scans that were judged after the person had gone on: what was said then, and what somebody decided since."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, OrganizationOwned, choice, refers_to, related
from app.models.planning import Event
from app.models.warehouse import Scan


class Decision(StrEnum):
    """What somebody decides about a scan that was judged too late."""

    AGAIN = "again"
    ACCEPT = "accept"
    OVERRIDE = "override"
    UNDO = "undo"
    IGNORE = "ignore"


class ScanConflict(OrganizationOwned, Base):
    """A scan made without a network that was not simply done, or judged otherwise than the device had said.

    It waits for a person. `said` is the device's own verdict (a situation, or "kept"), `sequence` its own count of
    its scans. The decision may have led to another scan, `then_id`.
    """

    __tablename__ = "scan_conflict"

    event_id: Mapped[int] = refers_to("event")
    scan_id: Mapped[int] = refers_to("scan")
    said: Mapped[str]
    sequence: Mapped[int | None]
    decision: Mapped[Decision | None] = choice(Decision)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = refers_to("user")
    decided_by_name: Mapped[str] = mapped_column(default="")
    then_id: Mapped[int | None] = refers_to("scan")

    event: Mapped[Event] = related("Event", "ScanConflict.event_id")
    scan: Mapped[Scan] = related("Scan", "ScanConflict.scan_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "scan_id"),
        Index(None, "organization_id", "event_id", "decided_at"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_once"),
    )
