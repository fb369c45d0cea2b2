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
