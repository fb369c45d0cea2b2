"""Giving tasks that died another chance."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Delivery, DeliveryState, OutboxRow, OutboxState
from app.outbox import wake
from app.services.activities import record
from app.transactions import after_commit


def retry(row: OutboxRow, *, by: Actor) -> None:
    """Let a dead task be tried again from the beginning, now."""
    if row.state is not OutboxState.DEAD:
        return
    revive(row)
    record("task.retried", row, by=by, label=row.kind)


def revive(row: OutboxRow) -> None:
    """Begin a dead task anew; the message that it was to send waits again."""
    row.state, row.attempts, row.run_after = OutboxState.READY, 0, datetime.now(UTC)
    if delivery_id := row.payload.get("delivery_id"):
        wait_again(int(delivery_id))
    db.session.flush()
    after_commit(wake)


def wait_again(delivery_id: int) -> None:
    """A message that was given up waits again."""
    query = select(Delivery).where(Delivery.id == delivery_id, Delivery.state == DeliveryState.FAILED)
    if delivery := db.session.scalars(query).one_or_none():
        delivery.state = DeliveryState.WAITING


def retry_all(*, by: Actor) -> int:
    """Let every dead task be tried again; how many there were."""
    rows = db.session.scalars(select(OutboxRow).where(OutboxRow.state == OutboxState.DEAD)).all()
    for row in rows:
        retry(row, by=by)
    return len(rows)
