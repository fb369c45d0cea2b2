"""Once a day: one message that lists which alerts are open and new, by priority."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.gateways.stationery import Message
from app.models import Alert, Organization, OutboxRow, User
from app.outbox import enqueue
from app.queries.alerts import RANK, waiting_now
from app.rules.text_messages import international, one_message
from app.scope import current_organization_id
from app.services.deliveries import write_mail, write_text
from app.services.notifications import KEEPERS, RULES, note_told, recipients
from app.services.preferences import Way, ways_of

SEND: Final = "alerts.send_digest"
DAY: Final = timedelta(days=1)
MOST_LISTED: Final = 40
KINDS: Final = {
    verb.removeprefix("alert."): rule.kind for verb, rule in RULES.items() if verb.startswith("alert.")
}
"""What an alert says → under which kind people choose how to hear of it."""


def call_digest() -> None:
    """After the hour of the digest, have it sent, once on each day; a machine that was off catches up."""
    organization = db.session.get_one(Organization, current_organization_id())
    here = datetime.now(UTC).astimezone(ZoneInfo(organization.timezone))
    key = f"digest:{here.date().isoformat()}"
    if here.hour < organization.digest_hour or is_queued(key):
        return
    enqueue(SEND, dedupe_key=key, queue="bulk")


def is_queued(key: str) -> bool:
    """True when the digest of this day was called for before."""
    query = select(OutboxRow.id).where(OutboxRow.kind == SEND, OutboxRow.dedupe_key == key)
    return db.session.scalar(query) is not None


def send_digest() -> None:
    """Write to everybody who has alerts gathered, where any wait."""
    now = datetime.now(UTC)
    waiting = db.session.scalars(waiting_now(now).order_by(RANK, Alert.raised_at)).all()
    people = recipients(KEEPERS)
    ways = {kind: ways_of([user.id for user in people], kind, has_digest=True) for kind in KINDS.values()}
    for user in people:
        for channel, write in (("email", write_letter), ("sms", write_message)):
            chosen = {kind for kind, by_user in ways.items() if by_user[user.id][channel] is Way.DIGEST}
            if mine := [alert for alert in waiting if KINDS[alert.kind.value] in chosen]:
                write(user, mine, now)
                note_told([alert.id for alert in mine])
    db.session.flush()


def write_letter(user: User, alerts: Sequence[Alert], now: datetime) -> None:
    """The digest by email: what waits, with what is new marked, the most urgent first."""
    rest = len(alerts) - MOST_LISTED
    said = [f"{counted(alerts, now)}, the most urgent first.", *([f"And {rest} more."] if rest > 0 else [])]
    message = Message(
        f"Hello {user.name},",
        said,
        "Look at the alerts",
        address(),
        facts=[fact(alert, now) for alert in alerts[:MOST_LISTED]],
        ending="You choose on your profile what we write to you about.",
    )
    write_mail(user.email, counted(alerts, now), message)


def counted(alerts: Sequence[Alert], now: datetime) -> str:
    """How many wait, and how many of them are new."""
    new = sum(is_new(alert, now) for alert in alerts)
    waits = "1 stock alert is open" if len(alerts) == 1 else f"{len(alerts)} stock alerts are open"
    return f"{waits}, {new} new" if new else waits


def is_new(alert: Alert, now: datetime) -> bool:
    """True for what was found since the digest of yesterday."""
    return alert.raised_at > now - DAY


def fact(alert: Alert, now: datetime) -> tuple[str, str]:
    """One line of the digest: the product, and how it stands."""
    marks = [alert.priority.value, *(["new"] if is_new(alert, now) else [])]
    return f"{alert.product.name} ({', '.join(marks)})", standing(alert)


def standing(alert: Alert) -> str:
    """How a product stands, in a few words."""
    unit, left = alert.product.unit, alert.product.on_hand
    if alert.is_ahead:
        return f"{alert.missing} {unit} short of what is promised, {left} left"
    return f"{f'{left} {unit}' if left > 0 else 'none'} left, to be ordered at {alert.reorder_level}"


def write_message(user: User, alerts: Sequence[Alert], now: datetime) -> None:
    """The digest as SMS: how many wait, and the most urgent as far as there is room."""
    if number := international(user.phone):
        names = ", ".join(f"{alert.product.name} ({alert.kind.value})" for alert in alerts[:5])
        write_text(number, one_message(f"{counted(alerts, now)}: {names}", address()))


def address() -> str:
    """Where the alerts are."""
    return f"{current_app.config['SETTINGS'].base_url}/inventory/alerts"
