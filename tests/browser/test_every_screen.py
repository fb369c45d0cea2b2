"""Every screen in a real browser: axe finds nothing, nothing is wider than a phone, the console is silent."""

import logging
import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from tests.people import House
from tests.routes import SAFE, Route, routes
from tests.walks import complain
from tests.world import World

pytestmark = pytest.mark.browser

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 780}
NO_SCREENS = ("health.healthz", "api.openapi", "warehouse.without_network")
"""The last leaves by itself for the station as soon as there is a network; its own tests look at it without one."""
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application of this test listens."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def screens(app: Flask, world: World) -> list[str]:
    """The address of every page that people look at."""
    looked_at = (
        route for route in routes(app, SAFE) if not route.is_api and route.endpoint not in NO_SCREENS
    )
    return [route.url(app, world.values(route)) for route in looked_at if is_page(world, route)]


def is_page(world: World, route: Route) -> bool:
    """True for what answers a whole page; parts, files and downloads are no screens."""
    answer = world.house.browser("Ada").get(route.url(world.house.app, world.values(route)))
    is_html = answer.status_code == 200 and answer.mimetype == "text/html"
    return is_html and answer.text.startswith("<!doctype html>")


def signed_in(chromium: Browser, house: House, address: str, **look: object) -> BrowserContext:
    """A browser in which Ada has signed in."""
    cookie = house.browser("Ada").get_cookie("sid")
    assert cookie is not None
    context = chromium.new_context(base_url=address, **look)  # type: ignore[arg-type]
    context.add_cookies([{"name": "sid", "value": cookie.value, "url": address}])
    return context


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"]
)
def test_axe_finds_nothing_and_nothing_is_too_wide(
    house: House, app: Flask, address: str, chromium: Browser, size: dict[str, int], scheme: str
) -> None:
    world = World(house)
    urls = screens(app, world)
    assert len(urls) > 60
    page = signed_in(chromium, house, address, viewport=size, color_scheme=scheme).new_page()
    said: list[str] = []
    page.on("console", lambda words: said.append(words.text) if words.type == "error" else None)
    complain([fault for url in urls for fault in faults(page, url, said)])


def faults(page: Page, url: str, said: list[str]) -> Iterator[str]:
    """What is wrong with a screen."""
    said.clear()
    page.goto(url)
    for violation in Axe().run(page).response["violations"]:
        nodes = "; ".join(node["html"][:100] for node in violation["nodes"][:3])
        yield f"{url}: {violation['id']}: {violation['help']}: {nodes}"
    if page.evaluate(TOO_WIDE):
        yield f"{url}: wider than the window"
    yield from (f"{url}: console: {words}" for words in said)
