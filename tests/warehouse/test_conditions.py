"""Said with one tap when something comes back: each condition is kept, answered, and does what it says."""

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Activity,
    Condition,
    Event,
    EventCost,
    Repair,
    Scan,
    ScanMode,
    StoredFile,
)
from app.queries.availability import availability
from app.queries.repairs import claim_of
from app.queries.short_because import ShortEvent, short_because_of
from app.refusals import Refused
from app.services.conditions import Finding, Reported, report_condition
from app.services.handovers import Closing, hand_over
from app.services.pull_lines import Wanted, add_lines
from app.services.repairs import use_meanwhile
from app.services.reservations import Overbooking
from app.services.scans import undo
from tests.factories import SOON, me
from tests.warehouse.test_scans import Hall, hall
from tests.warehouse.test_verdicts import assert_the_books_agree, stocked
from tests.world import a_photo

__all__ = ["hall", "stocked"]


def say(hall: Hall, scan_id: int, condition: str, **more: Any) -> Reported:
    """Bob says in what state it is."""
    by = hall.house.actor("Bob")
    with hall.house.writing():
        row = db.session.get_one(Scan, scan_id)
        return report_condition(row, Finding(Condition(condition), **more), by=by)


def came_back(hall: Hall, code: str) -> int:
    """Something went out and is back; the scan that brought it."""
    hall.scan(code)
    return hall.scan(code, "in").scan_id


def free_of(hall: Hall, product: int) -> int:
    """How many are free on a day of the show."""
    with hall.house.reading():
        return availability([product], hall.house.warehouse_id, SOON, SOON.replace(hour=9))[product].free


def tap(hall: Hall, scan_id: int, condition: str, **more: object) -> str:
    """What the station answers to a tap."""
    given = {"condition": condition, "request_id": str(uuid.uuid4()), **more}
    browser = hall.house.browser("Bob")
    answer = browser.post(f"/warehouse/scans/{scan_id}/condition", data=given, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.text


def test_every_condition_can_be_tapped_beside_the_verdict_of_a_return(stocked: Hall) -> None:
    stocked.scan("8*XLR-05M")
    sent = {"code": "8*XLR-05M", "mode": "in", "scan_id": str(uuid.uuid4())}
    browser = stocked.house.browser("Bob")
    shown = browser.post(f"/warehouse/events/{stocked.here}/scans", data=sent, headers={"HX-Request": "true"})
    offered = re.findall(r'name="condition" value="(\w+)"', shown.text)
    assert offered == ["good", "needs_attention", "damaged", "missing"]
    assert 'name="quantity" inputmode="numeric" value="8"' in shown.text


def test_a_piece_that_was_scanned_is_not_said_to_be_missing(stocked: Hall) -> None:
    back = came_back(stocked, stocked.tags[0])
    with pytest.raises(Refused, match="is here"):
        say(stocked, back, "missing")
    assert "is here" in tap(stocked, back, "missing")


@pytest.mark.parametrize(
    ("condition", "word"),
    [("good", "is good"), ("needs_attention", "stays available"), ("damaged", "out of stock")],
)
def test_no_tap_is_silent(stocked: Hall, condition: str, word: str) -> None:
    said = tap(stocked, came_back(stocked, stocked.tags[0]), condition)
    assert word in said and stocked.tags[0] in said


def test_three_of_eight_pieces_are_damaged_one_is_looked_at_and_two_were_never_there(stocked: Hall) -> None:
    back = came_back(stocked, "8*XLR-05M")
    say(stocked, back, "damaged", quantity=3)
    say(stocked, back, "needs_attention", quantity=1)
    assert "2 × Cable did not come back" in say(stocked, back, "missing", quantity=2).message
    with pytest.raises(Refused, match="Only 3 of these"):
        say(stocked, back, "damaged", quantity=4)
    with stocked.house.reading():
        repairs = db.session.execute(select(Repair.quantity, Repair.is_usable).order_by(Repair.id)).all()
        assert [tuple(row) for row in repairs] == [(3, False), (1, True)]
        assert stocked.claim(stocked.cable).still_out == 2
    assert_the_books_agree(stocked)


def test_what_was_not_there_comes_back_by_another_scan(stocked: Hall) -> None:
    back = came_back(stocked, "8*XLR-05M")
    say(stocked, back, "missing", quantity=3)
    stocked.scan("3*XLR-05M", "in")
    with stocked.house.reading():
        assert stocked.claim(stocked.cable).still_out == 0
    assert_the_books_agree(stocked)


def test_a_return_of_which_some_were_missing_is_taken_back_in_what_is_left(stocked: Hall) -> None:
    back = came_back(stocked, "8*XLR-05M")
    say(stocked, back, "missing", quantity=3)
    by = stocked.house.actor("Bob")
    with stocked.house.writing():
        undo(db.session.get_one(Scan, back), by=by, uuid=str(uuid.uuid4()))
    with stocked.house.reading():
        assert stocked.claim(stocked.cable).still_out == 8
        counted = select(func.sum(Scan.change)).where(
            Scan.mode == ScanMode.IN, Scan.product_id == stocked.cable
        )
        assert db.session.scalar(counted) == 0
    assert_the_books_agree(stocked)


def test_what_a_return_note_says_came_back_is_not_missing_afterwards(stocked: Hall) -> None:
    back = came_back(stocked, "8*XLR-05M")
    by = stocked.house.actor("Walter")
    with stocked.house.writing():
        event = db.session.get_one(Event, stocked.here)
        hand_over(event, ScanMode.IN, Closing(reason_for_all="so it is"), by=by, request_id="note")
    with pytest.raises(Refused, match="RN-"):
        say(stocked, back, "missing", quantity=1)


def test_what_needs_attention_goes_out_all_the_same_until_it_is_found_damaged(stocked: Hall) -> None:
    back = came_back(stocked, stocked.tags[0])
    before = free_of(stocked, stocked.spot)
    first = say(stocked, back, "needs_attention", note="Fan is loud")
    assert free_of(stocked, stocked.spot) == before
    with stocked.house.reading():
        assert stocked.asset(0).condition is Condition.NEEDS_ATTENTION
        assert not db.session.scalars(select(EventCost)).all()
    assert stocked.scan(stocked.tags[0]).situation == "planned"
    again = stocked.scan(stocked.tags[0], "in").scan_id
    before = free_of(stocked, stocked.spot)
    second = say(stocked, again, "damaged", note="Fan stands still")
    assert second.repair_id == first.repair_id
    with stocked.house.reading():
        repair = db.session.get_one(Repair, first.repair_id)
        assert (repair.is_usable, repair.note) == (False, "Fan is loud\nFan stands still")
        assert stocked.asset(0).condition is Condition.DAMAGED
        assert len(db.session.scalars(select(EventCost)).all()) == 1
    assert free_of(stocked, stocked.spot) == before - 1
    assert_the_books_agree(stocked)


def test_a_repair_can_be_used_meanwhile_and_kept_in_again(stocked: Hall) -> None:
    back = came_back(stocked, stocked.tags[0])
    before = free_of(stocked, stocked.spot)
    repair_id = say(stocked, back, "damaged").repair_id
    by = stocked.house.actor("Serge")
    for is_usable, free in ((True, before), (True, before), (False, before - 1)):
        with stocked.house.writing():
            use_meanwhile(db.session.get_one(Repair, repair_id), is_usable, by=by)
        assert free_of(stocked, stocked.spot) == free
        assert_the_books_agree(stocked)


def test_what_is_good_again_is_good_and_what_is_in_repair_stays_there(stocked: Hall) -> None:
    with stocked.house.writing():
        stocked.asset(0).condition = Condition.NEEDS_ATTENTION
    back = came_back(stocked, stocked.tags[0])
    assert say(stocked, back, "good").message.endswith("is good.")
    with stocked.house.reading():
        assert stocked.asset(0).condition is Condition.GOOD
    say(stocked, back, "damaged")
    with pytest.raises(Refused, match="already"):
        say(stocked, back, "good")


def test_the_same_tap_twice_is_one_report(stocked: Hall) -> None:
    back = came_back(stocked, "8*XLR-05M")
    again = str(uuid.uuid4())
    tap(stocked, back, "damaged", quantity=2, request_id=again)
    assert "reported already" in tap(stocked, back, "damaged", quantity=2, request_id=again)
    with stocked.house.reading():
        assert list(db.session.scalars(select(Repair.quantity))) == [2]


def test_a_note_and_a_photo_follow_the_tap_without_leaving_the_station(stocked: Hall) -> None:
    said = tap(stocked, came_back(stocked, stocked.tags[0]), "damaged")
    (address,) = set(re.findall(r'hx-post="(/warehouse/repairs/\d+/description)"', said))
    given = {"note": "Lens cracked", "photo": (io.BytesIO(a_photo()), "IMG.jpg")}
    browser = stocked.house.browser("Bob")
    kept = browser.post(address, data=given, headers={"HX-Request": "true"})
    assert "Kept with REP-" in kept.text
    with stocked.house.reading():
        repair = db.session.scalars(select(Repair)).one()
        assert repair.note.endswith("Lens cracked")
        photo = db.session.get_one(StoredFile, repair.photo_id)
        assert b"Exif" not in photo.content


def test_the_answer_names_the_events_that_became_short(stocked: Hall) -> None:
    with stocked.house.writing():
        later = stocked.event("Later show", days=2, begins_after_days=40, lines=[Wanted(stocked.spot, 4)])
    back = came_back(stocked, stocked.tags[0])
    said = tap(stocked, back, "damaged")
    assert "Later show" in said and f'href="/planning/events/{later}"' in said and ": 1 short" in said
    with stocked.house.reading():
        (feed,) = db.session.scalars(select(Activity).where(Activity.verb == "event.short")).all()
        assert feed.event_id == later and "in repair" in feed.facts["summary"]
        opened = db.session.scalars(select(Activity).where(Activity.verb == "repair.opened")).one()
        assert opened.facts["short"] and opened.facts["short"][0] in opened.facts["summary"]
    page = stocked.house.browser("Walter").get(re.findall(r'href="(/warehouse/repairs/\d+)"', said)[0]).text
    assert "Later show" in page


def show(hall: Hall, number: int, spots: int = 4) -> None:
    """A show far ahead that wants so many spots, whether or not they are free."""
    with hall.house.writing():
        event_id = hall.event(f"Show {number}", days=1, begins_after_days=40 + 3 * number, lines=[])
        wanted, why = [Wanted(hall.spot, spots)], Overbooking(me(), "it will do")
        add_lines(db.session.get_one(Event, event_id), wanted, by=me(), overbook=why)


def short_of(hall: Hall, repair_id: int | None) -> list[ShortEvent]:
    """The events that a repair leaves short."""
    return short_because_of(claim_of(repair_id or 0))


def test_naming_twenty_short_events_costs_the_statements_of_one(
    stocked: Hall, statements: Callable[[], list[str]]
) -> None:
    repair_id = say(stocked, came_back(stocked, stocked.tags[0]), "damaged").repair_id
    costs = []
    for many in ([0], range(1, 20)):
        for number in many:
            show(stocked, number)
        with stocked.house.reading():
            statements()
            costs.append((len(short_of(stocked, repair_id)), len(statements())))
    assert [found for found, _ in costs] == [1, 20]
    assert costs[0][1] == costs[1][1]


def test_a_repair_is_blamed_only_for_what_it_keeps_out(stocked: Hall) -> None:
    show(stocked, 0, spots=6)
    show(stocked, 1, spots=3)
    repair_id = say(stocked, came_back(stocked, stocked.tags[0]), "damaged").repair_id
    with stocked.house.reading():
        assert [(one.name, one.missing) for one in short_of(stocked, repair_id)] == [("Show 0", 1)]
