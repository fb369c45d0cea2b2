"""Finding gear that should be back: the events are named once, to warehouse and planning."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import system_actor
from app.extensions import db
from app.models import Activity, Event, Reservation
from app.queries.still_out import gear_is_awaited
from app.scope import current_organization_id
from app.services.activities import record


def find_overdue() -> None:
    """Record `event.overdue`, once per event and end, for events past their end with gear still out."""
    actor = system_actor(current_organization_id())
    for event in overdue_events(datetime.now(UTC)):
        until = event.occupied_until.isoformat()
        if not already_said(event.id, until):
            record("event.overdue", event, by=actor, until=until, summary="Gear is still out.")


def overdue_events(now: datetime) -> list[Event]:
    """Events whose gear should be back by now and is not."""
    still_out = select(Reservation.event_id).where(gear_is_awaited(), Reservation.ends_at <= now)
    return list(db.session.scalars(select(Event).where(Event.id.in_(still_out), Event.occupied_until <= now)))


def already_said(event_id: int, until: str) -> bool:
    """True when this overdue return was named before; a moved end is named again."""
    said = db.session.scalars(
        select(Activity.facts).where(Activity.event_id == event_id, Activity.verb == "event.overdue")
    )
    return any(facts.get("until") == until for facts in said)
