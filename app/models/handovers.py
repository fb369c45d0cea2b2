"""What left for an event, or came back from it, at one time: written down, and then it stands."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Findable, OrganizationOwned, choice, listed, refers_to, related
from app.models.inventory import Asset, Product
from app.models.log import StoredFile
from app.models.planning import Event
from app.models.warehouse import ScanMode
from app.rules.discrepancies import DiscrepancySort


class Handover(OrganizationOwned, Findable, Base):
    """A delivery note (what left, `mode` OUT) or a return note (what came back, IN).

    It covers the event's scans of its mode up to `last_scan_id` that no note before it covers: these cannot be
    taken back any more, unless the note itself is taken back.
    """

    __tablename__ = "handover"
    found_by = ("number",)

    number: Mapped[str]
    event_id: Mapped[int] = refers_to("event")
    mode: Mapped[ScanMode] = choice(ScanMode)
    after_scan_id: Mapped[int]
    last_scan_id: Mapped[int]
    pieces: Mapped[int]
    moved: Mapped[dict[str, Any]]
    """Pieces by product, or by product and asset, {"12": 5, "13-77": 1}, and what is in each case: {"case-4": 6}."""
    notes: Mapped[str] = mapped_column(default="")
    request_id: Mapped[str]
    by_id: Mapped[int | None] = refers_to("user")
    by_name: Mapped[str]
    made_at: Mapped[datetime]
    pdf_id: Mapped[int | None] = refers_to("stored_file")
    voided_at: Mapped[datetime | None]
    voided_reason: Mapped[str] = mapped_column(default="")

    event: Mapped[Event] = related("Event", "Handover.event_id")
    pdf: Mapped[StoredFile | None] = related("StoredFile", "Handover.pdf_id")
    discrepancies: Mapped[list["Discrepancy"]] = listed(
        "Discrepancy", "Discrepancy.handover_id", owner="Handover", order_by="Discrepancy.id"
    )

    @property
    def title(self) -> str:
        """What people call it."""
        return "Delivery note" if self.mode is ScanMode.OUT else "Return note"

    @property
    def stands(self) -> bool:
        """True until it is taken back."""
        return self.voided_at is None

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        UniqueConstraint("organization_id", "request_id"),
        Index(None, "organization_id", "made_at"),
        Index(
            "uq_handover_standing", "organization_id", "event_id", "mode", "last_scan_id", unique=True,
            sqlite_where=text("voided_at IS NULL"), postgresql_where=text("voided_at IS NULL"),
        ),
        CheckConstraint("mode IN ('out', 'in')", name="moves"),
        CheckConstraint("last_scan_id > after_scan_id", name="covers"),
        CheckConstraint("pieces >= 0", name="some"),
    )  # fmt: skip


class Discrepancy(OrganizationOwned, Base):
    """A difference that stood when a note was made, with the reason that was given for it."""

    __tablename__ = "discrepancy"

    handover_id: Mapped[int] = refers_to("handover")
    sort: Mapped[DiscrepancySort] = choice(DiscrepancySort)
    product_id: Mapped[int] = refers_to("product")
    asset_id: Mapped[int | None] = refers_to("asset")
    quantity: Mapped[int]
    reason: Mapped[str]

    product: Mapped[Product] = related("Product", "Discrepancy.product_id")
    asset: Mapped[Asset | None] = related("Asset", "Discrepancy.asset_id")

    __table_args__ = (
        Index(None, "organization_id", "handover_id"),
        Index(None, "organization_id", "product_id"),
        CheckConstraint("quantity > 0", name="some"),
    )
