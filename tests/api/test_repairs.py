"""What a program can do to a repair: report with a photo, begin, foresee its end; and how it is told no."""

from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Tracking
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import SOON
from tests.people import House
from tests.world import a_photo


@pytest.fixture
def asset(house: House) -> int:
    """One of two speakers in the warehouse."""
    with house.writing():
        row = factories.product("Speaker", tracking=Tracking.SERIALIZED, stock=2, at=house.warehouse_id)
        return db.session.scalars(select(Asset.id).where(Asset.product_id == row.id)).first() or 0


def free(program: Program, product_id: int) -> int:
    """How many are free a day later."""
    start, end = (SOON + timedelta(days=30)).isoformat(), (SOON + timedelta(days=31)).isoformat()
    body = {"from": start, "until": end, "lines": [{"product_id": product_id}]}
    number: int = program.post("/inventory/availability", **body).json["items"][0]["free"]
    return number


def test_damage_is_reported_with_a_photo_that_is_read_again(program: Program, asset: int) -> None:
    photo = b64encode(a_photo()).decode()
    made = program.ask("POST", "/inventory/repairs", key="dent", asset_id=asset, note="Dent", photo=photo)
    assert made.status_code == 201 and made.json["photo_id"], made.text
    shown = program.get(f"/inventory/repairs/{made.json['id']}/photo")
    assert shown.mimetype == "image/jpeg" and shown.data.startswith(b"\xff\xd8")


def test_a_photo_is_added_later_and_must_be_a_picture(program: Program, asset: int) -> None:
    repair = program.post("/inventory/repairs", asset_id=asset, note="Dent").json
    path = f"/inventory/repairs/{repair['id']}/photo"
    assert program.get(path).status_code == 404
    assert refuses(program.put(path, photo="aGVsbG8="), "photo")
    assert program.put(path, photo=b64encode(a_photo()).decode()).json["photo_id"]
    assert program.get(path).status_code == 200


def test_a_repair_is_begun_and_its_end_foreseen(program: Program, asset: int) -> None:
    repair = program.post("/inventory/repairs", asset_id=asset, note="Dent").json
    path = f"/inventory/repairs/{repair['id']}"
    assert program.post(f"{path}/start").json["state"] == "in_progress"
    tess = program.house.people["Tess"]
    assert program.put(f"{path}/assignee", assignee_id=tess).json["assignee_id"] == tess
    assert program.put(f"{path}/assignee", assignee_id=None).json["assignee_id"] is None
    assert refuses(program.put(f"{path}/assignee", assignee_id=program.house.people["Sally"]), "assignee_id")
    assert free(program, repair["product_id"]) == 1
    back = program.put(f"{path}/expectation", expected_back_at=SOON.isoformat())
    assert back.status_code == 200 and back.json["expected_back_at"], back.text
    assert free(program, repair["product_id"]) == 2
    assert program.put(f"{path}/expectation", expected_back_at=None).json["expected_back_at"] is None
    assert free(program, repair["product_id"]) == 1


def test_the_past_and_an_ended_repair_are_refused(program: Program, asset: int) -> None:
    repair = program.post("/inventory/repairs", asset_id=asset, note="Dent").json
    path = f"/inventory/repairs/{repair['id']}"
    assert refuses(
        program.put(f"{path}/expectation", expected_back_at="2020-01-01T00:00:00Z"), "expected_back_at"
    )
    program.post(f"{path}/ending", ending="mended", outcome="Straight again", tested="Works")
    assert program.post(f"{path}/start").status_code == 422
    assert program.put(f"{path}/expectation", expected_back_at=SOON.isoformat()).status_code == 422


def test_repairs_are_changed_by_who_mends(house: House, program: Program, asset: int) -> None:
    path = f"/inventory/repairs/{program.post('/inventory/repairs', asset_id=asset, note='Dent').json['id']}"
    viewer = Program(house, "Vic")
    assert viewer.get(path).status_code == 200
    assert viewer.post(f"{path}/start").status_code == 403
    assert viewer.put(f"{path}/expectation", expected_back_at=None).status_code == 403
