"""What SQLite knows about its own tables: without it, it guesses which index leads to the fewest rows.

PostgreSQL keeps this up by itself.
"""

from typing import Final

from sqlalchemy import Connection

from app.extensions import db

SAMPLE: Final = 1000
"""Rows of an index that are looked at: enough to choose by, and soon done however large the table is."""


def look_at_tables() -> None:
    """Have SQLite look at its tables anew, in the transaction that is being written."""
    refresh(db.session.connection())


def refresh(connection: Connection) -> None:
    """The same on a connection whose transaction may write. Connections that are open learn of it when they are
    made anew."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA analysis_limit={SAMPLE}")
        connection.exec_driver_sql("ANALYZE main")
