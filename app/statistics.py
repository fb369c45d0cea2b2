"""What a database knows about its own tables: without it, it guesses which index leads to the fewest rows.

PostgreSQL keeps this up by itself, some minutes after a table has grown; SQLite never does.
"""

from typing import Final

from sqlalchemy import Connection

from app.extensions import db
from app.models.base import Base

SAMPLE: Final = 1000
"""Rows of an index that SQLite looks at: enough to choose by, and soon done however large the table is."""


def look_at_tables(*grown: type[Base]) -> None:
    """Have the database look at its tables anew, in the transaction that is being written. PostgreSQL looks at
    those that are named as grown, so that it does not go on as if they were empty."""
    connection = db.session.connection()
    refresh(connection)
    if grown and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {', '.join(model.__tablename__ for model in grown)}")


def refresh(connection: Connection) -> None:
    """Have SQLite look, on a connection whose transaction may write. Those that are open learn of it when they are
    made anew."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA analysis_limit={SAMPLE}")
        connection.exec_driver_sql("ANALYZE main")
