"""The guided start: it says what is still to do, can be left anywhere, and is taken up where it was left."""

import re
from collections.abc import Callable

import pytest

from app.models import LinkPurpose, Tracking
from app.services.accounts import make_link
from tests import factories
from tests.people import House

GUIDE = "/set-up"


def states(house: House, name: str = "Ivy") -> dict[str, str]:
    """Step → how the guide says it stands."""
    page = house.browser(name).get(GUIDE).text
    found = re.findall(r'id="step-(\w+)".*?class="chip[^"]*"[^>]*>(.*?)</span>\s*</header>', page, re.DOTALL)
    return {step: re.sub(r"<[^>]+>", "", chip).strip() for step, chip in found}


def test_a_new_company_sees_what_is_to_do_in_order(house: House) -> None:
    found = states(house)
    assert list(found) == ["company", "places", "products", "stock", "levels", "people"]
    assert found["places"] == found["products"] == found["stock"] == found["levels"] == "To do"


def test_an_empty_company_is_told_in_whole_sentences_what_is_not_there(house: House) -> None:
    page = house.browser("Ada").get(GUIDE).text
    said = re.findall(r'<p class="muted">([^<]+)</p>', page)
    assert said[:4] == [
        "Still missing: the address, the VAT number and the email.",
        "1 warehouse, nothing in it yet.",
        "No products yet.",
        "Nothing is in stock yet.",
    ]


def test_whoever_founds_a_company_is_led_to_the_guide(house: House) -> None:
    with house.writing():
        token = make_link(LinkPurpose.SETUP)
    said = {
        "organization_name": "Brückner", "name": "Ines", "email": "ines@brueckner.example",
        "password": "seven quiet amplifiers",
    }  # fmt: skip
    answer = house.app.test_client().post(f"/welcome/{token}", data=said)
    assert (answer.status_code, answer.location) == (303, GUIDE)


def test_zones_and_shelves_are_told_by_their_names(house: House) -> None:
    browser = house.browser("Ivy")
    made = {"warehouse_id": str(house.warehouse_id), "zones": "A, Audio, 1"}
    assert browser.post("/inventory/locations/layout", data=made).status_code == 303
    assert "1 warehouse, 2 zones and shelves in it." in browser.get(GUIDE).text


def test_every_page_leads_back_to_the_guide_until_it_is_done(house: House) -> None:
    browser, back = house.browser("Ivy"), "Back to the set-up guide"
    assert back not in browser.get("/inventory/imports").text
    assert back not in browser.get(GUIDE).text
    assert back in browser.get("/inventory/imports").text
    for step in ("company", "places", "products", "stock", "levels", "people"):
        browser.post(f"{GUIDE}/{step}/left-out")
    assert "Everything is there" in browser.get(GUIDE).text
    assert back not in browser.get("/inventory/imports").text


def test_each_step_is_done_by_what_is_there_wherever_it_was_done(house: House) -> None:
    with house.writing():
        factories.product("Tape", tracking=Tracking.CONSUMABLE, stock=4, at=house.warehouse_id)
        factories.product("Tie", tracking=Tracking.CONSUMABLE, reorder_level=3)
    found = states(house)
    assert (found["products"], found["stock"], found["levels"]) == ("Done", "Done", "Begun")


def test_a_step_that_is_not_needed_is_left_out_and_taken_up_again(house: House) -> None:
    browser = house.browser("Ivy")
    for _ in range(2):
        assert browser.post(f"{GUIDE}/places/left-out").status_code == 303
    assert states(house)["places"] == "Left out"
    browser.post(f"{GUIDE}/places/taken-up")
    assert states(house)["places"] == "To do"


def test_there_is_no_step_of_another_name(house: House) -> None:
    assert house.browser("Ivy").post(f"{GUIDE}/dancing/left-out").status_code == 404


def test_who_may_not_invite_people_is_told_who_does(house: House) -> None:
    page = house.browser("Ivy").get(GUIDE).text
    assert "An administrator does this." in page
    assert "An administrator does this." not in house.browser("Ada").get(GUIDE).text


@pytest.mark.parametrize("name", ["Bob", "Serge", "Tess", "Vic"])
def test_the_guide_is_for_who_manages_the_stock(house: House, name: str) -> None:
    assert house.browser(name).get(GUIDE).status_code == 403


def test_the_guide_is_one_question_however_much_there_is(
    house: House, statements: Callable[[], list[str]]
) -> None:
    browser = house.browser("Ivy")
    statements()
    browser.get(GUIDE)
    few = statements()
    with house.writing():
        for _ in range(20):
            factories.product(stock=1, at=house.warehouse_id)
    statements()
    browser.get(GUIDE)
    many = statements()
    assert len(many) == len(few)
