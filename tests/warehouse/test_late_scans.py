"""Scans that came late: judged as any other, kept once, and decided by a person where that is due."""

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Activity, Decision, Product, Scan, ScanConflict, ScanMode, Tracking
from app.queries.scan_conflicts import conflicts_of, open_conflicts
from app.refusals import Refused
from app.rules.conflicts import needs_decision
from app.services.scan_conflicts import decide, scan_late, take_over
from app.services.scans import ScanAnswer, ScanRequest
from tests import factories
from tests.factories import me
from tests.warehouse.test_scans import Hall, hall, make_hall

__all__ = ["hall", "make_hall"]


def late(
    hall: Hall, code: str, said: str, mode: str = "out", scan_id: str = "", sequence: int = 1
) -> ScanAnswer:
    """A scan that Walter's device has kept, and what it had told him."""
    request = ScanRequest(scan_id or str(uuid.uuid4()), code, ScanMode(mode), hall.here)
    by = hall.house.actor("Walter")
    with hall.house.writing():
        return scan_late(request, said, sequence, by=by)


def decided(hall: Hall, decision: Decision, who: str = "Walter", scan_id: str = "") -> ScanAnswer | None:
    """Somebody decides about the first that waits."""
    by = hall.house.actor(who)
    with hall.house.writing():
        row = db.session.scalars(select(ScanConflict).order_by(ScanConflict.id)).first()
        assert row is not None
        return decide(row, decision, by=by, uuid=scan_id or str(uuid.uuid4()))


def waiting(hall: Hall) -> int:
    """How many wait for a decision."""
    with hall.house.reading():
        return open_conflicts(hall.here)


@pytest.mark.parametrize(
    ("said", "situation", "verdict", "waits"),
    [
        ("planned", "planned", "ok", False), ("kept", "planned", "ok", False), ("kept", "same_again", "ok", False),
        ("planned", "same_again", "ok", True), ("planned", "swapped", "warn", True),
        ("kept", "unknown", "refused", True),
        ("already_met", "already_met", "warn", True), ("already_met", "planned", "ok", True),
    ],
)  # fmt: skip
def test_what_was_done_as_it_was_said_needs_nobody(
    said: str, situation: str, verdict: str, waits: bool
) -> None:
    assert needs_decision(said, situation, verdict) is waits


def test_what_the_device_had_said_rightly_is_done_and_waits_for_nobody(hall: Hall) -> None:
    assert late(hall, hall.tags[0], "planned").counters is not None
    late(hall, "12*XLR-05M", "kept")
    assert waiting(hall) == 0


def test_a_late_scan_that_comes_three_times_counts_once_and_waits_once(hall: Hall) -> None:
    for _ in range(3):
        late(hall, "30*XLR-05M", "planned", scan_id="once")
    with hall.house.reading():
        assert db.session.scalar(select(func.count(Scan.id)).where(Scan.uuid == "once")) == 1
    assert waiting(hall) == 1


def test_a_scan_whose_answer_was_lost_waits_when_the_device_said_otherwise_meanwhile(hall: Hall) -> None:
    hall.scan("30*XLR-05M", uuid="lost")
    late(hall, "30*XLR-05M", "planned", scan_id="lost")
    assert waiting(hall) == 1


def test_agreeing_does_what_was_offered_once(hall: Hall) -> None:
    late(hall, "30*XLR-05M", "already_met")
    for _ in range(2):
        answer = decided(hall, Decision.ACCEPT, scan_id="agreed")
        assert answer is not None and answer.verdict == "ok"
    with hall.house.reading():
        assert hall.claim(hall.cable).out_quantity == 30
        told = db.session.scalars(select(Activity).where(Activity.verb == "scan.decided")).all()
        assert len(told) == 1
    assert waiting(hall) == 0


def test_of_two_who_decide_at_once_the_second_is_told_and_nothing_counts_twice(hall: Hall) -> None:
    late(hall, "30*XLR-05M", "already_met")
    decided(hall, Decision.ACCEPT)
    with pytest.raises(Refused, match="Walter has decided"):
        decided(hall, Decision.ACCEPT, who="Ivy")
    with hall.house.reading():
        assert hall.claim(hall.cable).out_quantity == 30


def test_what_cannot_be_done_this_time_either_goes_on_waiting(hall: Hall) -> None:
    late(hall, "NOBODY-KNOWS", "kept")
    answer = decided(hall, Decision.AGAIN)
    assert answer is not None and answer.situation == "unknown" and waiting(hall) == 1
    with hall.house.writing():
        factories.code_for(db.session.get_one(Product, hall.cable), "NOBODY-KNOWS")
    decided(hall, Decision.AGAIN)
    assert waiting(hall) == 0


def test_overriding_needs_somebody_who_may(hall: Hall) -> None:
    with hall.house.writing():
        foreign = factories.product("Hazer", tracking=Tracking.SERIALIZED)
        tag = factories.asset(foreign, at=hall.house.warehouse_id).tag
    hall.scan(tag, "prep", event=hall.there)
    late(hall, tag, "kept")
    refused = decided(hall, Decision.OVERRIDE, who="Walter")
    assert refused is not None and refused.verdict != "ok" and waiting(hall) == 1


def test_what_was_counted_otherwise_is_taken_back_or_left(hall: Hall) -> None:
    late(hall, hall.tags[0], "already_met")
    assert decided(hall, Decision.UNDO) is not None
    with hall.house.reading():
        assert hall.claim(hall.spot).out_quantity == 0
    late(hall, "30*XLR-05M", "kept")
    with hall.house.writing():
        row = db.session.scalars(select(ScanConflict).order_by(ScanConflict.id.desc())).first()
        assert row is not None and decide(row, Decision.IGNORE, by=me(), uuid="left") is None
    assert waiting(hall) == 0


def test_a_scan_that_is_handed_over_is_kept_once_for_a_person(hall: Hall) -> None:
    request, by = ScanRequest("over", "X-1", ScanMode.OUT, hall.here), hall.house.actor("Walter")
    for _ in range(2):
        with hall.house.writing():
            take_over(request, "The server broke.", 7, by=by)
    with hall.house.reading():
        (row,) = conflicts_of(hall.here).items
        assert (row.sequence, row.message) == (
            7,
            "X-1 could not be judged: the device handed it over. The server broke.",
        )


def test_the_list_costs_as_many_statements_with_twenty_as_with_one(hall: Hall, statements: Any) -> None:
    browser, counts = hall.house.browser("Ada"), []
    for number in (1, 19):
        for _ in range(number):
            late(hall, f"NOBODY-{uuid.uuid4()}", "kept")
        statements()
        page = browser.get(f"/warehouse/events/{hall.here}/conflicts").text
        counts.append(len(statements()))
    assert counts[0] == counts[1] and page.count("Leave it") >= 20


def test_on_screen_a_decision_is_made_with_one_press_and_shown(hall: Hall) -> None:
    browser = hall.house.browser("Walter")
    address = f"/warehouse/events/{hall.here}/scans"
    fields = {"code": "NOBODY-KNOWS", "mode": "out", "scan_id": "late-1", "said": "kept", "sequence": "3"}
    assert (
        "1 scan that came late waits for a decision"
        in browser.post(address, data=fields, headers={"HX-Request": "true"}).text
    )
    with hall.house.reading():
        conflict_id = db.session.scalars(select(ScanConflict.id)).one()
    decision = f"/warehouse/conflicts/{conflict_id}/decision"
    assert browser.post(decision, data={"decision": "sing", "scan_id": "x"}).status_code == 422
    assert browser.post(decision, data={"decision": "ignore", "scan_id": "x"}).status_code == 303
    assert "Left by Walter" in browser.get(f"/warehouse/events/{hall.here}/conflicts").text
