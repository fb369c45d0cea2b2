"""A list of hundreds of lines: a hand does not wait for it, and still sees every count on it."""

import re
import uuid
from html import unescape
from typing import Any

from app.extensions import db
from app.models import Event
from app.services.pull_lines import Wanted, add_lines
from tests import factories
from tests.factories import me
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall"]
HTMX = {"HX-Request": "true"}
LIST = 'id="scan-list"'


def lengthen(hall: Hall, lines: int) -> None:
    """The event wants so many products more."""
    with hall.house.writing():
        event = db.session.get_one(Event, hall.here)
        wanted = [factories.product(stock=5, at=hall.house.warehouse_id).id for _ in range(lines)]
        add_lines(event, [Wanted(product_id, 1) for product_id in wanted], by=me())


def on_screen(hall: Hall, code: str, **sent: Any) -> str:
    """What the station shows after a scan on a screen whose list follows by itself."""
    sent = {"code": code, "mode": "out", "scan_id": str(uuid.uuid4()), "list_follows": "true"} | sent
    answer = hall.house.browser("Walter").post(
        f"/warehouse/events/{hall.here}/scans", data=sent, headers=HTMX
    )
    return unescape(answer.text)


def test_a_verdict_comes_without_the_list_and_the_list_asks_for_what_has_changed(hall: Hall) -> None:
    browser = hall.house.browser("Walter")
    station = unescape(browser.get(f"/warehouse/events/{hall.here}/scan?mode=out").text)
    asks = re.findall(r'hx-get="(/warehouse/events/\d+/counts[^"]*)"', station)[0]
    said = on_screen(hall, hall.tags[0])
    assert LIST not in said and "1</b> / 2" in said and "Take it back" in said and 'id="scan-recent"' in said
    assert "1 of 22 pieces out" in browser.get(asks, headers=HTMX).text


def test_a_refusal_comes_without_the_list_too(hall: Hall) -> None:
    said = on_screen(hall, "NOBODY-KNOWS")
    assert 'id="scan-verdict"' in said and LIST not in said


def test_a_card_brings_the_list_of_its_mode(hall: Hall) -> None:
    assert LIST in on_screen(hall, "IN")


def test_without_scripts_the_whole_page_comes(hall: Hall) -> None:
    data = {"code": hall.tags[0], "mode": "out", "list_follows": "true"}
    answer = hall.house.browser("Walter").post(f"/warehouse/events/{hall.here}/scans", data=data)
    assert LIST in answer.text and "<html" in answer.text


def test_a_verdict_reads_as_little_on_a_long_list_as_on_a_short_one(hall: Hall, statements: Any) -> None:
    on_screen(hall, "XLR-05M")
    statements()
    on_screen(hall, "XLR-05M")
    few = len(statements())
    lengthen(hall, 20)
    statements()
    on_screen(hall, "XLR-05M")
    assert len(statements()) == few
