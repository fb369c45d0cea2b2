"""What was to be told during the build: the newest is told in the app, and no letter leaves a demo."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.demo.stage import Stage
from app.extensions import db
from app.models import Delivery, DeliveryState, Notification, OutboxRow, OutboxState
from app.outbox import mark_done
from app.services.deliveries import note_sent
from app.services.notifications import fan_out
from app.services.overdue import find_overdue
from app.subscriptions import NOTIFY

TOLD = 60
"""So many of the newest activities reach people's lists; a year of them would bury the rest."""
UNREAD = 15
DOCUMENTS = "documents.typeset"


def notice_what_is_late(stage: Stage) -> None:
    """What the clock would find within five minutes."""
    with stage.deed():
        find_overdue()


def tell_the_newest(stage: Stage) -> None:
    """Notify people of what happened last; all but the very newest is read already."""
    with stage.deed():
        query = select(OutboxRow).where(OutboxRow.kind == NOTIFY).order_by(OutboxRow.id.desc()).limit(TOLD)
        for row in reversed(db.session.scalars(query).all()):
            fan_out(row.payload["activity_id"])
    with stage.deed():
        newest = list(db.session.scalars(select(Notification).order_by(Notification.id.desc())))
        for notification in newest[UNREAD:]:
            notification.read_at = datetime.now(UTC)


def keep_letters(stage: Stage) -> None:
    """Count every letter as sent and every task as done: a demo writes to nobody.

    Only documents are still to be set, by the worker while people look around: that takes it some seconds.
    """
    with stage.deed():
        waiting = select(Delivery.id).where(Delivery.state == DeliveryState.WAITING)
        for delivery_id in list(db.session.scalars(waiting)):
            note_sent(None, delivery_id)
        ready = select(OutboxRow).where(OutboxRow.state == OutboxState.READY, OutboxRow.kind != DOCUMENTS)
        for row in db.session.scalars(ready):
            mark_done(row)
