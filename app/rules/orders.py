"""Where a purchase order stands, worked out from its lines."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

LONGEST_WAIT: Final = 3650


class Arrived(NamedTuple):
    """How many of a line were ordered, and how many came."""

    quantity: int
    received: int


def progress(lines: Sequence[Arrived]) -> str:
    """How far an order that went out has come: "ordered", "partly_received" or "received"."""
    if not any(line.received for line in lines):
        return "ordered"
    return "received" if all(line.received >= line.quantity for line in lines) else "partly_received"


def excess(line: Arrived, arriving: int) -> int:
    """How many of what arrives were not ordered."""
    return max(line.received + arriving - line.quantity, 0) - max(line.received - line.quantity, 0)


def expected_on(ordered_on: date, lead_days: int) -> date | None:
    """When it should be here; nothing when nobody knows how long it takes."""
    return ordered_on + timedelta(days=min(lead_days, LONGEST_WAIT)) if lead_days > 0 else None
