"""The demo's alerts, as people would have left them this morning: planned, put off, dismissed, and some that wait."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from app.demo.extras import HAZE
from app.demo.stage import Stage
from app.extensions import db
from app.models import Alert, Product, StockTransaction
from app.services.alert_deeds import Dismissal, Plan, Snooze, acknowledge, dismiss, snooze
from app.services.alert_rounds import look_again
from app.services.alerts_ahead import look_ahead

PLANNED: Final = "Two boxes ordered by phone, here on Friday."
NOT_NEEDED: Final = "The last shows that use them are over; we do not stock them any more."
OLDEST: Final = timedelta(days=40)


def tend_the_alerts(stage: Stage) -> None:
    """What the clock finds, then what people do about it."""
    with stage.deed():
        db.session.scalars(select(Product).where(Product.sku == HAZE)).one().is_critical = True
    with stage.deed():
        look_ahead()
    with stage.deed():
        look_again()
    with stage.deed():
        date_back()
    decide(stage)


def date_back() -> None:
    """An alert is as old as the last movement of its product, which is when it would have been raised."""
    now = datetime.now(UTC)
    moved = select(StockTransaction.product_id, func.max(StockTransaction.happened_at))
    last = dict(db.session.execute(moved.group_by(StockTransaction.product_id)).all())
    for alert in db.session.scalars(select(Alert).where(Alert.closed_at.is_(None))):
        alert.raised_at = min(max(last.get(alert.product_id, now), now - OLDEST), alert.raised_at)


def decide(stage: Stage) -> None:
    """Three of those that wait are looked after."""
    keeper, hand = stage.cast["inventory_manager"], stage.cast["warehouse_manager"]
    with stage.deed():
        planned, later, needless = three_that_wait()
    with stage.deed():
        acknowledge(planned, Plan(plan=PLANNED), by=keeper)
    with stage.deed():
        snooze(later, Snooze(until=stage.today + timedelta(days=6)), by=hand)
    with stage.deed():
        dismiss(needless, Dismissal(reason=NOT_NEEDED), by=keeper)


def three_that_wait() -> tuple[list[int], list[int], list[int]]:
    """The oldest alerts but the critical one, and but what only will run short."""
    waiting = select(Alert.id).join(Product, Product.id == Alert.product_id)
    usual = (Alert.closed_at.is_(None), Alert.is_ahead.is_(False), Product.sku != HAZE)
    first, second, third = db.session.scalars(waiting.where(*usual).order_by(Alert.id).limit(3))
    return [first], [second], [third]
