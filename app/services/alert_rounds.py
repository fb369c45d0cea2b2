"""What the clock does about alerts: snoozed ones come back, and as days pass they become more urgent."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Alert, Priority, Product
from app.services.alerts import Pace, paces_of, priority_of, sentence, short_sentence, tell
from app.transactions import lock


def look_again() -> None:
    """Bring back what was put off until now, and judge anew how soon somebody should look at what is open.

    What comes back, and what has become critical, is told again.
    """
    now = datetime.now(UTC)
    waiting = not_put_off(now)
    paces = paces_of({alert.product_id for alert in waiting})
    due = [alert for alert in waiting if is_due(alert, paces[alert.product_id], now)]
    if not due:
        return
    ids = [alert.id for alert in due]
    lock({Product: [alert.product_id for alert in due]})
    for alert in read_open(ids):
        judge(alert, paces[alert.product_id], now)
    db.session.flush()


def not_put_off(now: datetime) -> Sequence[Alert]:
    """Every open alert that nobody put off until later, with its product."""
    query = select(Alert).where(
        Alert.closed_at.is_(None), or_(Alert.snoozed_until.is_(None), Alert.snoozed_until <= now)
    )
    return db.session.scalars(query.options(joinedload(Alert.product))).all()


def read_open(alert_ids: Sequence[int]) -> Sequence[Alert]:
    """Those of these alerts that are open behind the locks."""
    query = select(Alert).where(Alert.id.in_(alert_ids), Alert.closed_at.is_(None))
    fresh = query.options(joinedload(Alert.product)).execution_options(populate_existing=True)
    return db.session.scalars(fresh).all()


def is_due(alert: Alert, pace: Pace, now: datetime) -> bool:
    """True when it comes back, or is more or less urgent than it says."""
    comes_back = alert.snoozed_until is not None and alert.snoozed_until <= now
    return comes_back or urgency(alert, pace) is not alert.priority


def urgency(alert: Alert, pace: Pace) -> Priority:
    """How soon somebody should look; what runs short ahead is judged when it is found."""
    return alert.priority if alert.is_ahead else priority_of(alert.product, pace)


def judge(alert: Alert, pace: Pace, now: datetime) -> None:
    """Write how urgent an alert is now, and tell of it where that matters."""
    before, alert.priority = alert.priority, urgency(alert, pace)
    comes_back = alert.snoozed_until is not None and alert.snoozed_until <= now
    if comes_back:
        alert.snoozed_until = None
    is_critical_now = alert.priority is Priority.CRITICAL and before is not Priority.CRITICAL
    if comes_back or is_critical_now:
        tell(alert, alert.product, said_of(alert, pace))


def said_of(alert: Alert, pace: Pace) -> str:
    """How its product stands, for a message."""
    return short_sentence(alert, alert.product) if alert.is_ahead else sentence(alert.product, pace)
