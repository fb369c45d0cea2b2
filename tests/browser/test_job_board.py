"""The board of jobs by keyboard: Alt and an arrow key carry a card to another day, or to somebody else."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.rules.month_grid import week_name
from tests.browser.installed import DESK, installed, sign_in
from tests.jobs.stories import Bench, make_bench

pytestmark = pytest.mark.browser


def lane_and_day(card: Locator) -> list[str]:
    """Where a card stands: who does it, and when."""
    column = card.locator("xpath=ancestor::*[@data-column]").get_attribute("aria-label")
    return (column or "").split(", ")


def carry(page: Page, card: Locator, key: str) -> list[str]:
    """Press Alt and a key on the card, until the board has answered; where the card stands then."""
    with page.expect_response(lambda answer: answer.url.endswith("/move") or "/move?" in answer.url):
        card.press(f"Alt+{key}")
    expect(card).to_be_focused()
    return lane_and_day(card)


def test_a_card_goes_to_somebody_else_and_to_another_day_by_keyboard(
    tmp_path: Path, chromium: Browser
) -> None:
    with installed(tmp_path, make_bench) as (running, bench):
        page = sign_in(chromium.new_context(viewport=DESK, base_url=running.address).new_page(), "Serge")
        page.goto(f"/jobs/board?week={week_of(bench)}")
        card = page.locator(".board-card", has_text="Mount the truss")
        who, day = lane_and_day(card)
        above = carry(page, card, "ArrowUp")
        assert above[0] != who and above[1] == day
        assert carry(page, card, "ArrowDown") == [who, day]
        step = (
            "ArrowRight"
            if card.locator("xpath=ancestor::*[@data-column]/following-sibling::*").count()
            else "ArrowLeft"
        )
        beside = carry(page, card, step)
        assert beside[0] == who and beside[1] != day


def week_of(bench: Bench) -> str:
    """The week in which the job is."""
    with bench.house.reading():
        day = bench.job.starts_at.date()
        return week_name(day - timedelta(days=day.weekday()))
