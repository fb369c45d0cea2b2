"""The end of checking a case in thing by thing: when nothing in it is out on the event any more, it is stored."""

from typing import Final

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Case,
    CaseState,
    Event,
    Reservation,
    StockLevel,
)

ELSEWHERE, AWAY = aliased(StockLevel), aliased(Case)
STILL_AWAY: Final = func.coalesce(
    select(func.sum(ELSEWHERE.quantity))
    .outerjoin(AWAY, AWAY.location_id == ELSEWHERE.location_id)
    .where(
        ELSEWHERE.product_id == Reservation.product_id,
        or_(
            ELSEWHERE.location_id == Event.site_id,
            (AWAY.event_id == Reservation.event_id) & (AWAY.state == CaseState.OUT),
        ),
    )
    .correlate(Reservation, Event)
    .scalar_subquery(),
    0,
)
"""How many counted pieces still lie at the event's site, or in cases there: what else is out waits in a case that is
being checked in."""
IS_WAITING: Final = or_(
    select(Assignment.id)
    .join(Asset, Asset.id == Assignment.asset_id)
    .where(
        Asset.location_id == Case.location_id,
        Assignment.event_id == Case.event_id,
        Assignment.state == AssignmentState.OUT,
    )
    .correlate(Case)
    .exists(),
    select(Reservation.id)
    .join(StockLevel, StockLevel.product_id == Reservation.product_id)
    .join(Event, Event.id == Reservation.event_id)
    .where(
        StockLevel.location_id == Case.location_id,
        StockLevel.is_held,
        Reservation.event_id == Case.event_id,
        Reservation.out_quantity - Reservation.returned_quantity > STILL_AWAY,
        ~select(Asset.id)
        .where(Asset.location_id == Case.location_id, Asset.product_id == Reservation.product_id)
        .correlate(Case, Reservation)
        .exists(),
    )
    .correlate(Case)
    .exists(),
)
"""True for a case in which something lies that has left for its event and has not been scanned in."""
CHECKED: Final = select(Case).where(
    Case.event_id == bindparam("event"), Case.state == CaseState.CHECKING, ~IS_WAITING
)


def end_checking(event: Event) -> None:
    """Store the cases of an event that were checked in thing by thing, and of which nothing is missing any more."""
    for case in db.session.scalars(CHECKED, {"event": event.id}):
        case.state, case.event_id = CaseState.STORED, None
    db.session.flush()
