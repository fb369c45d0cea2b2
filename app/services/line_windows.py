"""When a line is away, if not as long as its event: gear that comes later, or goes home earlier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Asset, Assignment, AssignmentState, Event, PullLine
from app.refusals import Refused
from app.rules.periods import Period

ACTIVE = (AssignmentState.PREPPED, AssignmentState.OUT)


class Occupied(Protocol):
    """What has an occupancy: an event, or the windows it shall have."""

    @property
    def occupied_from(self) -> datetime: ...

    @property
    def occupied_until(self) -> datetime: ...


@dataclass(frozen=True)
class Stay:
    """The time of a line; what is left out is the event's."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


def stay_of(line: PullLine) -> Stay:
    """The time that a line has of its own."""
    return Stay(line.occupied_from, line.occupied_until)


def stay_within(stay: Stay, occupied: Occupied) -> Stay:
    """A line's own time as far as it lies inside its event's; none when nothing of it does."""
    starts_at = max(stay.starts_at or occupied.occupied_from, occupied.occupied_from)
    ends_at = min(stay.ends_at or occupied.occupied_until, occupied.occupied_until)
    if ends_at <= starts_at:
        return Stay()
    return Stay(
        starts_at if starts_at > occupied.occupied_from else None,
        ends_at if ends_at < occupied.occupied_until else None,
    )


def give_stay(line: PullLine, event: Event, stay: Stay) -> None:
    """Write a line's own time. Raises Refused for one that is not inside the event's."""
    refuse_outside(stay, event)
    kept = stay_within(stay, event)
    line.occupied_from, line.occupied_until = kept.starts_at, kept.ends_at


def refuse_outside(stay: Stay, event: Event) -> None:
    """A line is away while its event is, or a part of that. Raises Refused beside its field."""
    for name, moment in (("occupied_from", stay.starts_at), ("occupied_until", stay.ends_at)):
        if moment and not event.occupied_from <= moment <= event.occupied_until:
            raise Refused("Choose a time while the event is on, or move the event's dates.", name)
    if (stay.starts_at or event.occupied_from) >= (stay.ends_at or event.occupied_until):
        raise Refused("It must come back after it leaves.", "occupied_until")


def refuse_taken_assets(event_id: int, periods: Mapping[int, Period]) -> None:
    """Raises Refused when an asset of this event is promised elsewhere in its claim's new time."""
    other = aliased(Assignment)
    query = (
        select(Assignment.reservation_id, other.starts_at, other.ends_at, Asset.tag, Event.number)
        .join(other, (other.asset_id == Assignment.asset_id) & (other.id != Assignment.id))
        .join(Asset, Asset.id == Assignment.asset_id)
        .join(Event, Event.id == other.event_id)
        .where(Assignment.event_id == event_id, Assignment.state.in_(ACTIVE), other.state.in_(ACTIVE))
    )
    for reservation_id, starts_at, ends_at, tag, number in db.session.execute(query):
        if reservation_id in periods and periods[reservation_id].overlaps(Period(starts_at, ends_at)):
            raise Refused(f"{tag} is prepped here and promised to {number} then. Swap it first.")


def move_assets(periods: Mapping[int, Period]) -> None:
    """Let the assets that were chosen for claims be taken as long as these are."""
    query = select(Assignment).where(Assignment.reservation_id.in_(periods), Assignment.state.in_(ACTIVE))
    for assignment in db.session.scalars(query):
        period = periods[assignment.reservation_id]
        assignment.starts_at, assignment.ends_at = period.starts_at, period.ends_at
    db.session.flush()
