"""Counting the stock room: what is written down at the start, who counts what, and what is said to them."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import func, insert, select

from app.extensions import db
from app.models import (
    Category,
    CountEntry,
    CountLine,
    CountSession,
    CountState,
    Product,
    ScanMode,
    StockLevel,
    Tracking,
)
from app.queries.count_lines import all_lines, line_page
from app.queries.count_scope import Scope
from app.queries.counts import overall, progress_by_place
from app.refusals import Refused
from app.rules.abc import AbcClass
from app.rules.count_verdicts import CountSituation as S
from app.scope import current_organization_id
from app.services.count_rows import Said, take_back
from app.services.counts import Wanted, cancel_count, start_count
from app.services.scans import ScanRequest, scan
from tests import factories
from tests.factories import me
from tests.inventory.counting import Room, ago, stock_room
from tests.people import House
from tests.planning.stories import event_with


@pytest.fixture
def room(house: House) -> Room:
    return stock_room(house)


def snapshot(room: Room) -> list[tuple[str, str, int]]:
    with room.house.reading():
        return sorted(
            (line.tag or line.product, line.place, line.expected) for line in all_lines(room.session())
        )


def test_a_count_writes_down_each_product_in_each_place_and_each_asset(room: Room) -> None:
    room.start()
    assert snapshot(room) == [
        ("Cable", "Shelf 1", 10), ("Cable", "Shelf 2", 6), ("LAMP-1", "Shelf 1", 1), ("LAMP-2", "Shelf 1", 1),
        ("LAMP-3", "Shelf 2", 1), ("Tape", "Shelf 1", 24),
    ]  # fmt: skip
    with room.house.reading():
        assert room.session().number.startswith("CT-") and room.session().state is CountState.COUNTING


def test_a_count_takes_in_a_place_a_category_products_or_a_class(room: Room, house: House) -> None:
    with house.writing():
        audio = Category(name="Audio")
        db.session.add(audio)
        db.session.flush()
        db.session.get_one(Product, room.cable).category_id = audio.id
        audio_id = audio.id
    room.move(room.tape, 20, room.one, None)
    room.move(room.cable, 1, room.two, None)
    scopes = {
        Scope(room.two): {("Cable", "Shelf 2"), ("LAMP-3", "Shelf 2")},
        Scope(category_id=audio_id): {("Cable", "Shelf 1"), ("Cable", "Shelf 2")},
        Scope(room.one, category_id=audio_id): {("Cable", "Shelf 1")},
        Scope(product_ids=(room.tape,)): {("Tape", "Shelf 1")},
        Scope(abc_class=AbcClass.A): {("Tape", "Shelf 1")},
    }
    for scope, expected in scopes.items():
        room.start(scope)
        assert {line[:2] for line in snapshot(room)} == expected, scope


def test_what_is_at_an_event_is_not_counted(room: Room, house: House) -> None:
    with house.writing():
        site = event_with(house, {}).site_id
        factories.carry(db.session.get_one(Product, room.cable), 4, room.one, site)
    room.start()
    assert ("Cable", "Shelf 1", 6) in snapshot(room) and len(snapshot(room)) == 6


def test_where_the_books_have_nothing_only_a_place_can_be_counted(room: Room, house: House) -> None:
    with house.writing():
        empty = factories.product("Never had").id
    with pytest.raises(Refused, match="nothing to count"):
        room.start(Scope(product_ids=(empty,)))


def test_the_same_form_sent_twice_is_one_count(room: Room, house: House) -> None:
    ivy = house.actor("Ivy")
    for _ in range(2):
        with house.writing():
            start_count(Wanted(Scope(room.one)), by=ivy, request_id="once-and-again")
    with house.reading():
        assert db.session.scalar(select(func.count(CountSession.id))) == 1


def test_starting_costs_as_many_statements_for_two_thousand_lines_as_for_a_few(
    room: Room, house: House, statements: Callable[[], list[str]]
) -> None:
    room.start()
    few = len(statements())
    with house.writing():
        fill(room, 2_000)
    statements()
    room.start()
    assert len(statements()) - few <= 0
    with house.reading():
        lines = select(func.count(CountLine.id)).where(CountLine.count_id == room.count_id)
        assert db.session.scalar(lines) == 2_006


def fill(room: Room, number: int) -> None:
    """So many products with a piece each on shelf 1."""
    organization = {"organization_id": current_organization_id()}
    rows = [
        {**organization, "name": f"Part {one}", "sku": f"PART-{one}", "tracking": Tracking.BULK,
         "created_at": ago(0), "search_text": f"part {one}"}
        for one in range(number)
    ]  # fmt: skip
    ids = db.session.scalars(insert(Product).returning(Product.id), rows).all()
    levels = [{**organization, "product_id": one, "location_id": room.one, "quantity": 1} for one in ids]
    db.session.execute(insert(StockLevel), levels)


def test_codes_count_one_or_as_many_as_are_said_and_a_shelf_sets_the_place(room: Room) -> None:
    room.start()
    cable = room.sku(room.cable)
    assert room.read(cable).situation is S.NO_PLACE
    place = room.read("S1")
    assert (place.situation, place.location_id) == (S.PLACE, room.one)
    assert room.read(cable, room.one).counted == 1
    answer = room.read(f"12*{cable}", room.one)
    assert (answer.situation, answer.counted, answer.location_id) == (S.COUNTED, 13, room.one)
    assert room.read(f"S2\n3*{cable}\nLAMP-3").location_id == room.two
    with room.house.reading():
        counted = {(line.tag or line.product, line.place): line.seen.quantity for line in all_lines(room.session())
                   if line.seen}  # fmt: skip
    assert counted == {("Cable", "Shelf 1"): 13, ("Cable", "Shelf 2"): 3, ("LAMP-3", "Shelf 2"): 1}


def test_one_uuid_is_one_entry_however_often_it_is_sent(room: Room) -> None:
    room.start()
    for _ in range(3):
        answer = room.read(f"5*{room.sku(room.cable)}", room.one, uuid_="the-same-one")
    assert answer.counted == 5
    with room.house.reading():
        assert db.session.scalar(select(func.count(CountEntry.id))) == 1


def test_several_people_add_up_and_nobody_overwrites_anybody(room: Room) -> None:
    room.start()
    room.read(f"4*{room.sku(room.cable)}", room.one, by="Bob")
    room.say(Said(str(uuid.uuid4()), line_id=line_id(room, room.cable), quantity=6), by="Walter")
    with room.house.reading():
        (line,) = [line for line in all_lines(room.session()) if line.seen]
        assert (line.seen.quantity, list(line.people)) == (10, ["Bob", "Walter"])
        shelf_1, shelf_2 = progress_by_place(room.session())
        assert shelf_1.sentence == "1 of 4 lines counted, by Bob and Walter"
        assert shelf_2.sentence == "0 of 2 lines counted"
        assert overall([shelf_1, shelf_2]).sentence == "1 of 6 lines counted, by Bob and Walter"


def line_id(room: Room, product_id: int) -> int:
    with room.house.reading():
        return room.line(product_id, room.one).id


def test_one_takes_back_what_one_counted_last_and_a_line_without_entries_is_not_counted(room: Room) -> None:
    room.start()
    room.read(f"4*{room.sku(room.cable)}", room.one, by="Bob")
    room.read(f"2*{room.sku(room.tape)}", room.one, by="Walter")
    assert room.read("UNDO", by="Bob").situation is S.UNDONE
    assert room.read("UNDO", by="Bob").situation is S.NOTHING_TO_UNDO
    with room.house.reading():
        assert [line.product for line in all_lines(room.session()) if line.seen] == ["Tape"]


def test_somebody_elses_entry_is_taken_back_only_by_who_runs_the_count(room: Room, house: House) -> None:
    room.start()
    entry_id = room.read(f"4*{room.sku(room.cable)}", room.one, by="Walter").entry_id
    bob, ivy = house.actor("Bob"), house.actor("Ivy")
    with pytest.raises(Refused, match="Walter"), house.writing():
        take_back(room.session(), db.session.get_one(CountEntry, entry_id), "bobs", by=bob)
    with house.writing():
        assert (
            take_back(room.session(), db.session.get_one(CountEntry, entry_id), "ivys", by=ivy).counted == 0
        )
    with pytest.raises(Refused, match="already"), house.writing():
        take_back(room.session(), db.session.get_one(CountEntry, entry_id), "again", by=ivy)


def test_none_here_is_a_number_too(room: Room) -> None:
    room.start()
    room.say(Said("nothing-there", line_id=line_id(room, room.tape), quantity=0))
    with room.house.reading():
        line = next(line for line in all_lines(room.session()) if line.product == "Tape")
        assert (line.finding.counted, line.finding.difference) == (0, -24)


def test_an_asset_counts_once_and_where_it_was_seen_last(room: Room) -> None:
    room.start()
    assert room.read("LAMP-1", room.one).situation is S.COUNTED
    assert room.read("LAMP-1", room.one).situation is S.AGAIN
    moved = room.read("LAMP-1", room.two, by="Walter")
    assert moved.situation is S.ELSEWHERE and "Shelf 1" in moved.message
    with room.house.reading():
        seen = [(line.place, line.is_added) for line in all_lines(room.session()) if line.seen]
        assert seen == [("Shelf 2", True)]


def test_an_asset_that_is_out_on_an_event_is_counted_and_offered_a_return(room: Room, house: House) -> None:
    with house.writing():
        event = event_with(house, {})
        event_id = event.id
    room.start()
    send_out(room, event_id, "LAMP-2")
    answer = room.read("LAMP-2", room.one)
    assert (answer.situation, answer.event_id) == (S.OUT, event_id)
    assert answer.judgement.offer == "return_there"


def send_out(room: Room, event_id: int, tag: str) -> None:
    """Scan an asset out on an event."""
    with room.house.writing():
        scan(ScanRequest(str(uuid.uuid4()), tag, ScanMode.OUT, event_id, accept=True), by=me())


@pytest.mark.parametrize(
    ("code", "situation", "kept"),
    [("NO-SUCH", S.UNKNOWN, "NO-SUCH"), ("12", S.NUMBER, "12*"), ("DONE", S.COMMAND, "")],
)
def test_what_is_not_counted_stays_in_the_field(room: Room, code: str, situation: S, kept: str) -> None:
    room.start()
    answer = room.read(code, room.one)
    assert (answer.situation, answer.keep, answer.location_id) == (situation, kept, room.one)


def test_what_does_not_belong_to_the_count_is_refused(room: Room, house: House) -> None:
    room.start(Scope(room.two, product_ids=(room.cable,)))
    assert room.read("S1").situation is S.OUTSIDE
    assert room.read("LAMP-3", room.two).situation is S.OUTSIDE
    with house.writing():
        room.asset("LAMP-3").retired_at = ago(1)
    assert room.read("LAMP-3", room.two).situation is S.RETIRED


def test_a_thing_that_is_not_on_the_list_is_added(room: Room) -> None:
    room.start()
    answer = room.read(f"3*{room.sku(room.tape)}", room.two)
    assert (answer.situation, answer.counted) == (S.ADDED, 3)
    with room.house.reading():
        line = room.line(room.tape, room.two)
        assert (line.is_added, line.expected) == (True, 0)


def test_what_came_to_a_place_after_the_start_is_expected_there(room: Room) -> None:
    room.start()
    room.move(room.tape, 3, room.one, room.two)
    room.read(f"3*{room.sku(room.tape)}", room.two)
    with room.house.reading():
        line = next(line for line in all_lines(room.session()) if line.place == "Shelf 2" and line.seen)
        assert line.finding.difference == 0


def test_nobody_counts_what_was_handed_in_or_given_up(room: Room, house: House) -> None:
    room.start()
    room.finish()
    with pytest.raises(Refused, match="is being reviewed"):
        room.read("LAMP-1", room.one)
    ivy = house.actor("Ivy")
    with house.writing():
        cancel_count(room.session(), "the hall is flooded", by=ivy)
    with house.reading():
        assert room.session().state is CountState.CANCELLED and room.rows() == []


def test_the_list_pages_by_place_and_by_what_is_left(room: Room) -> None:
    room.start()
    room.read(f"10*{room.sku(room.cable)}", room.one)
    with room.house.reading():
        session = room.session()
        assert line_page(session, location_id=room.one).total == 4
        assert [line.product for line in line_page(session, words="cable").items] == ["Cable", "Cable"]
        left = line_page(session, location_id=room.one, only_left=True)
        assert [line.tag or line.product for line in left.items] == ["LAMP-1", "LAMP-2", "Tape"]
