"""Organizations and their people: founding, inviting, passwords and roles."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, func, select, update

from app.actors import Actor, system_actor
from app.extensions import db
from app.models import (
    FactorSchedule,
    LinkPurpose,
    Location,
    LocationKind,
    OneTimeLink,
    Organization,
    Role,
    TaxClass,
    User,
    UserRole,
)
from app.permissions import ROLES, Permission
from app.refusals import NotFound, Refused
from app.scope import organization_scope, system_scope
from app.services.activities import record
from app.services.job_types import add_preset_types
from app.services.locations import add_location
from app.services.sessions import close_all_sessions, hash_password, hash_token, new_token
from app.transactions import be_alone, is_writing

LINK_LIVES = {
    LinkPurpose.SETUP: timedelta(days=2),
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.PASSWORD_RESET: timedelta(minutes=30),
}
DAY_BY_DAY = [[1, "1"], [2, "1.5"], [3, "2"], [4, "2.5"], [5, "3"], [6, "3.5"], [7, "4"]]


def found_organization(name: str, slug: str, *, is_demo: bool = False, **settings: str) -> Organization:
    """Set an organization up: its roles, a tax class, a factor table and its first warehouse."""
    with system_scope("an organization is founded before anything can belong to it"):
        organization = Organization(
            name=name, slug=slug, is_demo=is_demo, created_at=datetime.now(UTC), **settings
        )
        db.session.add(organization)
        db.session.flush()
    with organization_scope(organization.id):
        add_presets()
        add_location("Main warehouse", "WH", LocationKind.WAREHOUSE, None, by=system_actor(organization.id))
        record("organization.founded", organization, by=system_actor(organization.id))
        db.session.flush()
    return organization


def add_presets() -> None:
    """What every organization starts with, and may change."""
    for key, (name, permissions) in ROLES.items():
        db.session.add(Role(key=key, name=name, permissions=sorted(map(str, permissions))))
    db.session.add(TaxClass(name="Standard", rate=Decimal(19), is_default=True))
    db.session.add(TaxClass(name="None", rate=Decimal(0)))
    db.session.add(FactorSchedule(name="Standard", steps=DAY_BY_DAY, is_default=True))
    add_preset_types()


def first_warehouse() -> Location:
    """The warehouse that things belong to when nothing else is said."""
    query = select(Location).where(Location.kind == LocationKind.WAREHOUSE).order_by(Location.id).limit(1)
    return db.session.scalars(query).one()


def add_user(name: str, email: str, roles: Collection[str], *, by: Actor, password: str = "") -> User:
    """Add a person. Without a password they need an invitation. Raises Refused for a taken email."""
    email = email.strip().lower()
    refuse_taken(email)
    user = User(
        name=name,
        email=email,
        password_hash=hash_password(password, email.partition("@")[0]) if password else None,
        created_at=datetime.now(UTC),
    )
    db.session.add(user)
    db.session.flush()
    give_roles(user, roles)
    record("user.added", user, by=by, label=name, roles=sorted(roles))
    return user


def refuse_taken(email: str, besides: int | None = None) -> None:
    """An email address signs one person in, in the whole installation."""
    db.session.flush()  # what waits to be written belongs to an organization, and the next query to none
    with system_scope("email addresses are unique across organizations"):
        taken = db.session.scalar(select(User.id).where(User.email == email))
    if taken is not None and taken != besides:
        raise Refused("Somebody uses this email address already.", "email")


def give_roles(user: User, roles: Iterable[str]) -> None:
    """Let a person hold exactly these roles. Raises Refused for an unknown one."""
    wanted = set(roles)
    known = {role.key: role for role in db.session.scalars(select(Role).where(Role.key.in_(wanted)))}
    if wanted - set(known):
        raise Refused("This role does not exist.", "roles")
    db.session.execute(delete(UserRole).where(UserRole.user_id == user.id))
    db.session.add_all(UserRole(user_id=user.id, role_id=role.id) for role in known.values())
    db.session.flush()


def change_user(
    user: User, *, name: str, email: str, roles: Collection[str], is_active: bool, by: Actor
) -> None:
    """Change a person. The last active administrator stays one. Whoever is switched off is signed out."""
    be_alone()
    email = email.strip().lower()
    refuse_taken(email, besides=user.id)
    refuse_losing_last_administrator(user, roles, is_active)
    user.name, user.email, user.is_active = name, email, is_active
    give_roles(user, roles)
    if not is_active:
        close_all_sessions(user.id)
    record("user.changed", user, by=by, label=name, roles=sorted(roles), is_active=is_active)


def refuse_losing_last_administrator(user: User, roles: Collection[str], is_active: bool) -> None:
    """Somebody must always be able to manage people."""
    if is_active and "administrator" in roles:
        return
    others = db.session.scalar(
        select(func.count(func.distinct(User.id)))
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(Role.key == "administrator", User.is_active, User.id != user.id)
    )
    if not others:
        raise Refused("This is the last administrator; make somebody else one first.", "roles")


def change_role(role: Role, permissions: Collection[str], *, by: Actor) -> None:
    """Let a role carry exactly these permissions. The administrator's role cannot lose any."""
    if role.key == "administrator":
        raise Refused("Administrators may do everything.", "permissions")
    if unknown := set(permissions) - set(map(str, Permission)):
        raise Refused(f"There is no permission {sorted(unknown)[0]}.", "permissions")
    role.permissions = sorted(permissions)
    record("role.changed", role, by=by, label=role.name, permissions=sorted(permissions))


def make_link(purpose: LinkPurpose, user: User | None = None) -> str:
    """The secret of a link that works once. Making a new one ends the person's older ones."""
    token = new_token()
    if user is not None:
        db.session.execute(
            update(OneTimeLink)
            .where(OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None))
            .values(used_at=datetime.now(UTC))
        )
    db.session.add(
        OneTimeLink(
            purpose=purpose,
            token_hash=hash_token(token),
            user_id=user.id if user else None,
            expires_at=datetime.now(UTC) + LINK_LIVES[purpose],
        )
    )
    db.session.flush()
    return token


def make_setup_link() -> str | None:
    """The secret of the link that makes the first administrator; none when there is somebody already."""
    with system_scope("before the first organization there is none to belong to"):
        if db.session.scalar(select(User.id).limit(1)):
            return None
        return make_link(LinkPurpose.SETUP)


def find_link(token: str, *purposes: LinkPurpose) -> OneTimeLink:
    """The link of this secret, if it still works; locked where it may be used. Raises NotFound."""
    query = select(OneTimeLink).where(
        OneTimeLink.token_hash == hash_token(token), OneTimeLink.purpose.in_(purposes)
    )
    with system_scope("whoever holds the link has not signed in"):
        link = db.session.scalars(query.with_for_update() if is_writing() else query).one_or_none()
    if link is None or link.used_at is not None or link.expires_at <= datetime.now(UTC):
        raise NotFound("This link has been used or is too old. Ask for a new one.")
    return link


def use_link(link: OneTimeLink) -> None:
    """A link works once."""
    link.used_at = datetime.now(UTC)


def set_up(token: str, organization_name: str, name: str, email: str, password: str) -> User:
    """Found the first organization with its first administrator. Raises NotFound, Refused."""
    use_link(find_link(token, LinkPurpose.SETUP))
    organization = found_organization(organization_name, slug_of(organization_name))
    with organization_scope(organization.id):
        user = add_user(name, email, ["administrator"], by=system_actor(organization.id), password=password)
        db.session.flush()
    return user


def slug_of(name: str) -> str:
    """A name as it stands in an address: lower case letters, digits and dashes."""
    letters = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
    return "-".join(filter(None, letters.split("-"))) or "company"


def set_password(token: str, password: str) -> User:
    """Set a password by invitation or reset link; every session of the person ends. Raises NotFound, Refused."""
    link = find_link(token, LinkPurpose.INVITATION, LinkPurpose.PASSWORD_RESET)
    with system_scope("the link names the person"):
        user = db.session.get_one(User, link.user_id)
    with organization_scope(user.organization_id):
        user.password_hash = hash_password(password, user.email.partition("@")[0])
        use_link(link)
        close_all_sessions(user.id)
        record("password.set", user, by=Actor(user.id, user.name, user.organization_id), label=user.name)
        db.session.flush()
    return user
