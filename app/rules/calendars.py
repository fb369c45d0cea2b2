"""Instants and local days: days are days of a place, also across daylight-saving changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_day(instant: datetime, zone: str) -> date:
    """The calendar day of an instant in a time zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def start_of_day(day: date, zone: str) -> datetime:
    """The instant at which a day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def from_local(typed: datetime, zone: str) -> datetime:
    """A wall-clock time typed by a person, as an instant."""
    return typed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days_later(instant: datetime, days: timedelta, zone: str) -> datetime:
    """So many days later at the same time of the clock, also when the clocks change in between."""
    return (instant.astimezone(ZoneInfo(zone)) + days).astimezone(UTC)


def offsets(since: datetime, until: datetime, zone: str) -> list[tuple[datetime, timedelta]]:
    """By how much the clocks of a zone are ahead of UTC in [since, until): (from when, by how much), the first from
    the beginning. Found to the second, by halving the days between which they changed."""
    place = ZoneInfo(zone)
    found = [(since, ahead(since, place))]
    day = since
    while day < until:
        following = min(day + timedelta(days=1), until)
        if ahead(following, place) != found[-1][1]:
            changed = first_moment_of(day, following, place)
            found.append((changed, ahead(changed, place)))
        day = following
    return found


def ahead(moment: datetime, place: ZoneInfo) -> timedelta:
    """By how much the clocks of a place are ahead of UTC."""
    return moment.astimezone(place).utcoffset() or timedelta(0)


def first_moment_of(earlier: datetime, later: datetime, place: ZoneInfo) -> datetime:
    """The moment between two at which the clocks were changed to what they say at the later one."""
    while later - earlier > timedelta(seconds=1):
        middle = earlier + (later - earlier) / 2
        middle = middle.replace(microsecond=0)
        if middle <= earlier:
            break
        earlier, later = (earlier, middle) if ahead(middle, place) == ahead(later, place) else (middle, later)
    return later
