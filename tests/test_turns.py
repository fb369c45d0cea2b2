"""Writers on SQLite take turns: nobody is left waiting while the file is free."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app.application import create_app
from app.config import Settings
from app.extensions import db
from app.transactions import finish, start_writing
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
