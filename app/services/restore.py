"""Restoring a backup into an empty installation, on the database that it is set to use."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, func, inspect, select, text, update
from sqlalchemy.schema import AddConstraint, DropConstraint

from app.config import Settings
from app.extensions import make_engine
from app.migrate import current_revision, rest_references, upgrade
from app.models import Heartbeat, LedgerReach, OneTimeLink, Organization, OutboxRow, OutboxState, SignIn
from app.refusals import Refused
from app.revisions import known_revisions
from app.services.archives import (
    SQLITE_ARCHIVE,
    SQLITE_FILE,
    TABLES,
    BrokenBackup,
    Manifest,
    keep_as,
    unpacked,
)
from app.services.backup import check_sqlite, reading_copy
from app.services.partitions import make_months
from app.services.table_rows import read_rows, row_counts, tables_of, write_rows
from app.transactions import start_reading, start_writing
from app.whole_ledger import archive_beside

HELD = "Waiting when the backup was made; held so that nobody gets it twice."


@dataclass(frozen=True)
class Restored:
    """What came back, and how many letters were held."""

    manifest: Manifest
    held_letters: int


def restore(settings: Settings, source: Path) -> Restored:
    """Bring a backup back, end every session, hold waiting mail. Raises Refused, BrokenBackup.

    On SQLite the file takes its place only when all of this is done.
    """
    require_empty(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with unpacked(source, settings.data_dir) as (manifest, folder):
        if manifest.revision not in known_revisions():
            raise Refused(f"The backup was made by a newer version ({manifest.version}): install that one.")
        if not settings.is_sqlite:
            return Restored(manifest, bring_back(settings, manifest, folder))
        scratch = replace(settings, database_url=f"sqlite:///{folder / 'restored.sqlite3'}")
        held = bring_back(scratch, manifest, folder)
        if archive_beside(scratch.database_file).exists():
            take_place(archive_beside(scratch.database_file), archive_beside(settings.database_file))
        take_place(scratch.database_file, settings.database_file)
        return Restored(manifest, held)


def require_empty(settings: Settings) -> None:
    """Nothing is ever restored over somebody's work. Raises Refused."""
    if settings.is_sqlite and archive_beside(settings.database_file).exists():
        raise Refused("The archive of another installation lies here: restore into an empty folder.")
    if settings.is_sqlite and not settings.database_file.exists():
        return
    with connected(settings) as connection:
        has_table = inspect(connection).has_table(Organization.__tablename__)
        if has_table and connection.scalar(select(func.count()).select_from(Organization)):
            raise Refused("There is an installation here already: restore into an empty folder or database.")


@contextmanager
def connected(settings: Settings) -> Iterator[Connection]:
    """A connection that is closed with all its pool."""
    engine = make_engine(settings)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def bring_back(settings: Settings, manifest: Manifest, folder: Path) -> int:
    """Fill the database of these settings and make it safe to start; how many letters were held."""
    if settings.is_sqlite and SQLITE_FILE in manifest.sha256:
        (folder / SQLITE_FILE).rename(settings.database_file)
        check_sqlite(settings.database_file)
        if SQLITE_ARCHIVE in manifest.sha256:
            (folder / SQLITE_ARCHIVE).rename(archive_beside(settings.database_file))
            check_sqlite(archive_beside(settings.database_file))
    else:
        upgrade(settings, manifest.revision)
        fill(settings, manifest, folder)
    compare(settings, manifest)
    upgrade(settings)
    return make_safe(settings)


def fill(settings: Settings, manifest: Manifest, folder: Path) -> None:
    """Put every row of the backup into the tables, while guards and references rest."""
    with connected(settings) as connection:
        rest_references(connection)
        if current_revision(connection) != manifest.revision:
            raise Refused("The database has another schema than the backup: use one that is really empty.")
        tables = tables_of(connection)
        with guards_resting(connection, tables), source_rows(manifest, folder) as rows_of:
            for name, table in tables.items():
                connection.execute(table.delete())
                write_rows(connection, table, rows_of(name))
        if connection.dialect.name == "postgresql" and "posting" in tables:
            make_months(connection, datetime.now(UTC))
        connection.commit()
    start_reading()


@contextmanager
def source_rows(manifest: Manifest, folder: Path) -> Iterator[Any]:
    """A function that gives the backup's rows of one table, whichever database they come from."""
    if SQLITE_FILE not in manifest.sha256:
        yield lambda name: (json.loads(line) for line in (folder / TABLES / f"{name}.jsonl").open())
        return
    with reading_copy(folder / SQLITE_FILE) as connection:
        tables = tables_of(connection)
        yield lambda name: read_rows(connection, tables[name])


@contextmanager
def guards_resting(connection: Connection, tables: dict[str, Table]) -> Iterator[None]:
    """What was true when it was backed up need not be judged row by row while only half of it is there."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        triggers = connection.exec_driver_sql(query).fetchall()
        for name, _ in triggers:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _, sql in triggers:
            connection.exec_driver_sql(sql)
    else:
        references = [key for table in tables.values() for key in table.foreign_key_constraints]
        for key in references:
            connection.execute(DropConstraint(key))
        switch_triggers(connection, tables, "DISABLE")
        yield
        switch_triggers(connection, tables, "ENABLE")
        for key in references:
            connection.execute(AddConstraint(key))
        continue_numbers(connection, tables)


def switch_triggers(connection: Connection, tables: dict[str, Table], how: str) -> None:
    """Switch our own triggers off or on."""
    for name in tables:
        connection.execute(text(f'ALTER TABLE "{name}" {how} TRIGGER USER'))


def continue_numbers(connection: Connection, tables: dict[str, Table]) -> None:
    """Let each table's ids go on after the highest one that came back."""
    for name, table in tables.items():
        if "id" in table.c:
            highest = f'(SELECT COALESCE(MAX(id), 0) + 1 FROM "{name}")'
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), {highest}, false)")
            )


def compare(settings: Settings, manifest: Manifest) -> None:
    """As many rows came back as went in. Raises BrokenBackup."""
    with connected(settings) as connection:
        counted = row_counts(connection)
    if wrong := [name for name, rows in manifest.rows.items() if counted.get(name) != rows]:
        raise BrokenBackup(f"The restored database does not hold all of {', '.join(wrong)}.")


def make_safe(settings: Settings) -> int:
    """End every session and link, and hold the mail that waited: some of it went out after the backup."""
    start_writing()
    with connected(settings) as connection:
        connection.execute(update(SignIn).where(SignIn.ended_at.is_(None)).values(ended_at=datetime.now(UTC)))
        connection.execute(delete(OneTimeLink))
        connection.execute(delete(Heartbeat))
        if not keeps_archive(settings):
            connection.execute(update(LedgerReach).values(archived_id=LedgerReach.dropped_id))
        waiting = OutboxRow.state.in_((OutboxState.READY, OutboxState.LEASED))
        held = connection.execute(
            update(OutboxRow)
            .where(OutboxRow.kind == "mail.send", waiting)
            .values(state=OutboxState.DEAD, last_error=HELD)
        )
        connection.commit()
    start_reading()
    return held.rowcount


def keeps_archive(settings: Settings) -> bool:
    """True where the archive came along as a file; otherwise all of its lines are in the database now."""
    return settings.is_sqlite and archive_beside(settings.database_file).exists()


def take_place(restored: Path, target: Path) -> None:
    """Put the finished file where the installation looks for it."""
    for leftover in (target.with_name(f"{target.name}-wal"), target.with_name(f"{target.name}-shm")):
        leftover.unlink(missing_ok=True)
    with restored.open("rb+") as file:
        os.fsync(file.fileno())
    keep_as(restored, target)
