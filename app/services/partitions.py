"""On PostgreSQL the ledger lies in a part for each month; they are made before they are needed.

What no part was made for lies in the one that takes the rest, so that nothing is ever refused because of a
missing one. It moves into months as soon as these are made.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, text

from app.extensions import db
from app.queries.partitions import partitions
from app.rules.months import LEDGER, REST, month_after, month_of, months_between, partition_of

AHEAD: Final = 3
"""Months after this one that have their part."""
BEFORE: Final = f"{REST}_before"
RECORDED: Final = text(f"SELECT min(recorded_at), max(recorded_at) FROM {REST}")


def make_ahead() -> None:
    """Make the months to come, and bring into months what lies in the rest."""
    if not db.is_sqlite:
        make_months(db.session.connection(), datetime.now(UTC))


def make_months(connection: Connection, now: datetime) -> None:
    """The months from this one to AHEAD after it, and those of whatever has none yet."""
    first, last = connection.execute(RECORDED).one()
    wanted = set(months_between(now, month_after(month_of(now), AHEAD)))
    if first is None:
        make_missing(connection, wanted)
        return
    # The rest cannot be there while months are made that it holds rows of: it is made anew, and its rows
    # go where they belong.
    for statement in (
        f"ALTER TABLE {LEDGER} DETACH PARTITION {REST}",
        f"ALTER TABLE {REST} RENAME TO {BEFORE}",
    ):
        connection.execute(text(statement))
    make_missing(connection, wanted | set(months_between(first, last)))
    for statement in (
        f"CREATE TABLE {REST} PARTITION OF {LEDGER} DEFAULT",
        f"INSERT INTO {LEDGER} SELECT * FROM {BEFORE}",
        f"DROP TABLE {BEFORE}",
    ):
        connection.execute(text(statement))


def make_missing(connection: Connection, months: set[datetime]) -> None:
    """An empty part for each of these months that has none."""
    there = partitions(connection)
    for month in sorted(month for month in months if partition_of(month) not in there):
        connection.execute(
            text(
                f"CREATE TABLE {partition_of(month)} PARTITION OF {LEDGER}"
                f" FOR VALUES FROM ('{month.isoformat()}') TO ('{month_after(month).isoformat()}')"
            )
        )
