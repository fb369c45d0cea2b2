"""Telling people what concerns them, in the app, by email and by SMS, driven by activities."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy import ColumnElement, Select, select, update

from app.actors import Actor
from app.extensions import db
from app.gateways.stationery import Message
from app.models import Activity, Alert, Notification, Role, User, UserRole
from app.rules.text_messages import international, one_message
from app.services.deliveries import write_mail, write_text
from app.services.preferences import Way, Ways, ways_of


@dataclass(frozen=True)
class Rule:
    """Who hears of an activity, in which words, and where it leads."""

    kind: str
    roles: tuple[str, ...]
    title: str
    path: str
    has_digest: bool = False
    """True for what people may have gathered once a day; what is urgent comes at once all the same."""


KEEPERS = ("inventory_manager", "warehouse_manager")
"""Who sees to it that nothing runs out."""
ALERT = "/inventory/alerts/{id}"
ORDER = "/inventory/orders/{id}"

RULES: dict[str, Rule] = {
    "lead.received": Rule("enquiry", ("sales",), "New enquiry: {label}", "/crm/leads/{id}"),
    "quote.accepted": Rule("quote_accepted", ("planner",), "Quote accepted: {label}", "/crm/quotes/{id}"),
    "quote.declined": Rule("quote_declined", ("sales",), "Quote declined: {label}", "/crm/quotes/{id}"),
    "event.short": Rule(
        "shortage", ("inventory_manager",), "Equipment short: {label}", "/planning/events/{id}/shortages"
    ),
    "repair.opened": Rule(
        "damage", ("inventory_manager",), "Damage reported: {label}", "/warehouse/repairs/{id}"
    ),
    "event.overdue": Rule(
        "overdue", ("warehouse_manager", "planner"), "Overdue return: {label}", "/planning/events/{id}"
    ),
    "alert.low": Rule("stock_low", KEEPERS, "Low stock: {label}", ALERT, has_digest=True),
    "alert.out": Rule("stock_out", KEEPERS, "Out of stock: {label}", ALERT, has_digest=True),
    "alert.ahead": Rule("stock_ahead", KEEPERS, "Will run short: {label}", ALERT, has_digest=True),
    "order.requested_urgently": Rule("order_urgent", KEEPERS, "Buy urgently: {label}", ORDER),
    "order.drafted_by_itself": Rule("order_drafted", KEEPERS, "Ready to be sent: {label}", ORDER),
    "job.assigned": Rule("job", (), "A job for you: {label}", "/jobs/mine/{id}"),
    "job.moved": Rule("job", (), "Your job has changed: {label}", "/jobs/mine/{id}"),
    "job.withdrawn": Rule("job", (), "No longer your job: {label}", "/jobs/mine"),
    "job.called_off": Rule("job", (), "Cancelled: {label}", "/jobs/mine"),
    "job.short": Rule("shortage", ("service_manager",), "Parts short: {label}", "/jobs/{id}"),
    "count_plan.due": Rule("count_due", KEEPERS, "Time to count: {label}", "/inventory/counts"),
    "count.finished": Rule(
        "count_finished", KEEPERS, "Counted, to be reviewed: {label}", "/inventory/counts/{id}/review"
    ),
}


def fan_out(activity_id: int) -> None:
    """Notify everybody whom an activity concerns, each once per channel they want."""
    activity = db.session.get_one(Activity, activity_id)
    if is_over(activity):
        return
    rule = RULES[activity.verb]
    people = recipients(rule.roles, activity.facts.get("user_ids", ()))
    ways = ways_of([user.id for user in people], rule.kind, has_digest=rule.has_digest)
    is_urgent = bool(activity.facts.get("is_urgent"))
    told = [notify(user, worded(user, activity, rule), ways[user.id], is_urgent) for user in people]
    if activity.subject_type == Alert.__tablename__ and any(told):
        note_told([activity.subject_id])


def is_over(activity: Activity) -> bool:
    """True for an alert that has ended before anybody could be told: it would no longer be true."""
    if activity.subject_type != Alert.__tablename__:
        return False
    return db.session.get_one(Alert, activity.subject_id).closed_at is not None


def notify(user: User, notification: Notification, ways: Ways, is_urgent: bool) -> bool:
    """Tell one person over the channels that they want; what they have gathered comes later, unless it is urgent.

    True when they were told anything now.
    """
    now = {
        channel for channel, way in ways.items() if way is Way.AT_ONCE or (is_urgent and way is Way.DIGEST)
    }
    if "app" in now:
        db.session.add(notification)
    if "email" in now:
        mail(user, notification)
    if "sms" in now:
        text_message(user, notification)
    return bool(now)


def note_told(alert_ids: Collection[int]) -> None:
    """Somebody heard of these alerts; the first time counts."""
    unheard = (Alert.id.in_(alert_ids)) & Alert.notified_at.is_(None)
    db.session.execute(update(Alert).where(unheard).values(notified_at=datetime.now(UTC)))


def recipients(roles: tuple[str, ...], user_ids: Collection[int] = ()) -> list[User]:
    """The active people who hold one of the roles, or whom the activity itself names.

    Where nobody holds any of the roles, the administrators: in a house of one, that one hears of everything.
    """
    holding = active_people(User.id.in_(who_hold(roles)))
    if roles and not holding:
        holding = active_people(User.id.in_(who_hold(("administrator",))))
    named = active_people(User.id.in_(user_ids)) if user_ids else []
    return sorted({*holding, *named}, key=lambda user: user.id)


def who_hold(roles: tuple[str, ...]) -> Select[int]:
    """Who holds one of these roles."""
    held = select(UserRole.user_id).join(Role, Role.id == UserRole.role_id)
    return held.where(Role.key.in_(roles)).distinct()


def active_people(wanted: ColumnElement[bool]) -> Sequence[User]:
    """Those of them who may still sign in."""
    return db.session.scalars(select(User).where(wanted, User.is_active)).all()


def worded(user: User, activity: Activity, rule: Rule) -> Notification:
    """A message to one person about an activity."""
    return Notification(
        user_id=user.id,
        activity_id=activity.id,
        kind=rule.kind,
        title=rule.title.format(label=activity.subject_label),
        body=str(activity.facts.get("summary", "")),
        url=rule.path.format(id=activity.subject_id),
        created_at=datetime.now(UTC),
    )


def mail(user: User, notification: Notification) -> None:
    """Send the same message by email, with a link to the thing."""
    address = f"{current_app.config['SETTINGS'].base_url}{notification.url}"
    said = [f"{notification.title}.", *filter(None, [notification.body])]
    ending = "You choose on your profile what we write to you about."
    message = Message(f"Hello {user.name},", said, "Open it in Crosshire", address, ending=ending)
    write_mail(user.email, notification.title, message)


def text_message(user: User, notification: Notification) -> None:
    """Send the same message as SMS, where the person's number can be reached by one."""
    if number := international(user.phone):
        address = f"{current_app.config['SETTINGS'].base_url}{notification.url}"
        write_text(number, one_message(f"{notification.title}. {notification.body}", address))


def mark_read(notification: Notification) -> None:
    """It was seen; the first time counts."""
    notification.read_at = notification.read_at or datetime.now(UTC)
    db.session.flush()


def mark_all_read(by: Actor) -> None:
    """Everything that waits for this person was seen."""
    waiting = (Notification.user_id == by.id) & Notification.read_at.is_(None)
    db.session.execute(update(Notification).where(waiting).values(read_at=datetime.now(UTC)))
