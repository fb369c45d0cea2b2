"""Whole tables as rows of plain values: the same out of SQLite and PostgreSQL, and into either."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    select,
)

from app.models.base import EPOCH
from app.rules.months import is_partition

AT_ONCE = 1000
ALEMBIC = "alembic_version"
MICROSECOND = timedelta(microseconds=1)


def tables_of(connection: Connection) -> dict[str, Table]:
    """Every table that the database really has, whatever version of the code wrote it; the ledger as one."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: not is_partition(name))
    for table in found.tables.values():
        for column in table.c:
            if isinstance(column.type, JSON):
                column.type.none_as_null = column.nullable or False
    return {name: found.tables[name] for name in sorted(found.tables) if name != ALEMBIC}


def row_counts(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        name: connection.scalar(select(func.count()).select_from(table)) or 0
        for name, table in tables_of(connection).items()
    }


def read_rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table by key, in values that JSON can carry; never all of them in memory."""
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=AT_ONCE)
    for row in connection.execute(query).mappings():
        yield {name: plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    """A value as JSON can carry it."""
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value


def typed(column: Column[Any], value: Any) -> Any:
    """A plain value as this column takes it. SQLite keeps instants as microseconds, PostgreSQL as timestamps."""
    kind = column.type
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return b64decode(value)
    if isinstance(kind, DateTime):
        return EPOCH + value * MICROSECOND if isinstance(value, int) else datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Integer) and isinstance(value, str):
        return (datetime.fromisoformat(value).astimezone(UTC) - EPOCH) // MICROSECOND
    return value


def write_rows(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows into a table as they are."""
    coming = iter(rows)
    while some := list(islice(coming, AT_ONCE)):
        connection.execute(
            table.insert(),
            [{name: typed(table.c[name], value) for name, value in row.items()} for row in some],
        )
