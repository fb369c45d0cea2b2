"""The first day: many products are written down in one table and received at once."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Asset, Location, Product, StockTransaction, Tracking
from app.refusals import Refused
from app.services.first_receipts import Found, receive_found
from tests import factories
from tests.factories import me
from tests.people import House, found_house

OPENING = "/inventory/opening-stock"


def products(house: House) -> tuple[int, int, int]:
    with house.writing():
        return (
            factories.product("Cable tie", tracking=Tracking.CONSUMABLE).id,
            factories.product("Stand").id,
            factories.product("Console", tracking=Tracking.SERIALIZED).id,
        )


def typed(house: House, request_id: str = "first-day-1", **rows: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in rows.items()}
    return {"location_id": str(house.warehouse_id), "request_id": request_id, **named}


def test_only_the_rows_with_a_quantity_are_received(house: House) -> None:
    tie, stand, console = products(house)
    form = typed(house, **{f"quantity_{tie}": "500", f"cost_{tie}": "0.0125", f"quantity_{console}": "2"})
    assert house.browser("Ivy").post(OPENING, data=form).status_code == 303
    with house.reading():
        assert factories.held(tie) == {house.warehouse_id: 500} and factories.held(stand) == {}
        assert str(db.session.get_one(Product, tie).average_cost) == "0.0125"
        assert db.session.scalar(select(func.count(Asset.id)).where(Asset.product_id == console)) == 2


def test_a_cost_that_is_known_stands_where_one_may_be_typed(house: House) -> None:
    tie, _, _ = products(house)
    with house.writing():
        db.session.get_one(Product, tie).average_cost = Decimal("1.69")
    box = re.search(rf'<input[^>]*name="cost-{tie}"[^>]*>', house.browser("Ivy").get(OPENING).text)
    assert box and 'placeholder="€1.69"' in box[0] and 'value=""' in box[0]


def test_one_product_is_said_to_be_one(house: House) -> None:
    tie, _, _ = products(house)
    browser = house.browser("Ivy")
    browser.post(OPENING, data=typed(house, **{f"quantity_{tie}": "5"}))
    assert "1 product is in stock in" in browser.get(OPENING).text


def test_a_double_click_receives_once(house: House) -> None:
    tie, _, _ = products(house)
    browser = house.browser("Ivy")
    for _ in range(2):
        assert browser.post(OPENING, data=typed(house, **{f"quantity_{tie}": "5"})).status_code == 303
    with house.reading():
        assert factories.held(tie) == {house.warehouse_id: 5}


def test_what_is_in_stock_leaves_the_table(house: House) -> None:
    tie, _, _ = products(house)
    browser = house.browser("Ivy")
    assert f"quantity-{tie}" in browser.get(OPENING).text
    browser.post(OPENING, data=typed(house, **{f"quantity_{tie}": "5"}))
    assert f"quantity-{tie}" not in browser.get(OPENING).text
    assert f"quantity-{tie}" in browser.get(f"{OPENING}?which=all").text


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("quantity", "-3", "The least is 1"),
        ("quantity", "many", "number"),
        ("cost", "4", "How many are there?"),
    ],
)
def test_a_wrong_box_is_marked_and_nothing_is_received(
    house: House, name: str, value: str, message: str
) -> None:
    tie, stand, _ = products(house)
    form = typed(house, **{f"{name}_{tie}": value, f"quantity_{stand}": "7"})
    answer = house.browser("Ivy").post(OPENING, data=form)
    assert answer.status_code == 422 and message in answer.text and 'value="7"' in answer.text
    with house.reading():
        assert db.session.scalar(select(func.count(StockTransaction.id))) == 0


def test_costs_are_not_taken_from_who_may_not_see_them(house: House) -> None:
    tie, _, _ = products(house)
    browser = house.browser("Bob")
    assert "Cost each" not in browser.get(OPENING).text
    browser.post(OPENING, data=typed(house, **{f"quantity_{tie}": "5", f"cost_{tie}": "9"}))
    with house.reading():
        assert db.session.get_one(Product, tie).average_cost == 0


def test_another_organizations_product_is_not_received(house: House) -> None:
    other = found_house(house.app, "Other", "other")
    theirs, _, _ = products(other)
    with house.writing(), pytest.raises(Refused, match="no such product"):
        place = db.session.get_one(Location, house.warehouse_id)
        receive_found([Found(theirs, 3)], place, by=me(), request_id="first-day-2")


def test_a_viewer_and_a_technician_write_nothing_down(house: House) -> None:
    for name in ("Vic", "Tess"):
        assert house.browser(name).get(OPENING).status_code == 403
