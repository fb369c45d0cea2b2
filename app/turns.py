"""Taking turns to write on SQLite, which lets one write at a time and lets the others sleep and ask again.

Sleepers are served in no order and sleep ever longer, so that a busy file stands idle while somebody waits for
a second. Here the threads of a process queue, and only the first of them asks, every millisecond.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, cast

from sqlalchemy import Connection, event
from sqlalchemy.pool import Pool

PATIENCE: Final = 5.0
"""Seconds until a writer is told that the database is locked; as long as SQLite itself would wait."""
PAUSE: Final = 0.001

_turn = Lock()


def begin_writing(connection: Connection) -> None:
    """Begin a writing transaction when it is this one's turn. Raises OperationalError after PATIENCE.

    A connection that goes on writing after a commit has its turn still.
    """
    end = time.monotonic() + PATIENCE
    if connection.info.get("has_turn") or _turn.acquire(timeout=PATIENCE):
        connection.info["has_turn"] = True
        while not is_begun(connection) and time.monotonic() < end:
            time.sleep(PAUSE)
    if not raw(connection).in_transaction:
        with unsleeping(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def is_begun(connection: Connection) -> bool:
    """Ask once, without sleeping."""
    own = raw(connection)
    try:
        with unsleeping(connection):
            own.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
    return own.in_transaction


@contextmanager
def unsleeping(connection: Connection) -> Iterator[None]:
    """SQLite says at once that the file is locked, instead of asking again itself."""
    own = raw(connection)
    own.execute("PRAGMA busy_timeout=0")
    try:
        yield
    finally:
        own.execute(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")


def raw(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection."""
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


@event.listens_for(Pool, "checkin")
def _pass_on(_connection: Any, record: Any) -> None:
    """The transaction is over: the next one's turn."""
    if record.info.pop("has_turn", False):
        _turn.release()


@event.listens_for(Pool, "invalidate")
def _pass_on_broken(_connection: Any, record: Any, _error: Any) -> None:
    """A connection that broke is not given back: the next one's turn all the same."""
    _pass_on(None, record)
