"""Sealing at the station: a packed case is sealed and opened with one press, and nobody leaves the station."""

import re
import uuid
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Activity, CaseStep, Event, Product
from app.queries.cases import packed_case
from app.rules.verdicts import TABLE, Situation
from app.services.cases import set_slot
from tests.factories import me
from tests.warehouse.test_case_scans import agree, case_id, case_of, pack, packed
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall", "packed"]
S = Situation
HTMX = {"HX-Request": "true"}


def press(hall: Hall, deed: str, who: str = "Walter", event: int = 0, **sent: Any) -> Any:
    """Somebody presses `Seal` or `Open it`."""
    sent = {"request_id": str(uuid.uuid4())} | sent
    url = f"/warehouse/events/{event or hall.here}/cases/{case_id(hall)}/{deed}"
    return hall.house.browser(who).post(url, data=sent, headers=HTMX)


def at_station(hall: Hall, code: str, mode: str = "prep", who: str = "Walter", **sent: Any) -> str:
    """What the screen shows after a scan."""
    sent = {"code": code, "mode": mode, "scan_id": str(uuid.uuid4())} | sent
    url = f"/warehouse/events/{hall.here}/scans"
    return unescape(hall.house.browser(who).post(url, data=sent, headers=HTMX).text)


def offered(text: str) -> list[str]:
    """The deeds that the screen offers about the case."""
    return re.findall(r"/cases/\d+/(sealing|opening)\" hx-post", text)


def is_sealed(hall: Hall) -> bool:
    """Whether the case is."""
    with hall.house.reading():
        return case_of().is_sealed


def shows(text: str, situation: Situation) -> bool:
    """Whether this fills the screen."""
    look = TABLE[situation]
    return f'class="verdict {look.colour}"' in text and f'<p class="verdict-word">{look.word}</p>' in text


def test_a_case_that_was_closed_is_sealed_with_one_press_and_opened_with_one(packed: Hall) -> None:
    place = pack(packed)
    closed = at_station(packed, "CASE-1", location_id=place)
    assert shows(closed, S.CLOSED_CASE) and offered(closed) == ["sealing"]
    sealed = press(packed, "sealing").text
    assert is_sealed(packed) and shows(sealed, S.SEALED_CASE) and "Case 1 is sealed." in sealed
    assert offered(sealed) == ["opening"] and "Goes into" not in sealed
    opened = press(packed, "opening").text
    assert not is_sealed(packed) and shows(opened, S.OPENED_CASE) and offered(opened) == ["sealing"]
    assert "Goes into <b>Case 1</b>" in opened
    agree(packed)


def test_scanned_again_while_it_is_packed_it_can_be_sealed_and_is_not_open_any_more(packed: Hall) -> None:
    place = pack(packed)
    assert offered(at_station(packed, "CASE-1")) == ["sealing"]
    sealed = press(packed, "sealing", location_id=place).text
    assert is_sealed(packed) and "Goes into" not in sealed
    assert offered(at_station(packed, "CASE-1")) == ["opening"]


def test_another_case_that_is_open_stays_open_when_one_is_sealed(packed: Hall) -> None:
    pack(packed)
    outer = packed.scan("CASE-2", "prep").location_id
    assert "Goes into <b>Case 2</b>" in press(packed, "sealing", location_id=outer).text


def test_pressed_twice_it_is_sealed_once(packed: Hall) -> None:
    pack(packed)
    answers = [press(packed, "sealing", request_id="once") for _ in range(2)]
    assert {answer.status_code for answer in answers} == {200} and is_sealed(packed)
    press(packed, "opening", request_id="open-once")
    press(packed, "opening", request_id="open-once")
    with packed.house.reading():
        kinds = select(CaseStep.kind).where(CaseStep.kind.in_(("sealed", "opened"))).order_by(CaseStep.id)
        assert list(db.session.scalars(kinds)) == ["sealed", "opened"]
        told = select(Activity.verb, Activity.event_id).where(
            Activity.verb.in_(("case.sealed", "case.opened"))
        )
        assert sorted(map(tuple, db.session.execute(told))) == [
            ("case.opened", packed.here), ("case.sealed", packed.here),
        ]  # fmt: skip


def test_a_scan_that_is_sent_twice_offers_the_same(packed: Hall) -> None:
    place = pack(packed)
    again = [at_station(packed, "CASE-1", location_id=place, scan_id="closing") for _ in range(2)]
    assert [offered(text) for text in again] == [["sealing"]] * 2
    assert ["Goes into" in text for text in again] == [False, False]
    opened = [at_station(packed, "CASE-1", scan_id="opening") for _ in range(2)]
    assert ["Goes into <b>Case 1</b>" in text for text in opened] == [True, True]


def test_an_empty_case_is_not_offered_to_be_sealed_and_the_press_says_why(packed: Hall) -> None:
    assert offered(at_station(packed, "CASE-1")) == []
    refused = press(packed, "sealing").text
    assert 'class="verdict red"' in refused and "there is nothing to seal" in refused
    assert not is_sealed(packed)


def test_empty_slots_are_named_when_it_is_sealed(packed: Hall) -> None:
    pack(packed)
    with packed.house.writing():
        set_slot(case_of(), db.session.get_one(Product, packed.spot), 3, by=me())
    assert "Missing in it: 1 × Spot" in press(packed, "sealing").text


def test_what_is_not_packed_for_this_event_is_not_sealed_here(packed: Hall) -> None:
    pack(packed)
    refused = press(packed, "sealing", event=packed.there).text
    assert 'class="verdict red"' in refused and "is not packed for" in refused and not is_sealed(packed)
    packed.scan("CASE-1")
    assert "is not packed for" in press(packed, "sealing").text
    assert offered(at_station(packed, "CASE-1", "out")) == []
    assert packed.house.browser("Walter").post(
        f"/warehouse/events/{packed.here}/cases/999999/sealing", data={}, headers=HTMX
    ).status_code == 404  # fmt: skip


def test_a_case_that_has_left_is_not_sealed_any_more(packed: Hall) -> None:
    pack(packed)
    packed.scan("CASE-1")
    page = f"/warehouse/cases/{case_id(packed)}"
    browser = packed.house.browser("Walter")
    refused = browser.post(f"{page}/sealing", data={"request_id": str(uuid.uuid4())}, headers=HTMX).text
    assert "has left meanwhile" in refused and not is_sealed(packed)
    assert f"{page}/sealing" not in browser.get(page).text


def test_who_may_not_scan_may_not_seal(packed: Hall) -> None:
    pack(packed)
    assert press(packed, "sealing", who="Vic").status_code == 403 and not is_sealed(packed)


def test_without_javascript_the_whole_station_answers(packed: Hall) -> None:
    pack(packed)
    url = f"/warehouse/events/{packed.here}/cases/{case_id(packed)}/sealing"
    text = packed.house.browser("Walter").post(url, data={"request_id": "plain"}).text
    assert "<html" in text and shows(text, S.SEALED_CASE) and 'id="scan-form"' in text and is_sealed(packed)


@pytest.mark.parametrize("code", ["CASE-1", "CASE-2"])
def test_whether_a_case_can_be_sealed_is_one_statement(packed: Hall, statements: Any, code: str) -> None:
    pack(packed)
    with packed.house.reading():
        db.session.scalar(select(func.count(Event.id)))
        statements()
        found = packed_case(packed.here, code=code)
        assert len(statements()) == 1 and (found is not None) is (code == "CASE-1")
