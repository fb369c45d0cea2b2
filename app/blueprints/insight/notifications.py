"""What waits for me."""

from flask import Response, request, url_for

from app.blueprints.insight import blueprint
from app.edge import actor
from app.finding import find
from app.htmx import go_to, page, say
from app.models import Notification
from app.permissions import signed_in
from app.queries.notifications import notifications_page, unread_count
from app.refusals import NotFound
from app.services.notifications import mark_all_read, mark_read


@blueprint.get("/notifications")
@signed_in
def notifications() -> Response:
    """My notifications, newest first."""
    user_id = actor().id or 0
    return page(
        "insight/notifications.html",
        part="insight/_notification_list.html",
        page=notifications_page(user_id, request.args.get("page", 1, int)),
        waiting=unread_count(user_id),
    )


@blueprint.post("/notifications/<int:notification_id>/reading")
@signed_in
def read_notification(notification_id: int) -> Response:
    """Mark one as read and go where it leads."""
    notification = my_notification(notification_id)
    mark_read(notification)
    return go_to(notification.url or url_for("insight.notifications"))


def my_notification(notification_id: int) -> Notification:
    """One of mine. Raises NotFound for somebody else's."""
    notification = find(Notification, notification_id)
    if notification.user_id != actor().id:
        raise NotFound("This notification does not exist.")
    return notification


@blueprint.post("/notifications/reading")
@signed_in
def read_all() -> Response:
    """Mark all of mine as read."""
    mark_all_read(actor())
    say("All caught up.")
    return go_to(url_for("insight.notifications"))
