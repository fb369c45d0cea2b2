"""Which reorder levels alerted most, how long for, and which levels would fit what is used."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select

from app.extensions import db
from app.models import Alert, AlertState, Category, Product
from app.queries.lead_times import LeadTime, product_leads
from app.queries.paging import PER_PAGE, Page
from app.queries.rows import AnyRow
from app.queries.usage import used
from app.rules.cover import USE_DAYS, daily_use
from app.rules.levels import Levels, proposed_levels

PERIODS: Final = {30: "30 days", 90: "90 days", 180: "180 days", 365: "A year"}


class TiredLevel(NamedTuple):
    """A product whose level alerted: how often, for how long, how often somebody waved it away."""

    product: AnyRow
    times: int
    dismissed: int
    open_days: float
    proposal: Levels

    @property
    def is_better(self) -> bool:
        """True when the proposal differs from what is set."""
        wanted = (self.proposal.reorder_level, self.proposal.order_up_to)
        return wanted != (self.product.reorder_level, self.product.order_up_to)


def tired_levels(days: int, now: datetime, page: int = 1, per_page: int = PER_PAGE) -> Page[TiredLevel]:
    """The levels that alerted in the last days, those that did most often first: two statements."""
    by_product = alerts_by_product(now - timedelta(days=days))
    order = sorted(by_product.values(), key=lambda rows: (-len(rows), rows[0].name))
    number = min(max(page, 1), max(1, -(-len(order) // per_page)))
    shown = order[(number - 1) * per_page : number * per_page]
    uses = uses_of([rows[0].product_id for rows in shown], now)
    leads = product_leads([rows[0].product_id for rows in shown])
    items = [tired(rows, uses.get(rows[0].product_id, 0), leads[rows[0].product_id], now) for rows in shown]
    return Page(items, number, per_page, len(order))


def alerts_by_product(since: datetime) -> dict[int, list[AnyRow]]:
    """Product → its alerts about the level since then."""
    query = (
        select(
            Alert.product_id, Alert.raised_at, Alert.closed_at, Alert.state, Product.name, Product.sku, Product.unit,
            Product.on_hand, Product.reorder_level, Product.order_up_to, Product.is_critical,
            Product.is_routine, Category.name.label("category"),
        )
        .join(Product, Product.id == Alert.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .where(Alert.raised_at >= since, Alert.is_ahead.is_(False), Product.archived_at.is_(None))
    )  # fmt: skip
    found: dict[int, list[AnyRow]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.product_id, []).append(row)
    return found


def uses_of(product_ids: list[int], now: datetime) -> dict[int, int]:
    """Product → pieces used lately."""
    return used(now - timedelta(days=USE_DAYS), now, product_ids) if product_ids else {}


def tired(rows: list[AnyRow], used_lately: int, lead: LeadTime, now: datetime) -> TiredLevel:
    """One product of the list."""
    product = rows[0]
    levels = proposed_levels(daily_use(used_lately), lead.ahead, is_critical=product.is_critical)
    dismissed = sum(row.state is AlertState.DISMISSED for row in rows)
    return TiredLevel(product, len(rows), dismissed, days_open(rows, now), levels)


def days_open(rows: Iterable[AnyRow], now: datetime) -> float:
    """How many days the alerts were open on average; what is open still is open until now."""
    spans = [((row.closed_at or now) - row.raised_at).total_seconds() / 86_400 for row in rows]
    return round(sum(spans) / len(spans), 1) if spans else 0.0
