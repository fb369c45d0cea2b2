"""Work for a technician, and the parts that are planned, allocated and used on it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.models.accounts import User
from app.models.availability import Reservation
from app.models.base import Amount, Base, Findable, OrganizationOwned, Percent, choice, refers_to, related
from app.models.crm import Company, Contact
from app.models.inventory import Location, Product
from app.models.log import StoredFile
from app.models.planning import Event


class JobState(StrEnum):
    """How far a job has come."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"
    CANCELLED = "cancelled"


OPEN_JOBS = (JobState.PLANNED, JobState.UNDER_WAY)


class JobType(OrganizationOwned, Base):
    """A sort of job, such as installation, service or repair, with the parts it usually takes."""

    __tablename__ = "job_type"

    name: Mapped[str]
    buffer_percent: Mapped[Decimal | None] = mapped_column(Percent())
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("name <> ''", name="named"),
    )


class JobTypePart(OrganizationOwned, Base):
    """So many of a product in the parts template of a job type."""

    __tablename__ = "job_type_part"

    job_type_id: Mapped[int] = refers_to("job_type")
    product_id: Mapped[int] = refers_to("product")
    quantity: Mapped[int]

    product: Mapped[Product] = related("Product", "JobTypePart.product_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "job_type_id", "product_id"),
        CheckConstraint("quantity > 0", name="some"),
    )


class Job(OrganizationOwned, Findable, Base):
    """Work for a technician at a customer's site, for an event, or on the bench."""

    __tablename__ = "job"
    found_by = ("number", "title", "site")

    number: Mapped[str]
    title: Mapped[str]
    job_type_id: Mapped[int] = refers_to("job_type")
    company_id: Mapped[int | None] = refers_to("company")
    contact_id: Mapped[int | None] = refers_to("contact")
    site: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    technician_id: Mapped[int | None] = refers_to("user")
    event_id: Mapped[int | None] = refers_to("event")
    repair_id: Mapped[int | None] = refers_to("repair")
    warehouse_id: Mapped[int] = refers_to("location")
    state: Mapped[JobState] = choice(JobState, default=JobState.PLANNED)
    revenue: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    notes: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str] = mapped_column(default="")

    job_type: Mapped[JobType] = related("JobType", "Job.job_type_id")
    company: Mapped[Company | None] = related("Company", "Job.company_id")
    contact: Mapped[Contact | None] = related("Contact", "Job.contact_id")
    technician: Mapped[User | None] = related("User", "Job.technician_id")
    event: Mapped[Event | None] = related("Event", "Job.event_id")
    warehouse: Mapped[Location] = related("Location", "Job.warehouse_id")

    @property
    def is_open(self) -> bool:
        """True until it is done or cancelled."""
        return self.state in OPEN_JOBS

    @property
    def customer(self) -> str:
        """Whose job it is, in one line: the company, the contact there, or both."""
        return " · ".join(row.name for row in (self.company, self.contact) if row is not None)

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "organization_id", "starts_at"),
        Index(None, "organization_id", "technician_id", "starts_at"),
        Index(None, "organization_id", "event_id"),
        Index(None, "organization_id", "company_id"),
        Index(None, "organization_id", "repair_id"),
        CheckConstraint("title <> ''", name="titled"),
        CheckConstraint("ends_at > starts_at", name="lasts"),
    )


class JobPartState(StrEnum):
    """How far a part of a job has come."""

    PLANNED = "planned"
    ALLOCATED = "allocated"
    USED = "used"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class JobPart(OrganizationOwned, Base):
    """So many of a product for a job: required, planned with a buffer, allocated, used, returned.

    `quantity_allocated` counts all that was ever set aside and not given back unused to the plan: what was used
    and returned of it, and what its reservation claims now. A part that stands in for another names it.
    """

    __tablename__ = "job_part"

    job_id: Mapped[int] = refers_to("job")
    product_id: Mapped[int] = refers_to("product")
    quantity_required: Mapped[int]
    buffer_percent: Mapped[Decimal] = mapped_column(Percent(), default=Decimal(0))
    quantity_planned: Mapped[int]
    quantity_allocated: Mapped[int] = mapped_column(default=0)
    quantity_used: Mapped[int] = mapped_column(default=0)
    quantity_returned: Mapped[int] = mapped_column(default=0)
    unit: Mapped[str] = mapped_column(default="pcs")
    state: Mapped[JobPartState] = choice(JobPartState, default=JobPartState.PLANNED)
    location_used: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    in_place_of_id: Mapped[int | None] = refers_to("job_part")
    cost: Mapped[Decimal] = mapped_column(Amount(), default=Decimal(0))
    """What was used so far has cost, in the organization's currency."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    @property
    def left(self) -> int:
        """How many are set aside for it now: allocated, neither used nor returned."""
        return self.quantity_allocated - self.quantity_used - self.quantity_returned

    @property
    def missing(self) -> int:
        """How many of the plan are still to be allocated."""
        is_wanted = self.state in (JobPartState.PLANNED, JobPartState.ALLOCATED)
        return max(self.quantity_planned - self.quantity_allocated, 0) if is_wanted else 0

    @property
    def is_undecided(self) -> bool:
        """True while nobody has said whether it was used or goes back."""
        return self.state in (JobPartState.PLANNED, JobPartState.ALLOCATED)

    job: Mapped[Job] = related("Job", "JobPart.job_id")
    product: Mapped[Product] = related("Product", "JobPart.product_id")
    reservation: Mapped[Reservation | None] = relationship(
        Reservation,
        primaryjoin=lambda: JobPart.id == foreign(Reservation.job_part_id),
        lazy="raise",
        viewonly=True,
        uselist=False,
    )

    __table_args__ = (
        Index(None, "organization_id", "job_id"),
        Index(None, "organization_id", "product_id"),
        CheckConstraint("quantity_required > 0", name="some"),
        CheckConstraint(
            "quantity_planned >= 0 AND quantity_allocated >= 0 AND quantity_used >= 0 AND quantity_returned >= 0",
            name="not_negative",
        ),
        CheckConstraint(
            "quantity_used + quantity_returned <= quantity_allocated", name="only_what_was_allocated"
        ),
    )


class JobPhoto(OrganizationOwned, Base):
    """A picture that was taken on a job."""

    __tablename__ = "job_photo"

    job_id: Mapped[int] = refers_to("job")
    file_id: Mapped[int] = refers_to("stored_file")
    request_id: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = refers_to("user")
    taken_at: Mapped[datetime]

    file: Mapped[StoredFile] = related("StoredFile", "JobPhoto.file_id")

    __table_args__ = (
        Index(None, "organization_id", "job_id"),
        UniqueConstraint("organization_id", "request_id"),
    )
