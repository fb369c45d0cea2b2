"""What people change about themselves: name, password, sessions, and what they want to hear of."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import update

from app.actors import Actor
from app.extensions import db
from app.models import SignIn, User
from app.refusals import Refused
from app.rules.text_messages import international, is_phone
from app.services.activities import record
from app.services.notifications import RULES
from app.services.preferences import choose_ways, wants_texts
from app.services.sessions import hash_password

KINDS = {
    "enquiry": "New enquiry",
    "quote_accepted": "Quote accepted",
    "quote_declined": "Quote declined",
    "shortage": "Equipment short",
    "damage": "Damage reported",
    "overdue": "Overdue return",
    "count_due": "A count is due",
    "count_finished": "A count is to be reviewed",
    "stock_low": "Low stock",
    "order_urgent": "Urgent purchases",
    "order_drafted": "Orders drafted by themselves",
    "stock_out": "Out of stock",
    "stock_ahead": "Will run short",
}
"""Kinds of notifications, as people read them."""


def rename(user: User, name: str, phone: str, *, by: Actor) -> None:
    """Change how a person is called and reached. Raises Refused for a number that cannot be reached as they asked."""
    if not is_phone(phone) and phone:
        raise Refused("This is not a phone number.", "phone")
    if not international(phone) and wants_texts(user.id):
        raise Refused("Text messages need a number with its country code, such as +49 170 1234567.", "phone")
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
    """Hear of exactly these: `kind:channel`, or `kind:channel:digest`. Raises Refused for SMS without a number."""
    choose_ways(wanted, digests(), by=by)


def digests() -> dict[str, bool]:
    """Every kind that can come, and whether it can be gathered once a day."""
    return {rule.kind: rule.has_digest for rule in RULES.values()}


def notification_kinds() -> dict[str, str]:
    """Every kind that can come, with its name."""
    return {kind: KINDS.get(kind, kind.replace("_", " ").capitalize()) for kind in digests()}
