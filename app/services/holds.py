"""Tentative holds and open quotes that run out."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import system_actor
from app.extensions import db
from app.models import Firmness, Organization, Quote, QuoteState, Reservation
from app.rules.calendars import local_day
from app.scope import current_organization_id
from app.services.activities import record
from app.services.reservations import release


def expire_holds() -> None:
    """Release every tentative reservation whose time to be confirmed is over."""
    now = datetime.now(UTC)
    expired = db.session.scalars(
        select(Reservation).where(
            Reservation.firmness == Firmness.TENTATIVE,
            Reservation.released_at.is_(None),
            Reservation.expires_at <= now,
        )
    )
    for reservation in expired:
        release(reservation, by=system_actor(current_organization_id()), reason="hold expired")


def expire_quotes() -> None:
    """Mark sent quotes as expired after the last day on which they could be accepted."""
    organization = db.session.get_one(Organization, current_organization_id())
    today = local_day(datetime.now(UTC), organization.timezone)
    open_quotes = select(Quote).where(
        Quote.state.in_((QuoteState.SENT, QuoteState.VIEWED)), Quote.valid_until < today
    )
    for quote in db.session.scalars(open_quotes):
        quote.state = QuoteState.EXPIRED
        record("quote.expired", quote, by=system_actor(organization.id), deal_id=quote.deal_id)
