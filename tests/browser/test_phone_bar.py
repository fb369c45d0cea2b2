"""A phone's bar with the scanner's disc in it never lies on a button that is to be pressed."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, expect

from app.models import Tracking
from tests import factories
from tests.alerts.stock import issue, tape
from tests.browser.test_every_screen import PHONE, address, signed_in
from tests.people import House

__all__ = ["address"]

pytestmark = pytest.mark.browser


def bottom(thing: Locator) -> float:
    """Where something ends on the screen."""
    box = thing.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.mark.parametrize(
    ("page_url", "button"),
    [
        ("/inventory/locations/layout", ".actions .button.primary"),
        ("/inventory/alerts/levels", ".bulk .button"),
    ],
)
def test_the_last_button_stays_above_the_disc(
    house: House, app: Flask, address: str, chromium: Browser, page_url: str, button: str
) -> None:
    for _ in range(8):
        issue(house, tape(house), 18)
    page = signed_in(chromium, house, address, viewport=PHONE).new_page()
    page.goto(page_url)
    disc = page.locator(".phone-scan .icon").bounding_box()
    assert disc is not None and bottom(page.locator(button).last) <= disc["y"] - 4
    box, bar = (
        page.locator(button).last.bounding_box(),
        page.locator(button).last.locator("..").bounding_box(),
    )
    assert box is not None and bar is not None and box["x"] + box["width"] < bar["x"] + bar["width"]


def test_a_table_that_is_typed_into_asks_before_it_is_left(
    house: House, app: Flask, address: str, chromium: Browser
) -> None:
    with house.writing():
        product_id = factories.product("Tie", tracking=Tracking.CONSUMABLE).id
    page = signed_in(chromium, house, address, viewport=PHONE).new_page()
    asked: list[str] = []
    page.on("dialog", lambda box: (asked.append(box.type), box.dismiss()))
    page.goto("/inventory/opening-stock")
    page.get_by_role("button", name="Apply").click()
    page.fill(f"[name=quantity-{product_id}]", "40")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(f"[name=quantity-{product_id}]")).to_have_value("40")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Receive these").click()
    expect(page.get_by_text("Tie").or_(page.get_by_text("1 product is in stock")).first).to_be_visible()
    assert asked == ["beforeunload"]
