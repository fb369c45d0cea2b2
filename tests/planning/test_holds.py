"""Tentative claims that run out or are taken: line and claim go on saying the same."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from app.extensions import db
from app.models import Activity, Event, Firmness, Product, PullLine, Reservation
from app.models.base import stored
from app.queries.availability import availability
from app.queries.invariants import INVARIANTS
from app.queries.shortages import shortage_worklist
from app.services.event_dates import change_dates
from app.services.events import Wanted, Windows
from app.services.holds import expire_holds
from app.services.line_changes import change_line, put_on_list
from app.services.ways_out import take_from_tentative
from tests.factories import SOON, me
from tests.people import House
from tests.planning.stories import claim_of, event_with, lamps

DAY = timedelta(days=1)


def held(house: House, quantity: int = 3, *, over: bool = True) -> tuple[int, int, int]:
    """An event that holds lamps tentatively, and has for too long; event, line and product."""
    with house.writing():
        lamp = lamps(house)
        event = event_with(house, {lamp: quantity})
        claim = claim_of(event)
        claim.firmness = Firmness.TENTATIVE
        claim.expires_at = datetime.now(UTC) - DAY if over else None
        line = db.session.scalars(select(PullLine).where(PullLine.event_id == event.id)).one()
        return event.id, line.id, lamp.id


def expire(house: House) -> None:
    """What the schedule does."""
    with house.writing():
        expire_holds()


def free(house: House, product_id: int) -> int:
    """How many lamps are free in June."""
    with house.reading():
        return availability([product_id], house.warehouse_id, SOON, SOON + DAY)[product_id].free


def test_an_expired_hold_frees_its_pieces_and_its_line_says_that_it_claims_nothing(house: House) -> None:
    event_id, line_id, lamp = held(house)
    expire(house)
    assert free(house, lamp) == 4
    with house.reading():
        (short,) = shortage_worklist(timedelta(days=900))
        assert (short.line.id, short.missing) == (line_id, 3)
        assert short.sentence == "3 short: the hold has expired, nothing is claimed."
        said = db.session.scalars(select(Activity.subject_id).where(Activity.verb == "event.short"))
        assert said.all() == [event_id]
    alice = house.browser("Alice")
    assert b"the hold has expired" in alice.get(f"/planning/events/{event_id}/shortages").data
    assert b"3 short" in alice.get(f"/planning/events/{event_id}/pull-list").data


def test_expiring_twice_is_expiring_once(house: House) -> None:
    held(house)
    expire(house)
    expire(house)
    with house.reading():
        said = db.session.scalars(select(Activity.id).where(Activity.verb == "reservation.released"))
        assert len(said.all()) == 1


def test_a_line_whose_hold_expired_is_claimed_again_by_saving_it(house: House) -> None:
    event_id, line_id, lamp = held(house)
    expire(house)
    answer = house.browser("Alice").post(f"/planning/lines/{line_id}", data={"quantity": "3", "note": ""})
    assert answer.status_code == 303
    assert free(house, lamp) == 1
    with house.reading():
        claim = claim_of(db.session.get_one(Event, event_id))
        assert (claim.quantity, claim.firmness, claim.overbooked_quantity) == (3, Firmness.CONFIRMED, 0)
        assert not shortage_worklist(timedelta(days=900))


def test_what_others_took_meanwhile_is_not_claimed_again(house: House) -> None:
    _, line_id, lamp = held(house)
    expire(house)
    with house.writing():
        event_with(house, {db.session.get_one(Product, lamp): 3})
    answer = house.browser("Alice").post(f"/planning/lines/{line_id}", data={"quantity": "3", "note": ""})
    assert answer.status_code == 422 and b"1 of 3 free" in answer.data
    assert free(house, lamp) == 1


def test_more_of_a_product_whose_hold_expired_claims_all_of_it(house: House) -> None:
    event_id, _, lamp = held(house)
    expire(house)
    with house.writing():
        put_on_list(db.session.get_one(Event, event_id), Wanted(lamp, 1), by=me())
    assert free(house, lamp) == 0


def test_what_is_taken_from_a_hold_stays_wanted_there(house: House) -> None:
    held_id, _, lamp = held(house, over=False)
    with house.writing():
        event = event_with(house, {db.session.get_one(Product, lamp): 3}, why="hire")
        line = db.session.scalars(select(PullLine).where(PullLine.event_id == event.id)).one()
        event_id, line_id = event.id, line.id
    with house.writing():
        hold = claim_of(db.session.get_one(Event, held_id))
        take_from_tentative(db.session.get_one(PullLine, line_id), hold, 2, by=me())
    with house.reading():
        hold, taker = (claim_of(db.session.get_one(Event, one)) for one in (held_id, event_id))
        assert (hold.quantity, hold.overbooked_quantity, taker.overbooked_quantity) == (3, 2, 0)
        (short,) = shortage_worklist(timedelta(days=900))
        assert (short.event.id, short.missing) == (held_id, 2)
        assert_consistent()


def assert_consistent() -> None:
    """Every living claim is as large as its line, and no more is promised than there is."""
    rows = db.session.execute(
        select(PullLine.quantity, Reservation.quantity)
        .join(Reservation, Reservation.line_id == PullLine.id)
        .where(Reservation.released_at.is_(None))
    ).all()
    assert all(wanted == claimed for wanted, claimed in rows)
    (promised,) = [one for one in INVARIANTS if one.id == "I4"]
    now = {"now": stored(datetime.now(UTC), db.engine.dialect.name)}
    assert not db.session.execute(text(promised.sql), now).all()


def test_a_smaller_quantity_takes_the_mark_off_even_beside_others_that_are_overbooked(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        first = event_with(house, {lamp: 6}, why="hire").id
        second = event_with(house, {lamp: 3}, why="hire").id
        line_id = db.session.scalars(select(PullLine.id).where(PullLine.event_id == first)).one()
    with house.writing():
        change_line(db.session.get_one(PullLine, line_id), 4, "", by=me())
    with house.reading():
        claim, other = (claim_of(db.session.get_one(Event, one)) for one in (first, second))
        assert (claim.overbooked_quantity, claim.overbooked_reason, claim.overbooked_by_id) == (0, "", None)
        assert other.overbooked_quantity == 3
        assert_consistent()


def test_an_event_without_a_mark_is_not_short(house: House) -> None:
    """What is whole again by a smaller quantity elsewhere loses its mark too."""
    with house.writing():
        lamp = lamps(house)
        first = event_with(house, {lamp: 3}).id
        second = event_with(house, {lamp: 3}, why="hire").id
        line_id = db.session.scalars(select(PullLine.id).where(PullLine.event_id == first)).one()
    with house.writing():
        change_line(db.session.get_one(PullLine, line_id), 1, "", by=me())
    with house.reading():
        other = claim_of(db.session.get_one(Event, second))
        assert (other.overbooked_quantity, other.overbooked_reason) == (0, "")
        assert not shortage_worklist(timedelta(days=900))


def test_a_line_whose_hold_expired_moves_with_its_event(house: House) -> None:
    event_id, line_id, _ = held(house)
    with house.writing():
        line = db.session.get_one(PullLine, line_id)
        line.occupied_until = SOON + DAY
    expire(house)
    month = timedelta(days=30)
    with house.writing():
        event = db.session.get_one(Event, event_id)
        begin, end = event.occupied_from + month, event.occupied_until + month
        change_dates(event, Windows(begin, end, begin, end), event.version, by=me())
    with house.writing():
        change_line(db.session.get_one(PullLine, line_id), 3, "", by=me())
    with house.reading():
        claim = claim_of(db.session.get_one(Event, event_id))
        assert (claim.starts_at, claim.ends_at) == (begin, end)
