"""Signing in and out: sessions live in the database; the browser holds a token of which only a hash is kept."""

import hashlib
import secrets
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, bindparam, delete, func, select, update

from app.actors import Actor
from app.extensions import db
from app.models import Notification, Organization, Role, SignIn, SignInAttempt, User, UserRole
from app.refusals import Refused
from app.scope import system_scope

LIFETIME = timedelta(days=7)
ATTEMPT_WINDOW = timedelta(minutes=15)
FREE_ATTEMPTS = 5
SLOWEST = timedelta(minutes=5)
MOST_PER_ADDRESS = 30
ADDRESS_WINDOW = timedelta(hours=1)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
COMMON = frozenset({"password1234", "123456789012", "qwertyuiopas", "crosshire1234", "passwordpassword"})

hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(3)
"""Argon2 takes 64 MiB each: at most three at once."""
WRONG = "This email and password do not fit together."


def hash_token(token: str) -> str:
    """What is kept of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A secret of 256 bits, fit for a link or a cookie."""
    return secrets.token_urlsafe(32)


def hash_password(password: str, *context: str) -> str:
    """The Argon2id hash of a good password. Raises Refused for one that is too easy to guess."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.", "password")
    folded = password.casefold()
    words = [word.casefold() for word in context if len(word) > 3]
    if folded in COMMON or len(set(folded)) < 5 or any(folded.startswith(word) for word in words):
        raise Refused("This password is too easy to guess. A few unrelated words are better.", "password")
    with _hashing:
        return hasher.hash(password)


def password_fits(password: str, password_hash: str | None) -> bool:
    """True when the password is right. Takes as long for an unknown person as for a known one."""
    with _hashing:
        try:
            return hasher.verify(password_hash or hash_of_nobody(), password)
        except (VerificationError, InvalidHashError):
            return False


@cache
def hash_of_nobody() -> str:
    """What the password of an unknown person is compared with, made when it is first needed."""
    return hasher.hash(secrets.token_urlsafe(16))


def find_user(email: str) -> User | None:
    """The active person with this email address, in whichever organization."""
    with system_scope("signing in comes before the organization is known"):
        query = select(User).where(User.email == email.strip().lower(), User.is_active)
        return db.session.scalars(query).one_or_none()


def wait_for(email: str, address: str, now: datetime) -> timedelta:
    """How long this account or network address must wait before its next try; nobody is locked out."""
    failures = failed_tries(SignInAttempt.email == email, now - ATTEMPT_WINDOW)
    from_address, _ = failed_tries(SignInAttempt.address == address, now - ADDRESS_WINDOW)
    if from_address >= MOST_PER_ADDRESS:
        return ATTEMPT_WINDOW
    count, last = failures
    if count < FREE_ATTEMPTS or last is None:
        return timedelta()
    pause: timedelta = min(timedelta(seconds=5) * 2 ** (count - FREE_ATTEMPTS), SLOWEST)
    return max(last + pause - now, timedelta())


def failed_tries(which: ColumnElement[bool], since: datetime) -> tuple[int, datetime | None]:
    """How many tries failed since then, and when the last one did."""
    query = select(func.count(), func.max(SignInAttempt.tried_at)).where(
        which, SignInAttempt.tried_at > since
    )
    count, last = db.session.execute(query).one()
    return count, last


def remember_failure(email: str, address: str, now: datetime) -> None:
    """Count a failed try, and forget those that no longer matter."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.tried_at < now - timedelta(days=1)))
    db.session.add(SignInAttempt(email=email, address=address, tried_at=now))


def open_session(user: User, device: str) -> str:
    """Begin a session of this person on a device; the token for the browser."""
    token, now = new_token(), datetime.now(UTC)
    with system_scope("the session belongs to the organization of the person who signs in"):
        db.session.execute(delete(SignInAttempt).where(SignInAttempt.email == user.email))
        db.session.add(
            SignIn(
                organization_id=user.organization_id,
                token_hash=hash_token(token),
                user_id=user.id,
                device=device[:200],
                created_at=now,
                expires_at=now + LIFETIME,
            )
        )
        db.session.flush()
    return token


def close_session(token: str) -> None:
    """End the session of this token."""
    _end(SignIn.token_hash == hash_token(token))


def close_all_sessions(user_id: int | None) -> None:
    """End every session of a person: signed out everywhere."""
    _end(SignIn.user_id == user_id)


def _end(which: ColumnElement[bool]) -> None:
    with system_scope("a session is ended by its token or by its person"):
        db.session.execute(
            update(SignIn).where(which, SignIn.ended_at.is_(None)).values(ended_at=datetime.now(UTC))
        )


PEOPLE: Final = (
    select(
        User.id.label("user_id"),
        User.name,
        User.email,
        User.organization_id,
        Organization,
        Role.key,
        Role.permissions,
    )
    .join(Organization, Organization.id == User.organization_id)
    .outerjoin(UserRole, UserRole.user_id == User.id)
    .outerjoin(Role, Role.id == UserRole.role_id)
    .where(User.is_active)
)
"""Active users, as much as an actor knows of them, with their organization and, one row each, their roles."""
WAITING: Final = (
    select(func.count())
    .select_from(Notification)
    .where(
        Notification.organization_id == User.organization_id,
        Notification.user_id == User.id,
        Notification.read_at.is_(None),
    )
    .correlate(User)
    .scalar_subquery()
)
HOLDER_OF_SESSION: Final = (
    PEOPLE.join(SignIn, SignIn.user_id == User.id)
    .add_columns(SignIn.id.label("session_id"), WAITING.label("unread"))
    .where(
        SignIn.token_hash == bindparam("token_hash"),
        SignIn.ended_at.is_(None),
        SignIn.expires_at > bindparam("now"),
    )
)
PERSON: Final = PEOPLE.where(User.id == bindparam("user"))


def actor_of_session(token: str) -> tuple[Actor, Organization] | None:
    """Who holds this session, with roles and permissions, and their organization: one statement."""
    asked = {"token_hash": hash_token(token), "now": datetime.now(UTC)}
    with system_scope("the session says which organization it belongs to"):
        rows = db.session.execute(HOLDER_OF_SESSION, asked).all()
    if not rows:
        return None
    first = rows[0]
    return replace(as_actor(rows), session_id=first.session_id, unread=first.unread), first.Organization


def as_actor(rows: Sequence[Any]) -> Actor:
    """The actor that these rows of PEOPLE describe."""
    first = rows[0]
    return Actor(
        id=first.user_id,
        name=first.name,
        organization_id=first.organization_id,
        permissions=frozenset(permission for row in rows for permission in row.permissions or ()),
        email=first.email,
        roles=tuple(sorted(row.key for row in rows if row.key)),
    )


def actor_of_user(user_id: int) -> Actor | None:
    """A person as an actor, for the command line, tokens and tests."""
    with system_scope("the person says which organization they belong to"):
        rows = db.session.execute(PERSON, {"user": user_id}).all()
    return as_actor(rows) if rows else None
