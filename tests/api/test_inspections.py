"""What a program can do with inspections: set them up, see what is due, inspect, read, void; how it is told no."""

from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Tracking
from tests import factories
from tests.api.conftest import Program, refuses
from tests.people import House

CHECKLIST = [
    {"text": "Housing in order"},
    {"text": "Earth", "kind": "reading", "unit": "Ω", "highest": "0.3", "is_optional": True},
]


@pytest.fixture
def asset(house: House) -> tuple[int, int]:
    """A lamp, and what it is one of."""
    with house.writing():
        row = factories.product("Lamp", tracking=Tracking.SERIALIZED, stock=1, at=house.warehouse_id)
        return db.session.scalars(select(Asset.id).where(Asset.product_id == row.id)).one(), row.id


def set_up(program: Program, product_id: int) -> dict[str, Any]:
    """A sort of inspection that the lamps need every year."""
    kind: dict[str, Any] = program.post(
        "/warehouse/inspection-types", name="Safety", code="pat", checklist=CHECKLIST
    ).json
    path = f"/warehouse/inspection-types/{kind['id']}/plans"
    assert program.post(path, product_id=product_id, every_days=365).status_code == 201
    return kind


def test_a_program_inspects_from_set_up_to_certificate(program: Program, asset: tuple[int, int]) -> None:
    asset_id, product_id = asset
    kind = set_up(program, product_id)
    assert (kind["code"], kind["is_blocking"], kind["checklist"][1]["highest"]) == ("PAT", True, "0.3")
    [line] = program.get("/warehouse/inspections/due?state=never").json["items"]
    assert (line["asset_id"], line["standing"], line["inspection_id"]) == (asset_id, "ok", None)
    said = {"type_id": kind["id"], "asset_id": asset_id}
    made = program.post("/warehouse/inspections", **said, answers=["yes", "0.5"])
    assert made.status_code == 201 and made.json["passed"] is False, made.text
    assert [one["mark"] for one in made.json["findings"]] == ["good", "bad"]
    assert program.get("/warehouse/inspections/due?state=failed").json["total"] == 1
    assert (
        program.get("/warehouse/inspections?outcome=failed").json["items"][0]["number"] == made.json["number"]
    )
    void = program.post(f"/warehouse/inspections/{made.json['id']}/voiding", reason="Wrong lamp")
    assert void.json["voided_reason"] == "Wrong lamp"
    passed = program.post("/warehouse/inspections", **said, answers=["yes", "n/a"]).json
    assert passed["passed"] and passed["next_due_on"]
    assert program.get("/warehouse/inspections/due").json["total"] == 0


def test_what_failed_goes_to_repair_once(program: Program, asset: tuple[int, int]) -> None:
    kind = set_up(program, asset[1])
    found = program.post("/warehouse/inspections", type_id=kind["id"], asset_id=asset[0], answers=["no"]).json
    repair = program.post(f"/warehouse/inspections/{found['id']}/repair")
    assert repair.status_code == 201 and found["number"] in repair.json["note"]
    assert program.post(f"/warehouse/inspections/{found['id']}/repair").status_code == 422


def test_what_cannot_be_is_refused_beside_its_field(program: Program, asset: tuple[int, int]) -> None:
    kind = set_up(program, asset[1])
    said = {"type_id": kind["id"], "asset_id": asset[0]}
    assert refuses(program.post("/warehouse/inspections", **said, answers=["yes", "a lot"]), "answer-1")
    assert refuses(
        program.post("/warehouse/inspections", type_id=kind["id"], answers=["yes", "1"]), "asset_id"
    )
    assert refuses(
        program.post("/warehouse/inspections", **said | {"asset_id": 999}, answers=["no"]), "asset_id"
    )
    assert refuses(
        program.post("/warehouse/inspections", **said, answers=["yes", "0.1"], version=7), "version"
    )
    plans = f"/warehouse/inspection-types/{kind['id']}/plans"
    assert refuses(program.post(plans, product_id=asset[1]), "every_days")
    body = {"name": "Other", "code": "PAT", "checklist": CHECKLIST}
    assert refuses(program.post("/warehouse/inspection-types", **body), "code")
    wrong = [{"text": "Earth", "kind": "reading", "lowest": "2", "highest": "1"}]
    assert program.post("/warehouse/inspection-types", **body | {"checklist": wrong}).status_code == 422


def test_a_plan_ends_and_what_was_inspected_stays(program: Program, asset: tuple[int, int]) -> None:
    kind = set_up(program, asset[1])
    program.post("/warehouse/inspections", type_id=kind["id"], asset_id=asset[0], answers=["no"])
    [plan] = program.get(f"/warehouse/inspection-types/{kind['id']}/plans").json["items"]
    assert program.ask("DELETE", f"/warehouse/inspection-plans/{plan['id']}").status_code == 204
    assert program.get("/warehouse/inspections/due?state=all").json["total"] == 0
    assert program.get("/warehouse/inspections").json["total"] == 1
