"""A count by two browsers at once against a real installation: Bob with a scanner at a desk, Walter on a phone."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.installed import DESK, PHONE, installed, sign_in
from tests.browser.test_every_screen import faults
from tests.inventory.counting import Room, stock_room
from tests.operations.installations import Running, crosshire
from tests.people import House
from tests.walks import complain

AT_ONCE = 3_000
"""Milliseconds within which one person sees what another has counted."""

pytestmark = pytest.mark.browser


@dataclass
class Counting:
    """A running installation with a stock room that is being counted."""

    running: Running
    room: Room
    cable: str

    def open(self, chromium: Browser, who: str, size: dict[str, int]) -> Page:
        """Somebody signs in and opens the count, with a browser of their own."""
        page = sign_in(chromium.new_context(viewport=size, base_url=self.running.address).new_page(), who)
        page.goto(f"/inventory/counts/{self.room.count_id}")
        return page


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Counting]:
    """`crosshire serve` over a stock room that Ivy has begun to count."""
    with installed(tmp_path, begun) as (running, (room, cable)):
        yield Counting(running, room, cable)


def begun(house: House) -> tuple[Room, str]:
    """The stock room, its count begun, and the code of its cable."""
    room = stock_room(house)
    room.start()
    return room, room.sku(room.cable)


def read(page: Page, code: str, colour: str, words: str) -> None:
    """A wedge scanner: keys into whatever has the focus, then Enter."""
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator(f"#scan-verdict.{colour}")).to_contain_text(words)


def test_two_people_count_one_room_and_a_third_posts_it(counting: Counting, chromium: Browser) -> None:
    bob, walter = counting.open(chromium, "Bob", DESK), counting.open(chromium, "Walter", PHONE)
    read(bob, "S1", "blue", "Shelf 1")
    read(walter, "S2", "blue", "Shelf 2")
    read(bob, f"9*{counting.cable}", "green", "9 in Shelf 1")
    begun = time.monotonic()
    expect(walter.locator("#count-lines")).to_contain_text("1 of 6 lines counted, by Bob", timeout=AT_ONCE)
    assert time.monotonic() - begun < AT_ONCE / 1000
    expect(walter.locator("#scan-given")).to_contain_text("Shelf 2")
    read(walter, f"6*{counting.cable}", "green", "6 in Shelf 2")
    read(walter, "LAMP-3", "green", "LAMP-3: in Shelf 2")
    expect(bob.locator("#count-lines")).to_contain_text(
        "3 of 6 lines counted, by Bob and Walter", timeout=AT_ONCE
    )
    expect(bob.locator("#scan-recent").get_by_text("Walter").first).to_be_visible()
    read(bob, "NO-SUCH", "red", "Nothing is called NO-SUCH")
    expect(bob.locator("#scan-code")).to_have_value("NO-SUCH")
    read(bob, "LAMP-1", "green", "LAMP-1: in Shelf 1")
    read(bob, "LAMP-2", "green", "LAMP-2: in Shelf 1")
    line = bob.locator("#count-lines tr", has_text="Tape")
    line.locator("[name=quantity]").fill("24")
    line.locator("[name=quantity]").press("Enter")
    expect(bob.locator("#count-lines")).to_contain_text("6 of 6 lines counted", timeout=AT_ONCE)
    post_it(counting, chromium, bob)
    assert crosshire("verify", data=counting.running.data).returncode == 0


def post_it(counting: Counting, chromium: Browser, bob: Page) -> None:
    """Bob hands it in; Ivy, who did not count, looks at the one difference and posts it."""
    bob.get_by_role("link", name="Hand in").click()
    bob.get_by_role("button", name="Hand it in").click()
    expect(bob.locator("#count-review")).to_be_visible()
    ivy = counting.open(chromium, "Ivy", DESK)
    expect(ivy.locator("#count-review")).to_contain_text("Adjust")
    ivy.get_by_role("button", name="Post the count").click()
    ivy.locator("dialog[open] button.primary, dialog[open] button.danger").last.click()
    expect(ivy.get_by_text("Posted").first).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_screen_of_a_count_is_clear_to_everybody(
    counting: Counting, chromium: Browser, size: dict[str, int]
) -> None:
    bob = counting.open(chromium, "Bob", size)
    room, said = counting.room, list[str]()
    bob.on("console", lambda words: said.append(words.text) if words.type == "error" else None)
    here = f"/inventory/counts/{room.count_id}"
    read(bob, "S1", "blue", "Shelf 1")
    read(bob, f"7*{counting.cable}", "green", "7 in Shelf 1")
    complain([*faults(bob, f"{here}?location={room.one}", said), *faults(bob, f"{here}/end", said)])
    bob.get_by_role("button", name="Hand it in").click()
    expect(bob.locator("#count-review")).to_be_visible()
    ivy = counting.open(chromium, "Ivy", size)
    complain(
        [
            fault
            for lines in ("differences", "all")
            for fault in faults(ivy, f"{here}/review?lines={lines}", said)
        ]
    )
    complain(list(faults(ivy, "/inventory/counts", said)))


def test_a_number_half_typed_survives_what_others_count(counting: Counting, chromium: Browser) -> None:
    bob, walter = counting.open(chromium, "Bob", DESK), counting.open(chromium, "Walter", PHONE)
    read(bob, "S1", "blue", "Shelf 1")
    box = bob.locator("#count-lines tr", has_text="Tape").locator("[name=quantity]")
    box.fill("2")
    read(walter, "S2", "blue", "Shelf 2")
    read(walter, f"6*{counting.cable}", "green", "6 in Shelf 2")
    bob.wait_for_timeout(AT_ONCE)
    expect(box).to_have_value("2")
