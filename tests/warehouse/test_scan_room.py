"""What makes room on a list, and what does not: returns, swaps, repairs, numbers, and what is kept of it all."""

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Asset, Condition, Event, Repair, Scan
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.conditions import Finding, report_condition
from app.services.event_phases import cancel_event
from app.services.pull_lines import Wanted, add_lines
from tests.factories import me
from tests.walks import token_of
from tests.warehouse.test_scans import Hall, hall
from tests.warehouse.test_verdicts import assert_the_books_agree, stocked

__all__ = ["hall", "stocked"]


def promise_the_rest(hall: Hall, pieces: int) -> None:
    """The event over there wants more spots."""
    with hall.house.writing():
        add_lines(db.session.get_one(Event, hall.there), [Wanted(hall.spot, pieces)], by=me())


def test_a_replacement_for_a_piece_that_came_back_broken_goes_out_without_a_question(stocked: Hall) -> None:
    for tag in stocked.tags[:2]:
        stocked.scan(tag)
    stocked.scan(stocked.tags[0], "in", condition=Condition.DAMAGED)
    answer = stocked.scan(stocked.tags[2])
    assert answer.situation is Situation.PLANNED
    with stocked.house.reading():
        assert (stocked.claim(stocked.spot).still_out, stocked.line(stocked.spot).quantity) == (2, 2)
    assert stocked.scan(stocked.tags[3]).situation is Situation.CLAIMED_ELSEWHERE
    assert_the_books_agree(stocked)


def test_counted_pieces_that_came_back_make_room_too(stocked: Hall) -> None:
    stocked.scan("20*XLR-05M")
    stocked.scan("5*XLR-05M", "in")
    assert stocked.scan("5*XLR-05M").situation is Situation.PLANNED
    assert stocked.scan("XLR-05M").situation is Situation.ALREADY_MET
    assert_the_books_agree(stocked)


def test_what_came_back_and_was_booked_by_others_does_not_go_out_again_by_itself(stocked: Hall) -> None:
    for tag in stocked.tags[:2]:
        stocked.scan(tag)
    stocked.scan(stocked.tags[0], "in")
    promise_the_rest(stocked, 2)
    answer = stocked.scan(stocked.tags[0])
    assert answer.situation is Situation.CLAIMED_ELSEWHERE and "There" in answer.message
    stocked.scan(stocked.tags[0], override=True)
    assert_the_books_agree(stocked)


def test_a_third_piece_beside_one_prepped_and_one_out_is_a_swap(stocked: Hall) -> None:
    stocked.scan(stocked.tags[0], "prep")
    stocked.scan(stocked.tags[1])
    assert stocked.scan(stocked.tags[2]).situation is Situation.SWAPPED
    assert stocked.scan(stocked.tags[0]).situation is Situation.ALREADY_MET
    assert_the_books_agree(stocked)


def test_prep_counts_what_left_without_prep(stocked: Hall) -> None:
    stocked.scan(stocked.tags[0])
    assert stocked.scan(stocked.tags[1], "prep").situation is Situation.PLANNED
    assert stocked.scan(stocked.tags[2], "prep").situation is Situation.ALREADY_MET


@pytest.mark.parametrize("mode", ["prep", "out"])
def test_returned_first_a_damaged_piece_does_not_go_by_the_same_yes(stocked: Hall, mode: str) -> None:
    stocked.scan(stocked.tags[2], event=stocked.there)
    with stocked.house.writing():
        stocked.asset(2).condition = Condition.DAMAGED
    answer = stocked.scan(stocked.tags[2], mode, accept=True)
    assert (answer.situation, str(answer.result)) == (Situation.IN_REPAIR, "refused")
    assert answer.offer == "override" and "Returned from" in answer.message
    with stocked.house.reading():
        assert stocked.claim(stocked.spot, stocked.there).still_out == 0
        assert stocked.claim(stocked.spot).out_quantity == 0
    assert_the_books_agree(stocked)
    assert "has it again" in stocked.scan("UNDO", mode).message
    assert_the_books_agree(stocked)


def test_returned_first_a_piece_that_others_claim_does_not_go_by_the_same_yes(stocked: Hall) -> None:
    for tag in stocked.tags[:2]:
        stocked.scan(tag)
    stocked.scan(stocked.tags[2], event=stocked.there)
    promise_the_rest(stocked, 1)
    answer = stocked.scan(stocked.tags[2], accept=True)
    assert answer.result == "refused" and answer.situation in (
        Situation.ALREADY_MET,
        Situation.CLAIMED_ELSEWHERE,
    )
    assert_the_books_agree(stocked)


@pytest.mark.parametrize("mode", ["prep", "out"])
def test_a_damaged_piece_without_a_repair_is_red(stocked: Hall, mode: str) -> None:
    with stocked.house.writing():
        stocked.asset(0).condition = Condition.DAMAGED
    answer = stocked.scan(stocked.tags[0], mode)
    assert (answer.situation, answer.judgement.colour) == (Situation.IN_REPAIR, "red")


def test_counted_pieces_of_one_scan_are_reported_as_damaged_once(stocked: Hall) -> None:
    stocked.scan("8*XLR-05M")
    back = stocked.scan("8*XLR-05M", "in")
    by = stocked.house.actor("Bob")

    def report(quantity: int | None) -> None:
        with stocked.house.writing():
            row = db.session.get_one(Scan, back.scan_id)
            report_condition(row, Finding(Condition.DAMAGED, "Broken plug", quantity=quantity), by=by)

    report(3)
    with pytest.raises(Refused, match="Only 5 of these"):
        report(6)
    report(None)
    with pytest.raises(Refused, match="already"):
        report(None)
    with stocked.house.reading():
        assert list(db.session.scalars(select(Repair.quantity).order_by(Repair.id))) == [3, 5]
    assert_the_books_agree(stocked)


def test_a_return_that_was_taken_back_has_no_condition(stocked: Hall) -> None:
    stocked.scan(stocked.tags[0])
    back = stocked.scan(stocked.tags[0], "in")
    stocked.scan("UNDO", "in")
    by = stocked.house.actor("Bob")
    with pytest.raises(Refused, match="taken back"), stocked.house.writing():
        report_condition(db.session.get_one(Scan, back.scan_id), Finding(Condition.DAMAGED, ""), by=by)


def station(hall: Hall, who: str = "Bob") -> Any:
    """Scans through the screen; the answer's text."""
    browser = hall.house.browser(who)

    def scan(code: str, mode: str = "out", **more: str) -> str:
        values = {"code": code, "mode": mode, "scan_id": str(uuid.uuid4()), **more}
        answer = browser.post(
            f"/warehouse/events/{hall.here}/scans", data=values, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        return str(answer.text)

    return scan


def test_a_number_then_a_code_counts_so_many_at_the_station(stocked: Hall) -> None:
    scan = station(stocked)
    assert 'data-scan-number="12"' in scan("12")
    assert 'data-scan-number="12"' in scan("NO-SUCH")
    assert "<b>12</b> / 20" in scan("XLR-05M")
    assert 'data-scan-number=""' in scan("XLR-05M")
    with stocked.house.reading():
        assert stocked.claim(stocked.cable).out_quantity == 13


def test_a_number_is_taken_back_by_undo_which_escape_sends(stocked: Hall) -> None:
    scan = station(stocked)
    scan("XLR-05M")
    scan("12")
    assert 'data-scan-number=""' in scan("UNDO")
    scan("XLR-05M")
    with stocked.house.reading():
        assert stocked.claim(stocked.cable).out_quantity == 2


def test_the_number_stays_when_the_page_is_opened_again_and_for_this_device_only(stocked: Hall) -> None:
    station(stocked)("12")
    address = f"/warehouse/events/{stocked.here}/scan?mode=out"
    assert 'data-scan-number="12"' in stocked.house.browser("Bob").get(address).text
    assert 'data-scan-number=""' in stocked.house.browser("Walter").get(address).text


def test_what_is_agreed_to_counts_the_number_that_was_asked_about(stocked: Hall) -> None:
    scan = station(stocked)
    scan("20*XLR-05M")
    scan("4")
    asked = scan("XLR-05M")
    assert "Enough already" in asked and 'name="quantity" value="4"' in asked
    assert "<b>24</b> / 24" in scan("XLR-05M", quantity="4", accept="true")


def test_a_number_then_a_code_counts_so_many_for_programs(stocked: Hall) -> None:
    headers = {"Authorization": f"Bearer {token_of(stocked.house, 'Bob')}"}
    for code, counted in (("12", None), ("XLR-05M", 12), ("XLR-05M", 13)):
        body = {"id": str(uuid.uuid4()), "code": code, "mode": "out", "event_id": stocked.here}
        answer = stocked.house.app.test_client().post("/api/v1/warehouse/scans", json=body, headers=headers)
        assert (answer.status_code, answer.json["out"]) == (200, counted)


def test_what_is_refused_is_kept_with_its_reason(stocked: Hall) -> None:
    stocked.scan(stocked.tags[0])
    with stocked.house.writing():
        cancel_event(db.session.get_one(Event, stocked.here), "No show.", by=me())
    answer = stocked.scan(stocked.tags[1])
    assert (answer.situation, str(answer.result)) == (Situation.REFUSED, "refused")
    assert station(stocked)(stocked.tags[1]).count("verdict red") == 1
    with stocked.house.reading():
        kept = select(func.count()).where(
            Scan.situation == Situation.REFUSED, Scan.raw_code == stocked.tags[1]
        )
        assert db.session.scalar(kept) == 2
        assert db.session.scalars(select(Asset.location_id).where(Asset.tag == stocked.tags[1])).one()
    assert_the_books_agree(stocked)


def test_an_undo_that_is_refused_leaves_everything_as_it_was_and_is_kept(stocked: Hall) -> None:
    stocked.scan(stocked.tags[0])
    stocked.scan(stocked.tags[0], "in")
    stocked.scan(stocked.tags[0], "prep", event=stocked.there)
    assert stocked.scan("UNDO", "in").situation is Situation.REFUSED
    with stocked.house.reading():
        assert stocked.claim(stocked.spot).returned_quantity == 1
        assert stocked.asset(0).location_id == stocked.house.warehouse_id
    assert_the_books_agree(stocked)


def test_a_verdict_counts_nothing_of_nothing(stocked: Hall) -> None:
    walter, address = stocked.house.browser("Walter"), f"/warehouse/events/{stocked.here}"
    given = {"mode": "in", "code": stocked.tags[0]}
    answer = walter.post(f"{address}/scans", data=given, headers={"HX-Request": "true"}).text
    assert "not out anywhere" in answer and "verdict-count" not in answer
