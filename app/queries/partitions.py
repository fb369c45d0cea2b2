"""Which parts the ledger has on PostgreSQL."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from app.rules.months import LEDGER, is_month, month_after, month_of, partition_of

ENOUGH_AHEAD: Final = 2
"""Fewer months than these are too few: nobody may look for some weeks."""
FOUND: Final = text(
    f"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{LEDGER}'::regclass"
)

TABLES: Final = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")


def partitions(connection: Connection) -> set[str]:
    """The names of the parts that there are."""
    return set(connection.scalars(FOUND))


def months_set_aside(connection: Connection) -> set[str]:
    """The months that were parts of the ledger and stand by themselves now."""
    return {name for name in connection.scalars(TABLES) if is_month(name)} - partitions(connection)


def months_ahead(connection: Connection, now: datetime) -> int:
    """How many months after this one have their part already, without a gap."""
    there, month, count = partitions(connection), month_after(month_of(now)), 0
    while partition_of(month) in there:
        month, count = month_after(month), count + 1
    return count
