"""A technician's phone on a bad network: the job is there, deeds wait on the phone, and each is done once."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.installed import PHONE, installed, sign_in
from tests.jobs.stories import Bench, another_job, make_bench
from tests.operations.installations import Running, crosshire
from tests.people import House
from tests.world import a_photo

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

pytestmark = pytest.mark.browser


@dataclass
class Site:
    """A running installation with two jobs of Tess's, and one of Serge's."""

    running: Running
    bench: Bench
    screws: int
    bolts: int
    other_job: int

    def phone(self, chromium: Browser, who: str = "Tess", context: BrowserContext | None = None) -> Page:
        """Somebody signs in on a phone."""
        held = context or chromium.new_context(viewport=PHONE, base_url=self.running.address)
        return sign_in(held.new_page(), who)

    def numbers(self, part_id: int) -> tuple[str, int, int, int, int]:
        """How a part stands in the database."""
        return self.bench.numbers(part_id)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """`crosshire serve` over the bench of the tests of jobs."""
    with installed(tmp_path, three_jobs) as (running, (bench, screws, bolts, other)):
        yield Site(running, bench, screws, bolts, other)


def three_jobs(house: House) -> tuple[Bench, int, int, int]:
    """The bench, its two parts set aside, and a job of Serge's."""
    bench = make_bench(house)
    screws, bolts = bench.plan(25, allocated=True), bench.plan(4, bench.bolts, allocated=True)
    other = another_job(bench, title="Someone else's", technician_id=house.people["Serge"])
    return bench, screws, bolts, other


def open_job(site: Site, page: Page) -> None:
    """From my jobs to the job, until this phone has kept both."""
    page.goto("/jobs/mine")
    page.get_by_role("link", name="Mount the truss").click()
    expect(page.get_by_role("button", name="Used all 25")).to_be_visible()
    wait_for_kept(page, f"/jobs/mine/{site.bench.job_id}", "/jobs/mine")


def wait_for_kept(page: Page, *addresses: str) -> None:
    """Until the service worker has these pages, and what they are made of."""
    until = time.monotonic() + 15
    while time.monotonic() < until:
        kept = page.evaluate(
            "async () => (await (await caches.open('my-jobs')).keys()).map((one) => new URL(one.url).pathname)"
        )
        if set(addresses) <= set(kept) and any(name.endswith("my_jobs.js") for name in kept):
            return
        page.wait_for_timeout(200)
    raise AssertionError("The phone did not keep the pages.")


def test_a_job_is_worked_on_while_the_network_is_gone(site: Site, chromium: Browser) -> None:
    page = site.phone(chromium)
    open_job(site, page)
    assert not page.evaluate(TOO_WIDE)
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name="Mount the truss")).to_be_visible()
    part = page.locator(f"#part-{site.screws}")
    part.get_by_text("Used some, or more").click()
    part.get_by_label("How many were used").fill("20")
    part.get_by_role("button", name="Used these").click()
    expect(page.locator(".my-waiting-count")).to_have_text("Waiting to be sent (1)")
    expect(part.get_by_text("Used 20 × Screws: waiting to be sent")).to_be_visible()
    page.get_by_label("Photo", exact=True).set_input_files(
        {"name": "truss.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}
    )
    page.get_by_role("button", name="Add the photo").click()
    expect(page.locator(".my-waiting-count")).to_have_text("Waiting to be sent (2)")
    page.reload()
    expect(page.locator(".my-waiting-count")).to_have_text("Waiting to be sent (2)")
    assert site.numbers(site.screws) == ("allocated", 25, 25, 0, 0)
    page.context.set_offline(False)
    expect(page.locator("[data-my-jobs]")).to_be_hidden(timeout=30_000)
    expect(page.locator(".job-photos img")).to_have_count(1)
    assert site.numbers(site.screws) == ("used", 25, 25, 20, 5)
    assert not page.evaluate(TOO_WIDE)
    assert crosshire("verify", data=site.running.data).returncode == 0


def test_a_deed_whose_answer_was_lost_is_done_once(site: Site, chromium: Browser) -> None:
    page = site.phone(chromium)
    open_job(site, page)
    lost = {"count": 0}

    def lose_the_first(route) -> None:  # type: ignore[no-untyped-def]
        lost["count"] += 1
        answer = route.fetch()
        route.abort() if lost["count"] == 1 else route.fulfill(response=answer)

    page.route(f"**/jobs/mine/parts/{site.bolts}/use", lose_the_first)
    page.locator(f"#part-{site.bolts}").get_by_role("button", name="Used all 4").click()
    expect(page.locator("[data-my-jobs]")).to_be_visible()  # it says that the deed waits
    expect(page.locator("[data-my-jobs]")).to_be_hidden(timeout=30_000)
    assert lost["count"] == 2 and site.numbers(site.bolts) == ("used", 4, 4, 4, 0)


def test_what_the_server_cannot_do_is_shown_with_its_reason_and_the_rest_goes_on(
    site: Site, chromium: Browser
) -> None:
    page = site.phone(chromium)
    open_job(site, page)
    page.context.set_offline(True)
    part = page.locator(f"#part-{site.bolts}")
    part.get_by_text("Used some, or more").click()
    part.get_by_label("How many were used").fill("9")
    part.get_by_role("button", name="Used these").click()
    page.locator(f"#part-{site.screws}").get_by_role("button", name="Used all 25").click()
    expect(page.locator(".my-waiting-count")).to_have_text("Waiting to be sent (2)")
    page.context.set_offline(False)
    refused = page.locator(".my-waiting [role=alert]")
    expect(refused).to_contain_text("Bolts: 4 allocated and 1 more free, not 9.", timeout=30_000)
    expect(page.locator(".my-waiting-count")).to_have_count(0)
    assert site.numbers(site.screws)[3] == 25 and site.numbers(site.bolts)[3] == 0
    refused.get_by_role("button", name="Understood").click()
    expect(page.locator("[data-my-jobs]")).to_be_hidden()


def test_who_signs_out_leaves_nothing_for_the_next(site: Site, chromium: Browser) -> None:
    page = site.phone(chromium)
    open_job(site, page)
    page.locator("details.me > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
    assert page.evaluate("caches.has('my-jobs')") is False
    serge = site.phone(chromium, "Serge", page.context)
    serge.goto("/jobs/mine")
    expect(serge.get_by_role("link", name="Someone else's")).to_be_visible()
    wait_for_kept(serge, "/jobs/mine")
    serge.context.set_offline(True)
    serge.goto("/jobs/mine")
    expect(serge.get_by_text("Mount the truss")).to_have_count(0)
    with pytest.raises(Exception, match="ERR_"):
        serge.goto(f"/jobs/mine/{site.bench.job_id}")


def test_anothers_job_is_not_there(site: Site, chromium: Browser) -> None:
    page = site.phone(chromium)
    answer = page.goto(f"/jobs/mine/{site.other_job}")
    assert answer is not None and answer.status == 404
