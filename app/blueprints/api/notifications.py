"""What waits for the person of a token, for programs."""

from datetime import datetime

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.insight.notifications import my_notification
from app.edge import actor
from app.models import Notification
from app.queries.notifications import notifications_page
from app.queries.paging import Page
from app.services.notifications import mark_all_read, mark_read


class NotificationOut(Output):
    """A message to the person of this token; `url` is the page where it leads."""

    id: int
    kind: str
    title: str
    body: str
    url: str
    created_at: datetime
    read_at: datetime | None


@operation("GET", "/notifications", permission=None, answer=NotificationOut, query=Paging, is_list=True)
def list_notifications(query: Paging) -> Page[Notification]:
    """My notifications, newest first."""
    return notifications_page(actor().id or 0, query.page, query.per_page)


@operation(
    "POST",
    "/notifications/<int:notification_id>/reading",
    permission=None,
    answer=NotificationOut,
    is_idempotent=True,
)
def read_notification(notification_id: int) -> Notification:
    """Mark one of mine as read; the first time counts."""
    notification = my_notification(notification_id)
    mark_read(notification)
    return notification


@operation("POST", "/notifications/reading", permission=None, is_idempotent=True)
def read_notifications() -> None:
    """Mark all of mine as read."""
    mark_all_read(actor())
