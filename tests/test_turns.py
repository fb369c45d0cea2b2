"""Writers on SQLite take turns: nobody is left waiting while the file is free."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import turns
from app.application import create_app
from app.config import Settings
from app.extensions import db
from app.transactions import finish, start_writing
from app.turns import PATIENCE
from tests.databases import SqliteServer

WRITERS, TIMES = 8, 60
LONGEST = 2.0
"""Seconds that the unluckiest writer may wait; without turns it sleeps twice as long, while others pass it."""


@pytest.fixture
def on_sqlite(sqlite_server: SqliteServer, tmp_path: Path) -> Iterator[Flask]:
    """The application on SQLite, whatever the others run on."""
    url = sqlite_server.make()
    settings = Settings(
        data_dir=tmp_path, database_url=url, redis_url="unix:///absent.sock", base_url="http://localhost",
        secret_key="a key for tests that is long enough to be taken", testing=True,
    )  # fmt: skip
    yield create_app(settings)
    finish()
    db.engine.dispose()
    sqlite_server.drop(url)


def test_of_many_writers_none_waits_for_long(on_sqlite: Flask) -> None:
    waits: list[float] = []

    def write() -> None:
        for _ in range(TIMES):
            with on_sqlite.app_context():
                begun = time.monotonic()
                start_writing()
                db.session.execute(text("UPDATE alembic_version SET version_num = version_num"))
                waits.append(time.monotonic() - begun)
                time.sleep(0.002)
                db.session.commit()
                finish()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == WRITERS * TIMES
    assert max(waits) < LONGEST, max(waits)


def test_a_writer_that_fails_passes_its_turn_on(on_sqlite: Flask) -> None:
    for _ in range(2):
        start_writing()
        with pytest.raises(Exception, match="no such table"):
            db.session.execute(text("UPDATE no_such_table SET x = 1"))
        finish()
    start_writing()
    db.session.execute(text("UPDATE alembic_version SET version_num = version_num"))
    finish()


def test_a_connection_that_writes_on_after_a_commit_does_not_wait_for_itself(on_sqlite: Flask) -> None:
    begun = time.monotonic()
    start_writing()
    with db.engine.connect() as connection:
        for _ in range(2):
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
            connection.commit()
    finish()
    assert time.monotonic() - begun < PATIENCE / 2


def test_a_writer_is_told_in_time_that_the_file_is_locked(
    on_sqlite: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.2)
    db.session.execute(text("SELECT 1"))
    finish()
    path = db.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as somebody_else:
        somebody_else.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        start_writing()
        with pytest.raises(OperationalError, match="locked"):
            db.session.execute(text("UPDATE alembic_version SET version_num = version_num"))
        finish()
    assert 0.2 <= time.monotonic() - begun < PATIENCE / 2
