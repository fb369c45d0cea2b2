"""Phases: suggested by the lines, moved by a person, and cancelling frees the gear."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Event, Gate, Organization
from app.queries.planning import event_head
from app.refusals import Refused
from app.rules.phases import Phase
from app.services.event_phases import cancel_event, move_phase
from tests.factories import me
from tests.people import House
from tests.planning.stories import claim_of, event_with, lamps, send_out


def test_a_phase_is_suggested_and_never_moved_by_itself(house: House) -> None:
    with house.writing():
        event = event_with(house, {lamps(house): 2})
        send_out(event, 2)
        head = event_head(event.id)
        assert head.proposed is Phase.ON_SITE and head.event.phase is Phase.PLANNED


def test_a_move_is_logged_and_closing_is_no_mere_move(house: House) -> None:
    with house.writing():
        event_id = event_with(house, {lamps(house): 2}).id
    with house.writing():
        event = move_phase(db.session.get_one(Event, event_id), Phase.PREP, by=me())
        verb = db.session.scalars(select(Activity.verb).order_by(Activity.id.desc())).first()
        assert (event.phase, verb) == (Phase.PREP, "event.phase_moved")
    with pytest.raises(Refused), house.writing():
        move_phase(db.session.get_one(Event, event_id), Phase.CLOSED, by=me())


def test_where_the_gate_blocks_going_out_short_needs_a_reason(house: House) -> None:
    with house.writing():
        db.session.get_one(Organization, house.organization_id).dispatch_gate = Gate.BLOCK
        event_id = event_with(house, {lamps(house, stock=1): 2}, why="hire").id
    with pytest.raises(Refused, match="1 × Lamp"), house.writing():
        move_phase(db.session.get_one(Event, event_id), Phase.LOAD_OUT, by=me())
    with house.writing():
        event = db.session.get_one(Event, event_id)
        assert move_phase(event, Phase.LOAD_OUT, by=me(), reason="the rest follows").phase is Phase.LOAD_OUT


def test_cancelling_frees_the_gear_but_not_what_is_still_out(house: House) -> None:
    with house.writing():
        lamp, speaker = lamps(house), lamps(house, name="Speaker")
        first, second = event_with(house, {lamp: 4}), event_with(house, {speaker: 4})
        send_out(second, 3)
        ids = first.id, second.id
    for event_id in ids:
        with house.writing():
            cancel_event(db.session.get_one(Event, event_id), "The client withdrew", by=me())
    with house.writing():
        event_with(house, {lamp: 4})
        assert claim_of(db.session.get_one(Event, ids[1])).quantity == 3
        with pytest.raises(Refused, match="1 of 2 free"):
            event_with(house, {speaker: 2})


def test_the_screen_asks_for_a_reason_and_a_viewer_may_not(house: House) -> None:
    with house.writing():
        event_id = event_with(house, {lamps(house): 4}).id
    url = f"/planning/events/{event_id}/cancellation"
    assert house.browser("Vic").post(url, data={"reason": "because"}).status_code == 403
    assert house.browser("Alice").post(url, data={"reason": ""}).status_code == 422
    assert house.browser("Alice").post(url, data={"reason": "The client withdrew"}).status_code == 303
    assert b"The client withdrew" in house.browser("Alice").get(f"/planning/events/{event_id}").data
