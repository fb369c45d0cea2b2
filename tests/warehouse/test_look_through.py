"""Looking through a case that came back as a whole: what is not in it is still out, and charged as elsewhere."""

import uuid
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import (
    Activity,
    Asset,
    Assignment,
    AssignmentState,
    Case,
    CaseStep,
    CheckInMode,
    Event,
    EventCost,
    Location,
    Product,
    Scan,
    ScanMode,
    StockLevel,
)
from app.queries.case_checking import came_back
from app.queries.handovers import moved_in, open_span
from app.refusals import Refused
from app.services.case_absences import look_through, say_absent
from app.services.case_packing import take_out
from app.services.case_seals import seal
from app.services.cases import move_case
from app.services.events import open_event
from app.services.losses import mark_lost
from app.services.pull_lines import Wanted, add_lines
from app.services.repairs import Damage, open_repair
from app.services.scans import undo
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import me
from tests.warehouse.test_case_scans import (
    agree,
    case_id,
    case_of,
    checked_in,
    counts,
    event_here,
    held,
    pack,
    packed,
)
from tests.warehouse.test_handovers import differs, finish_up
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall", "packed"]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def back(packed: Hall) -> Hall:
    """Case 1 is back as a whole with two spots and eight cables, and is to be looked through."""
    return bring_back(packed)


def bring_back(hall: Hall) -> Hall:
    """The same."""
    checked_in(hall, CheckInMode.VERIFY)
    pack(hall)
    hall.scan("CASE-1")
    hall.scan("CASE-1", "in")
    return hall


def miss(
    hall: Hall, product: int, tag: str = "", pieces: int | None = None, case: str = "CASE-1", **more: Any
) -> str:
    """Walter does not find something in a case."""
    by = hall.house.actor("Walter")
    with hall.house.writing():
        asset = db.session.scalars(select(Asset).where(Asset.tag == tag)).one() if tag else None
        thing = db.session.get_one(Product, product)
        return say_absent(case_of(case), thing, asset, pieces, by=by, **more).message


def listed(hall: Hall, case: str = "CASE-1") -> list[tuple[str, str | None, int, int]]:
    """What is looked for: product, tag, pieces there, pieces absent."""
    with hall.house.reading():
        return [(one.product, one.tag, one.here, one.absent) for one in came_back(case_of(case))]


def at_site(hall: Hall, product: int) -> int:
    """How many lie at the event's site."""
    with hall.house.reading():
        query = select(StockLevel.quantity).where(
            StockLevel.product_id == product, StockLevel.location_id == event_here(hall).site_id
        )
        return db.session.scalar(query) or 0


def test_everything_that_came_back_in_it_is_looked_for(back: Hall) -> None:
    assert listed(back) == [
        ("Cable", None, 8, 0), ("Spot", back.tags[0], 1, 0), ("Spot", back.tags[1], 1, 0),
    ]  # fmt: skip


def test_counted_pieces_that_are_not_there_are_still_out(back: Hall) -> None:
    assert "3 × Cable did not come back." in miss(back, back.cable, pieces=3)
    assert counts(back, back.cable) == (8, 8, 5)
    assert held(back)[back.cable] == 5 and at_site(back, back.cable) == 3
    assert listed(back)[0] == ("Cable", None, 5, 3)
    agree(back)


def test_a_piece_that_is_not_there_is_still_out_and_can_be_lost_with_a_charge(back: Hall) -> None:
    assert f"Spot {back.tags[0]} did not come back." in miss(back, back.spot, back.tags[0])
    assert counts(back, back.spot) == (2, 2, 1) and at_site(back, back.spot) == 1
    assert listed(back)[1] == ("Spot", back.tags[0], 0, 1)
    with back.house.reading():
        states = select(Assignment.state).where(Assignment.asset_id == back.asset(0).id)
        assert db.session.scalars(states).one() is AssignmentState.OUT
    by = back.house.actor("Walter")
    with back.house.writing():
        mark_lost(back.line(back.spot), back.asset(0), 1, Decimal(350), by=by, uuid="lost-spot")
    with back.house.reading():
        assert db.session.scalars(select(EventCost.charge)).one() == Decimal(350)
    agree(back)


def test_others_who_count_on_it_are_named_as_short(back: Hall) -> None:
    for mode in ("out", "in"):
        back.scan("12*XLR-05M", mode)
    with back.house.writing():
        tight = open_event(factories.deal(back.house.warehouse_id, name="Tight"), by=me())
        add_lines(tight, [Wanted(back.cable, 45)], by=me())
        number = tight.number
    assert f"Short now: {number}." in miss(back, back.cable, pieces=8)
    agree(back)


def test_said_twice_it_is_missing_once(back: Hall) -> None:
    miss(back, back.cable, pieces=2, request_id="once")
    assert miss(back, back.cable, pieces=2, request_id="once") == "This was reported already."
    assert counts(back, back.cable) == (8, 8, 6)
    with back.house.reading():
        told = select(Activity.verb).where(Activity.verb == "stock.missing", Activity.event_id == back.here)
        assert len(db.session.scalars(told).all()) == 1


@pytest.mark.parametrize("pieces", [9, 100])
def test_more_than_came_back_is_refused_and_nothing_changes(back: Hall, pieces: int) -> None:
    with pytest.raises(Refused, match="Only 8 of these can be reported"):
        miss(back, back.cable, pieces=pieces)
    assert counts(back, back.cable) == (8, 8, 8)


def test_what_was_carried_elsewhere_meanwhile_is_here(back: Hall) -> None:
    by = back.house.actor("Walter")
    with back.house.writing():
        spot = db.session.get_one(Product, back.spot)
        take_out(case_of(), spot, back.asset(0), 1, by=by, request_id="one-spot")
    with back.house.writing():
        cable = db.session.get_one(Product, back.cable)
        take_out(case_of(), cable, None, 6, by=by, request_id="six-cables")
    assert listed(back)[:2] == [("Cable", None, 2, 0), ("Spot", back.tags[0], 0, 0)]
    with pytest.raises(Refused, match="not in the case"):
        miss(back, back.spot, back.tags[0])
    with pytest.raises(Refused, match="Only 2 of these can be reported"):
        miss(back, back.cable, pieces=3)
    agree(back)


def test_what_did_not_come_back_in_it_is_not_looked_for(back: Hall) -> None:
    with pytest.raises(Refused, match="not looked for here"):
        miss(back, back.spot, back.tags[2])


def test_a_damaged_piece_was_there(back: Hall) -> None:
    by = back.house.actor("Walter")
    with back.house.writing():
        spot = db.session.get_one(Product, back.spot)
        open_repair(spot, back.asset(0), 1, Damage("dark"), by=by)
    with pytest.raises(Refused, match="Damage was reported on it"):
        miss(back, back.spot, back.tags[0])
    agree(back)


def test_a_sealed_case_is_opened_by_whoever_looks_into_it(back: Hall) -> None:
    with back.house.writing():
        seal(case_of(), by=me())
    miss(back, back.cable, pieces=1)
    with back.house.reading():
        assert not case_of().is_sealed
        notes = select(CaseStep.note).where(CaseStep.kind == "opened")
        assert db.session.scalars(notes).one() == "1 × Cable was not there"
    agree(back)


def test_it_is_found_missing_after_the_return_note_is_written_too(back: Hall) -> None:
    finish_up(back, "in")
    miss(back, back.cable, pieces=2)
    assert counts(back, back.cable) == (8, 8, 6)
    assert ("missing", "Cable", 2) in [one[:3] for one in differs(back, "in")]
    agree(back)


def test_found_later_it_is_scanned_in(back: Hall) -> None:
    miss(back, back.spot, back.tags[0])
    miss(back, back.cable, pieces=2)
    place = back.scan("CASE-1", "in").location_id
    for code in (back.tags[0], "2*XLR-05M"):
        assert back.scan(code, "in", location_id=place).judgement.colour == "green"
    assert counts(back, back.cable) == (8, 8, 8) and counts(back, back.spot) == (2, 2, 2)
    assert held(back) == {back.spot: 2, back.cable: 8}
    agree(back)
    by = back.house.actor("Walter")
    with back.house.writing():
        assert look_through(case_of(), by=by) == "Case 1 is looked through. All of it is there."


@pytest.mark.parametrize("is_returned", [False, True], ids=["no return note", "return note"])
def test_what_is_not_there_is_not_on_the_next_delivery_note(packed: Hall, is_returned: bool) -> None:
    checked_in(packed, CheckInMode.VERIFY)
    pack(packed)
    packed.scan("CASE-1")
    finish_up(packed, "out")
    packed.scan("CASE-1", "in")
    if is_returned:
        finish_up(packed, "in")
    miss(packed, packed.spot, packed.tags[0])
    miss(packed, packed.cable, pieces=2)
    with packed.house.reading():
        assert moved_in(open_span(packed.here, ScanMode.OUT)) == {}


def take_return_back(hall: Hall) -> None:
    """The scan that brought the case back is undone."""
    by = hall.house.actor("Walter")
    with hall.house.writing():
        whole = db.session.scalars(
            select(Scan).where(Scan.mode == "in", Scan.raw_code == "CASE-1").order_by(Scan.id)
        ).first()
        assert whole is not None
        undo(whole, by=by, uuid=str(uuid.uuid4()))


def test_the_return_taken_back_takes_back_only_what_is_left_of_it(back: Hall) -> None:
    miss(back, back.spot, back.tags[0])
    miss(back, back.cable, pieces=3)
    take_return_back(back)
    assert counts(back, back.cable) == (8, 8, 0) and counts(back, back.spot) == (2, 2, 0)
    assert held(back) == {back.spot: 1, back.cable: 5}
    agree(back)
    assert "6 pieces back" in back.scan("CASE-1", "in").message
    agree(back)


def test_a_packing_container_is_looked_through_on_the_floor(packed: Hall) -> None:
    with packed.house.writing():
        case_of().dissolves = True
    bring_back(packed)
    miss(packed, packed.spot, packed.tags[0])
    miss(packed, packed.cable, pieces=2)
    assert counts(packed, packed.spot) == (2, 2, 1) and counts(packed, packed.cable) == (8, 8, 6)
    agree(packed)
    take_return_back(packed)
    assert held(packed) == {packed.spot: 1, packed.cable: 6}
    assert at_site(packed, packed.cable) == 2 and counts(packed, packed.cable) == (8, 8, 0)
    agree(packed)


def test_a_case_that_came_back_in_another_is_looked_through_wherever_it_is(packed: Hall) -> None:
    checked_in(packed, CheckInMode.VERIFY)
    opened = packed.scan("CASE-2", "prep")
    pack(packed)
    packed.scan("CASE-1", "prep", location_id=opened.location_id)
    packed.scan("3*XLR-05M", "prep", location_id=opened.location_id)
    packed.scan("CASE-2")
    packed.scan("CASE-2", "in")
    assert len(listed(packed)) == 3
    with packed.house.writing():
        move_case(case_of(), db.session.get_one(Location, packed.house.warehouse_id), by=me())
    with pytest.raises(Refused, match="Only 8 of these can be reported"):
        miss(packed, packed.cable, pieces=9)
    miss(packed, packed.cable, pieces=2)
    assert held(packed)[packed.cable] == 6 and counts(packed, packed.cable) == (11, 11, 9)
    miss(packed, packed.cable)
    assert packed.cable not in held(packed) and counts(packed, packed.cable) == (11, 11, 3)
    agree(packed)


def test_a_case_that_was_packed_again_is_not_looked_through(back: Hall) -> None:
    back.scan("CASE-1", "prep", accept=True)
    with pytest.raises(Refused, match="not looked for here"):
        miss(back, back.cable, pieces=1)


def test_the_end_says_what_was_not_there(back: Hall) -> None:
    miss(back, back.cable, pieces=2)
    miss(back, back.spot, back.tags[1])
    by = back.house.actor("Walter")
    for _ in range(2):
        with back.house.writing():
            said = look_through(case_of(), by=by)
    with back.house.reading():
        notes = list(db.session.scalars(select(CaseStep.note).where(CaseStep.kind == "verified")))
        assert notes == [f"Not there: 2 × Cable, Spot {back.tags[1]}"]
        assert db.session.scalars(select(Case.verify_since).where(Case.id == case_of().id)).one() is None
    assert said == "Case 1 was looked through."
    assert listed(back) == []


def test_the_page_of_the_case_says_it_and_keeps_what_was_typed(back: Hall) -> None:
    walter, url = back.house.browser("Walter"), f"/warehouse/cases/{case_id(back)}"
    shown = walter.get(url).text
    assert "Look through Case 1" in shown and shown.count("Not there</span>") == 3
    sent = {"product_id": back.cable, "quantity": "12", "request_id": "r1"}
    refused = walter.post(f"{url}/absences", data=sent)
    assert refused.status_code == 422 and "Only 8 of these can be reported" in refused.text
    assert 'value="12"' in refused.text and 'aria-invalid="true"' in refused.text
    assert walter.post(f"{url}/absences", data=sent | {"quantity": "many"}).status_code == 422
    for _ in range(2):
        assert walter.post(f"{url}/absences", data=sent | {"quantity": "2"}).status_code == 303
    assert counts(back, back.cable) == (8, 8, 6)
    shown = walter.get(url).text
    assert "Not there: 2 × Cable" in shown and "The rest is there" in shown
    assert walter.post(f"{url}/verification").status_code == 303
    assert "Look through Case 1" not in walter.get(url).text
    assert back.house.browser("Vic").post(f"{url}/absences", data=sent).status_code == 403


def test_the_station_says_it_without_leaving_it(packed: Hall) -> None:
    checked_in(packed, CheckInMode.VERIFY)
    pack(packed)
    packed.scan("CASE-1")
    walter, url = packed.house.browser("Walter"), f"/warehouse/events/{packed.here}"
    sent = {"code": "CASE-1", "mode": "in", "scan_id": "whole"}
    first = walter.post(f"{url}/scans", data=sent, headers=HTMX).text
    assert "Look through Case 1" in first and first.count("Not there</span>") == 3
    case = f"{url}/cases/{case_id(packed)}"
    with packed.house.reading():
        asset = packed.asset(0).id
    gone = {"product_id": packed.spot, "asset_id": asset, "request_id": "r1"}
    for _ in range(2):
        said = walter.post(f"{case}/absences", data=gone, headers=HTMX).text
        assert 'class="verdict amber"' in said and "Not there: Spot" in said
    assert counts(packed, packed.spot) == (2, 2, 1)
    typed = {"product_id": packed.cable, "quantity": "9", "request_id": "r2"}
    refused = walter.post(f"{case}/absences", data=typed, headers=HTMX)
    assert refused.status_code == 422 and 'class="verdict red"' in refused.text
    assert 'value="9"' in refused.text and "Look through Case 1" in refused.text
    again = walter.post(f"{url}/scans", data=sent | {"scan_id": "again"}, headers=HTMX).text
    assert "Look through Case 1" in again
    done = unescape(walter.post(f"{case}/verification", data={}, headers=HTMX).text)
    missed = f'Not there: Spot <span class="nowrap">{packed.tags[0]}</span>.'
    assert "Looked through" in done and missed in done
    assert "Look through Case 1" not in done
    agree(packed)


def test_without_javascript_the_whole_station_answers(back: Hall) -> None:
    case = f"/warehouse/events/{back.here}/cases/{case_id(back)}"
    sent = {"product_id": back.cable, "quantity": "1", "request_id": "plain"}
    text = back.house.browser("Walter").post(f"{case}/absences", data=sent).text
    assert "<html" in text and "1 × Cable did not come back." in text and 'id="scan-form"' in text


def test_who_may_not_scan_sees_it_and_says_nothing(back: Hall) -> None:
    shown = back.house.browser("Vic").get(f"/warehouse/cases/{case_id(back)}")
    assert shown.status_code != 200 or "Not there</span>" not in shown.text


def test_programs_say_it_in_the_same_way(back: Hall) -> None:
    program, url = Program(back.house, "Walter"), f"/warehouse/cases/{case_id(back)}"
    assert refuses(program.post(f"{url}/absences", product_id=back.cable, quantity=9), "quantity")
    said = program.ask("POST", f"{url}/absences", "key-1", product_id=back.cable, quantity=2)
    assert said.status_code == 200, said.text
    program.ask("POST", f"{url}/absences", "key-1", product_id=back.cable, quantity=2)
    assert counts(back, back.cable) == (8, 8, 6)
    assert program.post(f"{url}/verification").status_code == 200
    assert refuses(program.post(f"{url}/absences", product_id=back.cable), "product_id")


def test_what_is_looked_for_costs_as_many_statements_with_twenty_things_as_with_one(
    packed: Hall, statements: Any
) -> None:
    found = []
    for number, code in ((1, "CASE-1"), (20, "CASE-2")):
        with packed.house.writing():
            case_of(code).check_in = CheckInMode.VERIFY
            place = case_of(code).location_id
            made = [factories.product(f"Thing {number} {one}", stock=2, at=place) for one in range(number)]
            add_lines(db.session.get_one(Event, packed.here), [Wanted(one.id, 2) for one in made], by=me())
        packed.scan(code)
        packed.scan(code, "in")
        with packed.house.reading():
            row = case_of(code)
            statements()
            assert len(came_back(row)) == number
            found.append(len(statements()))
    assert found[0] == found[1]
