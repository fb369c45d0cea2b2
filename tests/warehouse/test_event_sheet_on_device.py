"""What a device keeps of an event: enough to judge most scans, nothing of anybody in the page, in few statements."""

import json
import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from app.extensions import db
from app.models import Case, CaseSlot, Condition, Location, Product, QuarantineReason, Tracking
from app.queries import event_sheet
from app.rules.verdicts import Situation
from app.services.case_seals import seal
from app.services.cases import CaseFacts, add_case, set_slot
from app.services.pull_lines import Wanted
from app.services.quarantines import Doubt, keep_back
from tests import factories
from tests.factories import me
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


def test_a_piece_that_is_prepped_here_and_still_out_elsewhere_counts_as_chosen(hall: Hall) -> None:
    with hall.house.writing():
        later = hall.event("Later", days=1, lines=[Wanted(hall.spot, 1)], begins_after_days=30)
    hall.scan(hall.tags[0], "prep")
    hall.scan(hall.tags[0], event=later)
    assert standing(hall, hall.tags[0]) == "elsewhere"
    assert {line["product"]: line["chosen"] for line in sheet(hall)["lines"]} == {"Spot": 1, "Cable": 0}


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
            things = [kept_in_a_case(hall, f"{number}-{at}") for at in range(number)]
            event_id = hall.event("More", days=1, lines=[Wanted(thing, 1) for thing in things])
        statements()
        found = browser.get(f"/warehouse/events/{event_id}/sheet").get_json()
        counts.append(len(statements()))
        assert len(found["lines"]) == number
        assert len([code for code in found["codes"].values() if code.get("keeps")]) == number
        assert len([one for one in found["cases"] if not one["other"]]) == number
    assert counts[0] == counts[1]


def kept_in_a_case(hall: Hall, name: str) -> int:
    """A product with two pieces: one is damaged and lies in a case; the case has a slot for both."""
    product = factories.product(
        f"Lamp {name}", tracking=Tracking.SERIALIZED, stock=1, at=hall.house.warehouse_id
    )
    case = add_case(
        CaseFacts(name=f"Case {name}", code=f"C-{name}", home_id=hall.house.warehouse_id), by=me()
    )
    db.session.add(CaseSlot(case_id=case.id, product_id=product.id, quantity=2))
    factories.asset(product, at=case.location_id).condition = Condition.DAMAGED
    db.session.flush()
    return product.id


def test_what_keeps_a_piece_is_said_with_it_and_nothing_of_one_that_may_go(hall: Hall) -> None:
    first, second = hall.tags[:2]
    with hall.house.writing():
        product, doubt = db.session.get_one(Product, hall.spot), Doubt(QuarantineReason.RECALLED, "Letter 7")
        house = db.session.get_one(Location, hall.house.warehouse_id)
        keep_back(product, hall.asset(0), 1, house, doubt, by=me())
    codes = sheet(hall)["codes"]
    assert codes[first.lower()]["keeps"] == Situation.QUARANTINED
    assert codes[second.lower()].keys() == {"line", "tag", "is", "at"}


def test_a_case_says_what_goes_with_it_and_that_a_sealed_one_is_opened_first(hall: Hall) -> None:
    with hall.house.writing():
        product, cable = (db.session.get_one(Product, one) for one in (hall.spot, hall.cable))
        case = add_case(CaseFacts(name="Case", code="C-1", home_id=hall.house.warehouse_id), by=me())
        set_slot(case, product, 2, by=me())
        tag = factories.asset(product, at=case.location_id).tag
        factories.carry(cable, 8, hall.house.warehouse_id, case.location_id)
        place, case_id = case.location_id, case.id
    with hall.house.writing():
        seal(db.session.get_one(Case, case_id), by=me())
    found = sheet(hall)
    lines = {line["product"]: line["id"] for line in found["lines"]}
    assert found["codes"]["c-1"] == {"case": place} and "c-1" not in found["places"]
    assert found["codes"][tag.lower()]["sealed"] is True and found["codes"][tag.lower()]["at"] == place
    assert found["cases"] == [{
        "id": place, "name": "Case", "is": "stored", "whose": "", "sealed": True, "check_in": "whole",
        "places": [place], "around": [], "holds": [[lines["Cable"], 8]], "slots": [[lines["Spot"], 2]],
        "other": False, "lacks": False,
    }]  # fmt: skip


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
    assert {
        "scan_queue.js",
        "scan_begin.js",
        "scan_judge.js",
        "scan_cases.js",
        "device.js",
        "crosshire.css",
        "hall.css",
        "archivo.woff2",
        "zxing-reader.wasm",
    } <= {asset.partition("?")[0].rpartition("/")[2] for asset in assets}
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


def part_since(hall: Hall, latest: int) -> dict[str, Any]:
    """What Walter's device is sent when it has a sheet already."""
    address = f"/warehouse/events/{hall.here}/sheet?since={latest}"
    return dict(hall.house.browser("Walter").get(address).get_json())


def joined(known: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """As the device does it (scan_sheet.js)."""
    lines = {line["id"]: line for line in [*known["lines"], *part["lines"]] if line["id"] in part["line_ids"]}
    codes = {
        code: means
        for code, means in (known["codes"] | part["codes"]).items()
        if means.get("line", part["line_ids"][0]) in part["line_ids"]
    }
    same = {"places": known["places"], "is_part": False}
    return known | part | same | {"lines": list(lines.values()), "codes": codes}


def test_a_device_that_has_the_list_is_told_only_what_was_scanned_meanwhile(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_sheet, "ON_THEIR_WAY", 0)
    first, second, *_ = hall.tags
    hall.scan(first)
    known = sheet(hall)
    for code, mode in ((second, "out"), (first, "in"), (hall.tags[3], "out"), ("UNDO", "out")):
        hall.scan(code, mode)
        part = part_since(hall, known["latest"])
        assert [line["product"] for line in part["lines"]] == ["Spot"]
        known = joined(known, part)
        assert known == sheet(hall)
    hall.scan("7*XLR-05M")
    part = part_since(hall, known["latest"])
    assert [line["product"] for line in part["lines"]] == ["Cable"] and list(part["codes"]) == ["xlr-05m"]
    assert joined(known, part) == sheet(hall)
    nothing = part_since(hall, sheet(hall)["latest"])
    assert (nothing["lines"], nothing["codes"], nothing["is_part"]) == ([], {}, True)


def test_a_part_tells_of_the_cases_what_the_whole_list_does(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in a case belongs to other lines than the one that was scanned: it comes back with the case."""
    monkeypatch.setattr(event_sheet, "ON_THEIR_WAY", 0)
    with hall.house.writing():
        cable = db.session.get_one(Product, hall.cable)
        case = add_case(CaseFacts(name="Case", code="C-1", home_id=hall.house.warehouse_id), by=me())
        set_slot(case, cable, 8, by=me())
        factories.carry(cable, 8, hall.house.warehouse_id, case.location_id)
    hall.scan("C-1")
    known = sheet(hall)
    assert known["cases"][0]["holds"]
    hall.scan(hall.tags[0])
    assert joined(known, part_since(hall, known["latest"])) == sheet(hall)


def test_a_line_that_was_undone_is_forgotten(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_sheet, "ON_THEIR_WAY", 0)
    with hall.house.writing():
        rope = factories.product("Rope", stock=50, at=hall.house.warehouse_id)
        factories.code_for(rope, "ROPE")
    whole = known = sheet(hall)
    for code in ("ROPE", "UNDO"):
        hall.scan(code, "out", accept=True)
        known = joined(known, part_since(hall, known["latest"]))
        assert ("rope" in known["codes"]) is (code == "ROPE")
    assert known == sheet(hall) and known["lines"] == whole["lines"]


def test_what_may_have_been_on_its_way_is_told_once_more(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    part = part_since(hall, sheet(hall)["latest"])
    assert [line["product"] for line in part["lines"]] == ["Spot"]
