"""How Alembic reaches the database and what it compares."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, create_engine

from app.config import Settings
from app.extensions import make_engine
from app.models import Base
from app.models.base import Choice, Scaled
from app.rules.months import is_partition
from app.transactions import start_writing

FOREIGN_KEYS_OFF = "PRAGMA foreign_keys=OFF"


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types by what they are in the database, so that a migration needs no code of ours."""
    if kind != "type":
        return False
    if isinstance(item, Choice):
        return "sa.String(length=40)"
    if isinstance(item, Scaled):
        return "sa.BigInteger()"
    if type(item).__name__ == "Instant":
        return "instant()"
    return False


def compare_type(_context: Any, _inspected: Any, _column: Any, _database_type: Any, kind: Any) -> bool | None:
    """Our own types are judged by their names in the migration, not by their storage."""
    return False if isinstance(kind, Choice | Scaled) or type(kind).__name__ == "Instant" else None


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The ledger's partitions come and go with the months; the models know only the whole."""
    return kind != "table" or not is_partition(name or "")


def migrate(connection: Connection) -> None:
    """Run what is due on this connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        compare_type=compare_type,
        include_name=include_name,
        render_as_batch=connection.dialect.name == "sqlite" and not context.config.attributes.get("first"),
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def online() -> None:
    """On the connection handed over, or on one of our own. SQLite rebuilds tables: references rest meanwhile."""
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    url = context.config.get_main_option("sqlalchemy.url")
    engine = create_engine(url) if url else make_engine(Settings.from_environment())
    start_writing()
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.cursor().execute(FOREIGN_KEYS_OFF)
        migrate(connection)
    engine.dispose()


online()
