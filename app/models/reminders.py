"""Letters to clients about gear that should be back."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, OrganizationOwned, refers_to, related
from app.models.log import Delivery
from app.models.planning import Event


class ReturnReminder(OrganizationOwned, Base):
    """One reminder of an event's late return. `until` is the end that has passed: a moved end begins anew."""

    __tablename__ = "return_reminder"

    event_id: Mapped[int] = refers_to("event")
    until: Mapped[datetime]
    sequence: Mapped[int]
    delivery_id: Mapped[int] = refers_to("delivery")
    by_name: Mapped[str]
    written_at: Mapped[datetime]

    event: Mapped[Event] = related("Event", "ReturnReminder.event_id")
    delivery: Mapped[Delivery] = related("Delivery", "ReturnReminder.delivery_id")

    __table_args__ = (
        UniqueConstraint("organization_id", "event_id", "until", "sequence"),
        CheckConstraint("sequence > 0", name="counted"),
    )
