"""Throwing away what nobody needs any more."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete

from app.extensions import db
from app.models import IdempotentRequest, OutboxRow, OutboxState

KEEP_DONE = timedelta(days=14)
KEEP_ANSWERS = timedelta(days=30)


def tidy_outbox() -> None:
    """Delete finished outbox rows after 14 days and remembered API answers after 30."""
    now = datetime.now(UTC)
    done = (OutboxRow.state == OutboxState.DONE) & (OutboxRow.done_at < now - KEEP_DONE)
    db.session.execute(delete(OutboxRow).where(done))
    db.session.execute(delete(IdempotentRequest).where(IdempotentRequest.created_at < now - KEEP_ANSWERS))
