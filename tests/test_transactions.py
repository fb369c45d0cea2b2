"""One transaction at the edge: what it keeps, and what a connection remembers after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.application import create_app
from app.config import Settings
from app.extensions import db
from app.models import Organization
from app.scope import system_scope
from app.transactions import driver, finish, read_in_portions
from tests.databases import PostgresServer
from tests.people import House, found_house

NAME = select(Organization.name)
RENAME = update(Organization).values(name="Another")


def test_what_is_written_where_nobody_said_so_is_not_kept(house: House) -> None:
    with house.reading():
        try:
            db.session.execute(RENAME)
        except DBAPIError as refusal:
            assert not db.is_sqlite and "read-only" in str(refusal)
    with house.reading():
        assert db.session.scalar(NAME) != "Another"


def test_after_reading_a_connection_writes(house: House) -> None:
    with house.reading():
        db.session.scalar(NAME)
    with house.writing():
        db.session.execute(RENAME)
    with house.reading():
        assert db.session.scalar(NAME) == "Another"


@pytest.fixture
def on_postgresql(postgresql_server: PostgresServer, tmp_path: Path) -> Iterator[Flask]:
    """The application on PostgreSQL, whatever the others run on."""
    url = postgresql_server.make()
    settings = Settings(
        data_dir=tmp_path, database_url=url, redis_url="unix:///absent.sock", base_url="http://localhost",
        secret_key="a key for tests that is long enough to be taken", testing=True,
    )  # fmt: skip
    yield create_app(settings)
    finish()
    db.engine.dispose()
    postgresql_server.drop(url)


def test_a_connection_keeps_what_it_prepared_when_reading_ends(on_postgresql: Flask) -> None:
    house = found_house(on_postgresql)
    for _ in range(3):
        with house.reading():
            db.session.scalar(NAME)
    with system_scope("what the connection itself keeps"):
        prepared = db.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("organization.name" in statement for statement in prepared)


def waits() -> tuple[str, str]:
    """How long the current transaction waits for a lock, and for a statement."""
    return tuple(db.session.scalar(text(f"SHOW {name}")) for name in ("lock_timeout", "statement_timeout"))  # type: ignore[return-value]


def standing() -> TransactionStatus:
    """Whether the connection of the session is in a transaction, as PostgreSQL has told last."""
    return TransactionStatus(driver(db.session.connection()).pgconn.transaction_status)


def test_who_writes_waits_for_nobody_for_long_and_who_reads_may_take_its_time(on_postgresql: Flask) -> None:
    house = found_house(on_postgresql)
    with system_scope("what the connection itself says"):
        with house.writing():
            assert waits() == ("3s", "15s")
        with house.reading():
            assert waits() == ("0", "0")


def test_who_reads_needs_no_transaction_unless_rows_come_in_portions(on_postgresql: Flask) -> None:
    house = found_house(on_postgresql)
    with house.reading():
        db.session.scalar(NAME)
        assert standing() is TransactionStatus.IDLE
        read_in_portions()
        assert len(list(db.session.scalars(NAME.execution_options(yield_per=1)))) == 1
        assert standing() is TransactionStatus.INTRANS
        with pytest.raises(DBAPIError, match="read-only"):
            db.session.execute(RENAME)
    with house.reading():
        db.session.scalar(NAME)
        assert standing() is TransactionStatus.IDLE


def test_columns_are_described_when_somebody_asks(on_postgresql: Flask) -> None:
    house = found_house(on_postgresql)
    with house.reading():
        cursor = driver(db.session.connection()).execute("SELECT 1 AS one, 'x' AS two")
        assert len(cursor.description) == 2 and [column.name for column in cursor.description] == [
            "one",
            "two",
        ]
        asked = db.session.connection().exec_driver_sql("SELECT 1 AS one, 'x' AS two")
        assert list(asked.keys()) == ["one", "two"] and asked.one().two == "x"
    with house.writing():
        told = driver(db.session.connection()).execute("UPDATE organization SET name = name")
        assert told.description is None and told.rowcount == 1


def test_a_writing_transaction_that_did_not_begin_writes_nothing(on_postgresql: Flask) -> None:
    house = found_house(on_postgresql)
    with pytest.raises(DBAPIError, match="read-only"), house.writing():
        driver(db.session.connection()).pgconn.exec_(b"ROLLBACK")
        db.session.execute(RENAME)
    with house.reading():
        assert db.session.scalar(NAME) != "Another"
