"""What every part of the build works with: whose company it is, what day it is, and transactions for its deeds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event

from app.demo.people import Cast
from app.extensions import db
from app.transactions import finish, write_transaction

SEED = 20270305


@contextmanager
def without_waiting_for_the_disk() -> Iterator[None]:
    """Let SQLite commit without waiting: a demo that was interrupted is thrown away, not continued."""
    if not db.is_sqlite:
        yield
        return
    event.listen(db.engine, "checkout", _hurry)
    try:
        yield
    finally:
        event.remove(db.engine, "checkout", _hurry)
        finish()
        db.engine.dispose()


def _hurry(connection: Any, _record: object, _proxy: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@dataclass(frozen=True)
class Stage:
    """The demo's organization while it is being built. `chance` has a fixed seed: every demo is alike."""

    organization_id: int
    cast: Cast
    today: date
    zone: ZoneInfo
    chance: Random
    late_shares: Iterator[str] = field(default_factory=lambda: cycle(("0", "1", "0.5")))
    """What came in so far of the invoices that are due, one after the other."""

    @contextmanager
    def deed(self) -> Iterator[None]:
        """One deed in a transaction of its own, as a request would do it."""
        with write_transaction(self.organization_id):
            yield

    def at(self, days: int, clock: time) -> datetime:
        """The moment so many days from today, by the clock on the wall of the warehouse."""
        return datetime.combine(self.today + timedelta(days=days), clock, self.zone)
