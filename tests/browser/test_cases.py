"""A case in a real browser, on a phone: packed by scanning, closed, out and back with one scan each."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.models import CheckInMode
from tests.browser.installed import PHONE, installed, sign_in
from tests.people import House
from tests.warehouse.test_case_scans import checked_in, counts, held, state_of, with_cases
from tests.warehouse.test_scans import Hall, make_hall

pytestmark = pytest.mark.browser


def make_packed(house: House) -> Hall:
    """The hall with two empty cases."""
    return with_cases(make_hall(house))


def type_code(page: Page, code: str) -> None:
    """A wedge scanner."""
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def said(page: Page, words: str) -> None:
    """The verdict says so."""
    expect(page.locator("#scan-verdict")).to_contain_text(words, timeout=15_000)


def test_a_case_is_packed_goes_out_and_comes_back_by_scanning(tmp_path: Path, chromium: Browser) -> None:
    with installed(tmp_path, make_packed) as (running, hall):
        page = sign_in(chromium.new_context(viewport=PHONE, base_url=running.address).new_page(), "Walter")
        page.goto(f"/warehouse/events/{hall.here}/scan?mode=prep")
        type_code(page, "CASE-1")
        said(page, "What you scan now goes into Case 1")
        expect(page.locator("#scan-given")).to_contain_text("Goes into Case 1")
        for code, words in ((hall.tags[0], hall.tags[0]), ("8*XLR-05M", "8 × Cable")):
            type_code(page, code)
            said(page, words)
        type_code(page, "CASE-1")
        said(page, "Case 1 is closed with 9 pieces")
        expect(page.locator("#scan-given")).not_to_contain_text("Goes into")
        assert held(hall) == {hall.spot: 1, hall.cable: 8}
        page.goto(f"/warehouse/events/{hall.here}/scan?mode=out")
        type_code(page, "CASE-1")
        said(page, "9 pieces out")
        page.get_by_role("button", name="Take it back").click()
        said(page, "out taken back")
        type_code(page, "CASE-1")
        said(page, "9 pieces out")
        page.goto(f"/warehouse/events/{hall.here}/scan?mode=in")
        type_code(page, "CASE-1")
        said(page, "9 pieces back")
        assert counts(hall, hall.cable) == (8, 8, 8) and state_of(hall)[0].value == "stored"


def to_look_through(house: House) -> Hall:
    """The same, and the first is looked through after it came back."""
    hall = make_packed(house)
    checked_in(hall, CheckInMode.VERIFY)
    return hall


def test_a_packed_case_is_sealed_and_a_returned_one_looked_through_at_the_station(
    tmp_path: Path, chromium: Browser
) -> None:
    with installed(tmp_path, to_look_through) as (running, hall):
        page = sign_in(chromium.new_context(viewport=PHONE, base_url=running.address).new_page(), "Walter")
        page.goto(f"/warehouse/events/{hall.here}/scan?mode=prep")
        for code in ("CASE-1", hall.tags[0], "8*XLR-05M"):
            type_code(page, code)
            said(page, code.rpartition("*")[0] or ("goes into" if code == "CASE-1" else code))
        type_code(page, "CASE-1")
        said(page, "Case 1 is closed with 9 pieces")
        page.get_by_role("button", name="Seal").click()
        said(page, "Case 1 is sealed.")
        page.get_by_role("button", name="Open it").click()
        said(page, "Case 1 is open.")
        expect(page.locator("#scan-given")).to_contain_text("Goes into Case 1")
        page.get_by_role("button", name="Seal").click()
        said(page, "Case 1 is sealed.")
        expect(page.locator("#scan-given")).not_to_contain_text("Goes into")
        expect(page.locator("#scan-code")).to_be_focused()
        for mode, words in (("out", "9 pieces out"), ("in", "9 pieces back")):
            page.goto(f"/warehouse/events/{hall.here}/scan?mode={mode}")
            type_code(page, "CASE-1")
            said(page, words)
        checking = page.locator("#case-checking")
        cables = checking.locator("li", has_text="Cable")
        cables.get_by_role("textbox").fill("9")
        cables.get_by_role("button", name="Not there").click()
        said(page, "Only 8 of these can be reported.")
        expect(cables.get_by_role("textbox")).to_have_value("9")
        cables.get_by_role("textbox").fill("3")
        cables.get_by_role("button", name="Not there").click()
        said(page, "3 × Cable did not come back.")
        checking.locator("li", has_text=hall.tags[0]).get_by_role("button").click()
        expect(checking).to_contain_text(f"Not there: 3 × Cable, Spot {hall.tags[0]}")
        checking.get_by_role("button", name="The rest is there").click()
        said(page, "Looked through")
        expect(page.locator("#scan-verdict")).to_be_in_viewport()
        expect(checking).to_be_empty()
        assert counts(hall, hall.cable) == (8, 8, 5) and counts(hall, hall.spot) == (1, 1, 0)
