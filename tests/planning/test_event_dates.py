"""Moving dates: the effect is shown first, then the claims follow."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from app.extensions import db
from app.models import Event
from app.refusals import Refused, Stale
from app.services.event_dates import change_dates, effect_of_dates
from app.services.events import Windows, lines_short
from app.services.reservations import Overbooking
from tests.factories import SOON, me
from tests.people import House
from tests.planning.stories import claim_of, event_with, lamps

WEEK = timedelta(days=7)


def windows(days_later: int = 0, days: int = 3) -> Windows:
    """Dates so many days after the usual ones."""
    starts_at = SOON + timedelta(days=days_later)
    ends_at = starts_at + timedelta(days=days)
    return Windows(starts_at, ends_at, starts_at, ends_at)


def test_the_effect_is_known_before_and_writes_nothing(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        event_with(house, {lamp: 3}, starts_at=SOON + WEEK)
        event = event_with(house, {lamp: 2})
        (effect,) = effect_of_dates(event, windows(7))
        assert (effect.missing_before, effect.missing_after, effect.becomes_short) == (0, 1, True)
        assert claim_of(event).starts_at == SOON
        assert not effect_of_dates(event, windows(1))[0].becomes_short


def test_claims_follow_the_dates_and_free_what_they_leave(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        event = event_with(house, {lamp: 4})
        event_id = event.id
    with house.writing():
        event = db.session.get_one(Event, event_id)
        change_dates(event, windows(7), event.version, by=me())
        assert claim_of(event).starts_at == SOON + WEEK
        event_with(house, {lamp: 4})


def test_dates_that_leave_short_need_a_decision(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        event_with(house, {lamp: 3}, starts_at=SOON + WEEK)
        event_id = event_with(house, {lamp: 2}).id
    with pytest.raises(Refused, match="1 × Lamp"), house.writing():
        change_dates(db.session.get_one(Event, event_id), windows(7), 1, by=me())
    with house.writing():
        event = db.session.get_one(Event, event_id)
        change_dates(event, windows(7), 1, by=me(), overbook=Overbooking(me(), "hired in"))
        assert [line.missing for line in lines_short(event)] == [1]


def test_what_somebody_else_moved_meanwhile_is_not_overwritten(house: House) -> None:
    with house.writing():
        event_id = event_with(house, {lamps(house): 1}).id
    with house.writing():
        change_dates(db.session.get_one(Event, event_id), windows(1), 1, by=me())
    with pytest.raises(Stale), house.writing():
        change_dates(db.session.get_one(Event, event_id), windows(2), 1, by=me())


def test_the_screen_shows_the_effect_and_keeps_what_was_typed(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        event_with(house, {lamp: 3}, starts_at=SOON + WEEK)
        event_id = event_with(house, {lamp: 2}).id
    alice, url = house.browser("Alice"), f"/planning/events/{event_id}/dates"
    typed = {"occupied_from": "2027-06-14T10:00", "occupied_until": "2027-06-17T10:00"}
    assert b"becomes short" in alice.get(url, query_string=typed).data
    refused = alice.post(url, data=typed | {"version": "1"})
    assert refused.status_code == 422 and b"2027-06-14T10:00" in refused.data
    wrong = alice.post(url, data=typed | {"version": "1", "occupied_until": "2027-06-10T10:00"})
    assert wrong.status_code == 422 and b"The end must be after the start" in wrong.data
    stale = alice.post(url, data={**typed, "version": "7", "reason": "hired in"})
    assert stale.status_code == 409 and b"Newer values" in stale.data and b"2027-06-14T10:00" in stale.data
    done = alice.post(url, data=typed | {"version": "1", "reason": "hired in"})
    assert done.status_code == 303


def test_all_four_times_move_by_a_day_or_a_week_at_the_same_hour(house: House) -> None:
    with house.writing():
        event = event_with(house, {lamps(house): 2})
        event.occupied_from = datetime(2027, 3, 26, 9, tzinfo=UTC)
        event_id = event.id
    alice, url = house.browser("Alice"), f"/planning/events/{event_id}/dates"
    shown = alice.get(url).text
    (later,) = re.findall(r'href="([^"]+)">A week later<', shown)
    moved = alice.get(unescape(later)).text
    (now,) = re.findall(r'name="occupied_from" value="([^"]+)"', shown)
    (then,) = re.findall(r'name="occupied_from" value="([^"]+)"', moved)
    assert (now[10:], then[:10]) == (then[10:], "2027-04-02"), "summer time began in between"
