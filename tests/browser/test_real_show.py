"""A real pull list from shelf to shelf: prepped into cases, out, back with two damaged and one missing.

Two people work on it at once, and one of them has no network for a third of it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.demo.files import rows_of
from app.extensions import db
from app.models import Asset, CheckInMode, Location, LocationKind, Tracking
from app.services.cases import CaseFacts, add_case
from app.services.events import open_event
from app.services.locations import add_location
from app.services.pull_lines import Wanted, add_lines
from tests import factories
from tests.browser.installed import DESK, PHONE, installed, sign_in
from tests.browser.test_without_network import HAS_SHEET, all_sent
from tests.factories import me
from tests.operations.installations import crosshire
from tests.people import House

pytestmark = pytest.mark.browser

LIST = "PL1"
"""A jazz quintet in a club: what its rider asks for, from the catalogue of a real rental house."""
SINGLE = 2
"""What is planned at most so often is followed piece by piece, the rest is counted."""
RACK, BAG = "RACK-1", "BAG-1"
OUT, BACK = "SELECT sum(out_quantity) FROM reservation", "SELECT sum(returned_quantity) FROM reservation"


@dataclass
class Show:
    """The event, the tags that go into the rack, and (code, pieces) of what goes into the bag."""

    event: int = 0
    tags: list[str] = field(default_factory=list)
    counted: list[tuple[str, int]] = field(default_factory=list)

    @property
    def pieces(self) -> int:
        """How many all of it is."""
        return len(self.tags) + sum(pieces for _, pieces in self.counted)


def make_show(house: House) -> Show:
    """The pull list as an event, with two of each thing more in the house, and two cases."""
    show = Show()
    with house.writing():
        root = db.session.get_one(Location, house.warehouse_id)
        shelf = add_location("Rack A", "A-1", LocationKind.SHELF, root, by=me())
        event = open_event(factories.deal(house.warehouse_id, name="Jazz quintet, club"), by=me())
        wanted = []
        for row in (row for row in rows_of("pull_lists.csv") if row["list"] == LIST):
            pieces = int(row["quantity"])
            kind = Tracking.SERIALIZED if pieces <= SINGLE else Tracking.BULK
            product = factories.product(row["product"], tracking=kind, stock=pieces + 2, at=shelf.id)
            wanted.append(Wanted(product.id, pieces))
            if kind is Tracking.BULK:
                factories.code_for(product, row["source_id"])
                show.counted.append((row["source_id"], pieces))
            else:
                tags = select(Asset.tag).where(Asset.product_id == product.id).order_by(Asset.id)
                show.tags += db.session.scalars(tags.limit(pieces)).all()
        add_lines(event, wanted, by=me())
        for name, code in (("Rack", RACK), ("Cable bag", BAG)):
            add_case(CaseFacts(name=name, code=code, home_id=shelf.id, check_in=CheckInMode.EACH), by=me())
        show.event = event.id
    return show


def at(page: Page, show: Show, mode: str) -> Page:
    """The event's station in a mode, with all that it needs without a network."""
    page.goto(f"/warehouse/events/{show.event}/scan?mode={mode}")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function(HAS_SHEET, arg=show.event)
    return page


def scan(page: Page, code: str, words: str = "") -> None:
    """A wedge scanner; the verdict says so."""
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("#scan-verdict")).to_contain_text(words or code)


def asked(folder: Path, question: str) -> int:
    """A number out of the database."""
    with sqlite3.connect(folder / "data" / "crosshire.sqlite3") as base:
        return int(base.execute(question).fetchone()[0] or 0)


@contextmanager
def without_network(page: Page, scans: int) -> Iterator[None]:
    """In the basement; up again, all that was scanned there is heard of."""
    page.context.set_offline(True)
    yield
    expect(page.locator("[data-scan-waiting]")).to_contain_text(f"{scans} scans")
    page.context.set_offline(False)
    all_sent(page)


def count_all(page: Page, show: Show) -> None:
    """All that is counted, with what the device says by itself."""
    for code, pieces in show.counted:
        scan(page, f"{pieces}*{code}", f"{pieces} ×")
        expect(page.locator("#scan-verdict.provisional")).to_be_visible()


def pack(bob: Page, walter: Page, show: Show) -> None:
    """Bob packs the rack, Walter the bag."""
    at(bob, show, "prep"), at(walter, show, "prep")
    with without_network(walter, len(show.counted) + 2):
        scan(bob, RACK, "goes into Rack")
        scan(walter, BAG, "goes into Cable bag")
        for tag in show.tags:
            scan(bob, tag)
        count_all(walter, show)
        scan(walter, BAG, "Cable bag")
        scan(bob, RACK, f"Rack is closed with {len(show.tags)} pieces")
    expect(bob.locator("#scan-list")).to_contain_text(f"{show.pieces} of {show.pieces} pieces prepped")


def send(bob: Page, walter: Page, show: Show) -> None:
    """Each case leaves with one scan, one in each pair of hands."""
    at(bob, show, "out"), at(walter, show, "out")
    scan(bob, RACK, f"{len(show.tags)} pieces out")
    scan(walter, BAG, f"{show.pieces - len(show.tags)} pieces out")
    expect(bob.locator("#scan-list")).to_contain_text(f"{show.pieces} of {show.pieces} pieces out")


def come_back(bob: Page, walter: Page, show: Show) -> None:
    """Each thing in both cases is scanned; of the rack, two are damaged, and one is not there."""
    at(bob, show, "in"), at(walter, show, "in")
    with without_network(walter, len(show.counted) + 1):
        scan(walter, BAG, "Cable bag")
        scan(bob, RACK, "Scan each thing in it")
        count_all(walter, show)
        for number, tag in enumerate(show.tags[1:]):
            scan(bob, tag)
            if number < 2:
                bob.get_by_role("button", name="Damaged").click()
                expect(bob.locator("#scan-verdict")).to_contain_text("is damaged and out of stock")
    expect(bob.locator("#scan-list")).to_contain_text(f"{show.pieces - 1} of {show.pieces} pieces back")


def lose(walter: Page, show: Show) -> None:
    """What did not come back is marked as lost, and charged."""
    walter.goto(f"/warehouse/events/{show.event}/missing")
    expect(walter.locator("main")).to_contain_text(show.tags[0])
    walter.locator("main [name=charge]").first.fill("89")
    walter.get_by_role("button", name="Mark lost").first.click()
    walter.locator("dialog[open]").get_by_role("button").last.click()
    expect(walter.locator("#lost")).to_contain_text(show.tags[0])


def test_a_real_pull_list_goes_out_in_cases_and_comes_back_short(tmp_path: Path, chromium: Browser) -> None:
    with installed(tmp_path, make_show) as (running, show):
        contexts = [chromium.new_context(viewport=size, base_url=running.address) for size in (DESK, PHONE)]
        bob, walter = (
            sign_in(context.new_page(), who) for context, who in zip(contexts, ("Bob", "Walter"), strict=True)
        )
        pack(bob, walter, show)
        send(bob, walter, show)
        assert asked(tmp_path, OUT) == show.pieces
        come_back(bob, walter, show)
        assert asked(tmp_path, "SELECT count(*) FROM repair WHERE closed_at IS NULL") == 2
        lose(walter, show)
        assert asked(tmp_path, "SELECT count(*) FROM asset WHERE condition = 'missing'") == 1
        assert crosshire("verify", data=running.data).returncode == 0
