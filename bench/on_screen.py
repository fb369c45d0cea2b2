"""How long a hand in the hall waits for a verdict: from Enter until it is drawn, in a real browser."""

import shutil
from collections.abc import Iterator, Sequence

from playwright.sync_api import BrowserContext, Page, sync_playwright
from sqlalchemy import func, select

from app.extensions import db
from app.models import Asset, Condition, Location, LocationKind, PullLine
from bench.measure import Figure
from bench.servers import Server
from bench.stage import Stage

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCANS, WARM_UP = 100, 10
PACE = 700
"""Milliseconds that a hand takes to the next code."""
WATCH = """() => {
  window.waits = [];
  let begun = 0, shown = document.querySelector("#scan-verdict");
  document.addEventListener("keydown", (event) => { if (event.key === "Enter") begun = performance.now(); }, true);
  new MutationObserver(() => {
    const verdict = document.querySelector("#scan-verdict");
    if (!begun || !verdict || verdict === shown) return;
    const since = begun;
    [begun, shown] = [0, verdict];
    requestAnimationFrame(() => setTimeout(() => window.waits.push(performance.now() - since)));
  }).observe(document.body, { childList: true, subtree: true });
}"""
"""Counts from the key to the end of the frame in which another verdict stands there."""


def verdict_rows(kind: str, set_up: Stage, server: Server, event_id: int) -> Iterator[Figure]:
    """The waits of one hand with a scanner, on an event of 300 lines."""
    tags = planned_tags(set_up, event_id)[: SCANS + WARM_UP]
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        waits = sorted(scan(opened(browser.new_context(), set_up, server, event_id), tags)[WARM_UP:])
        browser.close()
    yield Figure(f"{kind}: verdict on screen, p50", waits[len(waits) // 2], "ms")
    yield Figure(f"{kind}: verdict on screen, p95", waits[int(len(waits) * 0.95)], "ms", 150)


def planned_tags(set_up: Stage, event_id: int) -> Sequence[str]:
    """A piece on a shelf for each product of the list."""
    query = (
        select(func.min(Asset.tag))
        .join(PullLine, PullLine.product_id == Asset.product_id)
        .join(Location, Location.id == Asset.location_id)
        .where(
            PullLine.event_id == event_id,
            Location.kind == LocationKind.SHELF,
            Asset.condition == Condition.GOOD,
        )
        .group_by(Asset.product_id)
    )
    with set_up.reading():
        return db.session.scalars(query).all()


def opened(context: BrowserContext, set_up: Stage, server: Server, event_id: int) -> Page:
    """The station of the event, where somebody has signed in."""
    name, _, value = set_up.page_headers["Cookie"].partition("=")
    address = f"http://127.0.0.1:{server.port}"
    context.add_cookies([{"name": name, "value": value, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/warehouse/events/{event_id}/scan?mode=out")
    page.evaluate(WATCH)
    return page


def scan(page: Page, tags: Sequence[str]) -> list[float]:
    """Type each, and wait for its verdict; the waits in milliseconds."""
    for number, tag in enumerate(tags, 1):
        page.wait_for_timeout(PACE)
        page.keyboard.type(tag)
        page.keyboard.press("Enter")
        page.wait_for_function("(number) => window.waits.length >= number", arg=number)
    return list(page.evaluate("window.waits"))
