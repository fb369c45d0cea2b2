"""One transaction at the edge: what it keeps, and what a connection remembers after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.application import create_app
from app.config import Settings
from app.extensions import db
from app.models import Organization
from app.scope import system_scope
from app.transactions import finish
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
