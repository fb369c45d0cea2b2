"""What a browser is told beside every page, and what no page may contain."""

import re

import pytest
from flask import Flask, url_for

from app.edge import POLICY as POLICY_OF_PAGES
from tests.people import House
from tests.routes import SAFE, routes
from tests.walks import complain
from tests.world import World

INLINE = {
    "a script without src": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "a style element": re.compile(r"<style", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\s(data-)?hx-on", re.IGNORECASE),
    "an evaluated value": re.compile(r"\bjs:", re.IGNORECASE),
    "a foreign address": re.compile(
        r"<(script|link|img|iframe)[^>]*(src|href)=\"(https?:)?//", re.IGNORECASE
    ),
}
POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
)


@pytest.fixture
def pages(house: House, app: Flask) -> dict[str, tuple[dict[str, str], str]]:
    """Route → the headers and the text of its answer, to an administrator."""
    world, browser = World(house), house.browser("Ada")
    found = {}
    for route in routes(app, SAFE):
        answer = browser.get(route.url(app, world.values(route)))
        found[str(route)] = (dict(answer.headers), answer.text if "html" in answer.content_type else "")
    return found


def test_no_page_holds_anything_inline(pages: dict[str, tuple[dict[str, str], str]]) -> None:
    complain(
        [
            f"{route}: {name}: {found.group(0)[:80]}"
            for route, (_, body) in pages.items()
            for name, pattern in INLINE.items()
            if (found := pattern.search(body))
        ]
    )


def test_every_answer_carries_the_policy_and_is_not_stored(
    pages: dict[str, tuple[dict[str, str], str]],
) -> None:
    failures = []
    for route, (headers, _) in pages.items():
        policy = headers.get("Content-Security-Policy", "")
        is_whole = all(part in policy for part in POLICY) and "unsafe" not in policy
        is_private = headers.get("Cache-Control") == "no-store" or "feed" in route
        vary = headers.get("Vary", "")
        if not (
            is_whole
            and is_private
            and headers.get("X-Content-Type-Options") == "nosniff"
            and "HX-Request" in vary
        ):
            failures.append(f"{route}: {headers}")
    complain(failures)


def test_errors_carry_the_policy_too(app: Flask) -> None:
    answer = app.test_client().get("/nowhere")
    assert answer.status_code == 404 and "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_cookies_are_for_the_server_alone(house: House) -> None:
    browser = house.app.test_client()
    browser.post("/sign-in", data={"email": "ada@nightjar.example", "password": "seven quiet amplifiers"})
    cookie = browser.get_cookie("sid")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax"


def test_only_the_decoder_of_the_camera_may_run_webassembly_and_no_page_may(house: House) -> None:
    browser = house.browser("Ada")
    policies = {
        name: browser.get(f"/static/js/{name}.js").headers["Content-Security-Policy"]
        for name in ("camera_worker", "camera_reader", "camera")
    }
    assert policies["camera_worker"].split("; ") == [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "connect-src 'self'",
    ]
    assert policies["camera"] == policies["camera_reader"] == POLICY_OF_PAGES
    assert browser.get("/").headers["Permissions-Policy"] == "camera=(self), microphone=(), geolocation=()"


def test_the_decoder_is_sent_small_as_what_it_is_and_kept_for_good(house: House) -> None:
    with house.app.test_request_context():
        address = url_for("static", filename="vendor/zxing-reader.wasm")
    answer = house.browser("Ada").get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.content_type == "application/wasm" and "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip" and len(answer.data) < 450_000
