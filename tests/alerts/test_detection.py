"""The transaction that crosses a level raises, changes and resolves its alert: once, and never too late."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Location, LocationKind, Product, TransactionKind
from app.services.ledger import Cause, Movement, post
from app.services.locations import add_location
from app.services.products import (
    ProductFacts,
    add_product,
    archive_product,
    change_product,
    facts_of,
    restore_product,
)
from app.transactions import lock
from tests import factories
from tests.alerts.stock import issue, move, receive, said, tape
from tests.factories import me
from tests.inventory import buying
from tests.people import House


def verbs(house: House) -> list[str]:
    """What was written into the log about alerts."""
    with house.reading():
        query = select(Activity.verb).where(Activity.verb.like("alert.%")).order_by(Activity.id)
        return list(db.session.scalars(query))


def test_falling_to_the_level_raises_one_alert_and_falling_on_no_second(house: House) -> None:
    product_id = tape(house, stock=20, level=5)
    issue(house, product_id, 14)
    assert said(house) == []
    issue(house, product_id, 1)
    issue(house, product_id, 2)
    assert [kind for kind, *_ in said(house)] == ["low"]
    assert verbs(house) == ["alert.low"]


def test_a_low_alert_becomes_out_and_is_not_raised_twice(house: House) -> None:
    product_id = tape(house)
    issue(house, product_id, 16)
    issue(house, product_id, 4)
    assert said(house) == [("out", "open", "high")]
    assert verbs(house) == ["alert.low", "alert.out"]


def test_rising_above_the_level_resolves_it_and_falling_again_is_a_new_one(house: House) -> None:
    product_id = tape(house)
    issue(house, product_id, 20)
    receive(house, product_id, 5)
    assert [(kind, state) for kind, state, _ in said(house)] == [("low", "open")]
    receive(house, product_id, 1)
    assert [(kind, state) for kind, state, _ in said(house)] == [("low", "resolved")]
    issue(house, product_id, 1)
    assert [state for _, state, _ in said(house)] == ["resolved", "open"]
    assert verbs(house) == ["alert.out", "alert.resolved", "alert.low"]


def test_moving_the_level_crosses_it_as_well(house: House) -> None:
    product_id = tape(house, stock=20, level=5)
    for level, states in (
        (20, ["open"]),
        (19, ["resolved"]),
        (30, ["resolved", "open"]),
        (None, ["resolved"] * 2),
    ):
        set_level(house, product_id, level)
        assert [state for _, state, _ in said(house)] == states, level


def set_level(house: House, product_id: int, level: int | None) -> None:
    with house.writing():
        product = db.session.get_one(Product, product_id)
        change_product(product, facts_of(product, "").model_copy(update={"reorder_level": level}), by=me())


def test_nobody_hears_that_what_was_never_in_stock_has_run_out(house: House) -> None:
    with house.writing():
        product_id = add_product(
            ProductFacts(name="Fog fluid", reorder_level=4, is_critical=True), by=me()
        ).id
    set_level(house, product_id, 6)
    assert said(house) == []
    receive(house, product_id, 3)
    assert [kind for kind, *_ in said(house)] == ["low"]
    issue(house, product_id, 3)
    assert said(house) == [("out", "open", "critical")]


def test_what_comes_for_the_first_time_and_is_enough_is_no_news(house: House) -> None:
    with house.writing():
        product_id = add_product(ProductFacts(name="Fog fluid", reorder_level=4), by=me()).id
    receive(house, product_id, 5)
    assert said(house) == []


def test_archiving_a_product_ends_its_alert_and_bringing_it_back_raises_one(house: House) -> None:
    product_id = tape(house)
    issue(house, product_id, 20)
    for deed, states in ((archive_product, ["resolved"]), (restore_product, ["resolved", "open"])):
        with house.writing():
            deed(db.session.get_one(Product, product_id), by=me())
        assert [state for _, state, _ in said(house)] == states


def test_a_product_without_a_level_is_never_low(house: House) -> None:
    product_id = tape(house, stock=3, level=None)
    issue(house, product_id, 3)
    assert said(house) == []


@pytest.mark.parametrize(("used", "priority"), [(0, "low"), (90, "normal"), (450, "high")])
def test_priority_comes_from_the_days_that_are_left(house: House, used: int, priority: str) -> None:
    product_id = tape(house, stock=used + 20, level=10, lead_days=6)
    if used:
        issue(house, product_id, used)
    with house.writing():
        lock({Product: [product_id]})
        shrink = Movement(product_id, 10, from_id=house.warehouse_id)
        post(TransactionKind.ADJUSTMENT, [shrink], Cause(me(), request_id=str(uuid.uuid4())))
    assert said(house) == [("low", "open", priority)]


def test_priority_and_message_go_by_how_long_the_supplier_took_not_by_what_the_product_says(
    house: House,
) -> None:
    product_id = tape(house, stock=110, level=10, lead_days=2)
    with house.writing():
        thomsen = buying.supplier()
        buying.sells(thomsen, db.session.get_one(Product, product_id))
        buying.arrived(thomsen.id, product_id, house.warehouse_id, days=9)
    issue(house, product_id, 100)
    # 10 left at 100 in 90 days last 9 days: as long as he takes, and more than twice what the product says.
    assert said(house) == [("low", "open", "high")]
    with house.reading():
        (facts,) = db.session.scalars(select(Activity.facts).where(Activity.verb == "alert.low"))
    assert facts["summary"].endswith("That lasts 9 days; a delivery takes 9.")


def test_what_stays_on_its_side_of_the_level_costs_no_statement(
    house: House, statements: Callable[[], list[str]]
) -> None:
    with house.writing():
        plain = factories.product("Cable", stock=20, at=house.warehouse_id).id
    watched = tape(house, stock=20, level=5)
    costs = []
    for product_id in (plain, watched):
        statements()
        issue(house, product_id, 1)
        costs.append(len(statements()))
    assert costs[0] == costs[1]


def test_what_only_moves_from_place_to_place_crosses_nothing(house: House) -> None:
    product_id = tape(house, stock=6, level=5)
    issue(house, product_id, 1)
    with house.writing():
        here = db.session.get_one(Location, house.warehouse_id)
        shelf_id = add_location("Shelf", "S-1", LocationKind.SHELF, here, by=me()).id
    move(house, TransactionKind.TRANSFER, Movement(product_id, 5, from_id=house.warehouse_id, to_id=shelf_id))
    assert verbs(house) == ["alert.low"]
