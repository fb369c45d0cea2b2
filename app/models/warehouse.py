"""Scans, and what is repaired."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.accounts import User
from app.models.base import Amount, Base, OrganizationOwned, choice, refers_to, related
from app.models.inventory import Asset, Condition, Location, Product
from app.models.log import StoredFile
from app.models.planning import Event


class ScanMode(StrEnum):
    """What a scan is meant to do."""

    PREP = "prep"
    OUT = "out"
    IN = "in"


class Verdict(StrEnum):
    """How a scan was judged: go on, look, or stop."""

    OK = "ok"
    WARN = "warn"
    REFUSED = "refused"


class ScanResult(StrEnum):
    """What became of a scan."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    UNRESOLVED = "unresolved"
    REFUSED = "refused"


class Scan(OrganizationOwned, Base):
    """One reading of a code, as the device sent it, with the verdict it got. Never edited or deleted.

    `change` is what it did to the count of its mode: +n when it counted, -n when it undid. A row that no
    device sent stands beside the scan that caused it (`beside_id`), and one that takes back names what it
    `undoes_id`. `added` says by how many pieces the scan made lines of the list longer: {line: pieces}.
    """

    __tablename__ = "scan"

    uuid: Mapped[str]
    event_id: Mapped[int | None] = refers_to("event")
    mode: Mapped[ScanMode] = choice(ScanMode)
    raw_code: Mapped[str]
    product_id: Mapped[int | None] = refers_to("product")
    asset_id: Mapped[int | None] = refers_to("asset")
    line_id: Mapped[int | None] = refers_to("pull_line")
    quantity: Mapped[int] = mapped_column(default=1)
    change: Mapped[int] = mapped_column(default=0)
    situation: Mapped[str]
    verdict: Mapped[Verdict] = choice(Verdict)
    result: Mapped[ScanResult] = choice(ScanResult)
    message: Mapped[str]
    condition: Mapped[Condition | None] = choice(Condition)
    notes: Mapped[str] = mapped_column(default="")
    undoes_id: Mapped[int | None] = refers_to("scan")
    beside_id: Mapped[int | None] = refers_to("scan")
    added: Mapped[dict[str, Any]] = mapped_column(default=dict)
    device: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = refers_to("user")
    by_name: Mapped[str] = mapped_column(default="")
    scanned_at: Mapped[datetime]
    recorded_at: Mapped[datetime]

    product: Mapped[Product | None] = related("Product", "Scan.product_id")
    asset: Mapped[Asset | None] = related("Asset", "Scan.asset_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "uuid"),
        UniqueConstraint("organization_id", "undoes_id"),
        Index(None, "organization_id", "event_id", "id"),
        Index(
            "ix_scan_beside", "organization_id", "beside_id",
            sqlite_where=text("beside_id IS NOT NULL"), postgresql_where=text("beside_id IS NOT NULL"),
        ),
        CheckConstraint("quantity > 0", name="some"),
    )  # fmt: skip


class RepairState(StrEnum):
    """How far a repair has come."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    REPAIRED = "repaired"
    WRITTEN_OFF = "written_off"


OPEN_REPAIRS = (RepairState.OPEN, RepairState.IN_PROGRESS)


class Repair(OrganizationOwned, Base):
    """The work on a damaged thing. While it is open its reservation keeps the thing out of stock."""

    __tablename__ = "repair"

    number: Mapped[str]
    product_id: Mapped[int] = refers_to("product")
    asset_id: Mapped[int | None] = refers_to("asset")
    quantity: Mapped[int] = mapped_column(default=1)
    event_id: Mapped[int | None] = refers_to("event")
    state: Mapped[RepairState] = choice(RepairState, default=RepairState.OPEN)
    note: Mapped[str]
    photo_id: Mapped[int | None] = refers_to("stored_file")
    reported_by_id: Mapped[int | None] = refers_to("user")
    reported_at: Mapped[datetime]
    is_usable: Mapped[bool] = mapped_column(default=False)
    """True while the thing may go out all the same: then its reservation claims nothing."""
    assignee_id: Mapped[int | None] = refers_to("user")
    expected_back_at: Mapped[datetime | None]
    labour_cost: Mapped[Decimal | None] = mapped_column(Amount())
    cost: Mapped[Decimal | None] = mapped_column(Amount())
    """All that it cost: labour, parts, and what outside repairers charged."""
    outcome: Mapped[str] = mapped_column(default="")
    shelf_id: Mapped[int | None] = refers_to("location")
    closed_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """True until it is mended or written off."""
        return self.state in OPEN_REPAIRS

    def is_overdue(self, now: datetime) -> bool:
        """True when it should be mended by now and is not."""
        return self.is_open and self.expected_back_at is not None and self.expected_back_at <= now

    product: Mapped[Product] = related("Product", "Repair.product_id")
    asset: Mapped[Asset | None] = related("Asset", "Repair.asset_id")
    event: Mapped[Event | None] = related("Event", "Repair.event_id")
    assignee: Mapped[User | None] = related("User", "Repair.assignee_id")
    shelf: Mapped[Location | None] = related("Location", "Repair.shelf_id")
    photo: Mapped[StoredFile | None] = related("StoredFile", "Repair.photo_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "organization_id", "state", "reported_at"),
        Index(None, "organization_id", "asset_id"),
        Index(None, "organization_id", "event_id"),
        CheckConstraint("quantity > 0", name="some"),
    )


KEEPS_OUT: Final = and_(Repair.state.in_(OPEN_REPAIRS), ~Repair.is_usable)
"""True for a repair whose thing must not go out."""
