"""A line that comes later or goes home earlier than its event claims only that time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Assignment, AssignmentState, Event, Product, PullLine, Tracking
from app.queries.availability import availability
from app.refusals import Refused
from app.services.event_dates import change_dates
from app.services.events import Windows
from app.services.line_changes import change_line
from app.services.line_windows import Stay
from tests import factories
from tests.factories import SOON, me
from tests.people import House
from tests.planning.stories import claim_of, event_with, lamps

DAY = timedelta(days=1)
LAST_DAY = Stay(SOON + 2 * DAY)


@pytest.fixture
def line(house: House) -> int:
    """Three lamps of four, for three days."""
    with house.writing():
        event_with(house, {lamps(house): 3})
        return db.session.scalars(select(PullLine.id)).one()


def stay(house: House, line_id: int, own: Stay, quantity: int = 3) -> None:
    """Give a line a time of its own."""
    with house.writing():
        change_line(db.session.get_one(PullLine, line_id), quantity, "", by=me(), stay=own)


def free(house: House, line_id: int, day: int) -> int:
    """How many lamps are free on a day of the event."""
    with house.reading():
        product_id = db.session.get_one(PullLine, line_id).product_id
        begins = SOON + day * DAY
        return availability([product_id], house.warehouse_id, begins, begins + DAY)[product_id].free


def test_a_line_that_comes_later_is_free_until_then(house: House, line: int) -> None:
    stay(house, line, LAST_DAY)
    assert [free(house, line, day) for day in range(3)] == [4, 4, 1]


def test_a_line_without_a_time_of_its_own_is_away_with_its_event_again(house: House, line: int) -> None:
    stay(house, line, LAST_DAY)
    stay(house, line, Stay())
    assert [free(house, line, day) for day in range(3)] == [1, 1, 1]


def test_time_and_quantity_change_together(house: House, line: int) -> None:
    with house.writing():
        lamp = db.session.get_one(Product, db.session.get_one(PullLine, line).product_id)
        event_with(house, {lamp: 1}, days=2)
    with pytest.raises(Refused, match="3 of 4 free"):
        stay(house, line, Stay(), 4)
    stay(house, line, LAST_DAY, 4)
    assert free(house, line, 2) == 0


def test_a_longer_time_is_refused_where_the_pieces_are_taken(house: House, line: int) -> None:
    stay(house, line, LAST_DAY)
    with house.writing():
        event_with(
            house, {db.session.get_one(Product, db.session.get_one(PullLine, line).product_id): 4}, days=2
        )
    with pytest.raises(Refused, match="0 of 3 free"):
        stay(house, line, Stay())
    with house.reading():
        assert db.session.get_one(PullLine, line).occupied_from == SOON + 2 * DAY


@pytest.mark.parametrize(
    ("own", "field"),
    [
        (Stay(SOON - DAY), "occupied_from"),
        (Stay(None, SOON + 4 * DAY), "occupied_until"),
        (Stay(SOON + 2 * DAY, SOON + DAY), "occupied_until"),
    ],
)
def test_a_time_outside_of_the_event_is_refused(house: House, line: int, own: Stay, field: str) -> None:
    with pytest.raises(Refused) as refused:
        stay(house, line, own)
    assert list(refused.value.errors) == [field]


def test_moving_the_event_keeps_what_of_the_lines_time_is_inside(house: House, line: int) -> None:
    stay(house, line, Stay(SOON + DAY, SOON + 2 * DAY))
    move(house, DAY, 3 * DAY)
    with house.reading():
        row = db.session.get_one(PullLine, line)
        assert (row.occupied_from, row.occupied_until) == (None, SOON + 2 * DAY)
    move(house, 9 * DAY, 12 * DAY)
    with house.reading():
        row, claim = db.session.get_one(PullLine, line), claim_of(db.session.scalars(select(Event)).one())
        assert (row.occupied_from, row.occupied_until) == (None, None)
        assert (claim.starts_at, claim.ends_at) == (SOON + 9 * DAY, SOON + 12 * DAY)


def move(house: House, begins: timedelta, ends: timedelta) -> None:
    """Give the event other dates."""
    with house.writing():
        event = db.session.scalars(select(Event)).one()
        windows = Windows(SOON + begins, SOON + ends, SOON + begins, SOON + ends)
        change_dates(event, windows, event.version, by=me())


def test_a_piece_that_was_chosen_goes_along_and_is_not_promised_twice(house: House) -> None:
    with house.writing():
        spot = factories.product("Spot", tracking=Tracking.SERIALIZED, stock=2, at=house.warehouse_id)
        first, second = event_with(house, {spot: 1}), event_with(house, {spot: 1}, days=2)
        lines = db.session.scalars(select(PullLine).order_by(PullLine.id)).all()
        line_id, asset_id = lines[0].id, factories.first_asset(spot).id
        lines[0].occupied_from = claim_of(first).starts_at = SOON + 2 * DAY
        for event in (first, second):
            claim = claim_of(event)
            db.session.add(
                Assignment(
                    asset_id=asset_id, reservation_id=claim.id, event_id=event.id, state=AssignmentState.PREPPED,
                    starts_at=claim.starts_at, ends_at=claim.ends_at,
                )
            )  # fmt: skip
            db.session.flush()
    with pytest.raises(Refused, match="is prepped here and promised to EV-"):
        stay(house, line_id, Stay(), 1)
    stay(house, line_id, Stay(SOON + 2 * DAY, SOON + 2 * DAY + DAY / 2), 1)
    with house.reading():
        chosen = db.session.scalars(select(Assignment).order_by(Assignment.id)).first()
        assert chosen is not None and chosen.ends_at == SOON + 2 * DAY + DAY / 2


def test_the_list_has_a_form_for_it_and_shows_it(house: House, line: int) -> None:
    alice, url = house.browser("Alice"), f"/planning/lines/{line}"
    assert b'name="occupied_from"' in alice.get(url).data
    given = {"quantity": "3", "note": "", "occupied_from": "2027-06-09T10:00", "occupied_until": ""}
    assert alice.post(url, data=given | {"occupied_from": "2027-06-01T10:00"}).status_code == 422
    assert alice.post(url, data=given).status_code == 303
    with house.reading():
        event_id = db.session.get_one(PullLine, line).event_id
        assert claim_of(db.session.get_one(Event, event_id)).starts_at == SOON + 2 * DAY
    for page in ("pull-list", "pull-list/print"):
        assert "leaves Wed 9 Jun 2027, 10:00" in alice.get(f"/planning/events/{event_id}/{page}").text
