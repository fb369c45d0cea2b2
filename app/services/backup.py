"""Backups: one file, taken from a running installation, and read again before it counts."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, create_engine

from app.config import Settings
from app.extensions import make_engine
from app.migrate import current_revision
from app.refusals import Refused
from app.services.archives import (
    SQLITE_ARCHIVE,
    SQLITE_FILE,
    TABLES,
    BrokenBackup,
    Manifest,
    keep_as,
    sha256_of,
    unpacked,
    write_archive,
)
from app.services.table_rows import read_rows, row_counts, tables_of
from app.whole_ledger import archive_beside, has_archive


def backup(settings: Settings, target: Path) -> Manifest:
    """Write a backup and read it again; it has its name only once it was found whole.

    Raises Refused when there is a file already, BrokenBackup when what was written cannot be restored.
    """
    if target.exists():
        raise Refused(f"{target} exists already.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".backup-") as name:
        folder, partial = Path(name), Path(name) / "archive.zip"
        manifest = copy_sqlite(settings, folder) if settings.is_sqlite else copy_tables(settings, folder)
        write_archive(partial, folder, manifest)
        check_backup(partial)
        keep_as(partial, target)
    return manifest


def copy_sqlite(settings: Settings, folder: Path) -> Manifest:
    """A copy of the file as it is at one moment; copying it byte by byte would tear it.

    The archive comes second: it holds whatever had left the database by then, and more does not count.
    """
    copy_file(settings.database_file, folder / SQLITE_FILE)
    archive, members = archive_beside(settings.database_file), [SQLITE_FILE]
    if lies_elsewhere(folder / SQLITE_FILE):
        copy_file(archive, folder / SQLITE_ARCHIVE)
        members.append(SQLITE_ARCHIVE)
    with reading_copy(folder / SQLITE_FILE) as connection:
        return describe(connection, folder, members)


def copy_file(source: Path, target: Path) -> None:
    """A copy of one SQLite file as it is at one moment. Raises sqlite3.OperationalError when it is not there."""
    with closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def lies_elsewhere(database: Path) -> bool:
    """True when a part of this database's ledger lies in an archive."""
    with closing(sqlite3.connect(database)) as connection:
        return has_archive(connection)


def copy_tables(settings: Settings, folder: Path) -> Manifest:
    """Every table as lines of JSON, all of one moment, readable without PostgreSQL's own tools."""
    (folder / TABLES).mkdir()
    engine = make_engine(settings)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        tables = tables_of(connection)
        for name, table in tables.items():
            with (folder / TABLES / f"{name}.jsonl").open("w") as lines:
                lines.writelines(json.dumps(row) + "\n" for row in read_rows(connection, table))
        manifest = describe(connection, folder, [f"{TABLES}{name}.jsonl" for name in tables])
    engine.dispose()
    return manifest


def describe(connection: Connection, folder: Path, members: list[str]) -> Manifest:
    """The manifest of what was copied from this connection's database; it is let go before the long reading."""
    revision, rows = current_revision(connection) or "", row_counts(connection)
    connection.rollback()
    return Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=version("crosshire"),
        database=connection.dialect.name,
        revision=revision,
        rows=rows,
        sha256={name: sha256_of(folder / name) for name in members},
    )


def check_backup(source: Path) -> Manifest:
    """Read a whole backup and compare it with its manifest. Raises BrokenBackup."""
    with unpacked(source, source.parent) as (manifest, folder):
        counted = counted_rows(folder, manifest)
        if wrong := [name for name in manifest.rows if counted.get(name) != manifest.rows[name]]:
            raise BrokenBackup(f"The backup does not hold all of {', '.join(wrong)}.")
    return manifest


def counted_rows(folder: Path, manifest: Manifest) -> dict[str, int]:
    """How many rows of each table are really there. Raises BrokenBackup for a damaged database."""
    if SQLITE_FILE not in manifest.sha256:
        return {Path(name).stem: count_lines(folder / name) for name in manifest.sha256}
    path = folder / SQLITE_FILE
    try:
        for name in manifest.sha256:
            check_sqlite(folder / name)
        with reading_copy(path) as connection:
            return row_counts(connection)
    except sqlite3.DatabaseError as error:
        raise BrokenBackup(f"The database in the backup is damaged: {error}.") from error


def count_lines(path: Path) -> int:
    """How many lines a file has."""
    with path.open("rb") as lines:
        return sum(1 for _ in lines)


def check_sqlite(path: Path) -> None:
    """Let SQLite look through the whole file. Raises BrokenBackup, sqlite3.DatabaseError."""
    with closing(sqlite3.connect(path)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if found != ["ok"]:
        raise BrokenBackup(f"The database in the backup is damaged: {found[0]}.")
    if broken:
        raise BrokenBackup(f"{len(broken)} rows in the backup refer to nothing, first in {broken[0][0]}.")


@contextmanager
def reading_copy(path: Path) -> Iterator[Connection]:
    """A connection to a SQLite file that nobody else uses, and to the archive beside it."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"uri": True})
    with engine.connect() as connection:
        yield connection
    engine.dispose()
