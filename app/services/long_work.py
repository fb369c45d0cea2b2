"""Work that takes longer than a page may: asked for in a request, done by the worker, seen while it is done.

Whoever asks gets a row at once. The worker makes the result without holding anything, says from time to time
how far it is, and hears there that it is to stop. What is to be written is written at the end, in one short
transaction together with the row's own end: a cancelled work leaves nothing behind, and one whose worker died
begins anew and is done once. What would take too long for one transaction is written part after part by the
work itself, which then goes on where it was, and says when it is stopped what it leaves behind.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from app.actors import Actor
from app.extensions import db
from app.models import LongWork, OutboxRow, OutboxState, StoredFile, WorkState
from app.outbox import LEASE, LONG_QUEUE, Errand, enqueue
from app.refusals import Refused
from app.scope import current_organization_id
from app.services.sessions import actor_of_user
from app.transactions import finish, write_transaction

log = logging.getLogger(__name__)

TASK = "work.do"
KEPT = timedelta(days=7)
"""How long the file of a work can be fetched."""
SAID_EVERY = 0.5
"""Seconds between two notes of how far a work is: each is a transaction."""
UNDER_WAY = (WorkState.WAITING, WorkState.RUNNING)


class Cancelled(Exception):
    """Somebody wants the work to stop. With words: what it leaves behind."""


@dataclass(frozen=True)
class Made:
    """What a work made: what is to be said about it, a file to fetch, and what is to be written.

    `keep` runs in the last transaction, and what it answers is added to `outcome`. It locks what it needs.
    """

    outcome: dict[str, Any] = field(default_factory=dict)
    file_name: str = ""
    media_type: str = "text/csv"
    content: bytes | None = None
    keep: Callable[[], dict[str, Any]] | None = None
    is_written: bool = False
    """True where everything is written already: it is too late to stop."""


class Progress:
    """How far a work is. Between two steps nothing of the database is held, so that people can go on writing."""

    def __init__(self, work_id: int) -> None:
        self.work_id = work_id
        self.done = 0
        self.said_at = 0.0

    def begin(self, steps: int, message: str = "") -> None:
        """There are so many steps. Raises Cancelled."""
        self.done = 0
        self.say(steps=steps, message=message)

    def step(self, count: int = 1, message: str | None = None) -> None:
        """So many more steps are done. Ends whatever transaction is open. Raises Cancelled."""
        self.done += count
        if message is not None or time.monotonic() - self.said_at >= SAID_EVERY:
            self.say(**({} if message is None else {"message": message}))

    def say(self, **news: Any) -> None:
        """Keep how far it is, and keep the task from being given to another worker. Raises Cancelled."""
        self.said_at = time.monotonic()
        with write_transaction(current_organization_id()):
            said = update(LongWork).where(LongWork.id == self.work_id, LongWork.state == WorkState.RUNNING)
            is_to_stop = db.session.scalar(
                said.values(steps_done=self.done, **news)
                .returning(LongWork.is_cancel_asked)
                .execution_options(synchronize_session=False)
            )
            renew_lease(self.work_id)
        if is_to_stop is not False:
            raise Cancelled


def renew_lease(work_id: int) -> None:
    """Whoever still makes progress keeps the task."""
    mine = (OutboxRow.kind == TASK) & (OutboxRow.dedupe_key == dedupe_key(work_id))
    db.session.execute(
        update(OutboxRow)
        .where(mine, OutboxRow.state == OutboxState.LEASED)
        .values(leased_until=datetime.now(UTC) + LEASE)
        .execution_options(synchronize_session=False)
    )


def dedupe_key(work_id: int) -> str:
    """One task for each work."""
    return f"work:{work_id}"


def begin_work(kind: str, title: str, wanted: dict[str, Any], *, by: Actor) -> LongWork:
    """Have a work done after this transaction commits. `wanted` holds ids and plain values only."""
    work = LongWork(
        kind=kind, title=title, wanted=wanted, outcome={}, by_id=by.id, created_at=datetime.now(UTC)
    )
    db.session.add(work)
    db.session.flush()
    enqueue(TASK, dedupe_key=dedupe_key(work.id), queue=LONG_QUEUE, work_id=work.id)
    db.session.flush()
    return work


def cancel_work(work: LongWork) -> None:
    """Let a work stop at its next step; one that has not begun stops now, one that has ended stays as it is."""
    lock_work(work.id)
    if work.state is WorkState.WAITING:
        end(work, WorkState.CANCELLED)
    elif work.state is WorkState.RUNNING:
        work.is_cancel_asked = True
    db.session.flush()


def lock_work(work_id: int) -> LongWork:
    """The row as it is now; nobody else ends it meanwhile."""
    query = select(LongWork).where(LongWork.id == work_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def end(work: LongWork, state: WorkState, message: str = "") -> None:
    """It is over."""
    work.state, work.message, work.ended_at = state, message, datetime.now(UTC)


@dataclass(frozen=True)
class Asked:
    """A work as the worker knows it while no transaction is open."""

    work_id: int
    kind: str
    wanted: dict[str, Any]
    by: Actor


@dataclass(frozen=True)
class Ended:
    """How the making of a work ended."""

    state: WorkState
    made: Made = field(default_factory=Made)
    message: str = ""


Maker = Callable[[dict[str, Any], Progress, Actor], Made]


@dataclass(frozen=True)
class Workshop:
    """The sorts of work that the worker knows how to do, as the task of the outbox."""

    makers: dict[str, Maker]

    @property
    def errand(self) -> Errand:
        """Doing one work: it is made while nothing is held."""
        return Errand(asked_for, self.do, keep, give_up)

    def do(self, asked: Asked) -> Ended:
        """Make what is wanted. What went wrong for good is said where the person looks; what timing or the
        network did to the database is tried again."""
        start(asked.work_id)
        try:
            made = self.makers[asked.kind](asked.wanted, Progress(asked.work_id), asked.by)
            return Ended(WorkState.DONE, made)
        except Cancelled as stopped:
            return Ended(WorkState.CANCELLED, message=str(stopped))
        except Refused as refused:
            return Ended(WorkState.FAILED, message=refused.message)
        except DBAPIError:
            raise
        except Exception:
            log.exception("Work %s failed", asked.work_id)
            return Ended(WorkState.FAILED, message="Something went wrong here. It has been noted.")
        finally:
            finish()


def asked_for(work_id: int) -> Asked | None:
    """What is to be made; nothing once the work has ended."""
    work = db.session.get_one(LongWork, work_id)
    if work.state not in UNDER_WAY or work.by_id is None:
        return None
    by = actor_of_user(work.by_id)
    return None if by is None else Asked(work.id, work.kind, dict(work.wanted), by)


def start(work_id: int) -> None:
    """It is being done, from the beginning, whatever became of an earlier try."""
    with write_transaction(current_organization_id()):
        work = lock_work(work_id)
        if work.state is WorkState.WAITING:
            work.state, work.begun_at = WorkState.RUNNING, datetime.now(UTC)
        work.steps_done = 0


def keep(ended: Ended | None, work_id: int) -> None:
    """Write what was made, and that the work is over, in one transaction. Another copy was faster: nothing."""
    work = lock_work(work_id)
    if work.state not in UNDER_WAY:
        return
    if ended is None:
        end(work, WorkState.FAILED, "Whoever asked for it is not here any more.")
    elif ended.state is not WorkState.DONE or (work.is_cancel_asked and not ended.made.is_written):
        end(work, WorkState.CANCELLED if work.is_cancel_asked else ended.state, ended.message)
    else:
        keep_made(work, ended.made)
    db.session.flush()


def keep_made(work: LongWork, made: Made) -> None:
    """The result itself. What is refused now is refused as a whole."""
    written = db.session.begin_nested()
    try:
        kept = made.keep() if made.keep else {}
        work.file_id = store(made).id if made.content is not None else None
    except Refused as refused:
        written.rollback()
        end(lock_work(work.id), WorkState.FAILED, refused.message)
        return
    written.commit()
    work.outcome = {**made.outcome, **kept}
    work.steps_done = work.steps
    end(work, WorkState.DONE)


def store(made: Made) -> StoredFile:
    """The file that can be fetched."""
    content = made.content or b""
    row = StoredFile(
        name=made.file_name, media_type=made.media_type, sha256=sha256(content).hexdigest(), content=content,
        created_at=datetime.now(UTC),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def give_up(work_id: int, error: str) -> None:
    """However often it was tried, the database was away."""
    work = lock_work(work_id)
    if work.state in UNDER_WAY:
        end(work, WorkState.FAILED, "It could not be done, however often it was tried.")


def drop_old_files() -> None:
    """Files of works that ended long ago can be made again, and are kept no longer."""
    old = LongWork.ended_at < datetime.now(UTC) - KEPT
    ids = list(db.session.scalars(select(LongWork.file_id).where(old, LongWork.file_id.is_not(None))))
    if not ids:
        return
    db.session.execute(update(LongWork).where(LongWork.file_id.in_(ids)).values(file_id=None))
    db.session.execute(delete(StoredFile).where(StoredFile.id.in_(ids)))
