"""What a program can do with jobs and their parts: the bodies as they are printed, and how it is told no."""

import json
import uuid
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Job, JobPart, Product, Reservation
from app.services.jobs import add_job
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import me
from tests.jobs.stories import TOMORROW, Bench, facts, make_bench
from tests.people import House
from tests.world import a_photo

PRINTED = Path(__file__).parent.parent / "data" / "seed"
JOB, PART = 123, 456


@pytest.fixture
def bench(house: House) -> Bench:
    """A job that is number 123, whose product is number 1, of which there are 40."""
    bench = make_bench(house)
    assert bench.screws == 1
    with house.writing():
        job = bench.job
        values = {column.key: getattr(job, column.key) for column in Job.__table__.columns}
        db.session.add(Job(**values | {"id": JOB, "number": "JOB-123"}))
    bench.job_id = JOB
    return bench


def printed(name: str) -> dict[str, Any]:
    """A body as the guide for programs prints it."""
    body: dict[str, Any] = json.loads((PRINTED / f"{name}.json").read_text())
    return body


def test_the_printed_body_plans_a_part(bench: Bench, program: Program) -> None:
    made = program.post("/inventory/job-parts", **printed("job_part"))
    assert made.status_code == 201, made.text
    said = {
        name: made.json[name]
        for name in ("job_id", "product_id", "quantity_required", "unit", "notes", "status")
    }
    assert said == printed("job_part") | {"status": "planned"}
    assert (made.json["buffer_percent"], made.json["quantity_planned"]) == ("10.00", 28)


def test_the_printed_body_marks_a_part_as_used(bench: Bench, program: Program) -> None:
    part_id = bench.plan(25, allocated=True)
    with bench.house.writing():
        move_part(part_id, PART)
    used = program.put(f"/inventory/job-parts/{PART}", **printed("job_part_used"))
    assert used.status_code == 200, used.text
    said = {name: used.json[name] for name in printed("job_part_used")}
    assert said == printed("job_part_used")
    assert (used.json["quantity_returned"], used.json["cost"]) == (5, "2.00")
    again = program.put(f"/inventory/job-parts/{PART}", **printed("job_part_used"))
    assert again.json["quantity_used"] == 20 and issued(bench) == 20 and bench.broken() == []


def move_part(part_id: int, to: int) -> None:
    """Give a part the number that is printed."""
    part = db.session.get_one(JobPart, part_id)
    values = {column.key: getattr(part, column.key) for column in JobPart.__table__.columns}
    db.session.add(JobPart(**values | {"id": to}))
    db.session.flush()
    db.session.scalars(select(Reservation).where(Reservation.job_part_id == part_id)).one().job_part_id = to
    db.session.flush()
    db.session.delete(part)


def issued(bench: Bench) -> int:
    """How many screws went."""
    with bench.house.reading():
        return 40 - db.session.get_one(Product, bench.screws).on_hand


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity_required", 0), ("quantity_required", -3), ("quantity_required", "25"), ("quantity_required", 2.5),
        ("product_id", 999), ("job_id", 999), ("unit", "pallet"), ("unit", 7), ("colour", "red"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_beside_its_field_and_nothing_is_written(
    bench: Bench, program: Program, field: str, value: Any
) -> None:
    assert refuses(program.post("/inventory/job-parts", **printed("job_part") | {field: value}), field)
    with bench.house.reading():
        assert db.session.scalar(select(func.count(JobPart.id))) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity_used", 41), ("quantity_used", 0), ("quantity_used", -1), ("quantity_used", "20"),
        ("status", "eaten"), ("location_used", 5),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_beside_its_field_and_nothing_is_written(
    bench: Bench, program: Program, field: str, value: Any
) -> None:
    part_id = bench.plan(25, allocated=True)
    body = printed("job_part_used") | {field: value}
    assert refuses(program.put(f"/inventory/job-parts/{part_id}", **body), field)
    assert bench.numbers(part_id) == ("allocated", 25, 25, 0, 0) and issued(bench) == 0


def test_a_serialized_product_is_no_part(bench: Bench, program: Program) -> None:
    with bench.house.writing():
        lamp = factories.product(
            "Spot", tracking=factories.Tracking.SERIALIZED, stock=1, at=bench.house.warehouse_id
        )
    answer = program.post("/inventory/job-parts", **printed("job_part") | {"product_id": lamp.id})
    assert refuses(answer, "product_id") and "asset by asset" in answer.text


def test_less_than_was_used_is_taken_back_not_overwritten(bench: Bench, program: Program) -> None:
    part_id = bench.plan(25, allocated=True)
    program.put(f"/inventory/job-parts/{part_id}", quantity_used=20, status="used", keep_allocated=True)
    assert refuses(
        program.put(f"/inventory/job-parts/{part_id}", quantity_used=10, status="used"), "quantity_used"
    )
    uses = program.get(f"/inventory/job-parts/{part_id}/uses").json["items"]
    assert [(use["quantity"], use["is_taken_back"]) for use in uses] == [(20, False)]
    path = f"/inventory/job-parts/{part_id}/uses/{uses[0]['id']}/reversal"
    assert refuses(program.post(path, reason=""), "reason")
    assert program.post(path, reason="Miscounted").json["quantity_used"] == 0
    assert program.post(path, reason="Miscounted").json["quantity_used"] == 0, "the same again is one deed"
    assert issued(bench) == 0
    assert bench.broken() == []


def test_a_part_goes_through_its_states_by_its_status(bench: Bench, program: Program) -> None:
    part_id = bench.plan(25)
    path = f"/inventory/job-parts/{part_id}"
    seen = [
        program.put(path, status=status).json["status"]
        for status in ("allocated", "planned", "allocated", "returned")
    ]
    assert seen == ["allocated", "planned", "allocated", "returned"]
    other = f"/inventory/job-parts/{bench.plan(5)}"
    assert program.put(other, quantity_required=10, buffer_percent=10).json["quantity_planned"] == 11
    assert refuses(program.put(other, status="used", quantity_required=3), "status")
    assert program.put(other, status="cancelled").json["status"] == "cancelled"
    assert bench.broken() == []


def test_uses_returns_and_allocations_are_done_once_under_one_key(bench: Bench, program: Program) -> None:
    part_id = bench.plan(25)
    path = f"/inventory/job-parts/{part_id}"
    made = [program.ask("POST", f"{path}/allocations", key="a", quantity=20) for _ in range(2)]
    assert [one.json["job_part"]["quantity_allocated"] for one in made] == [20, 20]
    used = [program.ask("POST", f"{path}/uses", key="u", quantity=4, keep_allocated=True) for _ in range(2)]
    assert [one.json["quantity_used"] for one in used] == [4, 4]
    back = [program.ask("POST", f"{path}/returns", key="r", quantity=6) for _ in range(2)]
    assert [one.json["quantity_returned"] for one in back] == [6, 6]
    assert bench.numbers(part_id) == ("allocated", 25, 20, 4, 6) and bench.broken() == []
    assert refuses(program.post(f"{path}/allocations", quantity=99), "quantity")
    assert refuses(program.post(f"{path}/returns", quantity=99), "quantity")


def test_a_job_is_planned_changed_moved_and_done(bench: Bench, program: Program) -> None:
    body = {
        "title": "Hang the sign", "job_type_id": 1, "company": "Hotel Seeblick", "contact_name": "Ines",
        "starts_at": TOMORROW.isoformat(), "ends_at": (TOMORROW + timedelta(hours=2)).isoformat(),
        "technician_id": bench.house.people["Tess"], "revenue": "250.00",
    }  # fmt: skip
    made = program.ask("POST", "/inventory/jobs", key="job", **body)
    assert made.status_code == 201 and made.json["number"].startswith("JOB-"), made.text
    path = f"/inventory/jobs/{made.json['id']}"
    assert program.put(path, **body, version=9).status_code == 409
    changed = program.put(path, **body | {"title": "Hang both signs"}, version=made.json["version"])
    assert changed.json["job"]["title"] == "Hang both signs" and changed.json["short"] == []
    later = (TOMORROW + timedelta(days=7)).isoformat()
    assert program.put(f"{path}/schedule", starts_at=later).json["job"]["starts_at"].startswith(later[:16])
    assert len(program.get(f"{path}/times").json["items"]) == 3
    assert program.post(f"{path}/start").json["status"] == "under_way"
    assert "Ladder" in program.post(f"{path}/notes", text="Ladder needed").json["notes"]
    photo = program.post(f"{path}/photos", photo=b64encode(a_photo()).decode())
    assert program.get(f"/inventory/job-photos/{photo.json['id']}").mimetype == "image/jpeg"
    assert program.post(f"{path}/completion").json["status"] == "done"
    assert program.post(f"{path}/reopening").json["status"] == "under_way"
    assert program.post(f"{path}/cancellation", reason="Sold").json["status"] == "cancelled"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("job_type_id", 99), ("technician_id", 99), ("event_id", 99), ("warehouse_id", 99), ("title", ""),
        ("ends_at", "2020-01-01T00:00:00Z"), ("revenue", "-1"), ("contact_email", "nobody"),
    ],
)  # fmt: skip
def test_a_job_that_will_not_do_is_refused_beside_its_field(
    bench: Bench, program: Program, field: str, value: Any
) -> None:
    body = {
        "title": "Hang", "job_type_id": 1, "starts_at": TOMORROW.isoformat(),
        "ends_at": (TOMORROW + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    assert refuses(program.post("/inventory/jobs", **body | {field: value}), field)


def test_a_job_with_open_parts_is_not_done_unless_they_are_returned(bench: Bench, program: Program) -> None:
    bench.plan(25, allocated=True)
    path = f"/inventory/jobs/{JOB}/completion"
    assert refuses(program.post(path), "rest_returned")
    assert program.post(path, rest_returned=True).json["status"] == "done"
    assert bench.free() == 40


def test_a_technicians_token_knows_only_their_own_jobs(bench: Bench) -> None:
    mine, theirs = bench.plan(5, allocated=True), bench.plan(5, job_id=someone_elses(bench))
    tess = Program(bench.house, "Tess")
    assert {one["technician_id"] for one in tess.get("/inventory/jobs").json["items"]} == {
        bench.house.people["Tess"]
    }
    assert [one["id"] for one in tess.get("/inventory/job-parts").json["items"]] == [mine]
    for path in (f"/inventory/job-parts/{theirs}", f"/inventory/jobs/{someone_elses(bench)}"):
        assert tess.get(path).status_code == 404
    assert tess.put(f"/inventory/job-parts/{theirs}", status="used", quantity_used=1).status_code == 404
    assert tess.put(f"/inventory/job-parts/{mine}", status="used", quantity_used=3).status_code == 200
    assert tess.put(f"/inventory/job-parts/{mine}", quantity_required=9).status_code == 403
    assert tess.post("/inventory/job-parts", **printed("job_part")).status_code == 403
    assert tess.get(f"/inventory/job-parts/{mine}").json["cost"] is None, "what it cost is not for her"


def someone_elses(bench: Bench) -> int:
    """A job of somebody else."""
    with bench.house.writing():
        return add_job(facts(bench.house, technician_id=bench.house.people["Serge"]), by=me()).id


def test_a_viewer_reads_jobs_and_changes_none(bench: Bench) -> None:
    part_id = bench.plan(5, allocated=True)
    viewer = Program(bench.house, "Vic")
    assert viewer.get(f"/inventory/job-parts/{part_id}").status_code == 200
    assert viewer.put(f"/inventory/job-parts/{part_id}", status="used", quantity_used=1).status_code == 403
    assert viewer.post("/inventory/jobs", title="No").status_code == 403
    assert len(viewer.get("/inventory/jobs").json["items"]) == 2


def test_types_have_templates_that_jobs_take_over(bench: Bench, program: Program) -> None:
    made = program.post("/inventory/job-types", name="Rigging", buffer_percent=12).json
    path = f"/inventory/job-types/{made['id']}"
    assert refuses(program.post("/inventory/job-types", name="rigging"), "name")
    part = program.post(f"{path}/parts", product_id=1, quantity=8).json
    assert program.post(f"{path}/parts", product_id=1, quantity=9).json["id"] == part["id"]
    with bench.house.writing():
        bench.job.job_type_id = made["id"]
    program.post(f"/inventory/jobs/{JOB}/template")
    planned = program.get(f"/inventory/job-parts?job_id={JOB}").json["items"]
    assert [(one["quantity_required"], one["quantity_planned"]) for one in planned] == [(9, 11)]
    assert program.ask("DELETE", f"/inventory/job-type-parts/{part['id']}").status_code == 204
    assert program.put(path, name="Rigging", is_archived=True).json["archived_at"]


def test_what_is_short_is_replaced_or_bought(bench: Bench, program: Program) -> None:
    part_id = bench.plan(8, bench.bolts)
    short = program.post(f"/inventory/jobs/{JOB}/allocations").json["short"]
    assert short == [{"job_part_id": part_id, "product": "Bolts", "missing": 3, "free": 5}]
    path = f"/inventory/job-parts/{part_id}"
    assert refuses(program.post(f"{path}/substitutes", product_id=bench.bolts, quantity=1), "product_id")
    made = program.post(f"{path}/substitutes", product_id=bench.screws, quantity=2).json
    assert (made["in_place_of_id"], made["status"]) == (part_id, "allocated")
    order = program.ask("POST", f"{path}/purchases", key=str(uuid.uuid4()), quantity=1)
    assert order.status_code == 201 and order.json["number"].startswith("PO-"), order.text
    assert refuses(program.post(f"{path}/purchases", quantity=5), "quantity")
