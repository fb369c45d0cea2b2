"""A wedge scanner on any page: it opens what was scanned, and never spoils what was typed."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import factories
from tests.browser.installed import DESK, installed, sign_in
from tests.operations.installations import Running
from tests.people import House

pytestmark = pytest.mark.browser

BETWEEN_KEYS = 0.005
"""Seconds."""


def fill(house: House) -> int:
    """One product with a piece."""
    with house.writing():
        spare = factories.product("Spare lamp")
        factories.code_for(spare, "SPARE-1")
        of = factories.product("Moving head")
        return factories.asset(of, at=house.warehouse_id, tag="HEAD-0001").id


@pytest.fixture
def desk(tmp_path: Path, chromium: Browser) -> Iterator[tuple[Page, int]]:
    """Ivy's desk, and the piece."""
    with installed(tmp_path, fill) as (running, asset_id):
        yield opened(chromium, running), asset_id


def opened(chromium: Browser, running: Running) -> Page:
    """Signed in."""
    return sign_in(chromium.new_context(viewport=DESK, base_url=running.address).new_page(), "Ivy")


def scan(page: Page, code: str) -> None:
    """A scanner: keys into whatever has the focus, then Enter. Their times are a scanner's own, however busy this
    machine is."""
    session, begun = page.context.new_cdp_session(page), time.time()
    for place, key in enumerate([*code, "Enter"]):
        is_enter = key == "Enter"
        said = {"key": key, "text": "\r" if is_enter else key, "timestamp": begun + place * BETWEEN_KEYS}
        more = {"windowsVirtualKeyCode": 13, "code": "Enter"} if is_enter else {}
        session.send("Input.dispatchKeyEvent", {"type": "keyDown", **said, **more})
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, **more})
    session.detach()


def type_slowly(page: Page, text: str) -> None:
    """A person at a keyboard."""
    page.keyboard.type(text, delay=80)


def test_a_scan_on_any_page_opens_the_thing(desk: tuple[Page, int]) -> None:
    page, asset_id = desk
    page.goto("/inventory/stock-levels")
    page.locator("h1").click()
    scan(page, "head-0001")
    page.wait_for_url(f"**/inventory/assets/{asset_id}")


def test_a_scan_into_a_field_neither_spoils_it_nor_sends_the_form(desk: tuple[Page, int]) -> None:
    page, asset_id = desk
    page.goto("/inventory/products/new")
    name, sku = page.locator("[name=name]"), page.locator("[name=sku]")
    name.click()
    type_slowly(page, "Shackle")
    scan(page, "HEAD-0001")
    expect(name).to_have_value("Shackle")
    expect(page.locator("#flash")).to_contain_text("holds what it held before")
    sku.click()
    scan(page, "4006381333931")
    expect(sku).to_have_value("4006381333931")
    assert page.url.endswith("/inventory/products/new")
    page.locator("#flash a", has_text="Look HEAD-0001 up").click()
    page.wait_for_url(f"**/inventory/assets/{asset_id}")


def test_a_number_and_a_choice_have_back_what_they_held(desk: tuple[Page, int]) -> None:
    page, _ = desk
    page.goto("/inventory/labels?of=assets")
    used, sheet = page.locator("[name=used]"), page.locator("[name=sheet]")
    used.fill("5")
    used.click()
    scan(page, "4006381333931")
    expect(used).to_have_value("5")
    sheet.select_option("tape-24")
    sheet.focus()
    scan(page, "HEAD-0001")
    expect(sheet).to_have_value("tape-24")
    assert "/inventory/labels?" in page.url


def test_a_page_made_for_scanning_takes_its_scans(desk: tuple[Page, int]) -> None:
    page, _ = desk
    page.goto("/inventory/receipts/new?hand=1")
    page.locator("[data-scan-input]").click()
    scan(page, "SPARE-1")
    expect(page.locator("main")).to_contain_text("Spare lamp")


def test_a_scan_beside_the_fields_of_a_form_leaves_it_as_it_is(desk: tuple[Page, int]) -> None:
    page, _ = desk
    page.goto("/inventory/products/new")
    page.locator("[name=name]").fill("Shackle")
    page.locator("main form input[type=checkbox]").first.focus()
    scan(page, "HEAD-0001")
    expect(page.locator("#flash")).to_contain_text("The form is as it was")
    expect(page.locator("[name=name]")).to_have_value("Shackle")


def test_a_password_is_nobodys_code(desk: tuple[Page, int]) -> None:
    page, _ = desk
    page.goto("/profile")
    box = page.locator("input[type=password]").first
    box.click()
    scan(page, "s3cret-Pass!")
    page.wait_for_timeout(300)
    expect(page.locator("#flash")).not_to_contain_text("s3cret")


def test_a_person_who_types_and_presses_enter_sends_the_form(desk: tuple[Page, int]) -> None:
    page, _ = desk
    page.goto("/inventory/products/new")
    page.locator("[name=name]").click()
    type_slowly(page, "Shackle")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/new" not in url)
