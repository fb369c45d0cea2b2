"""Events: the list, opening by hand, editing, the pull list on screen, the calendar."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Event, PullLine
from app.services.events import open_event
from tests import factories
from tests.factories import SOON, me
from tests.people import House
from tests.planning.stories import claim_of, event_with, lamps, send_out

HTMX = {"HX-Request": "true"}
TYPED = {
    "name": "Hofkonzert", "occupied_from": "2027-06-07T10:00", "occupied_until": "2027-06-09T10:00",
    "company_id": "", "notes": "Bring the long ladder",
}  # fmt: skip


def test_the_database_lets_a_deal_have_one_event(house: House) -> None:
    with house.writing():
        deal = factories.deal(house.warehouse_id)
        open_event(deal, by=me())
        with pytest.raises(IntegrityError):
            open_event(deal, by=me())
        db.session.rollback()


def test_the_list_finds_filters_and_leaves_as_a_file(house: House) -> None:
    with house.writing():
        event_with(house, {lamps(house): 1})
    alice = house.browser("Alice")
    assert b"Summer gala" in alice.get("/planning/events?find=LINDENAU").data
    assert b"No event fits" in alice.get("/planning/events?find=nothing").data
    assert b"No event fits" in alice.get("/planning/events?phase=closed").data
    assert b"Summer gala" in alice.get("/planning/events?from=2027-06-10&until=2027-06-10&sort=-name").data
    assert b"No event fits" in alice.get("/planning/events?from=2027-06-11").data
    listed = alice.get("/planning/events.csv")
    assert listed.mimetype == "text/csv" and b"Summer gala" in listed.data
    part = alice.get("/planning/events", headers=HTMX | {"HX-Target": "event-list"}).data
    assert part.startswith(b"<section") and b"<html" not in part


def test_gear_that_is_out_past_the_end_is_overdue_everywhere(house: House) -> None:
    ended = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    with house.writing():
        event = event_with(house, {lamps(house): 2}, starts_at=ended - timedelta(days=3))
        event.occupied_until = event.charged_until = claim_of(event).ends_at = ended
        send_out(event, 2, returned=1)
        event_id = event.id
    alice = house.browser("Alice")
    pages = ["/planning/events?phase=overdue", f"/planning/events/{event_id}", "/planning/calendar"]
    assert all(b"verdue" in alice.get(url).data for url in pages)


def test_an_event_is_opened_by_hand_and_bad_input_keeps_what_was_typed(house: House) -> None:
    alice = house.browser("Alice")
    typed = TYPED | {"warehouse_id": str(house.warehouse_id)}
    refused = alice.post("/planning/events/new", data=typed | {"occupied_until": "2027-06-01T10:00"})
    assert refused.status_code == 422 and b"Bring the long ladder" in refused.data
    assert b"The end must be after the start" in refused.data
    assert alice.post("/planning/events/new", data=typed | {"name": ""}).status_code == 422
    assert alice.post("/planning/events/new", data=typed | {"company_id": "999"}).status_code == 422
    assert alice.post("/planning/events/new", data=typed).status_code == 303
    with house.reading():
        event = db.session.scalars(select(Event)).one()
        assert event.occupied_from == SOON and event.charged_until == event.occupied_until


def test_an_edit_over_newer_values_is_stopped_and_shows_them(house: House) -> None:
    with house.writing():
        event_id = event_with(house, {}).id
    alice, url = house.browser("Alice"), f"/planning/events/{event_id}/edit"
    assert alice.post(url, data={"name": "First", "version": "1"}).status_code == 303
    stale = alice.post(url, data={"name": "Second", "version": "1"})
    assert stale.status_code == 409 and b"Second" in stale.data and b"Now saved: First" in stale.data
    assert alice.post(url, data={"name": "Second", "version": "2"}).status_code == 303


def test_lines_are_added_changed_and_removed_as_parts(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        event_id, lamp_id = event_with(house, {}).id, lamp.id
    alice = house.browser("Alice")
    offers = alice.get(f"/planning/events/{event_id}/products?product=lam", headers=HTMX)
    assert f'value="{lamp_id}"'.encode() in offers.data and b"4 / 4" in offers.data
    url = f"/planning/events/{event_id}/lines"
    added = alice.post(url, data={"product_id": lamp_id, "quantity": "3"}, headers=HTMX)
    assert added.status_code == 200 and added.data.startswith(b'<section id="pull-list"')
    short = alice.post(url, data={"product": "Lamp", "quantity": "9", "note": "kept"}, headers=HTMX)
    assert short.status_code == 422 and b"1 of 9 free" in short.data and b"kept" in short.data
    with house.reading():
        line_id = db.session.scalars(select(PullLine.id)).one()
    assert b"line-form" in alice.get(f"/planning/lines/{line_id}", headers=HTMX).data
    refused = alice.post(f"/planning/lines/{line_id}", data={"quantity": "many"}, headers=HTMX)
    assert refused.status_code == 422 and refused.headers["HX-Retarget"] == f"#line-form-{line_id}"
    saved = alice.post(f"/planning/lines/{line_id}", data={"quantity": "4", "note": "blue"}, headers=HTMX)
    assert saved.status_code == 200 and b"blue" in saved.data
    gone = alice.post(f"/planning/lines/{line_id}/removal", headers=HTMX)
    assert b"Nothing on the list yet" in gone.data
    assert alice.get(f"/planning/lines/{line_id}", headers=HTMX).status_code == 404


def test_planning_short_needs_the_permission(house: House) -> None:
    with house.writing():
        event_id, lamp_id = event_with(house, {}).id, lamps(house).id
    short = {"product_id": lamp_id, "quantity": "9", "reason": "hired in"}
    url = f"/planning/events/{event_id}/lines"
    assert house.browser("Bob").post(url, data=short).status_code == 403
    assert house.browser("Alice").post(url, data=short).status_code == 303
    assert b"5 short" in house.browser("Vic").get(f"/planning/events/{event_id}/pull-list").data


def test_the_calendar_shows_a_month_and_a_week_and_turns_by_links(house: House) -> None:
    with house.writing():
        event_with(house, {})
    alice = house.browser("Alice")
    month = alice.get("/planning/calendar?month=2027-06").data
    assert month.count(b"Summer gala") >= 4 and b"month=2027-05" in month and b"month=2027-07" in month
    week = alice.get("/planning/calendar?week=2027-W23").data
    assert b"Summer gala" in week and b"week=2027-W24" in week
    for odd in ("month=2027-13", "week=2027-W99", "month=9999-12", "month=0000-01", "week=x"):
        assert alice.get(f"/planning/calendar?{odd}").status_code == 200


def test_pages_cost_as_many_statements_for_twenty_lines(
    house: House, statements: Callable[[], list[str]]
) -> None:
    counts = []
    for number in (1, 20):
        with house.writing():
            wanted = {factories.product(stock=9, at=house.warehouse_id): 2 for _ in range(number)}
            event_id = event_with(house, wanted, starts_at=SOON + timedelta(days=9 * number)).id
        alice = house.browser("Alice")
        urls = [f"/planning/events/{event_id}", f"/planning/events/{event_id}/pull-list", "/planning/events"]
        for url in urls:
            alice.get(url)
        statements()
        for url in urls:
            alice.get(url)
        counts.append(len(statements()))
    assert counts[0] == counts[1]


def test_a_double_click_is_one_deed(house: House) -> None:
    with house.writing():
        event_id, lamp_id = event_with(house, {}).id, lamps(house).id
    alice = house.browser("Alice")
    typed = {"product_id": lamp_id, "quantity": "9", "request_id": "request-0001"}
    url = f"/planning/events/{event_id}/lines"
    assert alice.post(url, data=typed).status_code == 422
    for _ in range(2):
        assert alice.post(url, data=typed | {"quantity": "2"}).status_code == 303
    with house.reading():
        assert db.session.scalars(select(PullLine.quantity)).one() == 2
    opened = TYPED | {"warehouse_id": str(house.warehouse_id), "request_id": "request-0002"}
    for _ in range(2):
        alice.post("/planning/events/new", data=opened)
    with house.reading():
        assert len(db.session.scalars(select(Event.id)).all()) == 2
