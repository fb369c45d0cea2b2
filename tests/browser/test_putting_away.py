"""Putting away in a real browser: faster than the answers come, and nothing goes to the wrong shelf."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.services.events import open_event
from tests import factories
from tests.browser.installed import PHONE, installed, sign_in
from tests.factories import me
from tests.warehouse.test_put_away import make_floor

pytestmark = pytest.mark.browser

SLOWLY = 0.4
"""Seconds that each answer takes."""


def type_code(page: Page, code: str) -> None:
    """A wedge scanner."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def answer_slowly(route: Route) -> None:
    """A network that is slower than a hand."""
    if route.request.method == "POST":
        time.sleep(SLOWLY)
    route.continue_()


def open_station(chromium: Browser, address: str) -> Page:
    """Bob's phone at the station, with a slow network."""
    page = sign_in(chromium.new_context(viewport=PHONE, base_url=address).new_page(), "Bob")
    page.goto("/warehouse/put-away")
    expect(page.locator("#scan-code")).to_be_focused()
    page.route("**/warehouse/put-away", answer_slowly)
    return page


def test_scans_that_overtake_the_answers_go_to_the_shelf_that_was_scanned(
    tmp_path: Path, chromium: Browser
) -> None:
    with installed(tmp_path, make_floor) as (running, floor):
        page = open_station(chromium, running.address)
        for code in ("A-1", "XLR", "5*XLR", floor.tags[0]):
            type_code(page, code)
        expect(page.locator("#scan-verdict.green")).to_contain_text(floor.tags[0], timeout=15_000)
        expect(page.locator("#scan-given")).to_contain_text("Shelf A-1")
        assert (floor.level(floor.first), floor.place_of(floor.tags[0])) == (16, floor.first)


def test_things_in_hand_are_put_where_they_belong_with_one_press(tmp_path: Path, chromium: Browser) -> None:
    with installed(tmp_path, make_floor) as (running, floor):
        page = open_station(chromium, running.address)
        for code in ("2*XLR", floor.tags[1], "3*XLR"):
            type_code(page, code)
        expect(page.locator("#scan-given")).to_contain_text(f"2*XLR, {floor.tags[1]}, 3*XLR", timeout=15_000)
        page.get_by_role("button", name="Put all 3 at Shelf A-1").click()
        expect(page.locator("#scan-verdict.green")).to_be_visible(timeout=10_000)
        expect(page.locator("#scan-given")).not_to_contain_text("In hand")
        assert (floor.level(floor.first), floor.place_of(floor.tags[1])) == (15, floor.first)
        page.get_by_role("button", name="Take it back", exact=True).click()
        expect(page.locator("#scan-verdict.blue")).to_contain_text("6 pieces are back")
        assert floor.level(floor.first) == 10


def test_what_another_screen_still_had_to_send_is_sent_and_leaves_this_one_alone(
    tmp_path: Path, chromium: Browser
) -> None:
    with installed(tmp_path, make_floor) as (running, floor):
        page = open_station(chromium, running.address)
        type_code(page, "A-1")
        expect(page.locator("#scan-given")).to_contain_text("Shelf A-1", timeout=10_000)
        page.route("**/warehouse/put-away", lambda route: route.abort())
        type_code(page, "2*XLR")
        expect(page.locator("[data-scan-waiting]")).to_contain_text("1 scan is kept here")
        with floor.house.writing():
            event_id = open_event(factories.deal(floor.house.warehouse_id), by=me()).id
        page.goto(f"/warehouse/events/{event_id}/scan?mode=in")
        page.unroute_all()  # not before: the screen that was left tries again and again as well
        expect(page.get_by_text("A scan from another screen was sent")).to_be_visible(timeout=15_000)
        assert floor.level(floor.first) == 12
        expect(page.locator("#scan-verdict.idle")).to_be_visible()
        assert page.locator("[name=location_id], [name=held]").count() == 0
