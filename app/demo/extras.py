"""What belongs to the demo's products: reorder levels, deliveries, packages and accessories."""

import uuid
from datetime import datetime, time
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.demo.bundles import ACCESSORIES, CONSUMED, Bundle
from app.demo.catalogue import product_called
from app.demo.places import place
from app.demo.stage import Stage
from app.extensions import db
from app.models import Category, Product, Tracking, TransactionKind
from app.services.ledger import Cause, Movement, post
from app.services.packages import add_accessory, put_in_package
from app.services.products import ProductFacts, add_product, change_product, facts_of
from app.services.receipts import Arrival
from app.services.stock import receive_stock
from app.transactions import lock

HAZE = "AR900"
"""Without haze no show: it must never be missing."""
HAZE_DAYS, HAZE_A_TIME = range(56, 4, -4), 3


def say_when_to_reorder(sku: str, reorder_level: int, order_up_to: int, *, by: Actor) -> None:
    """Give a product that is used up its levels."""
    product = product_called(sku)
    category = db.session.scalar(select(Category.name).where(Category.id == product.category_id))
    facts = facts_of(product, category or "").model_copy(
        update={"reorder_level": reorder_level, "order_up_to": order_up_to}
    )
    change_product(product, facts, by=by)


def take_delivery(sku: str, pieces: int, shelf: str, came_at: datetime, *, by: Actor) -> None:
    """Receive what was ordered. What it cost was not published, so it has no cost."""
    arrival = Arrival(reference="PO-0001", happened_at=came_at)
    receive_stock(
        product_called(sku), pieces, place(shelf), None, by=by, request_id=str(uuid.uuid4()), arrival=arrival
    )


def fill_hazers(stage: Stage) -> None:
    """What went into the machines since the delivery, so fast that the rest is gone before another is here."""
    hand = stage.cast["warehouse_staff"]
    for days_before in HAZE_DAYS:
        with stage.deed():
            haze = product_called(HAZE)
            lock({Product: [haze.id]})
            cause = Cause(
                hand, "workshop", notes="Filled into the hazers", happened_at=stage.at(-days_before, time(16)),
                request_id=f"haze-{days_before}",
            )  # fmt: skip
            post(TransactionKind.ISSUE, [Movement(haze.id, HAZE_A_TIME, from_id=place("D1").id)], cause)


def make_bundle(bundle: Bundle, *, by: Actor) -> Product:
    """Compose a package; its price is the sum of its parts."""
    parts = [(product_called(sku), quantity) for sku, quantity in bundle.parts]
    price = sum((part.day_rate * quantity for part, quantity in parts), Decimal(0))
    facts = ProductFacts(
        name=bundle.name,
        sku=bundle.sku,
        category="Packages",
        tracking=Tracking.BULK,
        is_package=True,
        day_rate=price,
        notes=f"Made up for the demo, {bundle.shape}; priced as the sum of its parts.",
    )
    package = add_product(facts, by=by)
    for part, quantity in parts:
        put_in_package(package, part, quantity, by=by)
    return package


def add_accessories(*, by: Actor) -> None:
    """Say what comes along with what, not charged for."""
    for sku, along, quantity, per in ACCESSORIES:
        add_accessory(product_called(sku), product_called(along), quantity, per, is_charged=False, by=by)


__all__ = ["CONSUMED", "add_accessories", "make_bundle", "say_when_to_reorder", "take_delivery"]
