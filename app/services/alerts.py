"""Alerts about stock levels: raised, changed and resolved by the transaction that crosses the level.

Whoever changes how many there are of a product, or its level, holds the product's lock and says with
`watch` how it stood before. What stays on its side of the level costs nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from app.actors import system_actor
from app.extensions import db
from app.models import Alert, AlertKind, AlertState, Priority, Product
from app.queries.lead_times import product_leads
from app.queries.usage import used
from app.rules.cover import USE_DAYS, daily_use, days_of_cover, level_kind, priority
from app.scope import current_organization_id
from app.services.activities import Done, record, record_all

Kinds = Mapping[int, AlertKind | None]
"""What was to be said of each product."""


def kind_of(product: Product) -> AlertKind | None:
    """What is to be said of a product's level now: low, out, or nothing.

    Nothing is said of packages, of what is archived, and of what was never in stock: a catalogue that was just
    imported with its levels has not run out of everything. What to order tells of it all the same.
    """
    if product.archived_at is not None or product.is_package or not product.was_stocked:
        return None
    word = level_kind(product.on_hand, product.reorder_level)
    return None if word is None else AlertKind(word)


def kinds_of(products: Iterable[Product]) -> Kinds:
    """The same of many, to be remembered before they change."""
    return {product.id: kind_of(product) for product in products}


def watch(before: Kinds, products: Iterable[Product]) -> None:
    """Raise, change or resolve the alerts of products whose stock or level has changed. They are locked."""
    crossed = [product for product in products if kind_of(product) is not before[product.id]]
    if not crossed:
        return
    known = open_alerts({product.id for product in crossed})
    paces = paces_of({product.id for product in crossed if kind_of(product) is not None})
    raise_alerts([one for one in crossed if one.id not in known and is_news(one, before[one.id])], paces)
    for product in crossed:
        if alert := known.get(product.id):
            follow(product, alert, paces.get(product.id))
    db.session.flush()


def is_news(product: Product, before: AlertKind | None) -> bool:
    """True for what is worse than it was: an alert that somebody dismissed stays away while nothing gets worse."""
    kind = kind_of(product)
    return kind is AlertKind.OUT or (kind is not None and before is None)


def open_alerts(product_ids: Collection[int], *, is_ahead: bool = False) -> dict[int, Alert]:
    """The alert of each product that is neither resolved nor dismissed; there is one at most."""
    query = select(Alert).where(
        Alert.product_id.in_(product_ids), Alert.is_ahead.is_(is_ahead), Alert.closed_at.is_(None)
    )
    return {alert.product_id: alert for alert in db.session.scalars(query)}


class Pace(NamedTuple):
    """How fast something goes and how soon more can be here: pieces used lately, days until a delivery."""

    used: int
    lead: int


def paces_of(product_ids: Collection[int]) -> dict[int, Pace]:
    """Product → its pace, for its cover: three statements for all."""
    if not product_ids:
        return {}
    now = datetime.now(UTC)
    uses = used(now - timedelta(days=USE_DAYS), now, product_ids)
    return {key: Pace(uses.get(key, 0), lead.ahead) for key, lead in product_leads(product_ids).items()}


def pace_of(product_id: int) -> Pace:
    """The pace of one product that exists."""
    return paces_of([product_id])[product_id]


def follow(product: Product, alert: Alert, pace: Pace | None) -> None:
    """Let the alert of one product say what is true now; the pace is asked for only of what is still low."""
    kind = kind_of(product)
    if kind is None or pace is None:
        resolve(alert, product)
        return
    has_run_out = kind is AlertKind.OUT and alert.kind is not AlertKind.OUT
    change(alert, product, kind, pace)
    if has_run_out:
        alert.snoozed_until = None
        tell(alert, product, sentence(product, pace))


def raise_alerts(products: Sequence[Product], paces: Mapping[int, Pace]) -> None:
    """Say for the first time of these products that they are low or out: many in as many statements as a few."""
    if not products:
        return
    rows = [new_row(product, paces[product.id]) for product in products]
    raised = {alert.product_id: alert for alert in db.session.scalars(insert(Alert).returning(Alert), rows)}
    said = [
        news_of(raised[product.id], product, sentence(product, paces[product.id])) for product in products
    ]
    record_all(said, by=system_actor(current_organization_id()))


def new_row(product: Product, pace: Pace) -> dict[str, Any]:
    """A new alert as its table takes it."""
    return {
        "organization_id": current_organization_id(),
        "product_id": product.id,
        "state": AlertState.OPEN,
        "kind": kind_of(product),
        "on_hand": product.on_hand,
        "reorder_level": product.reorder_level or 0,
        "priority": priority_of(product, pace),
        "raised_at": datetime.now(UTC),
    }


def change(alert: Alert, product: Product, kind: AlertKind, pace: Pace) -> None:
    """Write into an alert how its product stands."""
    alert.kind, alert.on_hand, alert.reorder_level = kind, product.on_hand, product.reorder_level or 0
    alert.priority = priority_of(product, pace)


def priority_of(product: Product, pace: Pace) -> Priority:
    """How soon somebody should look."""
    cover = days_of_cover(product.on_hand, daily_use(pace.used))
    return Priority(priority(product.on_hand, cover, pace.lead, is_critical=product.is_critical))


def tell(alert: Alert, product: Product, said: str) -> None:
    """Write into the log how a product stands; whoever wants to hear of it does."""
    record_all([news_of(alert, product, said)], by=system_actor(current_organization_id()))


def news_of(alert: Alert, product: Product, summary: str) -> Done:
    """What the log tells of an alert, in these words."""
    facts = {
        "priority": alert.priority.value,
        "is_urgent": product.is_critical or alert.priority is Priority.CRITICAL,
        "product_id": product.id,
        "summary": summary,
    }
    return Done(f"alert.{alert.kind.value}", alert, product.name, facts)


def short_sentence(alert: Alert, product: Product) -> str:
    """What will be missing, for a message."""
    missing = f"{alert.missing} {product.unit}"
    return f"{missing} short of what is promised before the next delivery; {product.on_hand} left."


def sentence(product: Product, pace: Pace) -> str:
    """How a product stands, for a message: what is left, its level, and how long that lasts."""
    left = f"{product.on_hand} {product.unit} left" if product.on_hand > 0 else "None left"
    said = f"{left}, to be ordered at {product.reorder_level}."
    cover = days_of_cover(product.on_hand, daily_use(pace.used))
    if not cover:
        return said
    lasts = "1 day" if cover == 1 else f"{cover} days"
    return f"{said} That lasts {lasts}; a delivery takes {pace.lead}."


def resolve(alert: Alert, product: Product) -> None:
    """There is enough again: the alert is over by itself."""
    alert.state, alert.closed_at = AlertState.RESOLVED, datetime.now(UTC)
    record("alert.resolved", alert, by=system_actor(current_organization_id()), label=product.name)


__all__ = [
    "Pace",
    "kind_of",
    "kinds_of",
    "open_alerts",
    "pace_of",
    "paces_of",
    "priority_of",
    "resolve",
    "sentence",
    "short_sentence",
    "tell",
    "watch",
]
