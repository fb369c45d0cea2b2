"""People, roles, tokens, sessions and the state of background work."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import (
    ApiToken,
    Delivery,
    DeliveryState,
    FactorSchedule,
    Heartbeat,
    OutboxRow,
    OutboxState,
    Role,
    SignIn,
    TaxClass,
    User,
    UserRole,
)
from app.permissions import Permission
from app.queries.paging import Page, paged


@dataclass(frozen=True)
class Person:
    """A person as the list shows them."""

    id: int
    name: str
    email: str
    is_active: bool
    was_invited: bool
    roles: tuple[str, ...]


def people_page(page: int) -> Page[Person]:
    """People by name, each with their roles: three statements."""
    columns = (User.id, User.name, User.email, User.is_active, User.password_hash.is_(None).label("invited"))
    found = paged(select(*columns).order_by(User.is_active.desc(), User.name), page, scalars=False)
    roles = roles_of([row.id for row in found.items])
    people = [
        Person(row.id, row.name, row.email, row.is_active, bool(row.invited), tuple(roles[row.id]))
        for row in found.items
    ]
    return Page(people, found.page, found.per_page, found.total)


def people_who_may(permission: Permission) -> dict[int, str]:
    """Person → name, of the active people whose roles allow something; in the order of their names."""
    query = (
        select(User.id, User.name, Role.permissions)
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(User.is_active)
        .order_by(User.name, User.id)
    )
    rows = db.session.execute(query)
    return {row.id: row.name for row in rows if str(permission) in row.permissions}


def roles_of(user_ids: Sequence[int]) -> dict[int, list[str]]:
    """Person → the names of their roles."""
    query = (
        select(UserRole.user_id, Role.name)
        .join(Role, Role.id == UserRole.role_id)
        .where(UserRole.user_id.in_(user_ids))
        .order_by(Role.name)
    )
    names: dict[int, list[str]] = defaultdict(list)
    for user_id, name in db.session.execute(query):
        names[user_id].append(name)
    return names


def role_keys_of(user_id: int) -> set[str]:
    """The roles of one person, by key."""
    query = select(Role.key).join(UserRole, UserRole.role_id == Role.id).where(UserRole.user_id == user_id)
    return set(db.session.scalars(query))


def all_roles() -> Sequence[Role]:
    """Every role, in the order in which they were made."""
    return db.session.scalars(select(Role).order_by(Role.id)).all()


def holders_by_role() -> dict[int, int]:
    """Role → how many active people hold it."""
    query = (
        select(UserRole.role_id, func.count())
        .join(User, User.id == UserRole.user_id)
        .where(User.is_active)
        .group_by(UserRole.role_id)
    )
    return dict(db.session.execute(query).all())


def tax_classes() -> Sequence[TaxClass]:
    """The rates of tax, highest first."""
    return db.session.scalars(select(TaxClass).order_by(TaxClass.rate.desc())).all()


def factor_tables() -> Sequence[FactorSchedule]:
    """The factor tables by name."""
    return db.session.scalars(select(FactorSchedule).order_by(FactorSchedule.name)).all()


def tokens() -> Sequence[ApiToken]:
    """Every token with its person, newest first."""
    query = select(ApiToken).options(joinedload(ApiToken.user)).order_by(ApiToken.id.desc())
    return db.session.scalars(query).all()


def active_people() -> list[tuple[int, str]]:
    """Who can sign in, for a choice."""
    query = select(User.id, User.name).where(User.is_active).order_by(User.name)
    return [(row.id, row.name) for row in db.session.execute(query)]


def open_sessions(user_id: int) -> Sequence[SignIn]:
    """Where a person is signed in, newest first."""
    query = select(SignIn).where(
        SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.expires_at > datetime.now(UTC)
    )
    return db.session.scalars(query.order_by(SignIn.id.desc())).all()


# --- background work

LATE = timedelta(minutes=1)
VERY_LATE = timedelta(minutes=10)


@dataclass
class TaskKind:
    """How many tasks of one kind stand where."""

    kind: str
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TasksState:
    """The state of background work, in numbers."""

    kinds: Sequence[TaskKind]
    totals: dict[str, int]
    oldest_due_at: datetime | None
    beat_at: datetime | None

    @property
    def tone(self) -> str | None:
        """Amber when something has waited for a minute, red after ten."""
        if self.oldest_due_at is None:
            return None
        waited = datetime.now(UTC) - self.oldest_due_at
        return "red" if waited > VERY_LATE else "amber" if waited > LATE else None


def tasks_state() -> TasksState:
    """Tasks by kind and state, the oldest that waits, the relay's last sign of life: three statements."""
    kinds: dict[str, TaskKind] = {}
    totals = {state.value: 0 for state in OutboxState}
    query = select(OutboxRow.kind, OutboxRow.state, func.count()).group_by(OutboxRow.kind, OutboxRow.state)
    for kind, state, count in db.session.execute(query.order_by(OutboxRow.kind)):
        kinds.setdefault(kind, TaskKind(kind)).counts[state.value] = count
        totals[state.value] += count
    now = datetime.now(UTC)
    due = (OutboxRow.state == OutboxState.READY) & (OutboxRow.run_after <= now)
    oldest = db.session.scalar(select(func.min(OutboxRow.run_after)).where(due))
    beat = db.session.scalar(select(Heartbeat.beat_at).where(Heartbeat.name == "relay"))
    return TasksState(list(kinds.values()), totals, oldest, beat)


def troubled_tasks(page: int) -> Page[OutboxRow]:
    """Tasks that died or failed at least once, the dead ones first, newest first."""
    query = select(OutboxRow).where(
        (OutboxRow.state == OutboxState.DEAD)
        | ((OutboxRow.state != OutboxState.DONE) & (OutboxRow.last_error != ""))
    )
    return paged(query.order_by(OutboxRow.state, OutboxRow.id.desc()), page, 25)


def recent_deliveries(page: int) -> Page[Delivery]:
    """Messages to the outside: what has not gone out first, then the newest."""
    columns = (Delivery.id, Delivery.address, Delivery.subject, Delivery.state, Delivery.error,
               Delivery.created_at, Delivery.sent_at)  # fmt: skip
    query = select(*columns).order_by((Delivery.state == DeliveryState.SENT), Delivery.id.desc())
    return paged(query, page, 25, scalars=False)
