"""What must not go out, and is in no repair: bought back, recalled, suspicious."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, OrganizationOwned, choice, refers_to, related
from app.models.inventory import Asset, Product


class QuarantineReason(StrEnum):
    """Why something is kept back."""

    SUSPICIOUS = "suspicious"
    RECALLED = "recalled"
    BOUGHT_BACK = "bought_back"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The same for people."""
        return self.value.replace("_", " ").capitalize()


class Quarantine(OrganizationOwned, Base):
    """Something that is kept back until somebody releases it. Its reservation keeps it out of stock."""

    __tablename__ = "quarantine"

    number: Mapped[str]
    product_id: Mapped[int] = refers_to("product")
    asset_id: Mapped[int | None] = refers_to("asset")
    quantity: Mapped[int] = mapped_column(default=1)
    reason: Mapped[QuarantineReason] = choice(QuarantineReason)
    note: Mapped[str] = mapped_column(default="")
    put_by_name: Mapped[str]
    put_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by_name: Mapped[str] = mapped_column(default="")
    release_note: Mapped[str] = mapped_column(default="")

    product: Mapped[Product] = related("Product", "Quarantine.product_id")
    asset: Mapped[Asset | None] = related("Asset", "Quarantine.asset_id")

    @property
    def is_open(self) -> bool:
        """True until it is released."""
        return self.released_at is None

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "organization_id", "product_id"),
        Index(
            "uq_quarantine_of_asset", "organization_id", "asset_id", unique=True,
            sqlite_where=text("released_at IS NULL"), postgresql_where=text("released_at IS NULL"),
        ),
        CheckConstraint("quantity > 0", name="some"),
    )  # fmt: skip
