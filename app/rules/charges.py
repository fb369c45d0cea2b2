"""How many days of a charge window are paid for."""

from datetime import timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from app.rules.periods import Period, local_days

DAYS_PER_WEEK: Final = 7
LONG_WEEKEND: Final = frozenset({4, 5, 6, 0})
"""Friday to Monday: fetched before the weekend, brought back after it."""
_SATURDAY_SUNDAY: Final = frozenset({5, 6})


class ChargeMode(StrEnum):
    """What counts as a charged day: each calendar day touched, or each 24 hours begun."""

    CALENDAR = "calendar"
    HOURS_24 = "24h"


def charge_days(
    period: Period,
    zone: ZoneInfo,
    mode: ChargeMode = ChargeMode.CALENDAR,
    leeway_hours: int = 0,
    chargeable_days_per_week: int = DAYS_PER_WEEK,
) -> int:
    """The charged days of a charge window, at least 1.

    `leeway_hours` may be overrun in 24-hour mode before the next day is charged. Of every seven days
    from the start, at most `chargeable_days_per_week` are charged ("1 week = 3 days" at Pegasus
    Entertainment). Raises ValueError for a leeway outside 0-23 or a week outside 1-7.
    """
    if not 0 <= leeway_hours < 24:
        raise ValueError("The leeway must lie between 0 and 23 hours.")
    if not 1 <= chargeable_days_per_week <= DAYS_PER_WEEK:
        raise ValueError("A week has between 1 and 7 charged days.")
    days = len(local_days(period, zone))
    if mode is ChargeMode.HOURS_24:
        days = _days_begun(period, zone, timedelta(hours=leeway_hours))
    weeks, rest = divmod(days, DAYS_PER_WEEK)
    return weeks * chargeable_days_per_week + min(rest, chargeable_days_per_week)


def _days_begun(period: Period, zone: ZoneInfo, leeway: timedelta) -> int:
    """How many times 24 hours have begun, by the clock on the wall.

    From 10:00 to 10:00 the next day is one day for the client, also when the clocks change between.
    """
    started = period.starts_at.astimezone(zone).replace(tzinfo=None)
    ended = period.ends_at.astimezone(zone).replace(tzinfo=None)
    return max(1, -((started + leeway - ended) // timedelta(days=1)))


def is_weekend(period: Period, zone: ZoneInfo) -> bool:
    """True for one weekend: a Saturday or Sunday, and no day but those from Friday to Monday."""
    weekdays = {day.weekday() for day in local_days(period, zone)}
    return weekdays <= LONG_WEEKEND and bool(weekdays & _SATURDAY_SUNDAY)
