"""What must happen after the commit: rows of one table, handed to RQ, swept until they are done.

The database remembers, Redis only wakes the workers up. A row is written in the transaction of its
cause; the relay leases it and gives RQ a job; the worker claims the lease, and keeps the effect and
the row's end in one transaction. What a dead worker or an emptied Redis leaves behind is leased again.
"""

import logging
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import ColumnElement, or_, select, update

from app.extensions import db, redis_link
from app.models import OutboxRow, OutboxState
from app.scope import system_scope
from app.transactions import after_commit, commit, finish, start_writing

log = logging.getLogger(__name__)

WAKE_CHANNEL = "crosshire:outbox"
LEASE = timedelta(seconds=60)
BATCH = 100
MOST_ATTEMPTS = 8
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)
QUEUES = ("interactive", "mail", "federation", "bulk")


def enqueue(
    kind: str,
    *,
    dedupe_key: str | None = None,
    run_after: datetime | None = None,
    queue: str = "interactive",
    **payload: Any,
) -> OutboxRow:
    """Have a task done after this transaction commits. `payload` holds ids and plain values only.

    Two rows of one kind with the same dedupe key cannot exist, so a cause has its effect once.
    """
    now = datetime.now(UTC)
    row = OutboxRow(
        kind=kind,
        payload=payload,
        dedupe_key=dedupe_key,
        queue=queue,
        run_after=run_after or now,
        created_at=now,
    )
    db.session.add(row)
    after_commit(wake)
    return row


def wake() -> None:
    """Tell the relay that there is something to do; when Redis is away the sweep finds it soon."""
    try:
        redis_link.client.publish(WAKE_CHANNEL, "1")
    except RedisError:
        log.debug("Redis is away; the sweep will find the row.")


def delay(attempts: int) -> timedelta:
    """How long to wait before the next try: 5 s, doubled each time, at most an hour."""
    wait: timedelta = FIRST_DELAY * 2 ** max(attempts - 1, 0)
    return min(wait, LONGEST_DELAY)


def lease_ready_rows(now: datetime) -> list[tuple[int, int, str]]:
    """Take the rows that are due, or whose lease ran out, and lease them: (id, attempt, queue)."""
    finish()
    with system_scope("the relay serves every organization"):
        if not db.session.scalar(select(OutboxRow.id).where(is_due(now)).limit(1)):
            return []
        finish()
        start_writing()
        query = select(OutboxRow).where(is_due(now)).order_by(OutboxRow.id).limit(BATCH)
        leased = [_lease(row, now) for row in db.session.scalars(query.with_for_update(skip_locked=True))]
        commit()
    return [row for row in leased if row]


def is_due(now: datetime) -> ColumnElement[bool]:
    """Ready and its time has come, or leased by somebody who did not finish in time."""
    return or_(
        (OutboxRow.state == OutboxState.READY) & (OutboxRow.run_after <= now),
        (OutboxRow.state == OutboxState.LEASED) & (OutboxRow.leased_until <= now),
    )


def _lease(row: OutboxRow, now: datetime) -> tuple[int, int, str] | None:
    if row.attempts >= MOST_ATTEMPTS:
        row.state = OutboxState.DEAD
        return None
    row.state = OutboxState.LEASED
    row.attempts += 1
    row.leased_until = now + LEASE
    return row.id, row.attempts, row.queue


def hand_over(leased: Iterable[tuple[int, int, str]]) -> None:
    """Give RQ one job per leased row. Raises RedisError; the lease then runs out and the row returns."""
    for row_id, attempt, queue in leased:
        Queue(queue, connection=redis_link.client, serializer=JSONSerializer).enqueue(
            "app.jobs.perform", row_id, attempt, job_id=f"outbox-{row_id}-{attempt}", result_ttl=0
        )


def give_back(leased: Iterable[tuple[int, int, str]], now: datetime) -> None:
    """Redis was away: make the rows ready again without counting the try."""
    finish()
    start_writing()
    with system_scope("the relay serves every organization"):
        for row_id, attempt, _ in leased:
            db.session.execute(
                update(OutboxRow)
                .where(OutboxRow.id == row_id, OutboxRow.attempts == attempt)
                .values(state=OutboxState.READY, attempts=attempt - 1, run_after=now + FIRST_DELAY)
            )
        commit()


def claim(row_id: int, attempt: int) -> OutboxRow | None:
    """The leased row, locked, if this attempt is still the one that counts; else nothing."""
    query = select(OutboxRow).where(OutboxRow.id == row_id).with_for_update()
    row = db.session.scalars(query).one_or_none()
    if row is None or row.state is not OutboxState.LEASED or row.attempts != attempt:
        return None
    return row


def mark_done(row: OutboxRow) -> None:
    """The effect and this mark are kept by the same commit."""
    row.state = OutboxState.DONE
    row.done_at = datetime.now(UTC)
    row.last_error = ""


def mark_failed(row_id: int, attempt: int, error: str) -> None:
    """Remember why, and try again later; after the last try a person must look."""
    finish()
    start_writing()
    with system_scope("a failed task is put back for its own organization"):
        if row := claim(row_id, attempt):
            row.last_error = error[:2000]
            row.state = OutboxState.DEAD if attempt >= MOST_ATTEMPTS else OutboxState.READY
            row.run_after = datetime.now(UTC) + delay(attempt)
        commit()
    finish()


def organization_of(row_id: int) -> int | None:
    """Whose row it is."""
    with system_scope("a job only knows the row's id"):
        return db.session.scalar(select(OutboxRow.organization_id).where(OutboxRow.id == row_id))


def listen_for_wake_up(woken: threading.Event) -> None:
    """Wait in the background for wake-up calls; losing Redis only means waiting for the next sweep."""
    while True:
        try:
            listener = redis_link.client.pubsub(ignore_subscribe_messages=True)
            listener.subscribe(WAKE_CHANNEL)
            while True:
                if listener.get_message(timeout=REST):
                    woken.set()
        except (RedisError, OSError, ValueError):
            woken.wait(REST)


REST = 0.9
"""Seconds between sweeps; shorter than the socket's patience, so that waiting is never an error."""


def sweep(now: datetime) -> int:
    """One round of the relay; how many rows were handed over."""
    leased = lease_ready_rows(now)
    try:
        hand_over(leased)
    except (RedisError, OSError):
        give_back(leased, now)
        return 0
    return len(leased)


__all__ = [
    "QUEUES", "claim", "delay", "enqueue", "give_back", "hand_over", "lease_ready_rows", "listen_for_wake_up",
    "mark_done", "mark_failed", "organization_of", "sweep", "wake",
]  # fmt: skip
