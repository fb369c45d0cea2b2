"""Claims on stock."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from app.models.base import Base, OrganizationOwned, choice, refers_to, related
from app.models.inventory import Asset, Location, Product
from app.rules.spans import is_long

STILL_OUT = "out_quantity > returned_quantity"
READ_TOGETHER = (
    "warehouse_id", "quantity", "out_quantity", "returned_quantity", "firmness", "event_id",
    "line_id", "released_at", "is_long",
)  # fmt: skip


class ReservationKind(StrEnum):
    """What a claim is for."""

    EVENT = "event"
    JOB = "job"
    REPAIR = "repair"
    TRANSFER = "transfer"
    COUNT = "count"
    SUBHIRE_OUT = "subhire_out"
    SEALED_CASE = "sealed_case"
    QUARANTINE = "quarantine"


HAPPENED = (ReservationKind.REPAIR, ReservationKind.QUARANTINE)
"""Claims that nobody decided about: what they hold is not there, whoever counted on it."""


class Firmness(StrEnum):
    """A tentative claim is a hold: it ranks lower and expires."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"


class Reservation(OrganizationOwned, Base):
    """A claim on a quantity of a product of one warehouse, for a half-open period.

    The period already contains the product's buffers. `out_quantity` and `returned_quantity` count
    what left and what came back; `overbooked_quantity` is what somebody decided to promise although
    it was not free, and only that much may exceed the stock.
    """

    __tablename__ = "reservation"

    product_id: Mapped[int] = refers_to("product")
    warehouse_id: Mapped[int] = refers_to("location")
    quantity: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_long: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[ReservationKind] = choice(ReservationKind)
    firmness: Mapped[Firmness] = choice(Firmness, default=Firmness.CONFIRMED)
    expires_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    event_id: Mapped[int | None] = refers_to("event")
    line_id: Mapped[int | None] = refers_to("pull_line")
    repair_id: Mapped[int | None] = refers_to("repair")
    job_part_id: Mapped[int | None] = refers_to("job_part")
    quarantine_id: Mapped[int | None] = refers_to("quarantine")
    prepped_quantity: Mapped[int] = mapped_column(default=0)
    out_quantity: Mapped[int] = mapped_column(default=0)
    returned_quantity: Mapped[int] = mapped_column(default=0)
    overbooked_quantity: Mapped[int] = mapped_column(default=0)
    overbooked_reason: Mapped[str] = mapped_column(default="")
    overbooked_by_id: Mapped[int | None] = refers_to("user")
    created_at: Mapped[datetime]

    product: Mapped[Product] = related("Product", "Reservation.product_id")
    warehouse: Mapped[Location] = related("Location", "Reservation.warehouse_id")

    @validates("starts_at", "ends_at")
    def _measure(self, key: str, value: datetime) -> datetime:
        """Keep `is_long` true to the period: the availability query looks for long claims apart."""
        starts_at = value if key == "starts_at" else self.starts_at
        ends_at = value if key == "ends_at" else self.ends_at
        if starts_at is not None and ends_at is not None:
            self.is_long = is_long(starts_at, ends_at)
        return value

    @property
    def still_out(self) -> int:
        """How many left and have not come back."""
        return self.out_quantity - self.returned_quantity

    __table_args__ = (
        UniqueConstraint("organization_id", "line_id"),
        UniqueConstraint("organization_id", "job_part_id"),
        # Wide on purpose: lines of an event and a whole catalogue's week are read from these indexes alone.
        Index(
            "ix_reservation_product_period",
            "organization_id",
            "product_id",
            "starts_at",
            "ends_at",
            *READ_TOGETHER,
        ),
        Index(
            "ix_reservation_period", "organization_id", "starts_at", "ends_at", "product_id", *READ_TOGETHER
        ),
        *(
            Index(f"ix_reservation_{name}", *columns, sqlite_where=text(sqlite), postgresql_where=text(other))
            for name, columns, sqlite, other in (
                ("long", ("organization_id", "product_id", "ends_at"), "is_long = 1", "is_long"),
                ("long_all", ("organization_id", "ends_at", "starts_at"), "is_long = 1", "is_long"),
                ("still_out", ("organization_id", "product_id", "ends_at"), STILL_OUT, STILL_OUT),
                ("still_out_all", ("organization_id", "ends_at"), STILL_OUT, STILL_OUT),
            )
        ),
        Index(None, "organization_id", "event_id"),
        CheckConstraint("quantity >= 0", name="not_negative"),
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint("prepped_quantity >= 0 AND returned_quantity >= 0", name="counts_not_negative"),
        CheckConstraint("returned_quantity <= out_quantity", name="only_what_left_returns"),
        CheckConstraint("overbooked_quantity BETWEEN 0 AND quantity", name="overbooked_within"),
    )


class AssignmentState(StrEnum):
    """How far an assigned asset has come."""

    PREPPED = "prepped"
    OUT = "out"
    RETURNED = "returned"
    RELEASED = "released"


class Assignment(OrganizationOwned, Base):
    """The asset chosen for a reservation. While active, no other may hold it in the same period.

    One that was swapped in names the assignment `in_place_of_id` which it came.
    """

    __tablename__ = "assignment"

    asset_id: Mapped[int] = refers_to("asset")
    reservation_id: Mapped[int] = refers_to("reservation")
    event_id: Mapped[int] = refers_to("event")
    state: Mapped[AssignmentState] = choice(AssignmentState)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    was_prepped: Mapped[bool] = mapped_column(default=False)
    in_place_of_id: Mapped[int | None] = refers_to("assignment")
    out_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]

    asset: Mapped[Asset] = related("Asset", "Assignment.asset_id")
    reservation: Mapped[Reservation] = related("Reservation", "Assignment.reservation_id")

    __table_args__ = (
        Index(None, "organization_id", "asset_id", "state"),
        Index(None, "organization_id", "event_id"),
        Index(None, "organization_id", "reservation_id"),
        CheckConstraint("ends_at > starts_at", name="lasts"),
    )
