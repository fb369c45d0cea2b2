"""Times for tests, written as people write them."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.rules.periods import Period

BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
DATA = Path(__file__).parent.parent / "data"


def at(text: str, zone: ZoneInfo | None = None) -> datetime:
    """An instant such as "2027-05-01 10:00", in UTC unless a zone is given."""
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC)


def period(starts: str, ends: str, zone: ZoneInfo | None = None) -> Period:
    """A period between two such times."""
    return Period(at(starts, zone), at(ends, zone))


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table in tests/data."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
