"""Tentative holds and open quotes that run out."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, select

from app.actors import system_actor
from app.extensions import db
from app.models import Event, Firmness, Organization, Product, Quote, QuoteState, Reservation
from app.queries.availability import capacities
from app.rules.calendars import local_day
from app.scope import current_organization_id
from app.services.activities import record
from app.services.overbookings import lift_marks
from app.services.quotes import ANSWERABLE
from app.services.reservations import Overbooking, mark_overbooked, release
from app.services.rooms import tell_short
from app.transactions import lock

EXPIRED = "the hold has expired"


def expire_holds() -> None:
    """Give up every tentative claim whose time to be confirmed is over.

    Its line still wants the pieces, and is short of all of them until somebody claims them again; the
    inventory manager hears of it.
    """
    is_over = expired_at(datetime.now(UTC))
    ids, events, products = over_now(is_over)
    lock({Event: events, Product: products})
    actor = system_actor(current_organization_id())
    expired = db.session.scalars(select(Reservation).where(Reservation.id.in_(ids), is_over)).all()
    for row in expired:
        mark_overbooked(row, row.quantity, Overbooking(actor, EXPIRED))
        release(row, by=actor, reason=EXPIRED)
    db.session.flush()
    product_ids = {row.product_id for row in expired}
    lift_marks(product_ids, capacities(product_ids))
    tell_short([row for row in expired if row.event_id is not None], by=actor, reason=EXPIRED)


def over_now(is_over: ColumnElement[bool]) -> tuple[set[int], set[int], set[int]]:
    """The holds that are over, with the events and products that they are locked by."""
    columns = (Reservation.id, Reservation.event_id, Reservation.product_id)
    rows = db.session.execute(select(*columns).where(is_over)).all()
    events = {row.event_id for row in rows if row.event_id is not None}
    return {row.id for row in rows}, events, {row.product_id for row in rows}


def expired_at(now: datetime) -> ColumnElement[bool]:
    """True for a living hold whose time is over."""
    return and_(
        Reservation.firmness == Firmness.TENTATIVE,
        Reservation.released_at.is_(None),
        Reservation.expires_at <= now,
    )


def expire_quotes() -> None:
    """Mark sent quotes as expired after the last day on which they could be accepted."""
    organization = db.session.get_one(Organization, current_organization_id())
    today = local_day(datetime.now(UTC), organization.timezone)
    is_over = and_(Quote.state.in_(ANSWERABLE), Quote.valid_until < today)
    lock({Quote: db.session.scalars(select(Quote.id).where(is_over)).all()})
    for quote in db.session.scalars(select(Quote).where(is_over)):
        quote.state = QuoteState.EXPIRED
        record("quote.expired", quote, by=system_actor(organization.id), deal_id=quote.deal_id)
