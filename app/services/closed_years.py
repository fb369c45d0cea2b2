"""On SQLite, closed years of the ledger move into an archive beside the database, from which they are still read.

They move a few thousand lines at a time. The lines are copied and kept on the disk, compared one by one, and only
then leave the database, in the transaction that says where they lie now. Two files do not commit together; this
way it is the database's own commit that decides. What a crash leaves in the archive beyond it is not looked at
and is copied again.
"""

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.config import Settings
from app.models.base import EPOCH, microseconds
from app.refusals import Refused
from app.rules.months import LEDGER, begin_of_year
from app.statistics import SAMPLE
from app.whole_ledger import ARCHIVE, archive_beside, columns_of

AT_ONCE: Final = 2_000
"""Lines that move together. Others wait to write while these leave the database: a fifth of a second."""
CACHE: Final = 64_000
"""Kilobytes of each file that are kept in memory meanwhile: a line stands in many places of the indexes."""
PATIENCE: Final = 30.0
"""Seconds until a busy database is given up."""
REACH: Final = "SELECT archived_id, dropped_id FROM main.ledger_reach"
OLDEST: Final = f"SELECT recorded_at FROM main.{LEDGER} ORDER BY id LIMIT 1"
LATER: Final = f"SELECT id - 1 FROM main.{LEDGER} WHERE recorded_at >= ? ORDER BY id LIMIT 1"
NEWEST: Final = f"SELECT MAX(id) FROM main.{LEDGER}"
NEXT: Final = f"SELECT MAX(id) FROM (SELECT id FROM main.{LEDGER} WHERE id <= ? ORDER BY id LIMIT ?)"
DROPPED_LINES: Final = (
    f"SELECT id FROM {ARCHIVE}.{LEDGER} WHERE id <= (SELECT dropped_id FROM main.ledger_reach)"
)
INDEXES: Final = (
    "SELECT sql FROM main.sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
)


class ArchiveDiffers(Refused):
    """What was copied is not what was there; nothing has left the database."""


def move_closed_years(settings: Settings, *, seconds: float | None = None) -> int:
    """Move what was recorded before the years that stay in the database; how many lines have moved.

    With `seconds`, it ends soon after them and goes on the next time. Raises ArchiveDiffers.
    """
    if not settings.is_sqlite:
        return 0
    until = None if seconds is None else time.monotonic() + seconds
    before = begin_of_year(datetime.now(UTC), years_live(settings))
    moved = 0
    if not has_earlier(settings.database_file, before):
        return moved
    with both_files(settings.database_file) as files:
        through = last_before(files, before)
        while (until is None or time.monotonic() < until) and (some := move_some(files, through)):
            moved += some
        look_over(files)
    return moved


def years_live(settings: Settings) -> int:
    """How many closed years stay in the database: what is dropped later has to lie in the archive first."""
    return min(settings.ledger_years_live, settings.ledger_years_kept or settings.ledger_years_live)


def has_earlier(database: Path, moment: datetime) -> bool:
    """True when the database holds something that was recorded before a moment; nothing is written to know it."""
    with closing(connected(database)) as connection:
        oldest = connection.execute(OLDEST).fetchone()
    return oldest is not None and oldest[0] < microseconds(moment)


@contextmanager
def both_files(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection that writes both, for one at a time. Raises Refused when somebody else moves lines."""
    archive = archive_beside(database)
    with archive.with_suffix(".lock").open("w") as alone, closing(connected(database)) as files:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("The ledger's archive is being written already.") from error
        archive.touch(mode=0o600)
        files.execute(f"ATTACH ? AS {ARCHIVE}", (str(archive),))
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"cache_size=-{CACHE}"):
            files.execute(f"PRAGMA {ARCHIVE}.{pragma}")
        yield files


def connected(database: Path) -> sqlite3.Connection:
    """A connection whose transactions are ours, and that keeps what it commits."""
    connection = sqlite3.connect(database, timeout=PATIENCE, isolation_level=None)
    for pragma in ("synchronous=FULL", f"cache_size=-{CACHE}"):
        connection.execute(f"PRAGMA main.{pragma}")
    return connection


def last_before(files: sqlite3.Connection, moment: datetime) -> int:
    """The last line that may move: every one up to it was recorded before this moment."""
    later = files.execute(LATER, (microseconds(moment),)).fetchone() or files.execute(NEWEST).fetchone()
    return int(later[0] or 0)


def move_some(files: sqlite3.Connection, through: int) -> int:
    """Move the next lines, up to this one at most; how many they were."""
    last = files.execute(NEXT, (through, AT_ONCE)).fetchone()[0]
    if last is None:
        return 0
    make_ready(files)
    copy(files, last)
    compare(files, last)
    return leave(files, last)


def look_over(files: sqlite3.Connection) -> None:
    """Let SQLite know how the archive's indexes narrow, or it searches by the wrong one; and make its log short."""
    files.execute(f"PRAGMA analysis_limit={SAMPLE}")
    files.execute(f"ANALYZE {ARCHIVE}")
    files.execute(f"PRAGMA {ARCHIVE}.wal_checkpoint(TRUNCATE)")


def make_ready(files: sqlite3.Connection) -> None:
    """An archive in which nothing lies yet gets the ledger's columns and indexes as they are in the database now."""
    archived, dropped = files.execute(REACH).fetchone()
    if archived > dropped:
        return
    columns = ", ".join(column_words(row) for row in files.execute(f"PRAGMA main.table_info({LEDGER})"))
    indexes = [row[0] for row in files.execute(INDEXES, (LEDGER,))]
    with kept(files):
        files.execute(f"DROP TABLE IF EXISTS {ARCHIVE}.{LEDGER}")
        files.execute(f"CREATE TABLE {ARCHIVE}.{LEDGER} ({columns})")
        for words in indexes:
            files.execute(words.replace("INDEX ", f"INDEX {ARCHIVE}.", 1))


def column_words(row: Any) -> str:
    """A column as CREATE TABLE says it. References stay behind: what they lead to is in another file."""
    _, name, kind, is_needed, _, is_key = row
    return f'"{name}" {kind}{" NOT NULL" if is_needed else ""}{" PRIMARY KEY" if is_key else ""}'


def copy(files: sqlite3.Connection, last: int) -> None:
    """Write the lines up to this one into the archive, instead of what a crash may have left there."""
    columns = columns_of(files)
    with kept(files):
        files.execute(
            f"DELETE FROM {ARCHIVE}.{LEDGER} WHERE id > (SELECT archived_id FROM main.ledger_reach)"
        )
        files.execute(
            f"INSERT INTO {ARCHIVE}.{LEDGER} ({columns}) SELECT {columns} FROM main.{LEDGER} WHERE id <= ?",
            (last,),
        )


def compare(files: sqlite3.Connection, last: int) -> None:
    """See that every line stands in the archive as it stands in the database. Raises ArchiveDiffers."""
    columns = columns_of(files)
    here = f"SELECT {columns} FROM main.{LEDGER} WHERE id <= {last}"
    there = f"SELECT {columns} FROM {ARCHIVE}.{LEDGER} WHERE id <= {last}"
    there += " AND id > (SELECT archived_id FROM main.ledger_reach)"
    for one, other in ((here, there), (there, here)):
        if differing := files.execute(f"{one} EXCEPT {other} LIMIT 1").fetchone():
            raise ArchiveDiffers(f"The archive does not hold what the database does, first: {differing}.")


def leave(files: sqlite3.Connection, last: int) -> int:
    """Say that the lines up to this one lie in the archive, and delete them: both are kept, or neither."""
    with kept(files):
        files.execute("UPDATE main.ledger_reach SET archived_id = ?", (last,))
        return files.execute(f"DELETE FROM main.{LEDGER} WHERE id <= ?", (last,)).rowcount


@contextmanager
def kept(files: sqlite3.Connection) -> Iterator[None]:
    """A transaction that is kept at its end, or not at all."""
    files.execute("BEGIN")
    try:
        yield
        files.execute("COMMIT")
    finally:
        if files.in_transaction:
            files.execute("ROLLBACK")


def bring_back(database: Path) -> int:
    """Put every line of the archive into the database again; how many they were.

    Before the schema changes, so that a migration finds the whole ledger in one place; what is closed moves again
    afterwards.
    """
    if not archive_beside(database).exists():
        return 0
    with both_files(database) as files:
        archived, dropped = files.execute(REACH).fetchone()
        if archived <= dropped:
            return 0
        columns = columns_of(files)
        with kept(files):
            files.execute("UPDATE main.ledger_reach SET archived_id = dropped_id")
            return files.execute(
                f"INSERT INTO main.{LEDGER} ({columns}) SELECT {columns} FROM {ARCHIVE}.{LEDGER}"
                " WHERE id > ? AND id <= ?", (dropped, archived),
            ).rowcount  # fmt: skip


def holds_dropped(database: Path) -> bool:
    """True when the archive holds lines still that are no part of the ledger any more."""
    if not archive_beside(database).exists():
        return False
    with both_files(database) as files:
        has_table = files.execute(
            f"SELECT 1 FROM {ARCHIVE}.sqlite_master WHERE name = ?", (LEDGER,)
        ).fetchone()
        return bool(has_table and files.execute(f"{DROPPED_LINES} LIMIT 1").fetchone())


def delete_dropped(database: Path) -> None:
    """Delete them, and the openings before the ledger's beginning; the archive becomes smaller by it."""
    with both_files(database) as files:
        with kept(files):
            files.execute(
                f"DELETE FROM {ARCHIVE}.{LEDGER} WHERE id <= (SELECT dropped_id FROM main.ledger_reach)"
            )
        with kept(files):
            for table in ("opening_balance", "opening_value"):
                files.execute(
                    f"DELETE FROM main.{table} WHERE starts_at < (SELECT begins_at FROM main.ledger_reach)"
                )
        files.execute(f"VACUUM {ARCHIVE}")
        look_over(files)


def first_in_archive(database: Path) -> tuple[int, datetime]:
    """The first line that the archive holds, and when it was recorded."""
    with both_files(database) as files:
        row = files.execute(f"SELECT id, recorded_at FROM {ARCHIVE}.{LEDGER} ORDER BY id LIMIT 1").fetchone()
    return row[0], EPOCH + timedelta(microseconds=row[1])
