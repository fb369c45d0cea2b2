"""Alerts as lists: what waits, what was planned, what is over, the most urgent first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from app.extensions import db
from app.models import (
    OPEN_ALERTS,
    Alert,
    AlertKind,
    AlertState,
    Category,
    Priority,
    Product,
    User,
)
from app.models.base import plain_text
from app.queries.lead_times import product_leads
from app.queries.paging import PER_PAGE, Page, paged
from app.queries.rows import AnyRow, AnySelect
from app.queries.usage import used
from app.rules.cover import PRIORITIES, USE_DAYS, daily_use, days_of_cover

RANK: Final = case({Priority(word): step for step, word in enumerate(PRIORITIES)}, value=Alert.priority)
"""The most urgent is lowest."""
STATES: Final = {
    "open": "Open",
    "acknowledged": "Planned",
    "snoozed": "Put off",
    "resolved": "Resolved",
    "dismissed": "Dismissed",
    "all": "All",
}
"""What a list of alerts can be narrowed to. `open` is what waits for somebody."""
SORTS: Final[Mapping[str, tuple[Any, ...]]] = {
    "priority": (RANK, Alert.raised_at),
    "product": (Product.name, Alert.id),
    "on_hand": (Product.on_hand, Alert.id),
    "age": (Alert.raised_at.desc(), Alert.id.desc()),
}
KINDS: Final = {"low": "Low", "out": "Out of stock", "ahead": "Will run short"}
Closer = aliased(User)
Planner = aliased(User)


@dataclass(frozen=True)
class AlertFilters:
    """What the list is narrowed to; `older` means raised at least so many days ago."""

    state: str = "open"
    kind: str = ""
    priority: str = ""
    category: int | None = None
    q: str = ""
    older: int | None = None
    product: int | None = None
    sort: str = "priority"

    @property
    def is_narrowed(self) -> bool:
        """True when anything but the state is chosen."""
        return any((self.kind, self.priority, self.category, self.q, self.older, self.product))


class AlertLine(NamedTuple):
    """One alert as the list shows it; `cover` is how many days what is left lasts, None when nothing is used,
    `lead` how many a delivery takes."""

    row: AnyRow
    cover: int | None
    lead: int


def waiting_now(now: datetime) -> Select[Alert]:
    """What waits for somebody: open, not planned, not put off; with its product."""
    return select(Alert).where(is_state("open", now)).options(joinedload(Alert.product))


def is_state(state: str, now: datetime) -> ColumnElement[bool]:
    """That an alert stands so."""
    is_put_off = and_(Alert.closed_at.is_(None), Alert.snoozed_until > now)
    is_here = or_(Alert.snoozed_until.is_(None), Alert.snoozed_until <= now)
    if state == "snoozed":
        return is_put_off
    if state in set(OPEN_ALERTS):
        return and_(Alert.state == AlertState(state), is_here)
    return Alert.state == AlertState(state) if state in set(AlertState) else Alert.id > 0


def alerts_page(
    filters: AlertFilters, now: datetime, page: int = 1, per_page: int = PER_PAGE
) -> Page[AlertLine]:
    """One page of alerts: five statements."""
    found: Page[AnyRow] = paged(listed(filters, now), page, per_page, scalars=False)
    return Page(with_cover(found.items, now), found.page, found.per_page, found.total)


def all_alerts(filters: AlertFilters, now: datetime) -> list[AlertLine]:
    """Every alert that the filters let through, for a file."""
    return with_cover(db.session.execute(listed(filters, now)).all(), now)


def with_cover(rows: Iterable[AnyRow], now: datetime) -> list[AlertLine]:
    """The rows with the days that what is left will last and a delivery takes: three statements for all."""
    lines = list(rows)
    covers = covers_of({row.product_id: row.on_hand for row in lines}, now)
    leads = product_leads(covers)
    return [AlertLine(row, covers[row.product_id], leads[row.product_id].ahead) for row in lines]


def covers_of(on_hand: Mapping[int, int], now: datetime) -> dict[int, int | None]:
    """Product → for how many days so many pieces last at the use of late."""
    uses = used(now - timedelta(days=USE_DAYS), now, list(on_hand)) if on_hand else {}
    return {key: days_of_cover(left, daily_use(uses.get(key, 0))) for key, left in on_hand.items()}


def listed(filters: AlertFilters, now: datetime) -> AnySelect:
    """The rows of the list."""
    query = (
        select(
            Alert.id, Alert.product_id, Alert.kind, Alert.is_ahead, Alert.state, Alert.priority, Alert.raised_at,
            Alert.notified_at, Alert.missing, Alert.short_at, Alert.snoozed_until, Alert.acknowledged_at, Alert.plan,
            Alert.closed_at, Alert.reason, Alert.on_hand.label("on_hand_then"),
            Alert.reorder_level.label("level_then"), Product.name.label("product"), Product.sku, Product.unit,
            Product.on_hand, Product.reorder_level, Product.is_critical,
            Category.name.label("category"), Planner.name.label("planner"), Closer.name.label("closer"),
        )
        .join(Product, Product.id == Alert.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .outerjoin(Planner, Planner.id == Alert.acknowledged_by_id)
        .outerjoin(Closer, Closer.id == Alert.closed_by_id)
        .where(*narrowed(filters, now))
    )  # fmt: skip
    return query.order_by(*ordered(filters.sort))


def ordered(sort: str) -> tuple[Any, ...]:
    """The order of the list; a minus turns its first column round."""
    first, *rest = SORTS.get(sort.removeprefix("-"), SORTS["priority"])
    if sort.startswith("-") and sort.removeprefix("-") in SORTS:
        first = Alert.raised_at if sort == "-age" else first.desc()
    return (first, *rest)


def narrowed(filters: AlertFilters, now: datetime) -> list[ColumnElement[bool]]:
    """What the filters let through."""
    wanted = [is_state(filters.state, now)]
    if filters.kind in set(AlertKind):
        wanted.append(Alert.kind == AlertKind(filters.kind))
    if filters.priority in set(Priority):
        wanted.append(Alert.priority == Priority(filters.priority))
    if filters.category:
        wanted.append(Product.category_id == filters.category)
    if filters.product:
        wanted.append(Alert.product_id == filters.product)
    if filters.older:
        wanted.append(Alert.raised_at <= now - timedelta(days=filters.older))
    return [
        *wanted,
        *(Product.search_text.contains(word, autoescape=True) for word in plain_text(filters.q).split()),
    ]


def state_counts(now: datetime) -> dict[str, int]:
    """How many alerts stand how, by the names of STATES: one statement."""
    counts = [func.coalesce(func.sum(case((is_state(state, now), 1), else_=0)), 0) for state in STATES]
    return dict(zip(STATES, map(int, db.session.execute(select(*counts)).one()), strict=True))


class Review(NamedTuple):
    """What a morning's look is about."""

    new: list[AlertLine]
    waiting: list[AlertLine]
    resolved: list[AlertLine]


def daily_review(since: datetime, now: datetime) -> Review:
    """What is new since a moment, what waits from before, and what ended by itself: four statements."""
    recent = or_(Alert.closed_at.is_(None), Alert.closed_at >= since)
    query = listed(AlertFilters(state="all"), now).where(recent, Alert.state != AlertState.DISMISSED)
    review = Review([], [], [])
    for line in with_cover(db.session.execute(query).all(), now):
        pile = pile_of(line.row, since, now)
        if pile:
            getattr(review, pile).append(line)
    return review


def pile_of(row: AnyRow, since: datetime, now: datetime) -> str:
    """Where an alert lies in the review; nowhere when it is planned, or put off until later."""
    if row.closed_at is not None:
        return "resolved"
    if row.state is AlertState.ACKNOWLEDGED or (row.snoozed_until is not None and row.snoozed_until > now):
        return ""
    return "new" if row.raised_at >= since else "waiting"
