"""What waits for a person."""

from typing import Final

from sqlalchemy import bindparam, func, select

from app.extensions import db
from app.models import Notification
from app.queries.paging import PER_PAGE, Page, paged

UNREAD: Final = (
    select(func.count())
    .select_from(Notification)
    .where(Notification.user_id == bindparam("user"), Notification.read_at.is_(None))
)


def unread_count(user_id: int) -> int:
    """How many notifications a person has not read."""
    return db.session.scalar(UNREAD, {"user": user_id}) or 0


def notifications_page(user_id: int, page: int, per_page: int = PER_PAGE) -> Page[Notification]:
    """A person's notifications, newest first."""
    query = select(Notification).where(Notification.user_id == user_id)
    return paged(query.order_by(Notification.id.desc()), page, per_page)
