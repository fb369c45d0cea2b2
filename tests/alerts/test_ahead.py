"""What reservations will use up before the next delivery is known beforehand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.extensions import db
from app.models import OrderLine, OrderState, Product, PurchaseOrder, Reservation, Tracking
from app.services.alert_deeds import Dismissal, dismiss
from app.services.alerts_ahead import look_ahead
from app.services.reservations import Wish, release, reserve
from app.transactions import lock
from tests import factories
from tests.alerts.stock import alerts, receive, said, tape
from tests.factories import me
from tests.people import House
from tests.tasks import do_tasks

NOW = datetime.now(UTC)


def claim(house: House, product_id: int, pieces: int, in_days: float) -> int:
    """Reserve so many for a day."""
    starts_at = NOW + timedelta(days=in_days)
    with house.writing():
        lock({Product: [product_id]})
        wish = Wish(product_id, house.warehouse_id, pieces, starts_at, starts_at + timedelta(hours=8))
        [row] = reserve([wish], by=me())
        return row.id


def ahead(house: House) -> list[tuple[str, int]]:
    """The alerts of this sort: how they stand, and how many are missing."""
    do_tasks(house)
    return [(alert.state.value, alert.missing) for alert in alerts(house) if alert.is_ahead]


def test_two_shows_that_use_up_more_than_there_is_are_found_at_once(house: House) -> None:
    product_id = tape(house, stock=20, level=5, lead_days=10)
    claim(house, product_id, 12, 2)
    assert ahead(house) == []
    second = claim(house, product_id, 12, 4)
    assert ahead(house) == [("open", 4)]
    [alert] = alerts(house)
    assert alert.short_at is not None and abs(alert.short_at - (NOW + timedelta(days=4))) < timedelta(
        minutes=1
    )
    assert said(house) == [("ahead", "open", "high")]
    with house.writing():
        lock({Product: [product_id]})
        release(db.session.get_one(Reservation, second), by=me(), reason="off")
    assert ahead(house) == [("resolved", 4)]


def test_what_comes_back_may_go_out_twice(house: House) -> None:
    with house.writing():
        case = factories.product("Case", tracking=Tracking.BULK, stock=20, at=house.warehouse_id)
        case.reorder_level, product_id = 5, case.id
    for days in (2, 4):
        claim(house, product_id, 12, days)
    assert ahead(house) == []


def test_claims_after_the_next_delivery_do_not_count(house: House) -> None:
    product_id = tape(house, stock=20, lead_days=10)
    for days in (2, 12):
        claim(house, product_id, 12, days)
    assert ahead(house) == []
    with house.writing():
        order = PurchaseOrder(
            number="PO-1", location_id=house.warehouse_id, state=OrderState.ORDERED, created_at=NOW,
            expected_on=(NOW + timedelta(days=14)).date(),
        )  # fmt: skip
        db.session.add(order)
        db.session.flush()
        db.session.add(OrderLine(order_id=order.id, product_id=product_id, position=1, quantity=50))
    with house.writing():
        look_ahead()
    assert ahead(house) == [("open", 4)]
    with house.writing():
        db.session.get_one(PurchaseOrder, 1).expected_on = house.today() + timedelta(days=5)
    with house.writing():
        look_ahead()
    assert ahead(house) == [("resolved", 4)]


def test_the_clock_finds_what_a_delivery_mends(house: House) -> None:
    product_id = tape(house, stock=20, lead_days=10)
    for days in (2, 4):
        claim(house, product_id, 12, days)
    assert ahead(house) == [("open", 4)]
    receive(house, product_id, 3)
    with house.writing():
        look_ahead()
    assert ahead(house) == [("open", 1)]
    receive(house, product_id, 1)
    with house.writing():
        look_ahead()
    assert ahead(house) == [("resolved", 1)]


def test_a_dismissed_shortage_stays_away_until_more_is_missing(house: House) -> None:
    product_id = tape(house, stock=20, lead_days=10)
    for days in (2, 4):
        claim(house, product_id, 12, days)
    do_tasks(house)
    alert_id = alerts(house)[0].id
    with house.writing():
        dismiss([alert_id], Dismissal(reason="We buy locally"), by=me())
    with house.writing():
        look_ahead()
    assert ahead(house) == [("dismissed", 4)]
    claim(house, product_id, 1, 5)
    assert ahead(house) == [("dismissed", 4), ("open", 5)]


def test_looking_costs_the_same_for_one_product_as_for_twenty(
    house: House, statements: Callable[[], list[str]]
) -> None:
    costs = []
    for count in (1, 19):
        for _ in range(count):
            claim(house, tape(house, stock=20, lead_days=10), 12, 2)
        do_tasks(house)
        statements()
        with house.writing():
            look_ahead()
        costs.append(len(statements()))
    assert costs[0] == costs[1]
