"""What people change about themselves: name, password, sessions, and what they want to hear of."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import delete, update

from app.actors import Actor
from app.extensions import db
from app.models import NotificationPreference, SignIn, User
from app.refusals import Refused
from app.services.activities import record
from app.services.notifications import CHANNELS, RULES
from app.services.sessions import hash_password

KINDS = {
    "enquiry": "New enquiry",
    "quote_accepted": "Quote accepted",
    "quote_declined": "Quote declined",
    "shortage": "Equipment short",
    "damage": "Damage reported",
    "overdue": "Overdue return",
    "stock_low": "Low stock",
    "order_urgent": "Urgent purchases",
    "order_drafted": "Orders drafted by themselves",
    "stock_out": "Out of stock",
    "stock_ahead": "Will run short",
}
"""Kinds of notifications, as people read them."""


def rename(user: User, name: str, phone: str, *, by: Actor) -> None:
    """Change how a person is called and reached."""
    user.name, user.phone = name, phone
    record("user.changed", user, by=by, label=name)
    db.session.flush()


def change_password(user: User, new: str, *, by: Actor) -> None:
    """Set another password and end every other session. The old one has been checked. Raises Refused."""
    user.password_hash = hash_password(new, user.email.partition("@")[0])
    end_other_sessions(by)
    record("password.changed", user, by=by, label=user.name)
    db.session.flush()


def end_session(session: SignIn, *, by: Actor) -> None:
    """Sign one of my devices out. Raises Refused for somebody else's."""
    if session.user_id != by.id:
        raise Refused("This is somebody else's session.")
    if session.ended_at is None:
        session.ended_at = datetime.now(UTC)
    db.session.flush()


def end_other_sessions(by: Actor) -> None:
    """Sign every device out but this one."""
    others = (SignIn.user_id == by.id) & SignIn.ended_at.is_(None) & (SignIn.id != (by.session_id or 0))
    db.session.execute(update(SignIn).where(others).values(ended_at=datetime.now(UTC)))


def choose_notifications(wanted: Collection[str], *, by: Actor) -> None:
    """Hear of exactly these: `kind:channel`. What is not said otherwise is wanted, so only a no is kept."""
    db.session.execute(delete(NotificationPreference).where(NotificationPreference.user_id == by.id))
    db.session.add_all(
        NotificationPreference(user_id=by.id, kind=kind, channel=channel, is_wanted=False)
        for kind in notification_kinds()
        for channel in CHANNELS
        if f"{kind}:{channel}" not in wanted
    )
    db.session.flush()


def notification_kinds() -> dict[str, str]:
    """Every kind that can come, with its name."""
    kinds = [rule.kind for rule in RULES.values()]
    return {kind: KINDS.get(kind, kind.replace("_", " ").capitalize()) for kind in dict.fromkeys(kinds)}
