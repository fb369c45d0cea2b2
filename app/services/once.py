"""Deeds of forms that are sent twice by a double click: done once."""

from datetime import UTC, datetime

from app.actors import Actor
from app.extensions import db, upsert
from app.models import IdempotentRequest
from app.scope import current_organization_id


def is_first(request_id: str, *, by: Actor) -> bool:
    """True the first time that this person sends a form of this id; a refused try does not count.

    Another transaction that sends it at the same moment is waited for. Without an id every time counts.
    """
    if not request_id or by.id is None:
        return True
    row = upsert(IdempotentRequest).values(
        organization_id=current_organization_id(),
        user_id=by.id,
        key=f"form:{request_id}",
        method="POST",
        path="",
        body_hash="",
        status=0,
        headers={},
        body="",
        created_at=datetime.now(UTC),
    )
    kept = row.on_conflict_do_nothing(index_elements=["organization_id", "user_id", "key"])
    return db.session.scalar(kept.returning(IdempotentRequest.id)) is not None
