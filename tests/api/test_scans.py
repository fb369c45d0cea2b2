"""What a program can do at the scan station: many scans at once, conditions, unknown codes; and how it is told no."""

import uuid
from base64 import b64encode
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Asset, Scan, Tracking
from app.services.events import open_event
from app.services.pull_lines import Wanted, add_lines
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import me
from tests.people import House, found_house
from tests.world import a_photo


@pytest.fixture
def job(house: House) -> dict[str, Any]:
    """An event with ten cables and two speakers on its list."""
    with house.writing():
        cable = factories.product("Cable", stock=20, at=house.warehouse_id)
        factories.code_for(cable, "CABLE")
        speaker = factories.product("Speaker", tracking=Tracking.SERIALIZED, stock=2, at=house.warehouse_id)
        event = open_event(factories.deal(house.warehouse_id), by=me())
        add_lines(event, [Wanted(cable.id, 10), Wanted(speaker.id, 2)], by=me())
        tags = db.session.scalars(select(Asset.tag).order_by(Asset.id)).all()
        return {"event": event.id, "cable": cable.id, "speaker": speaker.id, "tags": tags}


def reading(job: dict[str, Any], code: str, mode: str = "out", **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "code": code, "mode": mode, "event_id": job["event"]} | more


def scans_kept(house: House) -> int:
    with house.reading():
        return db.session.scalar(select(func.count()).select_from(Scan)) or 0


def test_what_a_device_gathered_is_sent_in_one_go(
    house: House, program: Program, job: dict[str, Any]
) -> None:
    readings = [reading(job, "CABLE", quantity=4), reading(job, "nothing"), reading(job, job["tags"][0])]
    answer = program.post("/warehouse/scans/batch", scans=readings)
    assert answer.status_code == 200, answer.text
    assert [one["result"] for one in answer.json["items"]] == ["applied", "unresolved", "applied"]
    kept = scans_kept(house)
    again = program.post("/warehouse/scans/batch", scans=readings)
    assert again.json == answer.json
    assert scans_kept(house) == kept
    listed = program.get(f"/warehouse/scans?event_id={job['event']}").json
    assert [one["id"] for one in listed["items"]] == [one["id"] for one in reversed(readings)]


def test_a_refused_scan_takes_nothing_of_the_others_back(program: Program, job: dict[str, Any]) -> None:
    too_many = reading(job, "CABLE", mode="in", quantity=9)
    readings = [reading(job, "CABLE", quantity=4), too_many, reading(job, "CABLE")]
    answer = program.post("/warehouse/scans/batch", scans=readings)
    assert [one["verdict"] for one in answer.json["items"]][1] == "refused", answer.text
    line = program.get(f"/planning/events/{job['event']}/pull-list").json["items"][0]
    assert line["out"] == 5


def test_a_batch_for_events_of_others_does_nothing(
    house: House, program: Program, job: dict[str, Any]
) -> None:
    other = Program(found_house(house.app, "Other Lights", "other"))
    assert refuses(other.post("/warehouse/scans/batch", scans=[reading(job, "CABLE")]), "event_id")
    assert refuses(program.post("/warehouse/scans/batch", scans=[]), "scans")
    assert refuses(program.post("/warehouse/scans/batch", scans=[reading(job, "")]), "scans.0.code")
    assert scans_kept(house) == 0


def test_damage_at_the_return_opens_a_repair_with_its_photo(program: Program, job: dict[str, Any]) -> None:
    back = reading(job, job["tags"][0], mode="in")
    program.post("/warehouse/scans/batch", scans=[reading(job, job["tags"][0]), back])
    path = f"/warehouse/scans/{back['id']}/condition"
    photo = b64encode(a_photo()).decode()
    body = {"condition": "damaged", "note": "Dented", "photo": photo}
    first, again = (program.ask("POST", path, key="dent", **body) for _ in range(2))
    assert first.status_code == 200 and again.json == first.json, first.text
    repair = program.get(f"/inventory/repairs/{first.json['repair_id']}").json
    assert repair["note"] == "Dented" and repair["photo_id"] and repair["event_id"] == job["event"]
    assert refuses(program.post(path, condition="damaged"), "note")


def test_only_what_came_back_has_a_condition(program: Program, job: dict[str, Any]) -> None:
    out = reading(job, job["tags"][0])
    program.post("/warehouse/scans", **out)
    assert refuses(program.post(f"/warehouse/scans/{out['id']}/condition", condition="damaged"), "note")
    assert program.post("/warehouse/scans/none/condition", condition="damaged").status_code == 404


def test_counted_pieces_are_reported_in_part(program: Program, job: dict[str, Any]) -> None:
    back = reading(job, "CABLE", mode="in", quantity=4)
    program.post("/warehouse/scans/batch", scans=[reading(job, "CABLE", quantity=4), back])
    path = f"/warehouse/scans/{back['id']}/condition"
    assert refuses(program.post(path, condition="damaged", quantity=5), "quantity")
    made = program.post(path, condition="damaged", quantity=1)
    assert program.get(f"/inventory/repairs/{made.json['repair_id']}").json["quantity"] == 1


def test_an_unknown_code_is_linked_and_counts_from_then_on(program: Program, job: dict[str, Any]) -> None:
    assert program.post("/warehouse/scans", **reading(job, "NEW-1")).json["result"] == "unresolved"
    linked = program.post("/codes", code="NEW-1", product_id=job["cable"])
    assert linked.status_code == 201 and linked.json["product_id"] == job["cable"], linked.text
    assert program.post("/warehouse/scans", **reading(job, "NEW-1")).json["result"] == "applied"
    assert refuses(program.post("/codes", code="NEW-1", product_id=job["cable"]), "code")


def test_what_does_not_fit_a_link_is_named(house: House, program: Program, job: dict[str, Any]) -> None:
    assert refuses(program.post("/codes", code="NEW-1"), "code")
    assert refuses(program.post("/codes", code="NEW-1", product_id=999_999), "product_id")
    assert refuses(program.post("/codes", code="NEW-1", asset_id=999_999), "asset_id")
    assert Program(house, "Bob").post("/codes", code="NEW-1", product_id=job["cable"]).status_code == 403


def test_scans_are_read_by_who_may_and_of_one_house(
    house: House, program: Program, job: dict[str, Any]
) -> None:
    program.post("/warehouse/scans", **reading(job, "CABLE"))
    assert Program(house, "Vic").get("/warehouse/scans").json["total"] == 1
    assert Program(house, "Sally").get("/warehouse/scans").status_code == 403
    other = Program(found_house(house.app, "Other Lights", "other"))
    assert other.get(f"/warehouse/scans?event_id={job['event']}").json["total"] == 0
