"""When a client is reminded of gear that should be back."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Patience:
    """First after so many days, then every so many, so often at most."""

    after_days: int
    every_days: int
    most: int


def is_due(until: datetime, sent: int, last_at: datetime | None, now: datetime, patience: Patience) -> bool:
    """True when one more reminder is to be written by itself; what a person wrote counts as well."""
    if sent >= patience.most or now < until + timedelta(days=patience.after_days):
        return False
    return last_at is None or now >= last_at + timedelta(days=patience.every_days)
