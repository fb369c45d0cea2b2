"""Inspecting on a phone: scan, answer with gloves, save, and the next one at once."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Tracking
from app.services.inspection_presets import ELECTRICAL
from app.services.inspection_types import add_inspection_type, plan_inspections
from tests import factories
from tests.browser.installed import PHONE, installed, sign_in
from tests.factories import me
from tests.people import House

pytestmark = pytest.mark.browser

GLOVE = 48
"""Pixels that a finger in a glove needs."""


def make_bench(house: House) -> list[str]:
    """Two lamps that need the electrical test; their tags."""
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED, stock=2, at=house.warehouse_id)
        kind = add_inspection_type(ELECTRICAL, by=me())
        plan_inspections([lamp], kind, 365, None, by=me())
        return list(db.session.scalars(select(Asset.tag).order_by(Asset.id)))


def scan(page: Page, tag: str) -> None:
    """A wedge scanner."""
    page.keyboard.type(tag)
    page.keyboard.press("Enter")


def answer(page: Page, earth: str) -> None:
    """Everything in order, and this protective earth."""
    for yes in page.locator(".questions input[value=yes]").all():
        yes.check()
    for box, reading in zip(
        page.locator(".questions input.num").all(), (earth, ">20", "n/a", "n/a"), strict=True
    ):
        box.fill(reading)


def test_one_lamp_passes_and_the_next_fails_and_goes_to_repair(tmp_path: Path, chromium: Browser) -> None:
    with installed(tmp_path, make_bench) as (running, tags):
        context = chromium.new_context(viewport=PHONE, base_url=running.address, has_touch=True)
        page = sign_in(context.new_page(), "Bob")
        page.goto("/warehouse/inspections/inspect")
        expect(page.locator("#inspect-code")).to_be_focused()
        scan(page, tags[0])
        expect(page.locator("#inspection-marks")).to_contain_text("0 of 7 answered", timeout=15_000)
        sizes = [label.bounding_box() for label in page.locator(".questions .segments label").all()]
        assert sizes and all(size and size["height"] >= GLOVE for size in sizes)
        assert all(size and size["width"] > 2 * GLOVE for size in sizes), "the whole width is for the answer"
        answer(page, "0,12")
        expect(page.locator("#inspection-marks.green")).to_contain_text("Passes", timeout=15_000)
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".verdict.green")).to_contain_text("INS-", timeout=15_000)
        expect(page.locator("#inspect-code")).to_be_focused()
        scan(page, tags[1])
        expect(page.locator("#inspection-marks")).to_contain_text("0 of 7 answered", timeout=15_000)
        answer(page, "0,9")
        expect(page.locator("#inspection-marks.red")).to_contain_text(
            "Protective earth resistance: 0,9 Ω", timeout=15_000
        )
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".verdict.red")).to_contain_text("Failed", timeout=15_000)
        page.get_by_role("button", name="Open a repair").click()
        expect(page.locator("body")).to_contain_text("Protective earth resistance")
        expect(page.get_by_text("Inspection after the repair")).to_be_visible()
        page.goto("/warehouse")
        expect(page.locator("#today-lists")).to_contain_text("not to be used")
