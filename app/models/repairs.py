"""What belongs to a repair: the tests after it, and the ways to repairers outside the house."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Amount, Base, OrganizationOwned, refers_to, related
from app.models.crm import Company
from app.models.log import StoredFile
from app.models.warehouse import Repair


class RepairTest(OrganizationOwned, Base):
    """Somebody has tried whether it works again. Never edited or deleted."""

    __tablename__ = "repair_test"

    repair_id: Mapped[int] = refers_to("repair")
    is_passed: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = refers_to("user")
    by_name: Mapped[str]
    tested_at: Mapped[datetime]

    repair: Mapped[Repair] = related("Repair", "RepairTest.repair_id")

    __table_args__ = (Index(None, "organization_id", "repair_id"),)


class RepairSending(OrganizationOwned, Base):
    """The way of a thing to a repairer outside the house and back: one at a time, with its delivery slip."""

    __tablename__ = "repair_sending"

    number: Mapped[str]
    repair_id: Mapped[int] = refers_to("repair")
    company_id: Mapped[int] = refers_to("company")
    rma_number: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    sent_by_name: Mapped[str]
    sent_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    cost: Mapped[Decimal | None] = mapped_column(Amount())
    """What the repairer charged."""
    pdf_id: Mapped[int | None] = refers_to("stored_file")

    repair: Mapped[Repair] = related("Repair", "RepairSending.repair_id")
    company: Mapped[Company] = related("Company", "RepairSending.company_id")
    pdf: Mapped[StoredFile | None] = related("StoredFile", "RepairSending.pdf_id")

    @property
    def is_away(self) -> bool:
        """True until it is back in the house."""
        return self.returned_at is None

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "organization_id", "repair_id"),
        Index(
            "uq_repair_sending_away", "organization_id", "repair_id", unique=True,
            sqlite_where=text("returned_at IS NULL"), postgresql_where=text("returned_at IS NULL"),
        ),
        CheckConstraint("returned_at IS NULL OR returned_at >= sent_at", name="returns_later"),
    )  # fmt: skip
