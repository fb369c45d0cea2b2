"""One box for everything."""

import re
from collections.abc import Callable

import pytest

from app.models import Tracking
from tests import factories
from tests.people import House, found_house

HTMX = {"HX-Request": "true", "HX-Target": "search-results"}


def found(house: House, name: str, typed: str) -> str:
    """What drops down as somebody types."""
    return house.browser(name).get("/search", query_string={"q": typed}, headers=HTMX).text


@pytest.fixture
def stocked(house: House) -> House:
    """A house with things that have names."""
    with house.writing():
        factories.product("Bühnenscheinwerfer Größe 3")
        spot = factories.product("Robe Spiider", tracking=Tracking.SERIALIZED)
        factories.asset(spot, at=house.warehouse_id, tag="ROB-0117")
        factories.deal(house.warehouse_id, name="Summer gala")
        factories.product("100 % Cotton_cloth")
    return house


@pytest.mark.parametrize(
    "typed", ["bühnen", "BUHNEN", "grosse 3", "größe", "scheinwerfer", "3 bühnen", "  bühnen  größe "]
)
def test_words_are_found_in_any_order_without_case_and_accents(stocked: House, typed: str) -> None:
    assert "Bühnenscheinwerfer" in found(stocked, "Ada", typed)


def test_every_word_must_be_there(stocked: House) -> None:
    assert "Nothing is called" in found(stocked, "Ada", "bühnen traverse")


def test_signs_of_the_pattern_are_letters_like_others(stocked: House) -> None:
    assert "Cotton" in found(stocked, "Ada", "100 %") and "Spiider" not in found(stocked, "Ada", "%%")
    assert "Spiider" not in found(stocked, "Ada", "__")


def test_results_are_grouped_and_only_what_may_be_seen(stocked: House) -> None:
    for_sales, for_warehouse = found(stocked, "Sally", "summer"), found(stocked, "Bob", "summer")
    assert "Deals" in for_sales and "Summer gala" in for_sales
    assert "Summer gala" not in for_warehouse
    assert "ROB-0117" in found(stocked, "Bob", "rob-01") and "ROB-0117" not in found(
        stocked, "Tess", "rob-01"
    )


@pytest.mark.parametrize("typed", ["ROB-0117", "rob-0117", " ROB-0117\t", "]C1ROB-0117", "ROBß0117"])
def test_a_scanned_code_leads_straight_to_its_thing(stocked: House, typed: str) -> None:
    answer = stocked.browser("Bob").get("/search", query_string={"q": typed})
    assert answer.status_code == 303 and "/inventory/assets/" in answer.headers["Location"]


def test_a_code_does_not_lead_where_somebody_may_not_go(stocked: House) -> None:
    assert stocked.browser("Tess").get("/search?q=ROB-0117").status_code == 200


def test_a_human_number_leads_straight_to_its_thing(stocked: House) -> None:
    page = stocked.browser("Sally").get("/search?q=summer").text
    found = re.search(r"\bD-\d{4}-\d{4}\b", page)
    assert found is not None
    answer = stocked.browser("Sally").get(f"/search?q={found[0].lower()}")
    assert answer.status_code == 303 and "/crm/deals/" in answer.headers["Location"]


def test_another_organizations_things_are_not_found(stocked: House) -> None:
    other = found_house(stocked.app, "Other", "other")
    assert "Nothing is called" in found(other, "Ada", "robe")
    assert other.browser("Ada").get("/search?q=ROB-0117").status_code == 200


def test_nothing_and_one_letter_ask_for_more(house: House) -> None:
    assert house.browser("Ada").get("/search").status_code == 200
    assert "one more letter" in found(house, "Ada", "x")
    assert found(house, "Ada", "y" * 5000).count("y") < 500


def test_searching_costs_the_same_for_one_as_for_twenty(
    house: House, statements: Callable[[], list[str]]
) -> None:
    ada, costs = house.browser("Ada"), []
    for number in (1, 19):
        with house.writing():
            for _ in range(number):
                factories.product("Cable")
        statements()
        ada.get("/search?q=cable", headers=HTMX)
        costs.append(len(statements()))
    assert costs[0] == costs[1]
