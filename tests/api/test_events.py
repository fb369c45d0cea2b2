"""What a program can do to an event's dates and its pull list, and to scans, and how it is told no."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Event, Product, PullLine, Reservation
from app.services.events import open_event
from app.services.pull_lines import Wanted, add_lines
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import SOON, me
from tests.people import House, found_house

LATER = SOON + timedelta(days=3)


@pytest.fixture
def shows(house: House) -> tuple[int, int]:
    """Two events one after the other; each has 4 of the same 5 cables."""
    with house.writing():
        cable = factories.product("Cable", stock=5, at=house.warehouse_id).id
        return an_event(house, cable, 0), an_event(house, cable, 10)


def an_event(house: House, cable: int, days: int) -> int:
    deal = factories.deal(house.warehouse_id, starts_at=SOON + timedelta(days=days))
    event = open_event(deal, by=me())
    add_lines(event, [Wanted(cable, 4)], by=me())
    return event.id


def line_of(house: House, event_id: int) -> int:
    with house.reading():
        return db.session.scalars(select(PullLine.id).where(PullLine.event_id == event_id)).one()


def on_the_second(event: dict[str, Any]) -> dict[str, Any]:
    """Dates of the first event that fall on those of the second."""
    start = SOON + timedelta(days=10)
    return {
        "occupied_from": start.isoformat(),
        "occupied_until": (start + timedelta(days=2)).isoformat(),
        "version": event["version"],
    }


def test_a_dry_run_says_what_dates_would_do_and_moves_nothing(
    house: House, program: Program, shows: tuple[int, int]
) -> None:
    event = program.get(f"/planning/events/{shows[0]}").json
    answer = program.post(f"/planning/events/{shows[0]}/dates", **on_the_second(event), dry_run=True)
    assert answer.status_code == 200, answer.text
    assert answer.json["needs_reason"] is True and answer.json["event"] == event
    effect = answer.json["effects"][0]
    assert (effect["product"], effect["missing_before"], effect["missing_after"]) == ("Cable", 0, 3)
    assert program.get(f"/planning/events/{shows[0]}").json == event


def test_short_dates_need_a_reason_and_move_the_claims_with_it(
    house: House, program: Program, shows: tuple[int, int]
) -> None:
    path, event = f"/planning/events/{shows[0]}", program.get(f"/planning/events/{shows[0]}").json
    assert refuses(program.post(f"{path}/dates", **on_the_second(event)), "reason")
    moved = program.post(f"{path}/dates", **on_the_second(event), reason="Sub-hired the rest")
    assert moved.status_code == 200 and moved.json["event"]["version"] == event["version"] + 1, moved.text
    with house.reading():
        claim = db.session.scalars(select(Reservation).where(Reservation.event_id == shows[0])).one()
        assert claim.overbooked_quantity == 3 and claim.starts_at >= SOON + timedelta(days=9)


def test_dates_that_will_not_do_are_refused_in_a_dry_run_too(
    program: Program, shows: tuple[int, int]
) -> None:
    path, event = f"/planning/events/{shows[0]}/dates", program.get(f"/planning/events/{shows[0]}").json
    fine = on_the_second(event)
    for dry_run in (True, False):
        wrong = fine | {"occupied_until": fine["occupied_from"], "dry_run": dry_run}
        assert refuses(program.post(path, **wrong), "occupied_until")
        assert program.post(path, **fine | {"version": 99, "dry_run": dry_run}).status_code == 409


def test_who_may_not_overbook_may_not_do_so_with_a_reason(house: House, shows: tuple[int, int]) -> None:
    narrow = Program(house, "Sally")
    event = narrow.get(f"/planning/events/{shows[0]}").json
    asked = narrow.post(f"/planning/events/{shows[0]}/dates", **on_the_second(event), reason="Because")
    assert asked.status_code == 403


def test_a_line_gets_another_quantity_note_and_time(
    house: House, program: Program, shows: tuple[int, int]
) -> None:
    path = f"/planning/events/{shows[0]}/pull-list/{line_of(house, shows[0])}"
    late = (SOON + timedelta(days=1)).isoformat()
    answer = program.put(path, quantity=2, note="Black ones", occupied_from=late)
    assert answer.status_code == 200, answer.text
    assert (answer.json["quantity"], answer.json["note"]) == (2, "Black ones")
    assert answer.json["occupied_from"][:10] == late[:10]
    assert program.get(f"/planning/events/{shows[0]}/pull-list").json["items"] == [answer.json]


def test_what_does_not_fit_a_line_is_named(house: House, program: Program, shows: tuple[int, int]) -> None:
    path = f"/planning/events/{shows[0]}/pull-list/{line_of(house, shows[0])}"
    assert refuses(program.put(path, quantity=0), "quantity")
    assert refuses(
        program.put(path, quantity=1, occupied_from=(SOON - timedelta(days=9)).isoformat()), "occupied_from"
    )
    assert program.put(path, quantity=9).status_code == 422
    assert program.put(path, quantity=9, reason="Bought more").json["short"] == 4


def test_a_line_of_another_event_is_not_found(house: House, program: Program, shows: tuple[int, int]) -> None:
    path = f"/planning/events/{shows[0]}/pull-list/{line_of(house, shows[1])}"
    assert program.put(path, quantity=1).status_code == 404
    assert program.ask("DELETE", path).status_code == 404


def test_a_line_is_taken_off_the_list_once(house: House, program: Program, shows: tuple[int, int]) -> None:
    path = f"/planning/events/{shows[0]}/pull-list/{line_of(house, shows[0])}"
    assert program.ask("DELETE", path).status_code == 204
    assert program.get(f"/planning/events/{shows[0]}/pull-list").json["items"] == []
    assert program.ask("DELETE", path).status_code == 404


def test_a_product_that_is_not_free_goes_on_the_list_with_a_reason(
    house: House, program: Program, shows: tuple[int, int]
) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=1, at=house.warehouse_id).id
        old = factories.product("Old", archived_at=SOON).id
    path = f"/planning/events/{shows[0]}/pull-list"
    assert program.post(path, product_id=lamp, quantity=2).status_code == 422
    answer = program.post(path, product_id=lamp, quantity=2, reason="Bought one more", note="Warm white")
    assert answer.status_code == 201, answer.text
    assert refuses(program.post(path, product_id=old, quantity=1), "product_id")
    assert refuses(program.post(path, product_id=999_999, quantity=1), "product_id")


def test_a_scan_is_taken_back_by_the_id_of_its_device(
    house: House, program: Program, shows: tuple[int, int]
) -> None:
    with house.writing():
        cable = db.session.scalars(select(Product).where(Product.name == "Cable")).one()
        factories.code_for(cable, "CABLE-1")
    scan_id = str(uuid.uuid4())
    made = program.post(
        "/warehouse/scans", id=scan_id, code="CABLE-1", mode="prep", event_id=shows[0], quantity=2
    )
    assert made.json["prepped"] == 2, made.text
    path = f"/warehouse/scans/{scan_id}/undoing"
    first, again = (program.ask("POST", path, key="back-1") for _ in range(2))
    assert first.status_code == 200 and first.json["prepped"] == 0, first.text
    assert again.json == first.json
    assert refuses(program.post(path), "scan_uuid")


def test_scans_of_nobody_and_of_others_are_not_found(house: House, program: Program) -> None:
    assert program.post("/warehouse/scans/none/undoing").status_code == 404
    other = Program(found_house(house.app, "Other Lights", "other"))
    assert other.post(f"/warehouse/scans/{uuid.uuid4()}/undoing").status_code == 404


def test_an_events_invoices_are_a_list_of_their_own(
    house: House, program: Program, shows: tuple[int, int]
) -> None:
    with house.writing():
        db.session.get_one(Event, shows[0]).revenue = Decimal(1000)
    made = program.post("/crm/invoices", event_id=shows[0], kind="deposit", percent="30")
    assert made.status_code == 201, made.text
    found = program.get(f"/crm/invoices?event_id={shows[0]}&state=draft").json["items"]
    assert [one["id"] for one in found] == [made.json["id"]]
    assert program.get(f"/crm/invoices?event_id={shows[1]}").json["items"] == []
    assert refuses(program.post("/crm/invoices", event_id=999_999, kind="final"), "event_id")
