"""What a program can see of everything at once, and that it sees no more than its person."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Notification, Tracking
from app.services.alerts import watch
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import SOON
from tests.people import House, found_house

PARTS = {"troubles", "events", "stages", "utilisation", "low", "repairs", "recent"}


@pytest.fixture
def stocked(house: House) -> House:
    """A house with a deal, a product that is low, and an asset."""
    with house.writing():
        tape = factories.product("Gaffer tape", stock=1, at=house.warehouse_id, reorder_level=5)
        watch({tape.id: None}, [tape])
        spot = factories.product("Robe Spiider", tracking=Tracking.SERIALIZED)
        factories.asset(spot, at=house.warehouse_id, tag="ROB-0117")
        factories.deal(house.warehouse_id, name="Summer gala")
    return house


def test_the_dashboard_answers_the_numbers_of_the_first_page(stocked: House, program: Program) -> None:
    answer = program.get("/dashboard")
    assert answer.status_code == 200 and set(answer.json) == PARTS, answer.text
    assert answer.json["utilisation"]["total"] == 2 and len(answer.json["utilisation"]["ahead"]) == 14
    assert [low["name"] for low in answer.json["low"]] == ["Gaffer tape"]
    assert [stage["count"] for stage in answer.json["stages"]] == [1]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Tess", set()),
        ("Sally", {"troubles", "events", "stages", "utilisation", "low", "repairs", "recent"}),
        ("Bob", {"troubles", "events", "utilisation", "low", "repairs", "recent"}),
    ],
)
def test_a_part_is_null_for_who_may_not_see_it(stocked: House, name: str, seen: set[str]) -> None:
    answer = Program(stocked, name).get("/dashboard").json
    assert {part for part, value in answer.items() if value is not None} == seen


def test_a_search_finds_words_codes_and_numbers(stocked: House, program: Program) -> None:
    words = program.get("/search?q=gala%20summer").json
    assert [(group["name"], group["hits"][0]["kind"]) for group in words["groups"]] == [("Deals", "deals")]
    exact = program.get("/search?q=rob-0117").json["exact"]
    assert (exact["kind"], exact["label"]) == ("assets", "ROB-0117")
    assert program.get(f"/inventory/assets/{exact['id']}").json["tag"] == "ROB-0117"
    assert refuses(program.get("/search"), "q")
    assert refuses(program.get("/search?q=" + "x" * 201), "q")


def test_a_search_finds_only_what_its_person_may_see(stocked: House) -> None:
    tess = Program(stocked, "Tess")
    assert tess.get("/search?q=gala").json == {"exact": None, "groups": []}
    assert tess.get("/search?q=rob-0117").json["exact"] is None
    theirs = Program(found_house(stocked.app, "Other Lights", "other"))
    assert theirs.get("/search?q=spiider").json == {"exact": None, "groups": []}


def test_the_activity_goes_on_where_it_ended(stocked: House, program: Program) -> None:
    for number in range(5):
        program.post("/crm/companies", name=f"Company {number}")
    first = program.get("/activity?per_page=2&module=CRM").json
    assert [entry["text"] for entry in first["items"]] == ["added Company 4", "added Company 3"]
    second = program.get(first["next"].partition("/api/v1")[2]).json
    assert [entry["text"] for entry in second["items"]] == ["added Company 2", "added Company 1"]
    assert "module=CRM" in second["next"]


def test_what_does_not_fit_the_activity_is_named(program: Program) -> None:
    for field, value in (
        ("module", "Moon"),
        ("since", "0001-01-01"),
        ("until", "9999-12-31"),
        ("per_page", 0),
    ):
        assert refuses(program.get(f"/activity?{field}={value}"), field)


def test_a_day_that_no_calendar_reaches_breaks_no_page(house: House) -> None:
    assert house.browser("Ada").get("/activity?since=0001-01-01&until=9999-12-31").status_code == 200


@pytest.fixture
def told(house: House, program: Program) -> list[int]:
    """Three notifications of Ada, and one of Bob."""
    program.post("/crm/companies", name="Lindenau")
    with house.writing():
        activity = db.session.scalars(select(Activity.id).order_by(Activity.id.desc())).first()
        rows = [
            Notification(
                user_id=house.people[name], activity_id=activity, kind=f"kind {number}", title="New",
                created_at=SOON + timedelta(hours=number),
            )
            for number, name in enumerate(("Ada", "Ada", "Ada", "Bob"))
        ]  # fmt: skip
        db.session.add_all(rows)
        db.session.flush()
        return [row.id for row in rows]


def test_a_program_reads_the_notifications_of_its_person(program: Program, told: list[int]) -> None:
    page = program.get("/notifications?per_page=2").json
    assert (len(page["items"]), page["total"]) == (2, 3) and "page=2" in page["next"]
    read = program.post(f"/notifications/{told[0]}/reading")
    assert read.status_code == 200 and read.json["read_at"], read.text
    assert program.post(f"/notifications/{told[3]}/reading").status_code == 404
    assert program.post("/notifications/reading").status_code == 204
    assert all(one["read_at"] for one in program.get("/notifications").json["items"])


def test_somebody_elses_notifications_stay_unread(house: House, program: Program, told: list[int]) -> None:
    program.post("/notifications/reading")
    bobs = Program(house, "Bob").get("/notifications").json["items"]
    assert [one["id"] for one in bobs] == [told[3]] and bobs[0]["read_at"] is None
