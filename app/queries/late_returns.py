"""Events whose gear is late: what is still out, whom to write to, and how often that was done."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, select

from app.extensions import db
from app.models import Company, Contact, Event, Product, PullLine, Reservation, ReturnReminder
from app.queries.paging import PER_PAGE, Page, paged
from app.queries.rows import AnyRow
from app.queries.still_out import gear_is_awaited


class StillOut(NamedTuple):
    """So many pieces of a product that are not back."""

    product: str
    pieces: int
    unit: str


def late_events(now: datetime, page: int = 1, per_page: int = PER_PAGE) -> Page[AnyRow]:
    """Events past their end with gear still out, the latest first: two statements, however many there are."""
    reminders = (
        select(
            ReturnReminder.event_id, ReturnReminder.until, func.count().label("sent"),
            func.max(ReturnReminder.written_at).label("last_at"),
        )
        .group_by(ReturnReminder.event_id, ReturnReminder.until)
        .subquery()
    )  # fmt: skip
    waiting = (
        select(
            Reservation.event_id,
            func.sum(Reservation.out_quantity - Reservation.returned_quantity).label("pieces"),
        )
        .where(gear_is_awaited(), Reservation.ends_at <= now)
        .group_by(Reservation.event_id)
        .subquery()
    )
    query = (
        select(
            Event.id, Event.number, Event.name, Event.occupied_until, Company.name.label("company"),
            func.coalesce(func.nullif(Contact.email, ""), Company.email, "").label("email"),
            Contact.name.label("contact"), waiting.c.pieces, func.coalesce(reminders.c.sent, 0).label("sent"),
            reminders.c.last_at,
        )
        .join(waiting, waiting.c.event_id == Event.id)
        .outerjoin(Company, Company.id == Event.company_id)
        .outerjoin(Contact, Contact.id == Event.contact_id)
        .outerjoin(
            reminders, and_(reminders.c.event_id == Event.id, reminders.c.until == Event.occupied_until)
        )
        .where(Event.occupied_until <= now)
        .order_by(Event.occupied_until, Event.id)
    )  # fmt: skip
    return paged(query, page, per_page, scalars=False)


def still_out_of(event_ids: Collection[int]) -> dict[int, list[StillOut]]:
    """Event → what is still out on it, by product: one statement."""
    query = (
        select(
            Reservation.event_id, Product.name, Reservation.out_quantity - Reservation.returned_quantity, Product.unit
        )
        .join(PullLine, PullLine.id == Reservation.line_id)
        .join(Product, Product.id == Reservation.product_id)
        .where(Reservation.event_id.in_(event_ids), gear_is_awaited())
        .order_by(PullLine.position)
    )  # fmt: skip
    found: dict[int, list[StillOut]] = {}
    for event_id, product, pieces, unit in db.session.execute(query):
        found.setdefault(event_id or 0, []).append(StillOut(product, pieces, unit))
    return found


def reminders_of(event_id: int, until: datetime) -> list[ReturnReminder]:
    """The reminders of an event that was to be back then, the first first."""
    query = select(ReturnReminder).where(ReturnReminder.event_id == event_id, ReturnReminder.until == until)
    return list(db.session.scalars(query.order_by(ReturnReminder.sequence)))
