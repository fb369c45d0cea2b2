"""The ledger as a whole on SQLite: closed years lie in an archive beside the database, and nobody who reads notices.

Once there is an archive, a connection has it attached, read only, and a view of its own over both files that has
the ledger's name: whatever reads `stock_transaction` reads all of it. What is written names the database's own
table. Which lines lie where is said by one row of the database (LedgerReach). A transaction reads that row first,
so what it sees of both files is of one moment, even while lines move from one to the other.
"""

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Insert
from sqlalchemy.ext.compiler import compiles

from app.rules.months import LEDGER

ARCHIVE: Final = "archive"
"""The name of the archive on a connection."""
LIES_THERE: Final = "SELECT 1 FROM main.ledger_reach WHERE archived_id > dropped_id"
NO_SUCH_TABLE: Final = "no such table"
# The plus keeps these two from choosing how the archive is searched: whoever asks knows better.
VIEW: Final = f"""
    CREATE TEMP VIEW {LEDGER} AS SELECT {{columns}} FROM main.{LEDGER}
    UNION ALL SELECT {{columns}} FROM {ARCHIVE}.{LEDGER}
    WHERE +id <= (SELECT archived_id FROM main.ledger_reach) AND +id > (SELECT dropped_id FROM main.ledger_reach)"""


def archive_beside(database: Path) -> Path:
    """Where the archive of a database lies: crosshire.sqlite3 has crosshire-archive.sqlite3."""
    return database.with_name(f"{database.stem}-archive{database.suffix}")


def lacks_archive(connection: Connection) -> bool:
    """True when lines lie in an archive that this connection has not attached yet. The transaction has begun."""
    return not connection.info.get("sees_archive") and has_archive(own(connection))


def has_archive(driver: sqlite3.Connection) -> bool:
    """True when lines of the ledger lie in an archive."""
    try:
        return driver.execute(LIES_THERE).fetchone() is not None
    except sqlite3.OperationalError as error:
        if NO_SUCH_TABLE not in str(error):
            raise
        return False


def see_archive(connection: Connection) -> None:
    """Attach the archive and lay the view over both; outside of a transaction."""
    driver = own(connection)
    attach(driver)
    connection.info["sees_archive"] = True


def attach(driver: sqlite3.Connection) -> None:
    """Attach the archive, which must be there, for reading. Raises sqlite3.OperationalError."""
    archive = archive_beside(file_of(driver))
    driver.execute(f"ATTACH ? AS {ARCHIVE}", (f"{archive.as_uri()}?mode=ro",))
    driver.execute(VIEW.format(columns=columns_of(driver)))


def columns_of(driver: sqlite3.Connection) -> str:
    """The ledger's columns, as a statement names them."""
    return ", ".join(f'"{row[1]}"' for row in driver.execute(f"PRAGMA main.table_info({LEDGER})"))


def file_of(driver: sqlite3.Connection) -> Path:
    """The file of the database that this connection is to."""
    return Path(next(row[2] for row in driver.execute("PRAGMA database_list") if row[1] == "main"))


def own(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection."""
    driver: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
    return driver


@compiles(Insert, "sqlite")
def _into_the_database(statement: Insert, compiler: Any, **options: Any) -> str:
    """A view takes no rows: what is written into the ledger names the table in the database."""
    written: str = compiler.visit_insert(statement, **options)
    return written.replace(f"INSERT INTO {LEDGER} ", f"INSERT INTO main.{LEDGER} ", 1)
