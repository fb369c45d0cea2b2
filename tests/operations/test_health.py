"""`/healthz` says what works and what does not, to anybody who asks."""

from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import text

from app.extensions import db
from app.models import Heartbeat
from app.outbox import enqueue
from app.transactions import finish, start_writing
from tests.people import House


def parts(client: FlaskClient) -> dict[str, bool]:
    """Which parts are well."""
    answer = client.get("/healthz")
    assert answer.status_code == (200 if answer.json["ready"] else 503)
    return {name: part["ok"] for name, part in answer.json["parts"].items()}


def beat(at: datetime) -> None:
    """Leave a sign of the relay's life."""
    finish()
    start_writing()
    db.session.merge(Heartbeat(name="relay", beat_at=at))
    db.session.commit()
    finish()


def test_what_is_missing_is_named_and_the_web_is_ready_all_the_same(client: FlaskClient) -> None:
    found = parts(client)
    found.pop("months", None)
    assert found == {"database": True, "schema": True, "redis": False, "worker": False}
    assert client.get("/readyz").status_code == 200


def test_a_worker_that_was_silent_for_long_counts_as_stopped(client: FlaskClient) -> None:
    beat(datetime.now(UTC))
    assert parts(client)["worker"] is True
    beat(datetime.now(UTC) - timedelta(minutes=2))
    assert parts(client)["worker"] is False


def test_work_that_waits_for_long_is_told(client: FlaskClient, house: House) -> None:
    beat(datetime.now(UTC))
    with house.writing():
        enqueue("holds.expire", run_after=datetime.now(UTC) - timedelta(minutes=11))
    assert parts(client)["worker"] is False


def test_another_schema_is_not_ready(client: FlaskClient) -> None:
    finish()
    start_writing()
    db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    db.session.commit()
    finish()
    assert parts(client)["schema"] is False
    assert client.get("/readyz").status_code == 503
