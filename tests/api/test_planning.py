"""What a program can do to events, their costs, shortages and losses, and how it is told no."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Event, Firmness, LostDemand, PullLine, Reservation, Tracking
from app.services.events import open_event
from app.services.pull_lines import Wanted, add_lines
from app.services.reservations import Overbooking
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import SOON, me
from tests.people import House, found_house

NEXT = datetime.now(UTC).replace(microsecond=0) + timedelta(days=14)
"""Soon enough for the list of all shortages."""
DATES = {"occupied_from": SOON.isoformat(), "occupied_until": (SOON + timedelta(days=3)).isoformat()}


@pytest.fixture
def short(house: House) -> dict[str, int]:
    """An event that was promised 7 of the 5 cables, and another kind of cable that is free."""
    with house.writing():
        cable = factories.product("Cable", stock=5, at=house.warehouse_id).id
        other = factories.product("Other cable", stock=9, at=house.warehouse_id).id
        event = open_event(factories.deal(house.warehouse_id, starts_at=NEXT), by=me())
        promised = Overbooking(me(), "A neighbour lends two")
        line = add_lines(event, [Wanted(cable, 7)], by=me(), overbook=promised)[0]
        return {"event": event.id, "line": line.id, "cable": cable, "other": other}


def line_path(short: dict[str, int]) -> str:
    return f"/planning/events/{short['event']}/pull-list/{short['line']}"


def claim_of(line: PullLine) -> int:
    return db.session.scalars(select(Reservation.id).where(Reservation.line_id == line.id)).one()


def planned(program: Program, short: dict[str, int]) -> dict[str, int]:
    lines = program.get(f"/planning/events/{short['event']}/pull-list").json["items"]
    return {one["product"]: one["quantity"] for one in lines}


def test_an_event_is_opened_by_hand_found_and_changed_in_its_version(house: House, program: Program) -> None:
    made = program.post("/planning/events", name="Gala", **DATES, notes="Two doors")
    assert made.status_code == 201 and made.json["warehouse_id"] == house.warehouse_id, made.text
    path = f"/planning/events/{made.json['id']}"
    body = {"name": "Winter gala", "version": made.json["version"], "owner_id": house.people["Alice"]}
    changed = program.put(path, **body)
    assert (changed.json["name"], changed.json["notes"]) == ("Winter gala", ""), changed.text
    assert program.put(path, **body).status_code == 409

    def found(first: int, last: int) -> list[int]:
        days = (f"{SOON + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}" for day in (first, last))
        query = "from={}&until={}".format(*days)
        return [one["id"] for one in program.get(f"/planning/events?{query}").json["items"]]

    assert found(2, 9) == [made.json["id"]] and found(3, 9) == [] and found(-9, 0) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"company_id": 999_999}, "company_id"),
        ({"company_id": 2**40}, "company_id"),
        ({"warehouse_id": 999_999}, "warehouse_id"),
        ({"occupied_until": SOON.isoformat()}, "occupied_until"),
        ({"charged_from": (SOON - timedelta(days=1)).isoformat()}, "charged_from"),
    ],
)
def test_what_does_not_fit_an_event_is_named(program: Program, changes: dict[str, Any], field: str) -> None:
    assert refuses(program.post("/planning/events", **{"name": "Gala"} | DATES | changes), field)
    assert program.get("/planning/events").json["items"] == []


def test_people_of_others_are_named(house: House, program: Program) -> None:
    other = found_house(house.app, "Other Lights", "other")
    body = {"name": "Gala"} | DATES
    assert refuses(program.post("/planning/events", **body, owner_id=other.people["Alice"]), "owner_id")
    assert refuses(program.post("/planning/events", **body, warehouse_id=other.warehouse_id), "warehouse_id")


def test_costs_are_said_anew_and_taken_off(program: Program, short: dict[str, int]) -> None:
    path = f"/planning/events/{short['event']}/costs"
    made = program.post(path, kind="transport", description="Van", planned="80", actual="95.50", charge="-5")
    assert made.status_code == 201 and made.json["charge"] == "-5.00", made.text
    said = program.put(f"{path}/{made.json['id']}", kind="transport", description="Lorry", actual="120.00")
    assert (said.json["description"], said.json["planned"]) == ("Lorry", None)
    assert program.get(path).json["items"] == [said.json]
    assert program.post(f"{path}/known").json["items"] == [said.json]
    assert program.ask("DELETE", f"{path}/{made.json['id']}").status_code == 204
    assert program.get(path).json["items"] == []


def test_a_cost_of_another_event_is_not_found(program: Program, short: dict[str, int]) -> None:
    other = program.post("/planning/events", name="Gala", **DATES).json["id"]
    cost = program.post(f"/planning/events/{short['event']}/costs", kind="other", description="Fuel").json[
        "id"
    ]
    path = f"/planning/events/{other}/costs/{cost}"
    assert program.put(path, kind="other", description="Fuel").status_code == 404
    assert program.ask("DELETE", path).status_code == 404


def test_a_shortage_is_listed_with_its_reasons_and_ways_out(program: Program, short: dict[str, int]) -> None:
    found = program.get(f"/planning/events/{short['event']}/shortages").json["items"]
    assert [(one["product"], one["missing"], one["total"]) for one in found] == [("Cable", 2, 5)]
    assert found[0]["reasons"]
    listed = program.get("/planning/shortages").json["items"]
    assert [(one["event_id"], one["line_id"]) for one in listed] == [(short["event"], short["line"])]


def test_fewer_are_planned_and_the_lost_demand_is_remembered(
    house: House, program: Program, short: dict[str, int]
) -> None:
    cut = program.post(f"{line_path(short)}/part", quantity=2, reason="Too many promised")
    assert cut.status_code == 200 and cut.json["quantity"] == 5, cut.text
    with house.reading():
        assert db.session.scalars(select(LostDemand.quantity)).all() == [2]
    assert program.get(f"/planning/events/{short['event']}/shortages").json["items"] == []


def test_another_product_stands_in(program: Program, short: dict[str, int]) -> None:
    done = program.post(f"{line_path(short)}/substitution", product_id=short["other"], quantity=2)
    assert [one["product_id"] for one in done.json["items"]] == [short["other"]], done.text
    assert planned(program, short) == {"Cable": 5, "Other cable": 2}
    assert refuses(
        program.post(f"{line_path(short)}/substitution", product_id=short["cable"], quantity=1), "product_id"
    )


def test_pieces_come_from_a_supplier_with_their_cost(program: Program, short: dict[str, int]) -> None:
    body = {"supplier": "Neighbour", "quantity": 2, "cost": "40.00"}
    first, again = (program.ask("POST", f"{line_path(short)}/hire", key="hire", **body) for _ in range(2))
    assert first.status_code == 201 and again.json == first.json, first.text
    assert (first.json["kind"], first.json["planned"]) == ("subhire", "40.00")
    assert planned(program, short) == {"Cable": 5}


def test_pieces_are_taken_from_a_tentative_claim(
    house: House, program: Program, short: dict[str, int]
) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=5, at=house.warehouse_id).id
        other = open_event(factories.deal(house.warehouse_id, starts_at=NEXT), by=me())
        hold = db.session.get_one(Reservation, claim_of(add_lines(other, [Wanted(lamp, 3)], by=me())[0]))
        hold.firmness, hold_id = Firmness.TENTATIVE, hold.id
        event = db.session.get_one(Event, short["event"])
        promised = Overbooking(me(), "A tentative event has them")
        line = short | {"line": add_lines(event, [Wanted(lamp, 4)], by=me(), overbook=promised)[0].id}
    found = program.get(f"/planning/events/{short['event']}/shortages").json["items"]
    ways = next(one["holds"] for one in found if one["line_id"] == line["line"])
    assert [(way["reservation_id"], way["quantity"]) for way in ways] == [(hold_id, 2)]
    taken = program.post(f"{line_path(line)}/taking", reservation_id=hold_id, quantity=2)
    assert taken.status_code == 200, taken.text
    with house.reading():
        assert db.session.get_one(Reservation, hold_id).overbooked_quantity == 2
    assert refuses(
        program.post(f"{line_path(line)}/taking", reservation_id=999_999, quantity=1), "reservation_id"
    )


@pytest.mark.parametrize(
    ("noun", "body"),
    [
        ("part", {"quantity": 1, "reason": "Because"}),
        ("substitution", {"product_id": 1, "quantity": 1}),
        ("taking", {"reservation_id": 1, "quantity": 1}),
        ("hire", {"supplier": "Neighbour", "quantity": 1, "cost": 1}),
    ],
)
def test_ways_out_are_for_lines_of_this_event_and_for_who_may_plan(
    house: House, program: Program, short: dict[str, int], noun: str, body: dict[str, Any]
) -> None:
    other = program.post("/planning/events", name="Gala", **DATES).json["id"]
    wrong = f"/planning/events/{other}/pull-list/{short['line']}/{noun}"
    assert program.post(wrong, **body).status_code == 404
    assert refuses(program.post(f"{line_path(short)}/{noun}", **body | {"quantity": 0}), "quantity")
    assert Program(house, "Bob").post(f"{line_path(short)}/{noun}", **body).status_code == 403


@pytest.fixture
def away(house: House) -> dict[str, int]:
    """An event that a speaker went to."""
    with house.writing():
        row = factories.product("Speaker", tracking=Tracking.SERIALIZED, stock=1, at=house.warehouse_id)
        factories.code_for(row, "SPEAKER")
        event = open_event(factories.deal(house.warehouse_id), by=me())
        add_lines(event, [Wanted(row.id, 1)], by=me())
        asset = db.session.scalars(select(Asset).where(Asset.product_id == row.id)).one()
        line = db.session.scalars(select(PullLine.id).where(PullLine.event_id == event.id)).one()
        found = {"event": event.id, "asset": asset.id, "line": line}
        tag = asset.tag
    out = Program(house).post("/warehouse/scans", id="out-1", code=tag, mode="out", event_id=found["event"])
    assert out.json["out"] == 1, out.text
    return found


def test_what_is_lost_is_charged_and_what_is_found_comes_back(program: Program, away: dict[str, int]) -> None:
    path = f"/warehouse/events/{away['event']}"
    assert [one["still_out"] for one in program.get(f"{path}/missing").json["items"]] == [1]
    body = {"line_id": away["line"], "asset_id": away["asset"], "charge": "900.00"}
    first, again = (program.ask("POST", f"{path}/losses", key="lost", **body) for _ in range(2))
    assert first.status_code == 200 and first.json["items"] == [] and again.json == first.json, first.text
    costs = program.get(f"/planning/events/{away['event']}/costs").json["items"]
    assert [one["charge"] for one in costs] == ["900.00"]
    back = program.post(f"{path}/finds", asset_id=away["asset"], credit="900.00")
    assert back.status_code == 200 and back.json["condition"] == "good" and back.json["location_id"], (
        back.text
    )


def test_what_does_not_fit_a_loss_is_named(house: House, program: Program, away: dict[str, int]) -> None:
    path = f"/warehouse/events/{away['event']}/losses"
    assert refuses(program.post(path, line_id=999_999), "line_id")
    assert refuses(program.post(path, line_id=away["line"]), "asset_id")
    assert refuses(program.post(path, line_id=away["line"], asset_id=999_999), "asset_id")
    other = program.post("/planning/events", name="Gala", **DATES).json["id"]
    wrong = program.post(f"/warehouse/events/{other}/losses", line_id=away["line"], asset_id=away["asset"])
    assert refuses(wrong, "line_id")
    assert Program(house, "Bob").post(path, line_id=away["line"]).status_code == 403
