"""What people do about alerts: plan, dismiss, put off. One alert or many at once."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.actors import Actor
from app.extensions import db
from app.fields import Facts, Words
from app.models import Alert, AlertState, Organization, Product
from app.refusals import NotFound, Refused, Stale
from app.rules.calendars import local_day, start_of_day
from app.scope import current_organization_id
from app.services.activities import record
from app.transactions import lock

LONGEST_SNOOZE: Final = timedelta(days=365)
OVER: Final = "This alert is over already."


class Plan(Facts):
    """What is done about it."""

    plan: Words


class Dismissal(Facts):
    """Why nothing is done about it."""

    reason: Words


class Snooze(Facts):
    """The day on which it comes back."""

    until: date


def acknowledge(alert_ids: Collection[int], given: Plan, *, by: Actor) -> list[Alert]:
    """Say what is done about these alerts; those that are over meanwhile are left out. Raises NotFound, Stale."""
    alerts = still_open(alert_ids)
    for alert in alerts:
        alert.state, alert.plan, alert.snoozed_until = AlertState.ACKNOWLEDGED, given.plan, None
        alert.acknowledged_at, alert.acknowledged_by_id = datetime.now(UTC), by.id
        record("alert.acknowledged", alert, by=by, label=alert.product.name, plan=given.plan)
    db.session.flush()
    return alerts


def dismiss(alert_ids: Collection[int], given: Dismissal, *, by: Actor) -> list[Alert]:
    """Close these alerts: they stay away while nothing gets worse. Raises NotFound, Stale."""
    alerts = still_open(alert_ids)
    for alert in alerts:
        alert.state, alert.reason = AlertState.DISMISSED, given.reason
        alert.closed_at, alert.closed_by_id = datetime.now(UTC), by.id
        record("alert.dismissed", alert, by=by, label=alert.product.name, reason=given.reason)
    db.session.flush()
    return alerts


def snooze(alert_ids: Collection[int], given: Snooze, *, by: Actor) -> list[Alert]:
    """Put these alerts off until the morning of a day. Raises Refused for a day that is no later than today."""
    zone = db.session.get_one(Organization, current_organization_id()).timezone
    today = local_day(datetime.now(UTC), zone)
    if not today < given.until <= today + LONGEST_SNOOZE:
        raise Refused("Please choose a day from tomorrow on, within a year.", "until")
    alerts = still_open(alert_ids)
    for alert in alerts:
        alert.snoozed_until = start_of_day(given.until, zone)
        record("alert.snoozed", alert, by=by, label=alert.product.name, until=given.until.isoformat())
    db.session.flush()
    return alerts


def still_open(alert_ids: Collection[int]) -> list[Alert]:
    """Those of these alerts that are open, read behind the locks of their products, in the order of their ids.

    Whoever moves stock holds the same locks, so nothing closes beside us. Raises NotFound for an alert that
    does not exist, Stale when all of them are over.
    """
    products = db.session.scalars(select(Alert.product_id).where(Alert.id.in_(alert_ids))).all()
    if len(products) < len(set(alert_ids)) or not alert_ids:
        raise NotFound("This alert does not exist.")
    lock({Product: products})
    found = read_now(alert_ids)
    if not (alerts := [alert for alert in found if alert.is_open]):
        raise Stale(OVER)
    return alerts


def read_now(alert_ids: Collection[int]) -> Sequence[Alert]:
    """The alerts as they are at this moment, with their products."""
    query = select(Alert).where(Alert.id.in_(alert_ids)).order_by(Alert.id)
    fresh = query.options(joinedload(Alert.product)).execution_options(populate_existing=True)
    return db.session.scalars(fresh).all()
