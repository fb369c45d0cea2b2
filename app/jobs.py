"""What RQ calls: one function that performs the task of one outbox row, exactly once."""

import logging
import traceback

from app.extensions import db
from app.outbox import claim, mark_done, mark_failed, organization_of
from app.tasks import TASKS
from app.transactions import finish, write_transaction

log = logging.getLogger(__name__)


def perform(row_id: int, attempt: int) -> None:
    """Do the task of this row and keep its effect and the row's end in one transaction.

    A second copy of the job finds the row claimed or done and leaves quietly.
    """
    organization_id = organization_of(row_id)
    finish()
    if organization_id is None:
        return
    try:
        with write_transaction(organization_id):
            row = claim(row_id, attempt)
            if row is None:
                return
            TASKS[row.kind](**row.payload)
            mark_done(row)
            db.session.flush()
    except Exception:
        log.exception("Task of outbox row %s failed", row_id)
        mark_failed(row_id, attempt, traceback.format_exc(limit=-3))
