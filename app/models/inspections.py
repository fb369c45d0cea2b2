"""Periodic tests: what is asked, how often a product needs it, and what was found each time."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Findable, OrganizationOwned, refers_to, related
from app.models.inventory import Asset, Product
from app.models.log import StoredFile
from app.rules.inspections import Judged, Question, judged, question_kept


class InspectionType(OrganizationOwned, Base):
    """A sort of inspection, such as PAT, with its checklist: questions as Question.as_kept() writes them.

    One that `is_blocking` keeps overdue and failed assets from leaving. `version` counts the changes of the
    checklist, so that answers are never laid beside other questions than those that were read.
    """

    __tablename__ = "inspection_type"

    name: Mapped[str]
    code: Mapped[str]
    checklist: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    version: Mapped[int] = mapped_column(default=1)
    is_blocking: Mapped[bool] = mapped_column(default=True)
    archived_at: Mapped[datetime | None]

    @property
    def questions(self) -> list[Question]:
        """The checklist."""
        return [question_kept(one) for one in self.checklist]

    __table_args__ = (
        UniqueConstraint("organization_id", "code"),
        CheckConstraint("code <> '' AND name <> ''", name="named"),
    )


class InspectionPlan(OrganizationOwned, Base):
    """How often the pieces of a product need an inspection: after so many days, so many times out, or either."""

    __tablename__ = "inspection_plan"

    product_id: Mapped[int] = refers_to("product")
    type_id: Mapped[int] = refers_to("inspection_type")
    every_days: Mapped[int | None]
    every_uses: Mapped[int | None]

    product: Mapped[Product] = related("Product", "InspectionPlan.product_id")
    type: Mapped[InspectionType] = related("InspectionType", "InspectionPlan.type_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "product_id", "type_id"),
        Index(None, "organization_id", "type_id"),
        CheckConstraint("every_days IS NOT NULL OR every_uses IS NOT NULL", name="comes_round"),
        CheckConstraint("every_days > 0", name="days"),
        CheckConstraint("every_uses > 0", name="uses"),
    )


class Inspection(OrganizationOwned, Findable, Base):
    """What was found when an asset, or so many counted pieces, were inspected. Never edited; a mistake is voided.

    It keeps the checklist as it was then, and every answer as it was said. `next_due_on` is what its
    certificate promises; when the plan changes, what counts is the plan. `inspected_at` is the moment from
    which uses are counted: the end of the day for what was written down later.
    """

    __tablename__ = "inspection"
    found_by = ("number",)

    number: Mapped[str]
    type_id: Mapped[int] = refers_to("inspection_type")
    product_id: Mapped[int] = refers_to("product")
    asset_id: Mapped[int | None] = refers_to("asset")
    quantity: Mapped[int] = mapped_column(default=1)
    location_id: Mapped[int | None] = refers_to("location")
    repair_id: Mapped[int | None] = refers_to("repair")
    """The repair that this is the test after."""
    checklist: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    answers: Mapped[list[str]]
    passed: Mapped[bool]
    instrument: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    photo_id: Mapped[int | None] = refers_to("stored_file")
    inspected_on: Mapped[date]
    inspected_at: Mapped[datetime]
    next_due_on: Mapped[date | None]
    request_id: Mapped[str]
    by_id: Mapped[int | None] = refers_to("user")
    by_name: Mapped[str]
    recorded_at: Mapped[datetime]
    pdf_id: Mapped[int | None] = refers_to("stored_file")
    voided_at: Mapped[datetime | None]
    voided_reason: Mapped[str] = mapped_column(default="")

    type: Mapped[InspectionType] = related("InspectionType", "Inspection.type_id")
    product: Mapped[Product] = related("Product", "Inspection.product_id")
    asset: Mapped[Asset | None] = related("Asset", "Inspection.asset_id")
    photo: Mapped[StoredFile | None] = related("StoredFile", "Inspection.photo_id")

    @property
    def stands(self) -> bool:
        """True until it is voided."""
        return self.voided_at is None

    @property
    def judged(self) -> Judged:
        """The answers beside their questions, judged as they were then."""
        return judged([question_kept(one) for one in self.checklist], self.answers)

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        UniqueConstraint("organization_id", "request_id"),
        Index(None, "organization_id", "asset_id", "type_id", "inspected_on"),
        Index(None, "organization_id", "product_id", "type_id", "inspected_on"),
        Index(None, "organization_id", "repair_id"),
        CheckConstraint("quantity > 0", name="some"),
        CheckConstraint("asset_id IS NULL OR quantity = 1", name="one_asset"),
    )


__all__ = ["Inspection", "InspectionPlan", "InspectionType"]
