"""What a first look at the dashboard costs somebody on a bad network."""

import re
from pathlib import Path

from flask.testing import FlaskClient

from app.delivery import content_mark
from tests.people import House

MOST = 150_000
"""Bytes over the wire: the page, and all that it names, fonts included."""
NAMED = re.compile(r'(?:src|href)="(/static/[^"\s]+)"')
IN_STYLES = re.compile(r'url\("\.\./([^"?]+)(?:\?v=(\w+))?"\)')


def fetched(browser: FlaskClient, address: str) -> bytes:
    """An answer as it travels."""
    answer = browser.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, address
    return answer.data


def test_the_dashboard_weighs_little(house: House) -> None:
    browser = house.browser("Ada")
    addresses = {"/", *NAMED.findall(browser.get("/").text)}
    for style in [address for address in addresses if ".css" in address]:
        addresses |= {f"/static/{name}?v={mark}" for name, mark in IN_STYLES.findall(browser.get(style).text)}
    weight = {address: len(fetched(browser, address)) for address in addresses}
    assert any("woff2" in address for address in weight) and any(".js" in address for address in weight)
    assert sum(weight.values()) <= MOST, weight


def test_a_font_is_named_alike_wherever_it_is_named_and_so_fetched_once(house: House) -> None:
    static = Path(house.app.static_folder or "")
    styles = [path.read_text() for path in (static / "css").glob("*.css")]
    named = [found for style in styles for found in IN_STYLES.findall(style)]
    assert named and all(mark == content_mark(static, name) for name, mark in named)
