"""Products: found, looked at, added and changed by those who may, in few statements."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Code, Product, Tracking
from app.queries.products import ProductFilters, product_lines
from app.refusals import Refused
from app.services.packages import put_in_package
from app.services.products import ProductFacts, add_product, archive_product, change_product, facts_of
from app.services.reservations import Wish, reserve
from tests import factories
from tests.factories import SOON, me
from tests.people import House, found_house

TYPED = {
    "name": "Follow spot",
    "sku": "FS-1",
    "tracking": "serialized",
    "day_rate": "12,50",
    "weight_kg": "2,5",
}


def test_a_product_is_added_with_its_code_category_and_activity(house: House) -> None:
    answer = house.browser("Ivy").post("/inventory/products/new", data=TYPED | {"category": "Scheinwerfer"})
    assert answer.status_code == 303
    with house.reading():
        row = db.session.scalars(select(Product)).one()
        assert (str(row.day_rate), str(row.weight_kg), row.is_discountable) == ("12.50", "2.500", False)
        assert db.session.scalars(select(Code.code).where(Code.product_id == row.id)).one() == "FS-1"
        assert (
            db.session.scalars(select(Activity).where(Activity.verb == "product.added")).one().actor_name
            == "Ivy"
        )


def test_bad_input_keeps_what_was_typed_with_a_message_beside_its_field(house: House) -> None:
    answer = house.browser("Ivy").post(
        "/inventory/products/new", data=TYPED | {"weight_kg": "heavy", "name": ""}
    )
    assert answer.status_code == 422
    assert (
        'value="heavy"' in answer.text
        and "This is not a number." in answer.text
        and 'value="12,50"' in answer.text
    )


def test_a_code_belongs_to_one_product(house: House) -> None:
    browser = house.browser("Ivy")
    browser.post("/inventory/products/new", data=TYPED)
    again = browser.post("/inventory/products/new", data=TYPED | {"name": "Other"})
    assert again.status_code == 422 and "FS-1 is the code of Follow spot already." in again.text


def test_without_a_code_it_gets_the_next_number(house: House) -> None:
    with house.writing():
        numbers = [add_product(ProductFacts(name=name), by=me()).sku[-4:] for name in ("One", "Two")]
    assert numbers == ["0001", "0002"]


def test_tracking_stays_while_there_is_stock(house: House) -> None:
    with house.writing():
        cable = factories.product("Cable", stock=3, at=house.warehouse_id)
        facts = facts_of(cable, "")
        with pytest.raises(Refused, match="no stock"):
            change_product(cable, ProductFacts(**vars(facts) | {"tracking": Tracking.SERIALIZED}), by=me())


def test_a_factor_table_that_is_not_there_is_named(house: House) -> None:
    answer = house.browser("Ivy").post("/inventory/products/new", data=TYPED | {"factor_table_id": "99"})
    assert answer.status_code == 422 and "no such factor table" in answer.text


def test_a_product_in_stock_or_promised_cannot_be_archived(house: House) -> None:
    with pytest.raises(Refused, match="still 3"), house.writing():
        archive_product(factories.product("Cable", stock=3, at=house.warehouse_id), by=me())
    with house.reading():
        assert db.session.scalars(select(Product)).first() is None, "the refused deed left nothing"
    browser = house.browser("Ivy")
    with house.writing():
        empty_id = factories.product("Empty").id
    assert browser.post(f"/inventory/products/{empty_id}/archival").status_code == 303
    browser.get("/inventory/products")  # says that it was archived, once
    assert "Empty" not in browser.get("/inventory/products").text
    assert "Empty" in browser.get("/inventory/products?archived=on").text
    browser.post(f"/inventory/products/{empty_id}/restoration")
    assert "Empty" in browser.get("/inventory/products").text


def test_a_package_cannot_contain_itself_not_even_through_others(house: House) -> None:
    with house.writing():
        inner, outer = (
            factories.product("Inner", is_package=True),
            factories.product("Outer", is_package=True),
        )
        put_in_package(outer, inner, 1, by=me())
        with pytest.raises(Refused, match="Inner → Outer → Inner"):
            put_in_package(inner, outer, 1, by=me())


def test_the_parts_of_a_package_are_put_in_and_taken_out_in_the_browser(house: House) -> None:
    with house.writing():
        package = factories.product("Drum kit", is_package=True).id
        factories.product("Snare", stock=5, at=house.warehouse_id)
    browser = house.browser("Ivy")
    wrong = browser.post(f"/inventory/products/{package}/parts", data={"product": "Snail", "quantity": "2"})
    assert (
        wrong.status_code == 422 and "No single product fits" in wrong.text and 'value="Snail"' in wrong.text
    )
    assert (
        browser.post(
            f"/inventory/products/{package}/parts", data={"product": "snare", "quantity": "2"}
        ).status_code
        == 303
    )
    assert "2 of 2 free" in browser.get(f"/inventory/products/{package}").text
    assert browser.post(f"/inventory/products/{package}/parts/1/removal").status_code == 303


def test_the_list_finds_by_words_codes_and_accents_and_counts_what_is_free(house: House) -> None:
    with house.writing():
        stage = factories.product("Bühnenpodest 2×1", stock=8, at=house.warehouse_id)
        factories.product("Anything")
        soon = factories.SOON.replace(year=2099)
        reserve([Wish(stage.id, house.warehouse_id, 3, soon, soon + timedelta(days=1))], by=me())
    with house.reading():
        for text in ("buhnen podest", "BÜHNEN", "podest 2×1"):
            assert [line.name for line in product_lines(ProductFilters(find=text)).items] == [
                "Bühnenpodest 2×1"
            ]
        line = product_lines(ProductFilters(find="podest")).items[0]
        assert (line.stock.free, line.stock.total) == (8, 8)


def test_a_list_of_one_and_of_twenty_products_costs_the_same_statements(
    house: House, statements: Callable[[], list[str]]
) -> None:
    browser = house.browser("Vic")
    with house.writing():
        factories.product(stock=2, at=house.warehouse_id)
    browser.get("/inventory/products")
    statements()
    browser.get("/inventory/products")
    one = len(statements())
    with house.writing():
        for _ in range(19):
            factories.product(stock=2, at=house.warehouse_id)
    statements()
    assert "P-" in browser.get("/inventory/products").text
    assert len(statements()) == one <= 12


def test_a_product_page_costs_the_same_for_one_asset_and_twenty(
    house: House, statements: Callable[[], list[str]]
) -> None:
    browser = house.browser("Vic")
    with house.writing():
        few = factories.product("Few", tracking=Tracking.SERIALIZED, stock=1, at=house.warehouse_id).id
        many = factories.product("Many", tracking=Tracking.SERIALIZED, stock=20, at=house.warehouse_id).id
        start = SOON
        for number in range(20):
            reserve([Wish(many, house.warehouse_id, 1, start, start + timedelta(days=number + 1))], by=me())
        reserve([Wish(few, house.warehouse_id, 1, start, start + timedelta(days=1))], by=me())
    counts = []
    for product_id in (few, many):
        statements()
        page = browser.get(f"/inventory/products/{product_id}?from=2027-06-07")
        assert page.status_code == 200 and "timeline-row" in page.text
        counts.append(len(statements()))
    assert counts[0] == counts[1] <= 16


def test_a_shortage_stands_on_the_page_of_the_product(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=3, at=house.warehouse_id)
        reserve([Wish(lamp.id, house.warehouse_id, 3, SOON, SOON + timedelta(days=2))], by=me())
        product_id = lamp.id
    browser = house.browser("Walter")
    lost = {
        "product": "Lamp", "place_id": house.warehouse_id, "counted": "1", "notes": "Stolen",
        "request_id": "r-12345678",
    }  # fmt: skip
    assert browser.post("/inventory/adjustments/new", data=lost).status_code == 303
    page = browser.get(f"/inventory/products/{product_id}?from=2027-06-01").text
    assert "timeline-gap" in page and "2 too few" in page


def test_costs_are_for_those_who_may_see_them(house: House) -> None:
    with house.writing():
        product_id = factories.product("Lamp", stock=3, at=house.warehouse_id).id
    assert "Average cost" in house.browser("Ivy").get(f"/inventory/products/{product_id}").text
    assert "Average cost" not in house.browser("Bob").get(f"/inventory/products/{product_id}").text


def test_another_organizations_product_is_not_there(house: House) -> None:
    other = found_house(house.app, "Other", "other")
    with other.writing():
        theirs = factories.product("Theirs", is_package=True).id
    browser = house.browser("Ada")
    for path in ("", "/edit"):
        assert browser.get(f"/inventory/products/{theirs}{path}").status_code == 404
    for path in ("/edit", "/archival", "/parts", "/accessories", "/codes"):
        typed = TYPED | {"product": "x", "accessory": "x", "code": "x"}
        assert browser.post(f"/inventory/products/{theirs}{path}", data=typed).status_code == 404


def test_a_viewer_changes_nothing(house: House) -> None:
    browser = house.browser("Vic")
    assert browser.post("/inventory/products/new", data=TYPED).status_code == 403
    assert browser.get("/inventory/products/new").status_code == 403


def test_the_list_leaves_as_csv_without_running_formulas(house: House) -> None:
    with house.writing():
        factories.product("=cmd|' /C calc'!A0")
    answer = house.browser("Vic").get("/inventory/products.csv")
    assert answer.mimetype == "text/csv" and "'=cmd" in answer.text


def test_a_page_follows_what_is_free_and_says_nothing_of_rates_that_are_none(house: House) -> None:
    with house.writing():
        made = factories.product(
            "Screw", tracking=Tracking.CONSUMABLE, stock=4, at=house.warehouse_id, day_rate=0
        )
        product_id = made.id
    page = house.browser("Ivy").get(f"/inventory/products/{product_id}").text
    assert f'<span id="product-free" data-live="stock:{product_id}">4 of 4 free' in page
    assert "a day" not in page and "Replacement value" not in page
