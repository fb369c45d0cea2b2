"""The local day of an instant, in SQL: days are days of the organization's zone, also when clocks change."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Date, case, cast, func, literal

from app.extensions import db
from app.models.base import as_stored, microseconds
from app.rules.calendars import offsets

DAY: Final = 86_400_000_000
"""Microseconds."""
FIRST: Final = date(1970, 1, 1)


def day_of(column: Any, since: datetime, until: datetime, zone: str) -> Any:
    """What stands for the local day of an instant in [since, until); as_day() reads it."""
    if not db.is_sqlite:
        return cast(func.timezone(zone, column), Date)
    kept = as_stored(column, "sqlite")
    first, *later = [
        (start, ahead // timedelta(microseconds=1)) for start, ahead in offsets(since, until, zone)
    ]
    turned = [(kept >= microseconds(start), literal(ahead, BigInteger)) for start, ahead in reversed(later)]
    ahead = case(*turned, else_=literal(first[1], BigInteger)) if turned else literal(first[1], BigInteger)
    return (kept + ahead) // literal(DAY, BigInteger)


def as_day(kept: date | int) -> date:
    """The day itself."""
    return kept if isinstance(kept, date) else FIRST + timedelta(days=kept)
