"""What was to be told during the build: the newest is told in the app, and no letter leaves a demo."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.demo.stage import Stage
from app.extensions import db
from app.models import Delivery, DeliveryState, Notification, OutboxRow, OutboxState
from app.outbox import mark_done
from app.services.deliveries import note_sent
from app.services.documents import TYPESET
from app.services.notifications import fan_out
from app.services.overdue import find_overdue
from app.subscriptions import NOTIFY

TOLD = 60
"""So many of the newest activities reach people's lists; a year of them would bury the rest."""
UNREAD = 15


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


def print_documents(stage: Stage) -> None:
    """Set what the worker would within seconds: every quote that was sent, every invoice."""
    with stage.deed():
        waiting = (
            select(OutboxRow.payload).where(OutboxRow.kind == "documents.typeset").order_by(OutboxRow.id)
        )
        ordered = list(db.session.scalars(waiting))
    for order in ordered:
        with stage.deed():
            TYPESET.note(TYPESET.do(TYPESET.read(**order)), **order)


def keep_letters(stage: Stage) -> None:
    """Count every letter as sent and every task as done: a demo writes to nobody, and begins at rest."""
    with stage.deed():
        waiting = select(Delivery.id).where(Delivery.state == DeliveryState.WAITING)
        for delivery_id in list(db.session.scalars(waiting)):
            note_sent(None, delivery_id)
        for row in db.session.scalars(select(OutboxRow).where(OutboxRow.state == OutboxState.READY)):
            mark_done(row)
