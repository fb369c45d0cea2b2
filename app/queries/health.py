"""How each part of this installation is: what `/healthz` and `crosshire doctor` tell."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.extensions import db, redis_link
from app.models import Heartbeat, OutboxRow, OutboxState
from app.queries.partitions import ENOUGH_AHEAD, months_ahead
from app.revisions import head_revision
from app.scope import system_scope

LATE = timedelta(seconds=60)
"""A worker that has given no sign for this long counts as stopped."""
STUCK = timedelta(minutes=10)
"""Something that was due this long ago and is still waiting counts as stuck."""


@dataclass(frozen=True)
class Health:
    """One part: whether it works, and in a word or two why not."""

    ok: bool
    told: str


def health_of_parts() -> dict[str, Health]:
    """Every part by name, the database first: without it nothing else can be asked."""
    months = {} if db.is_sqlite else {"months": asked_safely(months_health)}
    return {**health_of_web(), **months, "redis": redis_health(), "worker": asked_safely(worker_health)}


def health_of_web() -> dict[str, Health]:
    """What the web alone needs to answer requests."""
    return {"database": asked_safely(database_health), "schema": asked_safely(schema_health)}


def asked_safely(question: Callable[[], Health]) -> Health:
    """The answer, or that the database cannot be asked."""
    try:
        return question()
    except DBAPIError:
        db.session.rollback()
        return Health(False, "unreachable")


def database_health() -> Health:
    """Whether the database answers."""
    db.session.execute(text("SELECT 1"))
    return Health(True, db.engine.dialect.name)


def schema_health() -> Health:
    """Whether the database has the schema of this code."""
    revision = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    if revision == head_revision():
        return Health(True, str(revision))
    return Health(False, f"{revision} instead of {head_revision()}")


def months_health() -> Health:
    """Whether the ledger's months are made ahead; without them it goes on, only more slowly."""
    ahead = months_ahead(db.session.connection(), datetime.now(UTC))
    return Health(ahead >= ENOUGH_AHEAD, f"{ahead} made ahead")


def redis_health() -> Health:
    """Whether Redis or Valkey answers."""
    try:
        redis_link.client.ping()
    except RedisError:
        return Health(False, "unreachable")
    return Health(True, "answers")


def worker_health() -> Health:
    """Whether the relay has given a sign lately, and nothing has been waiting for long."""
    now = datetime.now(UTC)
    beat = db.session.scalar(select(Heartbeat.beat_at).where(Heartbeat.name == "relay"))
    if beat is None:
        return Health(False, "not started yet")
    if now - beat > LATE:
        return Health(False, f"silent for {int((now - beat).total_seconds())} s")
    waiting = waiting_since(now)
    if waiting > STUCK:
        return Health(False, f"work has been waiting for {int(waiting.total_seconds())} s")
    return Health(True, "at work")


def waiting_since(now: datetime) -> timedelta:
    """For how long the oldest task that is due has been waiting."""
    with system_scope("the installation's health concerns every organization"):
        oldest = db.session.scalar(
            select(func.min(OutboxRow.run_after)).where(
                OutboxRow.state == OutboxState.READY, OutboxRow.run_after <= now
            )
        )
    return now - oldest if oldest else timedelta()
