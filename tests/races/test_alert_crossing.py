"""Eight clients take the last rolls at once: one alert, and it says what is true in the end."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Alert, AlertKind, AlertState, Product, TransactionKind
from app.services import ledger
from app.services.alerts import open_alerts
from app.services.ledger import Cause, Movement, post
from app.services.verify import broken_invariants
from app.transactions import lock, retrying
from tests.alerts.stock import alerts, tape
from tests.factories import me
from tests.people import House

pytestmark = pytest.mark.races

CLIENTS = 8
LEVEL = 4


def take_one(house: House, product_id: int) -> None:
    """One client's issue, as every deed does it."""
    lock({Product: [product_id]})
    less = Movement(product_id, 1, from_id=house.warehouse_id)
    post(TransactionKind.ISSUE, [less], Cause(me(), request_id=str(uuid.uuid4())))


def all_at_once(house: House, deed: Callable[[], None]) -> None:
    """Eight threads, each in a transaction of its own, begin together."""
    start = threading.Barrier(CLIENTS)

    def client() -> None:
        start.wait(30)
        retrying(lambda: in_one_transaction(house, deed))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def in_one_transaction(house: House, deed: Callable[[], None]) -> None:
    with house.writing():
        deed()


def test_one_alert_is_raised_and_it_says_that_none_is_left(house: House) -> None:
    for _ in range(5):
        product_id = tape(house, stock=CLIENTS, level=LEVEL)
        all_at_once(house, lambda product_id=product_id: take_one(house, product_id))  # type: ignore[misc]
        mine = [alert for alert in alerts(house) if alert.product_id == product_id]
        assert [(alert.kind, alert.state) for alert in mine] == [(AlertKind.OUT, AlertState.OPEN)]
    with house.app.app_context():
        assert [
            broken.invariant.id for broken in broken_invariants() if broken.invariant.id.startswith("I18")
        ] == []


def test_the_race_is_real_without_lock_and_index_alerts_are_raised_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX uq_alert_open")
    monkeypatch.setattr(ledger, "watch", lambda _before, _products: None)
    doubled = 0
    for _ in range(10):
        product_id = tape(house, stock=CLIENTS, level=None)
        all_looked = threading.Barrier(CLIENTS)
        all_at_once(house, lambda p=product_id, b=all_looked: raise_carelessly(house, p, b))  # type: ignore[misc]
        with house.reading():
            mine = select(func.count(Alert.id)).where(Alert.product_id == product_id)
            doubled += (db.session.scalar(mine) or 0) > 1
    assert doubled == 10


def raise_carelessly(house: House, product_id: int, all_looked: threading.Barrier) -> None:
    """What a program does that looks first, without the product's lock: believe it, and write."""
    db.session.rollback()
    with house.reading():
        is_known = bool(open_alerts([product_id]))
    all_looked.wait(30)
    with house.writing():
        if not is_known:
            values = {"kind": AlertKind.LOW, "on_hand": LEVEL, "reorder_level": LEVEL}
            db.session.add(Alert(product_id=product_id, raised_at=datetime.now(UTC), **values))
