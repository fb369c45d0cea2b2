"""A station whose network or server is gone: nothing is lost or counts twice, and the screen says how it stands."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from app.extensions import db
from app.models import Product
from app.services.cases import CaseFacts, add_case
from app.services.repairs import Damage, open_repair
from tests.browser.conftest import chromium_path
from tests.browser.installed import PHONE, installed, sign_in
from tests.factories import me
from tests.operations.installations import Running, crosshire, wait_for
from tests.people import House
from tests.warehouse.test_scans import Hall, make_hall

pytestmark = pytest.mark.browser

PATIENCE = 30_000
"""Milliseconds until a queue is empty: a device that failed some times waits some seconds before it tries again."""
LINE = "[data-scan-waiting]"


@dataclass
class Basement:
    """A running installation, and an event whose station is worked where no network reaches."""

    running: Running
    hall: Hall
    folder: Path

    @property
    def station(self) -> str:
        """Where the event is scanned out."""
        return f"/warehouse/events/{self.hall.here}/scan?mode=out"

    def context(self, chromium: Browser) -> BrowserContext:
        """A phone."""
        return chromium.new_context(viewport=PHONE, base_url=self.running.address)

    def open(self, context: BrowserContext, who: str = "Bob") -> Page:
        """Somebody signs in and opens the station, until the phone has all that it needs later."""
        page = sign_in(context.new_page(), who)
        return self.opened(page)

    def opened(self, page: Page) -> Page:
        """The station, with its sheet and its worker on the device."""
        page.goto(self.station)
        return self.ready(page)

    def ready(self, page: Page) -> Page:
        """The station, once all that it needs later is on the device."""
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function(HAS_SHEET, arg=self.hall.here)
        return page

    def rows(self) -> list[tuple[str, str, int]]:
        """Code, situation and change of every scan of the event, in the order in which they were kept."""
        with sqlite3.connect(self.folder / "data" / "crosshire.sqlite3") as base:
            found = base.execute(
                "SELECT raw_code, situation, change FROM scan WHERE event_id = ? AND beside_id IS NULL ORDER BY id",
                (self.hall.here,),
            )
            return found.fetchall()

    def is_well(self) -> bool:
        """True when every invariant holds."""
        return crosshire("verify", data=self.running.data).returncode == 0


HAS_SHEET = """async (event) => {
  const kept = await window.onDevice.station("readonly", "sheets", (sheets) => sheets.get(event));
  const shell = (await caches.keys()).some((name) => name.startsWith("station-"));
  return Boolean(kept) && shell;
}"""

COUNTS_OUT = """async ([event, pieces]) => {
  const kept = await window.onDevice.station("readonly", "sheets", (sheets) => sheets.get(event));
  return kept.sheet.lines.some((line) => line.out === pieces) && kept.sheet.lines.length > 1;
}"""


@pytest.fixture
def basement(tmp_path: Path) -> Iterator[Basement]:
    """`crosshire serve` over a warehouse with two shows."""
    with installed(tmp_path, make_hall) as (running, hall):
        yield Basement(running, hall, tmp_path)


def scan(page: Page, code: str) -> None:
    """A wedge scanner; the pause is a hand's: the same code within half a second is one trigger."""
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def said(page: Page, colour: str, words: str) -> None:
    """What this device says by itself."""
    verdict = page.locator(f"#scan-verdict.provisional.{colour}")
    expect(verdict).to_contain_text(words)


def all_sent(page: Page) -> None:
    """Until nothing waits."""
    expect(page.locator(LINE)).to_have_attribute("data-state", "sent", timeout=PATIENCE)
    expect(page.locator(LINE)).to_contain_text("All scans are sent.")


def test_after_a_scan_the_device_asks_only_for_what_was_scanned_meanwhile(
    basement: Basement, chromium: Browser
) -> None:
    context = basement.context(chromium)
    page, asked = basement.open(context), list[str]()
    page.on(
        "request",
        lambda request: asked.append(urlsplit(request.url).query) if "/sheet" in request.url else None,
    )
    with page.expect_response("**/sheet?since=*") as told:
        scan(page, "3*XLR-05M")
    assert [line["product"] for line in told.value.json()["lines"]] == ["Cable"]
    page.wait_for_function(COUNTS_OUT, arg=[basement.hall.here, 3])
    assert len(asked) == 1
    context.set_offline(True)
    scan(page, "2*XLR-05M")
    expect(page.locator("#scan-verdict .verdict-count")).to_have_text("5 / 20")
    expect(page.locator("#scan-list")).to_contain_text("Spot")


def test_a_driver_in_a_basement_goes_on_and_what_came_out_otherwise_is_decided_later(
    basement: Basement, chromium: Browser
) -> None:
    hall, context = basement.hall, basement.context(chromium)
    page = basement.open(context)
    expect(page.locator(LINE)).to_contain_text("All scans are sent.")
    scan(page, hall.tags[0])
    expect(page.locator("#scan-verdict.green:not(.provisional)")).to_be_visible()
    page.wait_for_timeout(1_500)
    context.set_offline(True)
    scan(page, "12*XLR-05M")
    said(page, "green", "12 × Cable")
    expect(page.locator("#scan-verdict .verdict-count")).to_have_text("12 / 20")
    expect(page.locator(LINE)).to_contain_text("No connection. 1 scan is kept here")
    scan(page, hall.tags[0])
    said(page, "blue", "Already done")
    scan(page, "9*XLR-05M")
    said(page, "amber", "Enough already")
    scan(page, "MAKER-77")
    said(page, "amber", "Not on the list")
    page.reload()
    expect(page.locator("[data-shell=title]")).to_have_text("Here")
    expect(page.locator(LINE)).to_contain_text("4 scans are kept here")
    expect(page.locator("#scan-list")).to_contain_text("12 not sent")
    page.close()
    page = context.new_page()
    page.goto(basement.station)
    scan(page, hall.tags[1])
    said(page, "green", hall.tags[1])
    expect(page.locator("#scan-verdict .verdict-count")).to_have_text("2 / 2")
    page.get_by_role("button", name="+1").click()
    said(page, "green", "Cable")
    expect(page.locator(LINE)).to_contain_text("6 scans are kept here")
    assert len(basement.rows()) == 1
    context.set_offline(False)
    all_sent(page)
    assert [(code, change) for code, _, change in basement.rows()] == [
        (hall.tags[0], 1), ("12*XLR-05M", 12), (hall.tags[0], 0), ("9*XLR-05M", 0), ("MAKER-77", 0),
        (hall.tags[1], 1), ("1*XLR-05M", 1),
    ]  # fmt: skip
    decide_about_the_rest(page, basement)


def decide_about_the_rest(page: Page, basement: Basement) -> None:
    """Two wait for a person: too many cables, and a code that nobody knows."""
    page.get_by_role("link", name="Decide").click()
    rows = page.locator("#conflict-list tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Enough already")
    expect(rows.nth(1)).to_contain_text("could not say")
    rows.nth(0).get_by_role("button", name="Take more than planned").click()
    expect(page.locator("#conflict-list")).to_contain_text("Agreed by Bob")
    page.get_by_role("button", name="Leave it").click()
    expect(page.locator("#conflict-list")).to_contain_text("Left by Bob")
    assert sum(change for code, _, change in basement.rows() if "XLR" in code) == 22
    assert basement.is_well()


def test_a_server_that_dies_in_the_middle_gets_every_scan_once_and_in_order(
    basement: Basement, chromium: Browser
) -> None:
    context = basement.context(chromium)
    page = basement.open(context)
    for code in ("2*XLR-05M", "3*XLR-05M"):
        scan(page, code)
    all_sent(page)
    port = urlsplit(basement.running.address).port or 0
    basement.running.stop(patience=20.0)
    for code in ("4*XLR-05M", basement.hall.tags[0], "5*XLR-05M"):
        scan(page, code)
    said(page, "green", "5 × Cable")
    expect(page.locator("#scan-verdict .verdict-count")).to_have_text("14 / 20")
    expect(page.locator(LINE)).to_contain_text("3 scans are kept here")
    page.reload()
    expect(page.locator("#scan-list")).to_contain_text("9 not sent")
    running = Running(basement.running.data, port=port).wait_until_ready()
    try:
        all_sent(page)
        expect(page.locator("#scan-list")).to_contain_text("15 of 22 pieces out")
        changes = [2, 3, 4, 1, 5]
        assert [change for _, _, change in basement.rows()] == changes and basement.is_well()
    finally:
        running.stop(patience=20.0)


def test_a_scan_whose_answer_is_lost_twice_counts_once(basement: Basement, chromium: Browser) -> None:
    page = basement.open(basement.context(chromium))
    sent: list[str] = []

    def lose_two_answers(route: Route) -> None:
        sent.append(str(route.request.post_data))
        answer = route.fetch()
        route.abort() if len(sent) < 3 else route.fulfill(response=answer)

    page.route("**/scans", lose_two_answers)
    scan(page, "7*XLR-05M")
    said(page, "green", "7 × Cable")
    all_sent(page)
    assert len(sent) == 3 and [change for _, _, change in basement.rows()] == [7]
    expect(page.locator("#scan-list")).to_contain_text("7 of 22 pieces out")


def test_two_tabs_share_one_queue_and_send_it_in_the_order_of_the_hand(
    basement: Basement, chromium: Browser
) -> None:
    context = basement.context(chromium)
    one, other = basement.open(context), basement.opened(context.new_page())
    posts: list[str] = []
    context.on("requestfinished", lambda asked: posts.append(asked.url) if asked.method == "POST" else None)
    context.set_offline(True)
    for number, page in enumerate((one, other, one, other, one, other), 1):
        page.bring_to_front()
        scan(page, f"{number}*XLR-05M" if number < 6 else basement.hall.tags[0])
        expect(page.locator(LINE)).to_contain_text(f"{number} scan")
    context.set_offline(False)
    all_sent(one)
    all_sent(other)
    assert [change for _, _, change in basement.rows()] == [1, 2, 3, 4, 5, 1] and len(posts) == 6


def test_a_scan_that_the_server_cannot_judge_lets_the_others_by_and_is_handed_to_a_person(
    basement: Basement, chromium: Browser
) -> None:
    page = basement.open(basement.context(chromium))
    broken = {"status": 500, "headers": {"X-Request-ID": "x"}, "body": "broken"}

    def break_on_one(route: Route) -> None:
        is_meant = "BROKEN" in str(route.request.post_data)
        route.fulfill(**broken) if is_meant else route.continue_()  # type: ignore[arg-type]

    page.route("**/scans", break_on_one)
    scan(page, "BROKEN-1")
    scan(page, "2*XLR-05M")
    aside = page.locator("#scan-aside li")
    expect(aside).to_contain_text("BROKEN-1", timeout=PATIENCE)
    all_sent(page)
    assert [code for code, _, _ in basement.rows()] == ["2*XLR-05M"]
    page.reload()
    aside.get_by_role("button", name="Hand over").click()
    expect(aside).to_have_count(0)
    page.get_by_role("link", name="Decide").click()
    expect(page.locator("#conflict-list")).to_contain_text("BROKEN-1 could not be judged")


def test_whoever_was_signed_out_signs_in_and_the_queue_goes_on(basement: Basement, chromium: Browser) -> None:
    context = basement.context(chromium)
    page = basement.open(context)
    context.clear_cookies(name="sid")
    scan(page, "6*XLR-05M")
    expect(page.locator(LINE)).to_contain_text("You are signed out. 1 scan is kept here")
    assert basement.rows() == []
    page.locator("[data-scan-sign-in]").click()
    page.wait_for_url("**/sign-in*")
    sign_in(page, "Bob")
    page.goto(basement.station)
    all_sent(page)
    assert [change for _, _, change in basement.rows()] == [6]


def test_whoever_signs_out_with_unsent_scans_is_told_how_many_and_sends_them_first_or_leaves_them(
    basement: Basement, chromium: Browser
) -> None:
    context = basement.context(chromium)
    page = basement.open(context)
    context.set_offline(True)
    scan(page, "6*XLR-05M")
    scan(page, "2*XLR-05M")
    expect(page.locator(LINE)).to_contain_text("2 scans are kept here")
    page.route("**/scans", lambda route: route.abort())
    context.set_offline(False)
    page.goto("/warehouse/cases")
    sign_out(page)
    asked = page.get_by_role("dialog", name="2 scans are not sent")
    expect(asked).to_contain_text("nobody else can send them")
    page.unroute("**/scans")
    asked.get_by_role("button", name="Send first").click()
    page.wait_for_url(f"**{basement.station}")
    all_sent(page)
    assert [change for _, _, change in basement.rows()] == [6, 2]
    page.route("**/scans", lambda route: route.abort())
    scan(page, "1*XLR-05M")
    expect(page.locator(LINE)).to_contain_text("1 scan is kept here")
    sign_out(page)
    asked = page.get_by_role("dialog", name="1 scan is not sent")
    asked.get_by_role("button", name="Sign out anyway").click()
    page.wait_for_url("**/sign-in*")
    kept = "window.onDevice.station('readonly', 'scans', (scans) => scans.getAll())"
    assert len(page.evaluate(kept)) == 1
    page.unroute("**/scans")
    back = basement.open(context)
    all_sent(back)
    sign_out(back)
    back.wait_for_url("**/sign-in*")
    assert len(basement.rows()) == 3


def sign_out(page: Page) -> None:
    """From the menu under one's name."""
    page.locator(".menu.me summary").click()
    page.locator(".menu.me").get_by_role("button", name="Sign out").click()


def test_another_person_on_the_same_phone_sees_nothing_and_sends_nothing_of_the_first(
    basement: Basement, chromium: Browser
) -> None:
    context = basement.context(chromium)
    page = basement.open(context)
    context.set_offline(True)
    scan(page, "6*XLR-05M")
    expect(page.locator(LINE)).to_contain_text("1 scan is kept here")
    context.clear_cookies(name="sid")
    context.set_offline(False)
    expect(page.locator(LINE)).to_contain_text("You are signed out. 1 scan is kept here", timeout=PATIENCE)
    walter = sign_in(page, "Walter")
    kept = "window.onDevice.station('readonly', 'sheets', (sheets) => sheets.getAll())"
    assert walter.evaluate(kept) == []
    context.set_offline(True)
    walter.goto(basement.station)
    expect(walter.get_by_text("Nobody is signed in on this device")).to_be_visible()
    expect(walter.locator("#scan-code")).to_be_hidden()
    context.set_offline(False)
    expect(walter.locator("#scan-code")).to_be_visible(timeout=PATIENCE)  # it comes back by itself
    basement.ready(walter)
    expect(walter.locator(LINE)).to_contain_text("1 scan of somebody else waits here", timeout=PATIENCE)
    scan(walter, "2*XLR-05M")
    expect(walter.locator("#scan-list")).to_contain_text("2 of 22 pieces out")
    context.clear_cookies(name="sid")
    all_sent(basement.open(context))
    assert [change for _, _, change in basement.rows()] == [2, 6]


def test_what_an_older_version_has_kept_is_sent_too(basement: Basement, chromium: Browser) -> None:
    page = sign_in(basement.context(chromium).new_page(), "Bob")
    fields: dict[str, Any] = {"code": "3*XLR-05M", "mode": "out", "scan_id": "old-1", "sequence": "1"}
    old = [
        {
            "key": "k",
            "url": f"/warehouse/events/{basement.hall.here}/scans",
            "fields": fields,
            "follows": False,
        }
    ]
    page.evaluate("(old) => localStorage.setItem('scans', JSON.stringify(old))", old)
    page.goto(basement.station)
    wait_for(lambda: [change for _, _, change in basement.rows()] == [3], "being sent", patience=20)
    assert page.evaluate("localStorage.getItem('scans')") is None


def test_a_device_that_can_keep_nothing_takes_no_scan_and_says_so(
    basement: Basement, chromium: Browser
) -> None:
    page = basement.open(basement.context(chromium))
    page.evaluate(
        "() => { IDBObjectStore.prototype.add = () => { throw new DOMException('', 'QuotaExceededError'); }; }"
    )
    scan(page, "6*XLR-05M")
    said(page, "red", "Not kept")
    expect(page.locator("#scan-code")).to_have_value("6*XLR-05M")
    expect(page.locator(LINE)).to_contain_text("This device cannot keep scans")
    assert basement.rows() == []


def test_a_phone_that_was_restarted_has_kept_everything(
    basement: Basement, chromium: Browser, tmp_path: Path
) -> None:
    kind, profile = chromium.browser_type, str(tmp_path / "profile")
    options: dict[str, Any] = {
        "executable_path": chromium_path(), "args": ["--no-sandbox"], "viewport": PHONE,
        "base_url": basement.running.address,
    }  # fmt: skip
    first = kind.launch_persistent_context(profile, **options)
    page = basement.open(first)
    first.set_offline(True)
    for code in ("2*XLR-05M", basement.hall.tags[0]):
        scan(page, code)
    expect(page.locator(LINE)).to_contain_text("2 scans are kept here")
    first.close()
    second = kind.launch_persistent_context(profile, **options)
    second.set_offline(True)
    page = second.new_page()
    page.goto(basement.station)
    expect(page.locator(LINE)).to_contain_text("2 scans are kept here")
    scan(page, "3*XLR-05M")
    said(page, "green", "3 × Cable")
    second.set_offline(False)
    all_sent(page)
    assert [change for _, _, change in basement.rows()] == [2, 1, 3] and basement.is_well()
    second.close()


def make_case(house: House) -> Hall:
    """The hall with an empty case, and a spot that is in repair."""
    hall = make_hall(house)
    with house.writing():
        add_case(CaseFacts(name="Case 1", code="CASE-1", home_id=house.warehouse_id), by=me())
        product, asset = db.session.get_one(Product, hall.spot), hall.asset(3)
        open_repair(product, asset, 1, Damage("No light"), by=me())
    return hall


def test_what_is_broken_is_stopped_and_a_case_packed_and_sent_in_a_basement(
    tmp_path: Path, chromium: Browser
) -> None:
    with installed(tmp_path, make_case) as (running, hall):
        basement = Basement(running, hall, tmp_path)
        context = basement.context(chromium)
        page = basement.open(context)
        page.goto(basement.station.replace("out", "prep"))
        context.set_offline(True)
        scan(page, hall.tags[3])
        said(page, "red", "In repair")
        scan(page, "CASE-1")
        said(page, "blue", "What you scan now goes into Case 1.")
        expect(page.locator("#scan-given")).to_contain_text("Goes into Case 1")
        for code in (hall.tags[0], "8*XLR-05M"):
            scan(page, code)
            said(page, "green", code.rpartition("*")[0] or code)
        scan(page, "CASE-1")
        said(page, "green", "Case 1 is closed.")
        expect(page.locator("#scan-given")).not_to_contain_text("Case 1")
        page.goto(basement.station)
        scan(page, "CASE-1")
        said(page, "green", "Case 1")
        expect(page.locator("#scan-list")).to_contain_text("16 not sent")
        context.set_offline(False)
        all_sent(page)
        found = [situation for _, situation, _ in basement.rows()]
        assert found == ["in_repair", "packing", "planned", "planned", "closed_case", "planned"]
        assert basement.is_well()
