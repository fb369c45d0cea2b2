"""What a device keeps of an event: enough to judge most scans, nothing of anybody in the page, in few statements."""

import json
import re
from io import BytesIO
from typing import Any

from PIL import Image

from app.extensions import db
from app.models import Product
from app.services.pull_lines import Wanted
from tests import factories
from tests.people import House
from tests.warehouse.test_scans import Hall, hall, make_hall

__all__ = ["hall", "make_hall"]


def sheet(hall: Hall, event: int = 0) -> dict[str, Any]:
    """What Walter's device is sent."""
    answer = hall.house.browser("Walter").get(f"/warehouse/events/{event or hall.here}/sheet")
    assert answer.status_code == 200
    return dict(answer.get_json())


def standing(hall: Hall, tag: str) -> str:
    """How the sheet says a piece stands."""
    return str(sheet(hall)["codes"][tag.lower()]["is"])


def test_the_sheet_says_how_far_each_line_is_and_what_codes_mean(hall: Hall) -> None:
    hall.scan("12*XLR-05M")
    found = sheet(hall)
    cable = next(line for line in found["lines"] if line["product"] == "Cable")
    assert (cable["planned"], cable["out"], cable["code"], cable["pieces"]) == (20, 12, "XLR-05M", False)
    assert found["codes"]["xlr-05m"] == {"line": cable["id"]}
    assert found["event"]["id"] == hall.here and found["is_open"] is True


def test_a_piece_stands_where_it_is_and_what_others_have_is_elsewhere(hall: Hall) -> None:
    first, second, third, fourth = hall.tags
    hall.scan(second)
    hall.scan(second, "in")
    hall.scan(third)
    hall.scan(first, "prep")
    hall.scan(fourth, event=hall.there)
    found = [standing(hall, tag) for tag in hall.tags]
    assert found == ["prepped", "returned", "out", "elsewhere"]


def test_a_gtin_is_known_in_each_of_its_lengths(hall: Hall) -> None:
    with hall.house.writing():
        factories.code_for(db.session.get_one(Product, hall.cable), "04006381333931")
    assert {"4006381333931", "04006381333931"} <= sheet(hall)["codes"].keys()


def test_whoever_has_the_sheet_is_not_sent_it_again(hall: Hall) -> None:
    browser = hall.house.browser("Walter")
    address = f"/warehouse/events/{hall.here}/sheet"
    mark = browser.get(address).headers["ETag"]
    assert browser.get(address, headers={"If-None-Match": mark}).status_code == 304
    hall.scan(hall.tags[0])
    assert browser.get(address, headers={"If-None-Match": mark}).status_code == 200


def test_a_sheet_costs_as_many_statements_with_twenty_lines_as_with_one(hall: Hall, statements: Any) -> None:
    browser, counts = hall.house.browser("Walter"), []
    for number in (1, 20):
        with hall.house.writing():
            things = [
                factories.product(f"Thing {at}", stock=3, at=hall.house.warehouse_id).id
                for at in range(number)
            ]
            event_id = hall.event("More", days=1, lines=[Wanted(thing, 1) for thing in things])
        statements()
        found = browser.get(f"/warehouse/events/{event_id}/sheet").get_json()
        counts.append(len(statements()))
        assert len(found["lines"]) == number
    assert counts[0] == counts[1]


def test_the_page_without_a_network_is_the_same_for_everybody_and_of_nobody(house: House) -> None:
    token = re.compile(r'(csrf[-_]token"[^>]*?")[^"]*"')
    pages = [
        token.sub("", browser.get("/warehouse/without-network").text)
        for browser in (house.browser("Ada"), house.browser("Walter"), house.app.test_client())
    ]
    assert pages[0] == pages[1] == pages[2] and "Ada" not in pages[0]


def test_the_worker_keeps_the_bare_page_and_its_parts_and_changes_with_them(house: House) -> None:
    answer = house.browser("Walter").get("/warehouse/worker.js")
    assert answer.headers["Service-Worker-Allowed"] == "/warehouse" and answer.mimetype == "text/javascript"
    assets = json.loads(re.findall(r"^const ASSETS = (.*);$", answer.text, re.M)[0])
    assert len(assets) > 10 and all("?v=" in asset for asset in assets)
    assert {"scan_queue.js", "device.js", "crosshire.css", "archivo.woff2", "zxing-reader.wasm"} <= {
        asset.partition("?")[0].rpartition("/")[2] for asset in assets
    }
    browser = house.app.test_client()
    assert all(browser.get(asset).status_code == 200 for asset in assets)
    assert browser.get("/warehouse/worker.js").text == answer.text


def test_a_phone_can_install_it(house: House) -> None:
    browser = house.app.test_client()
    answer = browser.get("/app.webmanifest")
    said = answer.get_json()
    assert answer.mimetype == "application/manifest+json"
    assert {said["start_url"], said["scope"], said["display"]} == {"/warehouse", "/", "standalone"}
    for mark in said["icons"]:
        picture = Image.open(BytesIO(browser.get(mark["src"]).data))
        assert f"{picture.width}x{picture.height}" == mark["sizes"] and picture.format == "PNG"
    assert {"any", "maskable"} == {mark["purpose"] for mark in said["icons"]}
    assert '<link rel="manifest" href="/app.webmanifest">' in browser.get("/sign-in").text
