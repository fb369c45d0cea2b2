"""Tape that is used up, with levels, and the deeds that move it."""

import uuid
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import Alert, Product, Tracking, TransactionKind
from app.services.ledger import Cause, Movement, post
from app.services.products import change_product, facts_of
from app.transactions import lock
from tests import factories
from tests.factories import me
from tests.people import House


def tape(house: House, stock: int = 20, level: int | None = 5, **more: Any) -> int:
    """A consumable with a reorder level and so many in stock; its id."""
    with house.writing():
        made = factories.product(
            "Gaffer tape", tracking=Tracking.CONSUMABLE, stock=stock, at=house.warehouse_id, **more
        )
        product_id = made.id
    with house.writing():
        product = db.session.get_one(Product, product_id)
        change_product(product, facts_of(product, "").model_copy(update={"reorder_level": level}), by=me())
    return product_id


def issue(house: House, product_id: int, pieces: int, reference: str = "") -> None:
    """Take so many out for good."""
    move(house, TransactionKind.ISSUE, Movement(product_id, pieces, from_id=house.warehouse_id), reference)


def receive(house: House, product_id: int, pieces: int) -> None:
    """Take so many in."""
    move(house, TransactionKind.RECEIPT, Movement(product_id, pieces, to_id=house.warehouse_id))


def move(house: House, kind: TransactionKind, movement: Movement, reference: str = "") -> None:
    """Post one movement in a transaction of its own."""
    with house.writing():
        lock({Product: [movement.product_id]})
        post(kind, [movement], Cause(me(), reference_number=reference, request_id=str(uuid.uuid4())))


def alerts(house: House) -> list[Alert]:
    """Every alert there ever was, oldest first."""
    with house.reading():
        rows = list(db.session.scalars(select(Alert).order_by(Alert.id)))
        db.session.expunge_all()
        return rows


def said(house: House) -> list[tuple[str, str, str]]:
    """Every alert in three words."""
    return [(alert.kind.value, alert.state.value, alert.priority.value) for alert in alerts(house)]
