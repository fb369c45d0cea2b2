"""What RQ calls: one function that performs the task of one outbox row, exactly once."""

import logging
import traceback
from collections.abc import Callable

from sqlalchemy.orm import configure_mappers

from app.extensions import db
from app.outbox import Errand, Try, begin, claim, mark_done, mark_failed
from app.scope import organization_scope, system_scope
from app.tasks import TASKS
from app.transactions import finish, start_writing, write_transaction

log = logging.getLogger(__name__)


def warm_up() -> None:
    """Compile once, before a work horse is forked for every task, what each of them does first."""
    configure_mappers()
    perform(0, 0)
    start_writing()
    with system_scope("there is no row of this id"):
        claim(0, 0)
    finish()
    db.engine.dispose()


def perform(row_id: int, attempt: int) -> None:
    """Do the task of this row. A second copy of the job finds the try begun and leaves quietly."""
    begun = begin(row_id, attempt)
    if begun is None:
        return
    try:
        task = TASKS[begun.kind]
        if isinstance(task, Errand):
            run_errand(begun, task)
        else:
            keep(begun, lambda: task(**begun.payload))
    except Exception:
        log.exception("Task of outbox row %s failed", row_id)
        fail(begun, traceback.format_exc(limit=-3))


def keep(begun: Try, deed: Callable[[], object]) -> None:
    """Do the deed and mark the row in one transaction: both are kept, or neither."""
    with write_transaction(begun.organization_id):
        row = claim(begun.row_id, begun.attempt)
        if row is not None:
            deed()
            mark_done(row)
            db.session.flush()


def run_errand(begun: Try, errand: Errand) -> None:
    """Reach outside with no transaction open: whoever answers slowly there holds nobody up here."""
    finish()
    with organization_scope(begun.organization_id):
        wanted = errand.read(**begun.payload)
        finish()
        made = None if wanted is None else errand.do(wanted)
    with write_transaction(begun.organization_id):
        errand.note(made, **begun.payload)
        if row := claim(begun.row_id, begun.attempt):
            mark_done(row)
        db.session.flush()


def fail(begun: Try, error: str) -> None:
    """Put the row back for another try; after the last one, say so where people look."""
    with write_transaction(begun.organization_id):
        row = claim(begun.row_id, begun.attempt)
        if row is not None and mark_failed(row, error):
            task = TASKS.get(begun.kind)
            if isinstance(task, Errand):
                task.give_up(**begun.payload, error=error.strip().rpartition("\n")[2])
        db.session.flush()
