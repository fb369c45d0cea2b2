"""What waits for a person."""

from sqlalchemy import func, select

from app.extensions import db
from app.models import Notification
from app.queries.paging import Page, paged


def unread_count(user_id: int) -> int:
    """How many notifications a person has not read."""
    query = select(func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return db.session.scalar(query) or 0


def notifications_page(user_id: int, page: int) -> Page[Notification]:
    """A person's notifications, newest first."""
    query = select(Notification).where(Notification.user_id == user_id)
    return paged(query.order_by(Notification.id.desc()), page)
