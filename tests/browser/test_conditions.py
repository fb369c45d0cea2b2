"""What came back is reported with a thumb: one tap beside the verdict, on a phone, and the hand scans on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.installed import PHONE, installed
from tests.browser.test_scan_station import Station, scan
from tests.operations.installations import crosshire
from tests.warehouse.test_scans import make_hall

pytestmark = pytest.mark.browser


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """`crosshire serve` over a warehouse with two shows."""
    with installed(tmp_path, make_hall) as (running, hall):
        yield Station(running, hall)


def test_three_of_twelve_are_reported_as_damaged_with_one_thumb(station: Station, chromium: Browser) -> None:
    page = station.open(chromium, "Bob", PHONE)
    scan(page, "12*XLR-05M", "green")
    page.get_by_role("link", name="In", exact=True).click()
    scan(page, "12*XLR-05M", "green")
    page.locator(".conditions [name=quantity]").fill("30")
    page.get_by_role("button", name="Damaged").click()
    expect(page.locator("#scan-verdict.red")).to_contain_text("Only 12 of these can be reported.")
    page.locator(".conditions [name=quantity]").fill("3")
    page.get_by_role("button", name="Damaged").click()
    expect(page.locator("#scan-verdict")).to_contain_text("3 × Cable are damaged and out of stock")
    page.get_by_placeholder("What is wrong?").fill("Plugs torn off")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".conditions-more")).to_contain_text("Kept with REP-")
    page.locator(".conditions [name=quantity]").fill("2")
    page.get_by_role("button", name="Not there").click()
    expect(page.locator("#scan-verdict")).to_contain_text("2 × Cable did not come back")
    expect(page.locator("#scan-list")).to_contain_text("10 of 12 pieces back")
    smallest = page.evaluate("""() => Math.min(...[...document.querySelectorAll('#scan-condition button')]
        .map(button => button.getBoundingClientRect().height), 99)""")
    assert smallest >= 48
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    scan(page, "2*XLR-05M", "green")
    assert crosshire("verify", data=station.running.data).returncode == 0
