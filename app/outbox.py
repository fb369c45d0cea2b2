"""What must happen after the commit: rows of one table, which the relay hands to RQ until they are done.

The database remembers, Redis only wakes the workers up. A row is written in the transaction of its
cause. The relay (leasing.py) leases it and gives RQ a job; the worker begins the leased try, which can
be begun once, and keeps the effect and the row's end in one transaction. What a dead worker or an
emptied Redis leaves behind is leased again.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis.exceptions import RedisError
from sqlalchemy import insert, select, update

from app.extensions import db, redis_link
from app.models import OutboxRow, OutboxState
from app.scope import current_organization_id, system_scope
from app.transactions import after_commit, commit, finish, start_writing

log = logging.getLogger(__name__)

WAKE_CHANNEL = "crosshire:outbox"
QUEUES = ("interactive", "mail", "federation", "bulk")
"""In the order in which the worker looks: what somebody waits for comes first."""
LONG_QUEUE = "long"
"""What takes longer than anybody else can wait has a worker of its own."""
LEASE = timedelta(seconds=60)
"""How long a row stays with whoever has it; after that it is leased again."""
TASK_LIMIT = timedelta(seconds=50)
"""How long a task may take: it must have ended before its lease does."""
LONG_LIMIT = timedelta(minutes=15)
"""How long long work may take: it renews its lease while it makes progress."""
MOST_ATTEMPTS = 10
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=6)
SILENCE = 5.0
"""Seconds without wake-up calls after Redis did not answer one."""


@dataclass(frozen=True)
class Errand:
    """A task that reaches outside, where no transaction can go along.

    `read` finds what is to be done (None when nothing is), `do` does it without any lock held, `note`
    keeps what came of it (None when nothing was to be done), and `give_up` that nothing ever will.
    """

    read: Callable[..., Any]
    do: Callable[[Any], Any]
    note: Callable[..., None]
    give_up: Callable[..., None]


@dataclass(frozen=True)
class Try:
    """One try at a row, begun by this process and by no other."""

    row_id: int
    attempt: int
    organization_id: int
    kind: str
    payload: dict[str, Any]


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


FEW: Final = 20
"""Tasks that people may still be waiting for; more of them are patient."""


@dataclass(frozen=True)
class Wanted:
    """A task to be done after this transaction commits, as of many."""

    kind: str
    dedupe_key: str
    payload: dict[str, Any]


def enqueue_all(tasks: Iterable[Wanted]) -> None:
    """Have several tasks done, in one statement; their rows cannot be had here. Nobody's letter waits behind many."""
    wanted = list(tasks)
    queue = "interactive" if len(wanted) <= FEW else "bulk"
    shared = {"organization_id": current_organization_id(), "queue": queue} | dict.fromkeys(
        ("run_after", "created_at"), datetime.now(UTC)
    )
    rows = [shared | vars(task) for task in wanted]
    if rows:
        db.session.execute(insert(OutboxRow), rows)
        after_commit(wake)


class _Silence:
    """Until when nobody is woken: a Redis that hangs must not slow every request down."""

    until = 0.0


def wake() -> None:
    """Tell the relay that there is something to do; when Redis is away the sweep finds it soon."""
    if time.monotonic() < _Silence.until:
        return
    try:
        redis_link.client.publish(WAKE_CHANNEL, "1")
    except RedisError:
        _Silence.until = time.monotonic() + SILENCE
        log.debug("Redis is away; the sweep will find the row.")


def delay(attempts: int) -> timedelta:
    """How long to wait before the next try: 5 s, four times as long each time, at most 6 hours."""
    wait: timedelta = FIRST_DELAY * 4 ** max(attempts - 1, 0)
    return min(wait, LONGEST_DELAY)


def begin(row_id: int, attempt: int) -> Try | None:
    """Begin this try, unless another copy of the job has begun it or it no longer counts."""
    now = datetime.now(UTC)
    query = (
        update(OutboxRow)
        .where(
            OutboxRow.id == row_id,
            OutboxRow.state == OutboxState.LEASED,
            OutboxRow.attempts == attempt,
            OutboxRow.begun_at.is_(None),
        )
        .values(begun_at=now, leased_until=now + LEASE)
        .returning(OutboxRow.organization_id, OutboxRow.kind, OutboxRow.payload)
    )
    finish()
    start_writing()
    with system_scope("a job only knows the row's id"):
        begun = db.session.execute(query.execution_options(synchronize_session=False)).one_or_none()
        commit()
    finish()
    return Try(row_id, attempt, *begun) if begun else None


def claim(row_id: int, attempt: int) -> OutboxRow | None:
    """The row, locked, if this try is still the one that counts; else nothing."""
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


def mark_failed(row: OutboxRow, error: str) -> bool:
    """Remember why, and try again later. True when that was the last try: a person must look."""
    is_last = row.attempts >= MOST_ATTEMPTS
    row.last_error = error[-2000:]
    row.state = OutboxState.DEAD if is_last else OutboxState.READY
    row.run_after = datetime.now(UTC) + delay(row.attempts)
    return is_last


__all__ = [
    "LEASE", "LONG_LIMIT", "LONG_QUEUE", "MOST_ATTEMPTS", "QUEUES", "TASK_LIMIT", "WAKE_CHANNEL", "Errand", "Try",
    "Wanted", "begin", "claim", "delay", "enqueue", "enqueue_all", "mark_done", "mark_failed", "wake",
]  # fmt: skip
