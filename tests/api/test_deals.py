"""What a program can do to enquiries and deals, and how it is told no."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Contact
from tests.api.conftest import Program, refuses
from tests.factories import SOON
from tests.people import House, found_house

DATES = {"occupied_from": SOON.isoformat(), "occupied_until": (SOON + timedelta(days=3)).isoformat()}
SAID: dict[str, Any] = {
    "name": "Gala",
    "company": "Lindenau",
    "contact_name": "Nora",
    "venue": "Hall",
    **DATES,
}


@pytest.fixture
def deal(program: Program) -> dict[str, Any]:
    """An open deal."""
    made = program.post("/crm/deals", **SAID)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json
    return found


def test_an_enquiry_is_turned_away_and_taken_up_again(program: Program) -> None:
    lead = program.post("/crm/leads", name="Max", email="max@lindenau.example", message="A stage").json
    path = f"/crm/leads/{lead['id']}"
    assert refuses(program.post(f"{path}/disqualification"), "reason")
    away = program.post(f"{path}/disqualification", reason="Too far").json
    assert (away["state"], away["reason"]) == ("disqualified", "Too far")
    assert program.get("/crm/leads?state=disqualified").json["items"] == [away]
    assert program.post(f"{path}/reopening").json == lead


def test_an_enquiry_that_became_a_deal_is_not_turned_away(program: Program) -> None:
    lead = program.post("/crm/leads", name="Max", phone="0123").json
    path = f"/crm/leads/{lead['id']}"
    first, again = (program.post(f"{path}/deal", **SAID, probability=40, value="900") for _ in range(2))
    assert first.status_code == 201 and again.json == first.json, first.text
    assert (first.json["probability"], first.json["value"], first.json["contact_name"]) == (
        40,
        "900.00",
        "Nora",
    )
    assert program.post(f"{path}/disqualification", reason="Too far").status_code == 422


def test_what_nobody_could_answer_is_named(program: Program) -> None:
    assert refuses(program.post("/crm/leads", name="Max"), "email")
    assert refuses(program.post("/crm/leads", name="Max", email="max at home"), "email")


def test_a_deal_is_read_changed_and_sent_back(house: House, program: Program, deal: dict[str, Any]) -> None:
    path = f"/crm/deals/{deal['id']}"
    assert program.get(path).json == deal
    sally = {"owner_id": house.people["Sally"]}
    body = SAID | sally | {"version": deal["version"], "value": "1200.00", "next_action": "Call"}
    changed = program.put(path, **body)
    assert changed.status_code == 200, changed.text
    new = {"value": "1200.00", "next_action": "Call", "version": deal["version"] + 1}
    assert changed.json == deal | sally | new
    assert program.put(path, **body).status_code == 409


def test_a_deal_moves_over_the_board_and_falls_through_with_a_reason(
    program: Program, deal: dict[str, Any]
) -> None:
    path = f"/crm/deals/{deal['id']}"
    assert program.post(f"{path}/stage", stage="negotiation").json["stage"] == "negotiation"
    assert refuses(program.post(f"{path}/stage", stage="lost"), "reason")
    lost = program.post(f"{path}/loss", reason="Too dear").json
    assert (lost["stage"], lost["lost_reason"]) == ("lost", "Too dear")
    assert [one["id"] for one in program.get("/crm/deals?stage=lost").json["items"]] == [deal["id"]]
    assert program.get("/crm/deals?stage=won").json["items"] == []


def test_a_chase_is_written_down_once(house: House, program: Program, deal: dict[str, Any]) -> None:
    path, body = (
        f"/crm/deals/{deal['id']}/chases",
        {"method": "email", "response": "Later", "next_action": "Call"},
    )
    first, again = (program.ask("POST", path, key="chase", **body) for _ in range(2))
    assert first.status_code == 201 and first.json["next_action"] == "Call" and again.json == first.json
    with house.reading():
        assert len(db.session.scalars(select(Activity).where(Activity.verb == "deal.chased")).all()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"warehouse_id": 999_999}, "warehouse_id"),
        ({"owner_id": 999_999}, "owner_id"),
        ({"stage": "won"}, "stage"),
        ({"probability": 101}, "probability"),
        ({"value": "1.005"}, "value"),
        ({"occupied_until": SOON.isoformat()}, "occupied_until"),
        ({"charged_from": (SOON - timedelta(days=1)).isoformat()}, "charged_from"),
        ({"contact_email": "nora"}, "contact_email"),
    ],
)
def test_what_does_not_fit_a_deal_is_named(
    house: House, program: Program, changes: dict[str, Any], field: str
) -> None:
    assert refuses(program.post("/crm/deals", **SAID | changes), field)
    with house.reading():
        assert db.session.scalars(select(Contact)).all() == []


def test_people_and_warehouses_of_others_are_named(
    house: House, program: Program, deal: dict[str, Any]
) -> None:
    other = found_house(house.app, "Other Lights", "other")
    body = SAID | {"version": deal["version"]}
    path = f"/crm/deals/{deal['id']}"
    assert refuses(program.put(path, **body, owner_id=other.people["Sally"]), "owner_id")
    assert refuses(program.put(path, **body, warehouse_id=other.warehouse_id), "warehouse_id")
    assert Program(other).get(path).status_code == 404


def test_deals_are_kept_by_sales_and_only_read_by_others(house: House, deal: dict[str, Any]) -> None:
    path = f"/crm/deals/{deal['id']}"
    assert Program(house, "Vic").get(path).status_code == 200
    assert Program(house, "Vic").post(f"{path}/stage", stage="lost", reason="No").status_code == 403
    assert Program(house, "Bob").get(path).status_code == 403
    assert Program(house, "Sally").post(f"{path}/stage", stage="quoted").status_code == 200
