"""Periods of time: half-open [from, until), kept in UTC, shown in days of the warehouse's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
OPEN_END: Final = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
"""Stands for "no end known". Nothing may start at or after it, or an open claim would not reach it."""

_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time(0)


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts_at` until just before `ends_at`, both kept in UTC whatever zone they came in.

    Raises ValueError, in words for the person who typed the dates, when a time has no zone, when the
    end is not after the start, or when a year is outside 2000-2100.
    """

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        # Two values of one zone compare by the clock on the wall, which repeats an hour in autumn.
        object.__setattr__(self, "starts_at", _in_utc(self.starts_at))
        object.__setattr__(self, "ends_at", _in_utc(self.ends_at))
        if self.ends_at <= self.starts_at:
            raise ValueError("The end must be after the start.")
        if self.starts_at >= OPEN_END:
            raise ValueError(f"The start must be before the year {LAST_YEAR}.")

    @property
    def is_open(self) -> bool:
        """True when no end is known."""
        return self.ends_at >= OPEN_END

    def overlaps(self, other: "Period") -> bool:
        """True when some instant lies in both: back at 10:00 and out at 10:00 do not overlap."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def contains(self, other: "Period") -> bool:
        """True when `other` lies inside, as the charge lies inside the occupancy."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("A date and time needs a time zone.")
    # Near the first and last year that Python knows, the change to UTC itself would overflow.
    if FIRST_YEAR <= moment.year <= LAST_YEAR and FIRST_YEAR <= moment.astimezone(UTC).year <= LAST_YEAR:
        return moment.astimezone(UTC)
    raise ValueError(f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}.")


def local_days(period: Period, zone: ZoneInfo) -> list[date]:
    """The days of the time zone that the period touches, in order; a day may last 23 or 25 hours."""
    first = period.starts_at.astimezone(zone).date()
    last = (period.ends_at - datetime.resolution).astimezone(zone).date()
    return [first + _DAY * number for number in range((last - first).days + 1)]


def day_period(day: date, zone: ZoneInfo) -> Period:
    """From local midnight until the next. Raises ValueError as Period does."""
    return Period(_local(day, _MIDNIGHT, zone), _local(day + _DAY, _MIDNIGHT, zone))


def _local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant of a local clock time; one that a change of the clocks skips is read as an hour later."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Buffer:
    """Time a product needs before leaving (prep) or after coming back (turnaround).

    `hours` is elapsed time; `working_days` are whole days on which the warehouse works. When both are
    given, the working days lie next to the event. Raises ValueError for a negative buffer.
    """

    hours: float = 0
    working_days: int = 0

    def __post_init__(self) -> None:
        if self.hours < 0 or self.working_days < 0:
            raise ValueError("A buffer cannot be negative.")


class WorkingWeek(NamedTuple):
    """On which weekdays a warehouse works (Monday is 0, as Python counts), and where its midnight is."""

    weekdays: frozenset[int]
    zone: ZoneInfo


def widen(period: Period, prep: Buffer, turnaround: Buffer, week: WorkingWeek | None = None) -> Period:
    """The period that a claim takes: the occupancy, with prep before and turnaround after.

    An open end stays open. Raises ValueError when a buffer counts working days and `week` has none, or
    when a year leaves 2000-2100.
    """
    starts_at = _before(period.starts_at, prep.working_days, week) - timedelta(hours=prep.hours)
    if period.is_open:
        return Period(starts_at, period.ends_at)
    ends_at = _after(period.ends_at, turnaround.working_days, week) + timedelta(hours=turnaround.hours)
    return Period(starts_at, ends_at)


def _before(moment: datetime, working_days: int, week: WorkingWeek | None) -> datetime:
    """So much working time earlier: Monday 10:00 less one day is Friday 10:00, Sunday noon Friday 0:00."""
    if not working_days:
        return moment
    weekdays, zone = _worked(week)
    local = moment.astimezone(zone)
    clock = local.time() if local.weekday() in weekdays else _MIDNIGHT
    return _local(_count(local.date(), working_days, -_DAY, weekdays), clock, zone)


def _after(moment: datetime, working_days: int, week: WorkingWeek | None) -> datetime:
    """So much working time later: Friday 18:00 and one day is Monday 18:00, Saturday noon Monday 24:00.

    Midnight counts as the end of the day before, or an event that ends with Thursday would keep the
    gear of a Friday's turnaround over the weekend.
    """
    if not working_days:
        return moment
    weekdays, zone = _worked(week)
    local = moment.astimezone(zone)
    if local.time() != _MIDNIGHT and local.weekday() in weekdays:
        return _local(_count(local.date(), working_days, _DAY, weekdays), local.time(), zone)
    ended = local.date() - _DAY if local.time() == _MIDNIGHT else local.date()
    return _local(_count(ended, working_days, _DAY, weekdays) + _DAY, _MIDNIGHT, zone)


def _worked(week: WorkingWeek | None) -> WorkingWeek:
    if week is None or not week.weekdays & frozenset(range(7)):
        raise ValueError("A buffer in working days needs a warehouse that works at least one day a week.")
    return week


def _count(day: date, working_days: int, step: timedelta, weekdays: frozenset[int]) -> date:
    """The working day so many steps away; days on which nobody works are not counted."""
    while working_days:
        day += step
        working_days -= day.weekday() in weekdays
    return day
