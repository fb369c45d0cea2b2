"""Alerts from reservations: what is claimed before the next delivery is more than there is.

Looked for after every change of claims (a task follows the transaction), and by the clock, as time passes.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import select

from app.extensions import db
from app.models import Alert, AlertKind, AlertState, Priority, Product, Tracking
from app.outbox import enqueue
from app.queries.next_deliveries import ShortAhead, short_before_delivery, worth_a_look
from app.services.alerts import open_alerts, resolve, short_sentence, tell
from app.transactions import lock

LOOK: str = "alerts.look_ahead"


def is_looked_after(product: Product) -> bool:
    """True for what is reordered or used up: of what only goes out and comes back, shortages speak."""
    has_level = product.reorder_level is not None or product.tracking is Tracking.CONSUMABLE
    return has_level and product.archived_at is None and not product.is_package


def claims_changed(products: Iterable[Product]) -> None:
    """Have looked ahead for those of these products that are looked after, once this transaction is kept."""
    if product_ids := sorted({product.id for product in products if is_looked_after(product)}):
        enqueue(LOOK, queue="bulk", product_ids=product_ids)


def look_ahead(product_ids: Collection[int] | None = None) -> None:
    """Raise, change and resolve alerts about what runs short before a delivery, of these products or of all.

    What is found is found again behind the locks of the products that it concerns.
    """
    now = datetime.now(UTC)
    asked = worth_a_look(now) if product_ids is None else set(product_ids)
    known = open_alerts(asked, is_ahead=True)
    short = short_before_delivery(asked, now)
    concerned = known.keys() | short.keys()
    if not concerned or not differs(known, short):
        return
    lock({Product: concerned})
    settle(short_before_delivery(concerned, now), concerned)


def differs(known: Mapping[int, Alert], short: Mapping[int, ShortAhead]) -> bool:
    """True when the alerts do not say what is true."""
    return known.keys() != short.keys() or any(says(known[key]) != short[key] for key in known)


def says(alert: Alert) -> ShortAhead:
    """What an alert says."""
    return ShortAhead(alert.missing, alert.short_at)


def settle(short: Mapping[int, ShortAhead], concerned: Collection[int]) -> None:
    """Let the alerts of locked products say what is true."""
    products = {row.id: row for row in db.session.scalars(select(Product).where(Product.id.in_(concerned)))}
    known = open_alerts(concerned, is_ahead=True)
    waved_away = dismissed(short.keys() - known.keys())
    for product_id, product in products.items():
        alert, ahead = known.get(product_id), short.get(product_id)
        if ahead is None:
            if alert is not None:
                resolve(alert, product)
        elif alert is not None:
            alert.missing, alert.short_at, alert.on_hand = ahead.missing, ahead.at, product.on_hand
        elif not is_known(waved_away.get(product_id), ahead):
            raise_ahead(product, ahead)
    db.session.flush()


def dismissed(product_ids: Collection[int]) -> dict[int, Alert]:
    """The latest alert of this sort of each product, where somebody dismissed it."""
    query = select(Alert).where(Alert.product_id.in_(product_ids), Alert.is_ahead).order_by(Alert.id)
    latest = {alert.product_id: alert for alert in db.session.scalars(query)}
    return {key: alert for key, alert in latest.items() if alert.state is AlertState.DISMISSED}


def is_known(alert: Alert | None, ahead: ShortAhead) -> bool:
    """True for what somebody dismissed, and that has become no worse."""
    if alert is None or alert.short_at is None or ahead.at is None:
        return False
    return ahead.missing <= alert.missing and ahead.at >= alert.short_at


def raise_ahead(product: Product, ahead: ShortAhead) -> None:
    """Say for the first time that a product will run short."""
    alert = Alert(
        product_id=product.id, kind=AlertKind.AHEAD, is_ahead=True, state=AlertState.OPEN,
        priority=Priority.CRITICAL if product.is_critical else Priority.HIGH, on_hand=product.on_hand,
        reorder_level=product.reorder_level or 0, missing=ahead.missing, short_at=ahead.at,
        raised_at=datetime.now(UTC),
    )  # fmt: skip
    db.session.add(alert)
    db.session.flush()
    tell(alert, product, short_sentence(alert, product))
