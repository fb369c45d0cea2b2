"""A case in a real browser, on a phone: packed by scanning, closed, out and back with one scan each."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.installed import PHONE, installed, sign_in
from tests.people import House
from tests.warehouse.test_case_scans import counts, held, state_of, with_cases
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
