"""Reviewing a count, posting it by a second person, and taking it back as a whole."""

import uuid
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import (
    Activity,
    Assignment,
    AssignmentState,
    Condition,
    CountAction,
    CountState,
    Product,
    Reservation,
    StockTransaction,
    TransactionKind,
    User,
)
from app.refusals import Refused
from app.services.count_reversals import reverse_count
from app.services.count_reviews import decide, send_back
from app.services.count_rows import Said
from app.services.verify import broken_invariants
from tests.factories import held, me
from tests.inventory.counting import Room, ago, stock_room
from tests.inventory.test_counts import send_out
from tests.operations.test_verify import broken_by
from tests.people import House
from tests.planning.stories import event_with


@pytest.fixture
def room(house: House) -> Room:
    return stock_room(house)


def test_posting_brings_the_books_to_what_was_counted_and_names_the_count(room: Room) -> None:
    room.start()
    say(room, room.cable, room.one, 8)
    say(room, room.cable, room.two, 6)
    say(room, room.tape, room.one, 25)
    room.finish()
    assert len(room.post()) == 2
    with room.house.reading():
        assert held(room.cable) == {room.one: 8, room.two: 6} and held(room.tape) == {room.one: 25}
        rows = [(row.kind, row.quantity, row.reference_type, row.reference_number) for row in room.rows()]
        number = room.session().number
        assert sorted(rows) == [(TransactionKind.ADJUSTMENT, 1, "count", number),
                                (TransactionKind.ADJUSTMENT, 2, "count", number)]  # fmt: skip
        count = room.session()
        assert (count.lines_counted, count.lines_right) == (3, 1)
        assert (count.value_over, count.value_short) == (Decimal("2.00"), Decimal("-16.00"))
    assert broken_invariants() == []


def say(room: Room, product_id: int, place_id: int, quantity: int, *, by: str = "Bob", tag: str = "") -> None:
    """So many of a line."""
    with room.house.reading():
        line_id = room.line(product_id, place_id, tag).id
    room.say(Said(str(uuid.uuid4()), line_id=line_id, quantity=quantity), by=by)


def test_what_moves_after_it_was_counted_is_no_difference(room: Room) -> None:
    room.start()
    say(room, room.cable, room.one, 10)
    room.move(room.cable, 4, room.one, None)
    room.finish()
    assert room.post() == []
    with room.house.reading():
        assert held(room.cable)[room.one] == 6


def test_what_had_left_before_and_is_written_down_afterwards_is_no_difference(room: Room) -> None:
    room.start()
    left_at = ago(0)
    say(room, room.cable, room.one, 7)
    with room.house.reading():
        assert room.review().differences[0].finding.difference == -3
    room.move(room.cable, 3, room.one, None, at=left_at)
    with room.house.reading():
        assert room.review().differences == []


def test_what_is_too_many_here_is_moved_from_where_as_many_are_missing(room: Room) -> None:
    room.start()
    say(room, room.cable, room.one, 7)
    say(room, room.cable, room.two, 9)
    room.finish()
    room.post()
    with room.house.reading():
        (row,) = room.rows()
        assert (row.kind, row.quantity, row.from_id, row.to_id) == (
            TransactionKind.TRANSFER, 3, room.one, room.two,
        )  # fmt: skip
        assert held(room.cable) == {room.one: 7, room.two: 9}
    assert broken_invariants() == []


def test_a_found_asset_comes_to_where_it_was_seen_and_one_that_is_not_there_is_missing(room: Room) -> None:
    room.start()
    room.read("LAMP-3", room.one)
    room.read("LAMP-1", room.one)
    say(room, room.lamp, room.one, 0, tag="LAMP-2")
    room.finish(is_rest_none=False)
    assert len(room.post()) == 2
    with room.house.reading():
        assert room.asset("LAMP-3").location_id == room.one
        gone = room.asset("LAMP-2")
        assert (gone.location_id, gone.condition) == (None, Condition.MISSING)
    assert broken_invariants() == []


def test_a_missing_asset_that_is_counted_again_is_back_in_the_books_and_good(room: Room) -> None:
    room.start()
    say(room, room.lamp, room.one, 0, tag="LAMP-2")
    room.finish()
    room.post()
    room.start()
    assert "It was missing" in room.read("LAMP-2", room.two).message
    room.finish()
    room.post()
    with room.house.reading():
        back = room.asset("LAMP-2")
        assert (back.location_id, back.condition) == (room.two, Condition.GOOD)
    assert broken_invariants() == []


def test_what_nobody_counted_stays_or_is_taken_as_not_there_as_was_chosen(room: Room) -> None:
    for is_rest_none, left in ((False, 10), (True, 0)):
        room.start()
        say(room, room.tape, room.one, 24)
        room.finish(is_rest_none=is_rest_none)
        with room.house.reading():
            lines = [line.id for line in room.review().differences]
        if lines:
            decide_all(room, lines, CountAction.ADJUST)
        room.post()
        with room.house.reading():
            assert held(room.cable).get(room.one, 0) == left
    assert broken_invariants() == []


def decide_all(room: Room, lines: list[int], action: CountAction) -> None:
    """Ivy decides about some lines."""
    ivy = room.house.actor("Ivy")
    with room.house.writing():
        decide(room.session(), lines, action, by=ivy)


def test_who_counted_or_handed_it_in_does_not_post_it(room: Room) -> None:
    room.start()
    say(room, room.cable, room.one, 8, by="Walter")
    room.finish(by="Ivy")
    for name in ("Walter", "Ivy"):
        with pytest.raises(Refused, match="Ada must look at it"):
            room.post(by=name)
    assert len(room.post(by="Ada")) == 1


def test_the_only_one_who_may_post_posts_alone_and_the_log_says_so(room: Room, house: House) -> None:
    with house.writing():
        for name in ("Ada", "Walter"):
            db.session.get_one(User, house.people[name]).is_active = False
    room.start()
    say(room, room.cable, room.one, 8, by="Ivy")
    room.finish(by="Ivy")
    room.post(by="Ivy")
    with house.reading():
        said = db.session.scalars(select(Activity).where(Activity.verb == "count.posted")).one()
        assert said.facts["is_alone"] is True


def test_a_dear_difference_is_counted_again_by_somebody_else_before_it_is_posted(room: Room) -> None:
    with room.house.writing():
        db.session.get_one(Product, room.cable).average_cost = Decimal(200)
    room.start()
    say(room, room.cable, room.one, 8)
    say(room, room.tape, room.one, 24)
    room.finish()
    with pytest.raises(Refused, match="1 to be counted again"):
        room.post()
    ivy = room.house.actor("Ivy")
    with room.house.writing():
        assert send_back(room.session(), by=ivy) == 1
    assert room.read(f"9*{room.sku(room.cable)}", room.one, by="Bob").message.startswith("You counted this")
    assert "only what was sent back" in room.read(room.sku(room.tape), room.one, by="Walter").message
    assert room.read(f"9*{room.sku(room.cable)}", room.one, by="Walter").counted == 9
    room.finish(by="Bob")
    room.post(by="Ivy")
    with room.house.reading():
        assert held(room.cable)[room.one] == 9
    assert broken_invariants() == []


def test_an_ignored_difference_is_written_down_and_not_posted(room: Room) -> None:
    room.start()
    say(room, room.cable, room.one, 8)
    room.finish()
    with room.house.reading():
        lines = [line.id for line in room.review().differences]
    decide_all(room, lines, CountAction.IGNORE)
    assert room.post() == []
    with room.house.reading():
        line = room.line(room.cable, room.one)
        assert (line.difference, line.posted_difference, held(room.cable)[room.one]) == (-2, 0, 10)
        assert (room.session().lines_counted, room.session().lines_right) == (1, 0)
    assert broken_invariants() == []


def test_a_transfer_needs_something_found_and_a_place_that_it_comes_from(room: Room) -> None:
    room.start()
    say(room, room.cable, room.one, 8)
    say(room, room.tape, room.one, 30)
    room.finish()
    with room.house.reading():
        lines = {line.product: line.id for line in room.review().differences}
    with pytest.raises(Refused, match="nothing to move"):
        decide_all(room, [lines["Cable"]], CountAction.TRANSFER)
    with pytest.raises(Refused, match="where it is booked"):
        decide_all(room, [lines["Tape"]], CountAction.TRANSFER)


def test_an_asset_out_on_an_event_is_not_taken_from_it_by_a_count(room: Room, house: House) -> None:
    with house.writing():
        event_id = event_with(house, {}).id
    room.start()
    send_out(room, event_id, "LAMP-2")
    room.read("LAMP-2", room.one)
    room.finish()
    with room.house.reading():
        (line,) = room.review().differences
        assert (line.action, line.held.word, line.held.event_id) == (CountAction.NONE, "out on", event_id)
        line_id = line.id
    with pytest.raises(Refused, match="to be decided"):
        room.post()
    decide_all(room, [line_id], CountAction.ADJUST)
    with pytest.raises(Refused, match="Check it in first"):
        room.post()


def test_what_is_prepped_explains_what_is_missing_on_the_shelf(room: Room, house: House) -> None:
    with house.writing():
        event = event_with(house, {db.session.get_one(Product, room.cable): 4})
        db.session.scalars(
            select(Reservation).where(Reservation.event_id == event.id)
        ).one().prepped_quantity = 4
        claim = db.session.scalars(select(Reservation).where(Reservation.event_id == event.id)).one()
        db.session.add(
            Assignment(
                asset_id=room.asset("LAMP-1").id, reservation_id=claim.id, event_id=event.id,
                starts_at=claim.starts_at, ends_at=claim.ends_at, state=AssignmentState.PREPPED,
            )
        )  # fmt: skip
    room.start()
    say(room, room.cable, room.one, 6)
    say(room, room.cable, room.two, 0)
    say(room, room.lamp, room.one, 0, tag="LAMP-1")
    with house.reading():
        found = {(line.tag or line.product, line.place): line.action for line in room.review().differences}
    assert found == {
        ("Cable", "Shelf 1"): CountAction.IGNORE, ("Cable", "Shelf 2"): CountAction.ADJUST,
        ("LAMP-1", "Shelf 1"): CountAction.IGNORE,
    }  # fmt: skip


def test_a_posted_count_is_posted_once(room: Room) -> None:
    room.start()
    say(room, room.cable, room.one, 8)
    room.finish()
    room.post()
    with pytest.raises(Refused, match="is posted"):
        room.post()
    with room.house.reading():
        assert len(room.rows()) == 1


def test_a_count_is_taken_back_as_a_whole_once_and_with_a_reason(room: Room) -> None:
    room.start()
    say(room, room.cable, room.one, 7)
    say(room, room.cable, room.two, 9)
    say(room, room.tape, room.one, 20)
    say(room, room.lamp, room.one, 0, tag="LAMP-2")
    room.finish()
    room.post()
    ivy = room.house.actor("Ivy")
    with pytest.raises(Refused, match="say why"), room.house.writing():
        reverse_count(room.session(), " ", by=ivy)
    with room.house.writing():
        assert len(reverse_count(room.session(), "wrong hall", by=ivy)) == 3
    with room.house.reading():
        assert held(room.cable) == {room.one: 10, room.two: 6} and held(room.tape) == {room.one: 24}
        assert (room.asset("LAMP-2").location_id, room.asset("LAMP-2").condition) == (
            room.one,
            Condition.GOOD,
        )
        assert (room.session().state, room.session().reason) == (CountState.REVERSED, "wrong hall")
    with pytest.raises(Refused, match="is taken back"), room.house.writing():
        reverse_count(room.session(), "again", by=ivy)
    assert broken_invariants() == []


def test_what_has_moved_on_keeps_a_count_from_being_taken_back_and_is_named(room: Room) -> None:
    room.start()
    say(room, room.tape, room.one, 30)
    room.read("LAMP-3", room.one)
    room.finish()
    room.post()
    room.move(room.tape, 28, room.one, None)
    with room.house.reading():
        lamp_id = room.asset("LAMP-3").id
    room.move(room.lamp, 1, room.one, room.two, asset_id=lamp_id)
    with pytest.raises(Refused, match="LAMP-3 in Shelf 1; Tape in Shelf 1"), room.house.writing():
        reverse_count(room.session(), "wrong", by=me())
    with room.house.reading():
        assert room.session().state is CountState.POSTED
        assert not db.session.scalars(
            select(StockTransaction).where(StockTransaction.reverses_id.is_not(None))
        ).all()


def test_two_counts_of_one_shelf_take_away_what_is_missing_once(room: Room) -> None:
    first = room.start()
    second = room.start()
    for count_id in (first, second):
        room.count_id = count_id
        say(room, room.cable, room.one, 8)
        room.finish()
    for count_id in (first, second):
        room.count_id = count_id
        room.post()
    with room.house.reading():
        assert held(room.cable)[room.one] == 8
    assert broken_invariants() == []


def test_posting_tells_the_events_that_are_short_now(room: Room, house: House) -> None:
    with house.writing():
        event_with(house, {db.session.get_one(Product, room.cable): 15})
    room.start()
    say(room, room.cable, room.one, 5)
    room.finish()
    room.post()
    with house.reading():
        assert db.session.scalars(select(Activity).where(Activity.verb == "event.short")).all()


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE count_line SET posted_difference = -1 WHERE posted_difference = -2", "I16a"),
        ("UPDATE count_session SET state = 'review'", "I16b"),
    ],
)
def test_verify_notices_a_count_whose_movements_are_not_what_it_says(
    room: Room, statement: str, broken: str
) -> None:
    room.start()
    say(room, room.cable, room.one, 8)
    room.finish()
    room.post()
    assert broken_by(statement) == {broken}
