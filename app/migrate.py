"""Bringing a database to the schema of this code."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine

from app.config import Settings
from app.extensions import make_engine
from app.refusals import Refused
from app.revisions import MIGRATIONS, head_revision, known_revisions
from app.services.closed_years import bring_back
from app.statistics import refresh
from app.transactions import start_reading, start_writing
from app.whole_ledger import has_archive, own

ONE_AT_A_TIME = "SELECT pg_advisory_lock(7240315)"
PATIENCE = "SET lock_timeout = '5s'"


class NewerSchema(Refused):
    """The database was written by a newer version of Crosshire; this one must not touch it."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database has schema {revision}, newer than this version of Crosshire knows"
            f" ({head_revision()}): install the newer version, or restore a backup into an empty folder."
        )


class BrokenReferences(Refused):
    """After a migration, rows point to rows that are not there."""


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Run the migrations that are due. Raises NewerSchema, BrokenReferences."""
    engine = make_engine(settings)
    try:
        with engine.connect() as connection:
            refuse_newer(connection)
            bring_archive_back(settings, connection)
        engine.dispose()
        with engine.connect() as connection:
            rest_references(connection)
            run(connection, revision)
            check_references(connection)
    finally:
        start_reading()
        engine.dispose()


def bring_archive_back(settings: Settings, connection: Connection) -> None:
    """A migration finds the whole ledger in the database; closed years move out again afterwards, as it is then."""
    if settings.is_sqlite and not is_current(connection) and has_archive(own(connection)):
        connection.rollback()
        bring_back(settings.database_file)


def rest_references(connection: Connection) -> None:
    """SQLite rebuilds tables to alter them; with references on, that would delete the rows that refer.

    PostgreSQL waits for its turn instead: several machines may start at once. What follows may take longer
    there than a request's transaction, so it does not begin as a writing one.
    """
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        start_writing()
    else:
        connection.exec_driver_sql(ONE_AT_A_TIME)
        connection.exec_driver_sql(PATIENCE)
        connection.commit()


def run(connection: Connection, revision: str) -> None:
    """Let Alembic work on this connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    refresh(connection)
    connection.commit()


def check_references(connection: Connection) -> None:
    """On SQLite, see that every reference still leads somewhere. Raises BrokenReferences."""
    if connection.dialect.name == "sqlite":
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            raise BrokenReferences(f"{len(broken)} rows refer to nothing, first in the table {broken[0][0]}.")
        connection.rollback()


def current_revision(connection: Connection) -> str | None:
    """The schema that the database has; none when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def refuse_newer(connection: Connection) -> None:
    """Leave a database alone that a newer version has written. Raises NewerSchema."""
    revision = current_revision(connection)
    connection.rollback()
    if revision is not None and revision not in known_revisions():
        raise NewerSchema(revision)


def is_newer_than_code(engine: Engine) -> bool:
    """True when the database was written by a newer version than this one."""
    with engine.connect() as connection:
        revision = current_revision(connection)
    return revision is not None and revision not in known_revisions()


def is_current(connection: Connection) -> bool:
    """True when nothing is due."""
    return current_revision(connection) == head_revision()
