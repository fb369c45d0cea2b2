"""Cases: places that travel, with what belongs into them and every step they took."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.availability import Reservation
from app.models.base import Base, OrganizationOwned, Scaled, choice, listed, refers_to, related
from app.models.inventory import Location, Product
from app.models.planning import Event


class CaseState(StrEnum):
    """How far a case has come with the event that it is for; one without an event is stored."""

    STORED = "stored"
    PACKED = "packed"
    OUT = "out"
    CHECKING = "checking"


class CheckInMode(StrEnum):
    """How what comes back in a case is checked: all at once, each thing, or all at once and looked through later."""

    WHOLE = "whole"
    EACH = "each"
    VERIFY = "verify"


class Case(OrganizationOwned, Base):
    """What makes a location a case: it travels. Its place is its location's parent, its contents lie in its location.

    While it is for an event (`event_id`), `state` says how far it has come; its contents are then the event's.
    `verify_since` is when it came back, until somebody has looked through it. Weights are in kg, inner sizes in mm.
    One that dissolves is a packing container: when it comes back, what is in it is put on the floor.
    """

    __tablename__ = "case"

    location_id: Mapped[int] = refers_to("location")
    home_id: Mapped[int | None] = refers_to("location")
    event_id: Mapped[int | None] = refers_to("event")
    state: Mapped[CaseState] = choice(CaseState, default=CaseState.STORED)
    check_in: Mapped[CheckInMode] = choice(CheckInMode, default=CheckInMode.WHOLE)
    dissolves: Mapped[bool] = mapped_column(default=False)
    own_weight_kg: Mapped[Decimal | None] = mapped_column(Scaled(3))
    most_load_kg: Mapped[Decimal | None] = mapped_column(Scaled(3))
    inner_length_mm: Mapped[int | None]
    inner_width_mm: Mapped[int | None]
    inner_height_mm: Mapped[int | None]
    notes: Mapped[str] = mapped_column(default="")
    sealed_at: Mapped[datetime | None]
    sealed_by_id: Mapped[int | None] = refers_to("user")
    verify_since: Mapped[datetime | None]

    location: Mapped[Location] = related("Location", "Case.location_id")
    home: Mapped[Location | None] = related("Location", "Case.home_id")
    event: Mapped[Event | None] = related("Event", "Case.event_id")
    slots: Mapped[list["CaseSlot"]] = listed(
        "CaseSlot", "CaseSlot.case_id", owner="Case", order_by="CaseSlot.id"
    )

    @property
    def is_sealed(self) -> bool:
        """True while nothing goes in or comes out of it."""
        return self.sealed_at is not None

    __table_args__ = (
        UniqueConstraint("organization_id", "location_id"),
        Index(None, "organization_id", "event_id"),
        CheckConstraint("(state = 'stored') = (event_id IS NULL)", name="away_for_an_event"),
        CheckConstraint("own_weight_kg >= 0 AND most_load_kg >= 0", name="weighs"),
        CheckConstraint(
            "inner_length_mm > 0 AND inner_width_mm > 0 AND inner_height_mm > 0", name="has_room"
        ),
        CheckConstraint("home_id <> location_id", name="not_its_own_home"),
    )


class CaseSlot(OrganizationOwned, Base):
    """So many of a product belong into a case."""

    __tablename__ = "case_slot"

    case_id: Mapped[int] = refers_to("case")
    product_id: Mapped[int] = refers_to("product")
    quantity: Mapped[int]

    product: Mapped[Product] = related("Product", "CaseSlot.product_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "case_id", "product_id"),
        Index(None, "organization_id", "product_id"),
        CheckConstraint("quantity > 0", name="some"),
    )


class CaseClaim(OrganizationOwned, Base):
    """A claim that keeps the contents of a sealed case out of free stock; gone once it is opened or goes out."""

    __tablename__ = "case_claim"

    case_id: Mapped[int] = refers_to("case")
    reservation_id: Mapped[int] = refers_to("reservation")

    reservation: Mapped[Reservation] = related("Reservation", "CaseClaim.reservation_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "reservation_id"),
        Index(None, "organization_id", "case_id"),
    )


class StepKind(StrEnum):
    """What happened to a case."""

    MOVED = "moved"
    PACKED = "packed"
    OUT = "out"
    BACK = "back"
    SEALED = "sealed"
    OPENED = "opened"
    EMPTIED = "emptied"
    VERIFIED = "verified"
    UNDONE = "undone"

    @property
    def word(self) -> str:
        """As a list shows it."""
        return {"packed": "prepped", "verified": "looked through", "undone": "taken back"}.get(
            self, self.value
        )


class CaseStep(OrganizationOwned, Base):
    """One step in the life of a case. Never edited or deleted; one that takes back names what it `undoes_id`.

    `before` says how this case and those inside it stood before: {case: [state, event, place, sealed at]}.
    """

    __tablename__ = "case_step"

    case_id: Mapped[int] = refers_to("case")
    kind: Mapped[StepKind] = choice(StepKind)
    from_id: Mapped[int | None] = refers_to("location")
    to_id: Mapped[int | None] = refers_to("location")
    event_id: Mapped[int | None] = refers_to("event")
    note: Mapped[str] = mapped_column(default="")
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str | None]
    undoes_id: Mapped[int | None] = refers_to("case_step")
    by_id: Mapped[int | None] = refers_to("user")
    by_name: Mapped[str] = mapped_column(default="")
    happened_at: Mapped[datetime]

    case: Mapped[Case] = related("Case", "CaseStep.case_id")
    from_location: Mapped[Location | None] = related("Location", "CaseStep.from_id")
    to_location: Mapped[Location | None] = related("Location", "CaseStep.to_id")
    event: Mapped[Event | None] = related("Event", "CaseStep.event_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "request_id"),
        UniqueConstraint("organization_id", "undoes_id"),
        Index(None, "organization_id", "case_id", "id"),
    )
