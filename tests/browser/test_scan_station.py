"""The scan station in real browsers against a real installation: two people, one event, by keyboard alone."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.extensions import db
from app.models import Event, Product
from tests.browser.installed import DESK, PHONE, installed, sign_in
from tests.operations.installations import Running, crosshire
from tests.people import House
from tests.warehouse.test_long_list import lengthen
from tests.warehouse.test_scans import Hall, make_hall

AT_ONCE, SOON = 2_000, 10_000
"""Milliseconds within which one person sees what another has counted."""
SEEN = 700
"""Milliseconds after which an offer has been on the screen for long enough to be agreed to with a key."""
SHORT = {"width": 360, "height": 600}
"""A small phone, on which a tall verdict and its offer leave no room."""
HEAR = """() => {
  const begin = OscillatorNode.prototype.start;
  window.heard = [];
  OscillatorNode.prototype.start = function (at) { window.heard.push(this.frequency.value); begin.call(this, at); };
}"""
"""Notes the pitch of every tone of this page."""

pytestmark = pytest.mark.browser


@dataclass
class Station:
    """A running installation with an event to be scanned out."""

    running: Running
    hall: Hall

    def open(self, chromium: Browser, who: str, size: dict[str, int]) -> Page:
        """Somebody signs in and opens the station, with a browser of their own."""
        page = sign_in(chromium.new_context(viewport=size, base_url=self.running.address).new_page(), who)
        page.goto(f"/warehouse/events/{self.hall.here}/scan?mode=out")
        return page


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """`crosshire serve` over a warehouse with two shows."""
    with installed(tmp_path, make_hall) as (running, hall):
        yield Station(running, hall)


def scan(page: Page, code: str, colour: str) -> None:
    """A wedge scanner: keys into whatever has the focus, then Enter; the focus is there again after the answer."""
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator(f"#scan-verdict.{colour}")).to_be_visible()


def test_two_people_on_one_event_see_each_others_counts_at_once(station: Station, chromium: Browser) -> None:
    bob, walter = station.open(chromium, "Bob", DESK), station.open(chromium, "Walter", PHONE)
    scan(bob, station.hall.tags[0], "green")
    begun = time.monotonic()
    expect(walter.locator("#scan-list").get_by_text("1 of 22 pieces out")).to_be_visible(timeout=AT_ONCE)
    assert time.monotonic() - begun < AT_ONCE / 1000
    scan(walter, "12*XLR-05M", "green")
    expect(bob.locator("#scan-list").get_by_text("13 of 22 pieces out")).to_be_visible(timeout=AT_ONCE)
    expect(bob.locator("#scan-recent").get_by_text("Walter").first).to_be_visible()
    assert crosshire("verify", data=station.running.data).returncode == 0


def test_the_station_is_worked_by_keyboard_alone(station: Station, chromium: Browser) -> None:
    page = station.open(chromium, "Ivy", DESK)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    scan(page, "12", "blue")
    expect(page.locator(".scan-number")).to_contain_text("12 ×")
    page.keyboard.press("Escape")
    expect(page.locator(".scan-number")).to_have_count(0)
    scan(page, "3", "blue")
    scan(page, "XLR-05M", "green")
    expect(page.locator("#scan-verdict .verdict-count")).to_have_text("3 / 20")
    expect(page.locator(".scan-number")).to_have_count(0)
    scan(page, "40*XLR-05M", "amber")
    expect(page.get_by_role("button", name="Take more than planned")).to_have_count(1)
    scan(page, "MAKER-77", "red")
    expect(page.locator("#scan-next")).to_have_count(1)
    expect(page.get_by_role("button", name="Take more than planned")).to_have_count(0)
    page.focus("#scan-link-search")
    page.keyboard.type("cable")
    expect(page.locator("[data-choice]").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#scan-verdict")).to_contain_text("Scan it again")
    page.wait_for_timeout(600)  # a repeat within half a second is one trigger, not two scans
    scan(page, "MAKER-77", "green")
    expect(page.locator("#scan-verdict .verdict-count")).to_have_text("4 / 20")
    assert complaints == []


def test_a_card_changes_the_mode_of_the_very_next_scan(station: Station, chromium: Browser) -> None:
    page = station.open(chromium, "Walter", DESK)
    page.get_by_role("link", name="Prep", exact=True).click()
    expect(page.locator("#scan-list")).to_contain_text("0 of 22 pieces prepped")
    expect(page.get_by_role("link", name="Finish")).to_have_count(0)
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.type("OUT\n")
    page.keyboard.type(f"{station.hall.tags[0]}\n")
    expect(page.locator("#scan-list")).to_contain_text("1 of 22 pieces out")
    expect(page.locator(".scan-modes [aria-current=page]")).to_have_text("Out")
    expect(page.get_by_role("link", name="Finish")).to_be_visible()
    assert page.url.endswith("mode=out")
    page.keyboard.type("in\n")
    expect(page.locator("#scan-verdict")).to_contain_text("Now scanning IN.")
    scan(page, station.hall.tags[0], "green")
    expect(page.locator("#scan-list")).to_contain_text("1 of 1 pieces back")
    page.context.set_offline(True)
    page.keyboard.type("PREP\n")
    expect(page.locator("#scan-verdict.provisional")).to_contain_text("Now scanning PREP.")
    expect(page.locator(".scan-modes [aria-current=page]")).to_have_text("Prep")


def test_enter_on_the_empty_box_agrees_to_what_is_offered_and_a_scanner_that_ends_twice_does_not(
    station: Station, chromium: Browser
) -> None:
    page = station.open(chromium, "Walter", DESK)
    for tag in station.hall.tags[:2]:
        scan(page, tag, "green")
    scan(page, f"{station.hall.tags[2]}\n", "amber")
    expect(page.locator("#scan-next .primary kbd")).to_have_text("Enter")
    page.keyboard.press("Enter")
    page.wait_for_timeout(SEEN)
    expect(page.locator("#scan-list")).to_contain_text("2 of 22 pieces out")
    page.keyboard.press("Enter")
    expect(page.locator("#scan-verdict.green")).to_contain_text(station.hall.tags[2])
    expect(page.locator("#scan-list")).to_contain_text("3 of 23 pieces out")
    page.wait_for_timeout(SEEN)
    page.keyboard.press("Enter")
    page.wait_for_timeout(SEEN)
    expect(page.locator("#scan-list")).to_contain_text("3 of 23 pieces out")


def test_a_code_that_bounces_counts_once_and_again_as_soon_as_something_was_pressed_between(
    station: Station, chromium: Browser
) -> None:
    page = station.open(chromium, "Walter", DESK)
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.type("2*XLR-05M\n2*XLR-05M\n")
    expect(page.locator("#scan-list")).to_contain_text("2 of 22 pieces out")
    page.wait_for_timeout(SEEN)
    expect(page.locator("#scan-list")).to_contain_text("2 of 22 pieces out")
    page.keyboard.type("3*XLR-05M\n")
    page.locator("#scan-list").dispatch_event("click")
    page.keyboard.type("3*XLR-05M\n")
    expect(page.locator("#scan-list")).to_contain_text("8 of 22 pieces out")


def test_whoever_wants_quiet_switches_the_tones_off_on_their_device(
    station: Station, chromium: Browser
) -> None:
    page = station.open(chromium, "Walter", DESK)
    page.evaluate(HEAR)
    scan(page, station.hall.tags[0], "green")
    scan(page, "NOBODY-KNOWS", "red")
    assert page.evaluate("window.heard") == [1320, 196]
    page.locator(".menu.me summary").click()
    page.get_by_role("button", name="Tones off").click()
    expect(page.get_by_role("button", name="Tones off")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    page.reload()
    page.evaluate(HEAR)
    scan(page, station.hall.tags[1], "green")
    assert page.evaluate("window.heard") == []


def test_on_a_phone_what_is_offered_and_the_box_are_seen_at_once(station: Station, chromium: Browser) -> None:
    with station.hall.house.writing():
        db.session.get_one(Product, station.hall.spot).name = "Moving-Head-Scheinwerfer Robe MegaPointe"
        db.session.get_one(Event, station.hall.here).name = "Jahreshauptversammlung Stadtwerke Hafenrode"
    page = station.open(chromium, "Walter", PHONE)
    for tag in station.hall.tags[:2]:
        scan(page, tag, "green")
    scan(page, station.hall.tags[2], "amber")
    page.set_viewport_size(SHORT)
    page.evaluate("scrollTo(0, 0)")
    scan(page, "12", "blue")
    scan(page, station.hall.tags[2], "amber")
    expect(page.locator("#scan-code")).to_be_focused()
    assert bottom_of(page, "#scan-code") < top_of(page, ".phone-bar")
    page.set_viewport_size(PHONE)
    page.evaluate("scrollTo(0, 0)")
    bar = top_of(page, ".phone-bar")
    assert top_of(page, "#scan-next .button") < bottom_of(page, "#scan-code") < bar
    page.goto(page.url.replace("mode=out", "mode=in"))
    scan(page, station.hall.tags[0], "green")
    rows = {
        round(box["y"]) for box in map(Locator.bounding_box, page.locator(".conditions .button").all()) if box
    }
    assert len(rows) == 1 and bottom_of(page, "#scan-code") < bar


def top_of(page: Page, what: str) -> float:
    """How far below the upper edge of the window something begins."""
    box = page.locator(what).first.bounding_box()
    assert box
    return box["y"]


def bottom_of(page: Page, what: str) -> float:
    """How far below the upper edge of the window something ends."""
    box = page.locator(what).first.bounding_box()
    assert box
    return box["y"] + box["height"]


def test_on_a_long_list_the_verdict_comes_first_and_the_list_soon_after(
    tmp_path: Path, chromium: Browser
) -> None:
    def make_long_hall(house: House) -> Hall:
        hall = make_hall(house)
        lengthen(hall, 45)
        return hall

    with installed(tmp_path, make_long_hall) as (running, hall):
        page = Station(running, hall).open(chromium, "Bob", DESK)
        bodies: list[str] = []
        page.on(
            "response",
            lambda answer: bodies.append(answer.text()) if answer.request.method == "POST" else None,
        )
        scan(page, hall.tags[0], "green")
        scan(page, "12*XLR-05M", "green")
        expect(page.locator("#scan-list").get_by_text("13 of 67 pieces out")).to_be_visible(timeout=SOON)
        scan(page, "IN", "blue")
        expect(page.locator("#scan-list").get_by_text("of 13 pieces back")).to_be_visible(timeout=SOON)
        assert ['id="scan-list"' in body for body in bodies] == [False, False, True]
