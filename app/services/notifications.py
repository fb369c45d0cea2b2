"""Telling people what concerns them, in the app and by email, driven by activities."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy import select, update

from app.actors import Actor
from app.extensions import db
from app.gateways.stationery import Message
from app.models import Activity, Notification, NotificationPreference, Role, User, UserRole
from app.services.deliveries import write_mail


@dataclass(frozen=True)
class Rule:
    """Who hears of an activity, in which words, and where it leads."""

    kind: str
    roles: tuple[str, ...]
    title: str
    path: str


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
    "alert.low": Rule("stock_low", KEEPERS, "Low stock: {label}", ALERT),
    "alert.out": Rule("stock_out", KEEPERS, "Out of stock: {label}", ALERT),
    "alert.ahead": Rule("stock_ahead", KEEPERS, "Will run short: {label}", ALERT),
    "order.requested_urgently": Rule("order_urgent", KEEPERS, "Buy urgently: {label}", ORDER),
    "order.drafted_by_itself": Rule("order_drafted", KEEPERS, "Ready to be sent: {label}", ORDER),
}
CHANNELS = ("app", "email")


def fan_out(activity_id: int) -> None:
    """Notify everybody whom an activity concerns, each once per channel they want."""
    activity = db.session.get_one(Activity, activity_id)
    rule = RULES[activity.verb]
    for user in recipients(rule.roles):
        channels = wanted_channels(user.id, rule.kind)
        notification = notify(user, activity, rule)
        if "email" in channels:
            mail(user, notification)


def recipients(roles: tuple[str, ...]) -> list[User]:
    """The active people who hold one of the roles."""
    holding = (
        select(UserRole.user_id).join(Role, Role.id == UserRole.role_id).where(Role.key.in_(roles)).distinct()
    )
    return list(
        db.session.scalars(select(User).where(User.id.in_(holding), User.is_active).order_by(User.id))
    )


def wanted_channels(user_id: int, kind: str) -> set[str]:
    """The channels over which a person wants to hear of this kind; all of them unless they said no."""
    refused = db.session.scalars(
        select(NotificationPreference.channel).where(
            NotificationPreference.user_id == user_id,
            NotificationPreference.kind == kind,
            NotificationPreference.is_wanted.is_(False),
        )
    )
    return set(CHANNELS) - set(refused)


def notify(user: User, activity: Activity, rule: Rule) -> Notification:
    """Put a message into a person's list."""
    notification = Notification(
        user_id=user.id,
        activity_id=activity.id,
        kind=rule.kind,
        title=rule.title.format(label=activity.subject_label),
        body=str(activity.facts.get("summary", "")),
        url=rule.path.format(id=activity.subject_id),
        created_at=datetime.now(UTC),
    )
    db.session.add(notification)
    return notification


def mail(user: User, notification: Notification) -> None:
    """Send the same message by email, with a link to the thing."""
    address = f"{current_app.config['SETTINGS'].base_url}{notification.url}"
    said = [f"{notification.title}.", *filter(None, [notification.body])]
    ending = "You choose on your profile what we write to you about."
    message = Message(f"Hello {user.name},", said, "Open it in Crosshire", address, ending=ending)
    write_mail(user.email, notification.title, message)


def mark_read(notification: Notification) -> None:
    """It was seen; the first time counts."""
    notification.read_at = notification.read_at or datetime.now(UTC)
    db.session.flush()


def mark_all_read(by: Actor) -> None:
    """Everything that waits for this person was seen."""
    waiting = (Notification.user_id == by.id) & Notification.read_at.is_(None)
    db.session.execute(update(Notification).where(waiting).values(read_at=datetime.now(UTC)))
