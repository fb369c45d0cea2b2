"""API tokens: shown once, kept as a hash, acting as their person within what that person may do."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, select

from app.actors import Actor
from app.extensions import db
from app.models import ApiToken, Organization, Role, User, UserRole
from app.refusals import Refused
from app.scope import system_scope
from app.services.activities import record
from app.services.sessions import PEOPLE, as_actor, hash_token, new_token

PREFIX = "xh_"
LONGEST = timedelta(days=365)


def issue_token(
    user: User,
    name: str,
    *,
    by: Actor,
    lives: timedelta = timedelta(days=90),
    permissions: Collection[str] | None = None,
) -> tuple[ApiToken, str]:
    """A new token of a person, and its secret, which nobody sees again. Raises Refused beyond a year.

    `permissions` narrows what it may do; without them it may do what its person may.
    """
    if not timedelta() < lives <= LONGEST:
        raise Refused("A token lives for at most a year.", "expires_on")
    secret, now = PREFIX + new_token(), datetime.now(UTC)
    token = ApiToken(
        name=name,
        user_id=user.id,
        token_hash=hash_token(secret),
        permissions=sorted(permissions) if permissions is not None else None,
        created_at=now,
        expires_at=now + lives,
    )
    db.session.add(token)
    db.session.flush()
    record("token.issued", token, by=by, label=name)
    db.session.flush()
    return token, secret


def revoke_token(token: ApiToken, *, by: Actor) -> None:
    """Let a token open nothing any more."""
    if token.revoked_at is None:
        token.revoked_at = datetime.now(UTC)
        record("token.revoked", token, by=by, label=token.name)


HOLDER_OF_TOKEN: Final = (
    PEOPLE.join(ApiToken, ApiToken.user_id == User.id)
    .add_columns(ApiToken.permissions.label("allowed"))
    .where(
        ApiToken.token_hash == bindparam("token_hash"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > bindparam("now"),
    )
)


def actor_of_token(secret: str) -> tuple[Actor, Organization] | None:
    """Who acts with this token, with what both the person and the token may do: one statement."""
    asked = {"token_hash": hash_token(secret), "now": datetime.now(UTC)}
    with system_scope("the token says which organization it belongs to"):
        rows = db.session.execute(HOLDER_OF_TOKEN, asked).all()
    if not rows:
        return None
    return narrowed(as_actor(rows), rows[0].allowed), rows[0].Organization


def narrowed(actor: Actor, permissions: Collection[str] | None) -> Actor:
    """The actor with no more than the token's own permissions."""
    if permissions is None:
        return actor
    kept = actor.permissions & frozenset(permissions)
    return Actor(actor.id, f"{actor.name} (token)", actor.organization_id, kept, actor.email, actor.roles)


def first_administrator() -> User | None:
    """The administrator who was added first, for the command line."""
    holds = select(UserRole.id).join(Role, Role.id == UserRole.role_id)
    is_one = holds.where(UserRole.user_id == User.id, Role.key == "administrator").exists()
    query = select(User).where(User.is_active, is_one).order_by(User.id).limit(1)
    with system_scope("the command line serves the whole installation"):
        return db.session.scalars(query).one_or_none()
