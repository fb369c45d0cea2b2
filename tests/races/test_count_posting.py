"""A count that two people post at once is posted once; what is scanned while it is handed in is in, or out."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from app.extensions import db
from app.models import CountSession, CountState
from app.refusals import Refused
from app.services import count_posting
from app.services.count_posting import post_count
from app.services.count_rows import CountAnswer
from app.services.counts import finish_count
from tests.factories import held
from tests.inventory.counting import Room, stock_room
from tests.inventory.test_count_posting import say
from tests.people import House

pytestmark = pytest.mark.races

TIME_TO_ARRIVE = 0.7


def counted(house: House) -> Room:
    """A count that was handed in: two of ten cables are missing."""
    room = stock_room(house)
    room.start()
    say(room, room.cable, room.one, 8)
    room.finish()
    return room


def together(*deeds: Callable[[], object]) -> None:
    """Do things at the same moment."""
    threads = [threading.Thread(target=deed) for deed in deeds]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def post_together(room: Room) -> list[str]:
    """Ivy and Ada press the button at once; what each was told."""
    told: list[str] = []
    start = threading.Barrier(2)
    actors = [room.house.actor(name) for name in ("Ivy", "Ada")]

    def press(number: int) -> None:
        start.wait(10)
        try:
            with room.house.writing():
                rows = post_count(db.session.get_one(CountSession, room.count_id), by=actors[number])
            told.append(f"{len(rows)} posted")
        except Refused as refused:
            told.append(refused.message)

    together(lambda: press(0), lambda: press(1))
    return sorted(told)


def test_two_who_post_at_once_post_once(house: House) -> None:
    room = counted(house)
    first, second = post_together(room)
    assert first == "1 posted" and "is posted" in second
    with house.reading():
        assert held(room.cable)[room.one] == 8 and len(room.rows()) == 1


def test_the_race_is_real_without_the_lock_both_find_it_not_posted_yet(
    house: House, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, reached = counted(house), []
    meeting = threading.Barrier(2, timeout=2)

    def without_lock(count: CountSession) -> None:
        db.session.refresh(count)

    def wait_for_the_other(count: CountSession, *states: CountState) -> None:
        assert count.state in states
        reached.append(count.state)
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        raise Refused("far enough")

    monkeypatch.setattr(count_posting, "lock_count", without_lock)
    monkeypatch.setattr(count_posting, "refuse_unless", wait_for_the_other)
    post_together(room)
    assert reached == [CountState.REVIEW] * 2
    assert meeting.broken is (database_kind == "sqlite"), (
        "SQLite has one writer at a time: only PostgreSQL needs it."
    )


def test_what_is_counted_while_it_is_handed_in_is_counted_before_or_not_at_all(house: House) -> None:
    room = stock_room(house)
    room.start()
    walter, told = house.actor("Walter"), list[CountAnswer | str]()
    handing_in = threading.Event()

    def hand_in() -> None:
        with house.writing():
            finish_count(db.session.get_one(CountSession, room.count_id), is_rest_none=False, by=walter)
            handing_in.set()
            time.sleep(TIME_TO_ARRIVE)

    def scan() -> None:
        assert handing_in.wait(10)
        try:
            told.append(room.read("LAMP-1", room.one))
        except Refused as refused:
            told.append(refused.message)

    together(hand_in, scan)
    assert len(told) == 1 and "is being reviewed" in str(told[0])


def test_the_race_is_real_what_is_read_before_the_count_is_locked_is_still_open(
    house: House, database_kind: str
) -> None:
    room = stock_room(house)
    room.start()
    walter, seen = house.actor("Walter"), list[CountState]()
    handing_in = threading.Event()

    def hand_in() -> None:
        with house.writing():
            finish_count(db.session.get_one(CountSession, room.count_id), is_rest_none=False, by=walter)
            handing_in.set()
            time.sleep(TIME_TO_ARRIVE)

    def look() -> None:
        assert handing_in.wait(10)
        with house.writing():
            seen.append(db.session.get_one(CountSession, room.count_id).state)

    together(hand_in, look)
    expected = CountState.REVIEW if database_kind == "sqlite" else CountState.COUNTING
    assert seen == [expected], (
        "SQLite has one writer at a time; on PostgreSQL who does not lock sees what was."
    )
