"""The relay's half of the outbox: leasing rows that are due and handing them to RQ."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import ColumnElement, func, or_, select, update

from app.extensions import db, redis_link
from app.models import OutboxRow, OutboxState
from app.outbox import (
    FIRST_DELAY,
    LEASE,
    LONG_LIMIT,
    LONG_QUEUE,
    MOST_ATTEMPTS,
    QUEUES,
    TASK_LIMIT,
    WAKE_CHANNEL,
)
from app.scope import system_scope
from app.transactions import commit, finish, start_writing

REST = 0.9
"""Seconds between sweeps; shorter than the socket's patience, so that waiting is never an error."""
MOST_WAITING = 200
"""Rows of one queue that lie in Redis at a time: the backlog waits in the database."""
KEEP_FAILED = 24 * 3600
MARK = "crosshire:outbox:handed-over"
"""A key in Redis. When it is gone, so is all that was handed over."""
WORKER_DIED = "The worker ended before the task did."


@dataclass(frozen=True)
class Lease:
    """One row, given away for one try."""

    row_id: int
    attempt: int
    queue: str

    @property
    def job_id(self) -> str:
        """What RQ calls the try."""
        return f"outbox-{self.row_id}-{self.attempt}"


def sweep(now: datetime) -> int:
    """One round of the relay; how many rows were handed over."""
    finish()
    leases: list[Lease] = []
    with system_scope("the relay serves every organization"):
        try:
            notice_emptied_redis(now)
            leases = lease_ready_rows(now)
            hand_over(leases)
        except (RedisError, OSError):
            give_back(leases, now)
            return 0
        finally:
            finish()
    return len(leases)


def notice_emptied_redis(now: datetime) -> None:
    """Redis forgot everything: lease at once what was handed over and never begun. Raises RedisError."""
    if not redis_link.client.set(MARK, "1", nx=True):
        return
    start_writing()
    db.session.execute(
        update(OutboxRow)
        .where(OutboxRow.state == OutboxState.LEASED, OutboxRow.begun_at.is_(None))
        .values(leased_until=now)
    )
    commit()


def lease_ready_rows(now: datetime) -> list[Lease]:
    """Take the rows that are due, or whose lease ran out, as far as there is room in Redis."""
    due = set(db.session.scalars(select(OutboxRow.queue).where(is_due(now)).distinct()))
    if not due:
        return []
    finish()
    start_writing()
    waiting = waiting_rows(now)
    leases = [
        lease
        for queue in (*QUEUES, LONG_QUEUE)
        if queue in due
        for row in due_rows(queue, MOST_WAITING - waiting.get(queue, 0), now)
        if (lease := lease_row(row, now))
    ]
    commit()
    return leases


def is_due(now: datetime) -> ColumnElement[bool]:
    """Ready and its time has come, or leased by somebody who did not finish in time."""
    return or_(
        (OutboxRow.state == OutboxState.READY) & (OutboxRow.run_after <= now),
        (OutboxRow.state == OutboxState.LEASED) & (OutboxRow.leased_until <= now),
    )


def waiting_rows(now: datetime) -> dict[str, int]:
    """Queue → how many rows were handed over and have not been begun."""
    query = (
        select(OutboxRow.queue, func.count())
        .where(
            OutboxRow.state == OutboxState.LEASED, OutboxRow.begun_at.is_(None), OutboxRow.leased_until > now
        )
        .group_by(OutboxRow.queue)
    )
    return dict(db.session.execute(query).all())


def due_rows(queue: str, room: int, now: datetime) -> Iterable[OutboxRow]:
    """The oldest due rows of a queue, locked; those that somebody holds are passed over."""
    if room <= 0:
        return ()
    query = select(OutboxRow).where(is_due(now), OutboxRow.queue == queue).order_by(OutboxRow.id).limit(room)
    return db.session.scalars(query.with_for_update(skip_locked=True)).all()


def lease_row(row: OutboxRow, now: datetime) -> Lease | None:
    """Lease a row for its next try; after the last one it is dead.

    A row that was handed over but never begun keeps its try: waiting in a queue is no failure.
    """
    never_begun = row.state is OutboxState.LEASED and row.begun_at is None
    if not never_begun:
        if row.attempts >= MOST_ATTEMPTS:
            row.state, row.last_error = OutboxState.DEAD, row.last_error or WORKER_DIED
            return None
        row.attempts += 1
    row.state, row.leased_until, row.begun_at = OutboxState.LEASED, now + LEASE, None
    return Lease(row.id, row.attempts, row.queue)


def hand_over(leases: Iterable[Lease]) -> None:
    """Give RQ one job per lease, unless it lies there already. Raises RedisError."""
    for lease in leases:
        queue = Queue(lease.queue, connection=redis_link.client, serializer=JSONSerializer)
        if queue.get_job_position(lease.job_id) is None:
            queue.enqueue(
                "app.jobs.perform",
                lease.row_id,
                lease.attempt,
                job_id=lease.job_id,
                job_timeout=int(limit_of(lease.queue).total_seconds()),
                result_ttl=0,
                failure_ttl=KEEP_FAILED,
            )


def limit_of(queue: str) -> timedelta:
    """How long a task of a queue may take before its worker ends it."""
    return LONG_LIMIT if queue == LONG_QUEUE else TASK_LIMIT


def give_back(leases: Iterable[Lease], now: datetime) -> None:
    """Redis was away: make the rows ready again without counting the try; what was begun stays begun."""
    finish()
    start_writing()
    for lease in leases:
        db.session.execute(
            update(OutboxRow)
            .where(
                OutboxRow.id == lease.row_id,
                OutboxRow.attempts == lease.attempt,
                OutboxRow.state == OutboxState.LEASED,
                OutboxRow.begun_at.is_(None),
            )
            .values(state=OutboxState.READY, attempts=lease.attempt - 1, run_after=now + FIRST_DELAY)
        )
    commit()


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


__all__ = ["REST", "Lease", "lease_ready_rows", "listen_for_wake_up", "sweep"]
