"""The parts that every module uses, created unbound and bound in create_app()."""

from typing import Any, Final

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from limits.storage import RedisStorage
from redis import Redis
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from app.config import Settings
from app.late_columns import describing_late
from app.scope import guard_session

OF_A_SESSION = "of_a_session"
"""The mark of a connection that a session has taken: see transactions.py."""
POOL_SIZE = 10
POSTGRESQL: Final = {
    "default_transaction_isolation": r"read\ committed",
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "20s",
    "random_page_cost": "1.1",
    "jit": "off",
}
"""What holds for a connection, whatever the server's own settings say. Only who says so first may write."""
PREPARED_AFTER, MOST_PREPARED = 1, 1000
"""Uses after which a statement is prepared on a connection to PostgreSQL, and how many it keeps."""
REDIS_PATIENCE = 1.0
"""Seconds that a request waits for Redis before it goes on without."""


RedisStorage.DEPENDENCIES = {"redis": None}
"""Where requests are counted. By itself it loads a second client as well, which only Valkey's own addresses need."""


class OwnedSession(Session):
    """A session whose reads and writes stay inside the current organization."""


guard_session(OwnedSession)


class Database:
    """One engine and one session per thread."""

    engine: Engine

    def __init__(self) -> None:
        self._sessions = sessionmaker(class_=OwnedSession, expire_on_commit=False)
        self.session: scoped_session[OwnedSession] = scoped_session(self._sessions)

    def bind(self, settings: Settings) -> None:
        """Connect to the database of these settings; nothing is opened before it is needed."""
        self.engine = make_engine(settings)
        self._sessions.configure(bind=self.engine.execution_options(**{OF_A_SESSION: True}))

    @property
    def is_sqlite(self) -> bool:
        """True on the embedded default database."""
        return self.engine.dialect.name == "sqlite"


def make_engine(settings: Settings) -> Engine:
    """An engine whose transactions begin as transactions.py says."""
    if settings.is_sqlite:
        # As an address, a file can be attached that must not be written (whole_ledger.py).
        engine = create_engine(
            settings.database_url,
            pool_size=POOL_SIZE,
            max_overflow=20,
            pool_use_lifo=True,  # the connection that was used last has read most pages
            connect_args={"uri": True},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    engine = create_engine(
        settings.database_url,
        pool_size=POOL_SIZE,
        max_overflow=20,
        pool_use_lifo=True,  # the connection that was used last has most statements prepared
        isolation_level="AUTOCOMMIT",  # BEGIN is ours: see transactions.py
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in POSTGRESQL.items()),
            "prepare_threshold": PREPARED_AFTER,
        },
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """PostgreSQL plans what it has not prepared anew each time, which takes longer than running it."""
    connection.prepared_max = MOST_PREPARED
    connection.cursor_factory = describing_late(connection.cursor_factory)


def _prepare_sqlite(connection: DBAPIConnection, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours: see transactions.py
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "trusted_schema=OFF",
        "cache_size=-1000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def upsert(model: Any) -> Any:
    """An INSERT that can say ON CONFLICT; SQLite and PostgreSQL spell it alike. It goes to the table: the detour by
    the model takes as long again."""
    table = model.__table__
    return sqlite.insert(table) if db.is_sqlite else postgresql.insert(table)


class RedisLink:
    """The connection to Redis or Valkey; losing it never fails a request."""

    client: Redis

    def bind(self, settings: Settings) -> None:
        """Remember where Redis is; the connection opens on first use."""
        self.client = Redis.from_url(
            settings.redis_url, socket_timeout=REDIS_PATIENCE, socket_connect_timeout=REDIS_PATIENCE
        )


db = Database()
redis_link = RedisLink()
login_manager = LoginManager()
# Our sessions live in the database, and end there: its own fingerprint of a browser protects none of them.
login_manager.session_protection = None  # type: ignore[assignment]
csrf = CSRFProtect()
limiter = Limiter(get_remote_address, headers_enabled=True)


def bind_extensions(app: Flask, settings: Settings) -> None:
    """Bind every extension to the application."""
    db.bind(settings)
    redis_link.bind(settings)
    login_manager.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
