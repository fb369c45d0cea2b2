"""Reorder levels: typed for many products at once, or taken from what is proposed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Alert, AlertState, Location, Product, Tracking, TransactionKind
from app.refusals import Refused
from app.services.ledger import Cause, Movement, post
from app.services.levels import LevelsSaid, set_levels
from tests import factories
from tests.alerts.stock import issue
from tests.factories import me
from tests.inventory import buying
from tests.people import House

LEVELS = "/inventory/levels"


def tape(house: House, *, stock: int = 100, **more: object) -> int:
    with house.writing():
        return factories.product(
            "Gaffer tape", tracking=Tracking.CONSUMABLE, stock=stock, at=house.warehouse_id, **more
        ).id


def row(product_id: int, **typed: str) -> dict[str, str]:
    """One row of the table as the browser sends it."""
    said = {"shown": "1", "reorder_level": "", "order_up_to": "", "lead_days": "0"} | typed
    return {f"{name}-{product_id}": value for name, value in said.items()}


def test_levels_of_many_products_are_set_in_one_go(house: House) -> None:
    one, two = tape(house), tape(house)
    typed = row(one, reorder_level="24", order_up_to="96", lead_days="5", is_critical="on") | row(two)
    assert house.browser("Ivy").post(LEVELS, data=typed).status_code == 303
    with house.reading():
        product = db.session.get_one(Product, one)
        assert (product.reorder_level, product.order_up_to, product.lead_days) == (24, 96, 5)
        assert product.is_critical and not product.is_routine
        assert db.session.get_one(Product, two).reorder_level is None


@pytest.mark.parametrize(
    ("several", "words"), [(1, "1 product has new levels."), (2, "2 products have new levels.")]
)
def test_one_is_no_plural(house: House, several: int, words: str) -> None:
    typed = {key: value for _ in range(several) for key, value in row(tape(house), reorder_level="3").items()}
    assert words in house.browser("Ivy").post(LEVELS, data=typed, follow_redirects=True).text


def test_an_emptied_box_takes_the_level_away(house: House) -> None:
    product_id = tape(house, reorder_level=5)
    house.browser("Ivy").post(LEVELS, data=row(product_id))
    with house.reading():
        assert db.session.get_one(Product, product_id).reorder_level is None


def test_one_wrong_row_keeps_all_of_them_and_what_was_typed(house: House) -> None:
    one, two = tape(house), tape(house)
    typed = row(one, reorder_level="24", order_up_to="12") | row(two, reorder_level="7")
    answer = house.browser("Ivy").post(LEVELS, data=typed)
    assert answer.status_code == 422
    assert "would never end the alert" in answer.text and 'value="12"' in answer.text
    with house.reading():
        assert db.session.get_one(Product, two).reorder_level is None


def test_a_word_is_no_level(house: House) -> None:
    product_id = tape(house)
    answer = house.browser("Ivy").post(LEVELS, data=row(product_id, reorder_level="some"))
    assert answer.status_code == 422 and f"box-reorder_level-{product_id}-error" in answer.text


def test_levels_are_proposed_from_use_and_lead_time(house: House) -> None:
    product_id = tape(house, stock=200, lead_days=10)
    with house.writing():
        db.session.get_one(Location, house.warehouse_id)
        used = Movement(product_id, 90, from_id=house.warehouse_id)
        when = datetime.now(UTC) - timedelta(days=3)
        post(TransactionKind.ISSUE, [used], Cause(me(), "issue", happened_at=when, request_id="use-of-tape"))
    page = house.browser("Ivy").get(LEVELS).text
    # 90 pieces in 90 days are one a day: 10 until a delivery, 5 for safety, 30 for a month.
    assert f'data-take="{product_id}" data-level="15" data-up-to="45"' in page


def test_levels_are_proposed_from_how_long_the_supplier_took(house: House) -> None:
    product_id = tape(house, stock=200, lead_days=10)
    with house.writing():
        thomsen = buying.supplier()
        buying.sells(thomsen, db.session.get_one(Product, product_id))
        buying.arrived(thomsen.id, product_id, house.warehouse_id, days=20)
    issue(house, product_id, 90)
    # One a day: 20 until a delivery, 10 for safety, 30 for a month.
    assert (
        f'data-take="{product_id}" data-level="30" data-up-to="60"' in house.browser("Ivy").get(LEVELS).text
    )


def test_the_statements_do_not_grow_with_the_rows(house: House, statements: Callable[[], list[str]]) -> None:
    tape(house)
    browser = house.browser("Ivy")
    statements()
    browser.get(LEVELS)
    few = statements()
    for _ in range(19):
        tape(house)
    statements()
    browser.get(LEVELS)
    many = statements()
    assert len(many) == len(few)


def test_only_who_manages_products_sets_levels(house: House) -> None:
    product_id = tape(house)
    for name in ("Serge", "Bob", "Vic", "Tess"):
        assert house.browser(name).post(LEVELS, data=row(product_id, reorder_level="1")).status_code == 403


def test_a_level_above_what_is_filled_up_to_is_refused_for_programs_too(house: House) -> None:
    product_id = tape(house)
    with house.writing(), pytest.raises(Refused, match="marked fields"):
        set_levels({product_id: LevelsSaid(reorder_level=9, order_up_to=3)}, by=me())


def test_a_level_that_the_stock_has_passed_already_raises_its_alert(house: House) -> None:
    product_id = tape(house, stock=10)
    browser = house.browser("Ivy")
    browser.post(LEVELS, data=row(product_id, reorder_level="24"))
    with house.reading():
        assert db.session.scalars(select(Alert.state)).all() == [AlertState.OPEN]
    browser.post(LEVELS, data=row(product_id, reorder_level="5"))
    with house.reading():
        assert db.session.scalars(select(Alert.state)).all() == [AlertState.RESOLVED]
