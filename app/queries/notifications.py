"""What waits for a person."""

from collections.abc import Sequence

from sqlalchemy import func, select

from app.extensions import db
from app.models import Notification


def unread_count(user_id: int) -> int:
    """How many notifications a person has not read."""
    query = select(func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return db.session.scalar(query) or 0


def latest(user_id: int, limit: int = 50) -> Sequence[Notification]:
    """A person's notifications, newest first."""
    query = select(Notification).where(Notification.user_id == user_id)
    return db.session.scalars(query.order_by(Notification.id.desc()).limit(limit)).all()
