"""A count as a program makes it: started, counted in batches, handed in, reviewed, posted, taken back."""

import pytest

from app.services.verify import broken_invariants
from tests.api.conftest import Program, refuses
from tests.factories import held
from tests.inventory.counting import Room, stock_room
from tests.people import House


@pytest.fixture
def room(house: House) -> Room:
    return stock_room(house)


def test_a_count_from_its_start_to_its_reversal(house: House, room: Room) -> None:
    ivy, bob = Program(house, "Ivy"), Program(house, "Bob")
    begun, again = (
        ivy.ask("POST", "/inventory/counts", key="spring", location_id=room.one) for _ in range(2)
    )
    assert begun.status_code == 201 and again.json == begun.json, begun.text
    path = f"/inventory/counts/{begun.json['id']}"
    entries = [
        {"id": "e-1", "code": f"9*{room.sku(room.cable)}", "location_id": room.one},
        {"id": "e-1", "code": f"9*{room.sku(room.cable)}", "location_id": room.one},
        {"id": "e-2", "code": "NO-SUCH", "location_id": room.one},
    ]
    told = bob.post(f"{path}/entries", entries=entries).json["items"]
    assert [(one["situation"], one["counted"]) for one in told] == [
        ("counted", 9),
        ("counted", 9),
        ("unknown", None),
    ]
    blind = bob.get(f"{path}/lines").json["items"]
    assert {line["expected"] for line in blind} == {None} and {line["difference"] for line in blind} == {None}
    assert bob.post(f"{path}/submission").json["state"] == "review"
    (line,) = ivy.get(f"{path}/lines?lines=differences").json["items"]
    assert (line["expected"], line["counted"], line["difference"], line["action"]) == (10, 9, -1, "adjust")
    assert (line["value"], line["counted_by"]) == ("-8.00", ["Bob"])
    posted = ivy.post(f"{path}/posting")
    assert [one["quantity"] for one in posted.json["transactions"]] == [1], posted.text
    assert ivy.get(path).json["state"] == "posted" and ivy.get(path).json["lines_right"] == 0
    assert ivy.post(f"{path}/posting").status_code == 422
    assert ivy.post(f"{path}/reversal", reason="wrong shelf").status_code == 200
    with house.reading():
        assert held(room.cable)[room.one] == 10
    assert broken_invariants() == []


def test_differences_are_decided_and_sent_back_together(house: House, room: Room) -> None:
    ivy, bob = Program(house, "Ivy"), Program(house, "Bob")
    path = f"/inventory/counts/{ivy.post('/inventory/counts', product_ids=[room.tape]).json['id']}"
    line_id = ivy.get(f"{path}/lines").json["items"][0]["id"]
    bob.post(f"{path}/entries", entries=[{"id": "t-1", "line_id": line_id, "quantity": 20}])
    bob.post(f"{path}/submission", is_rest_none=True)
    ivy.post(f"{path}/decisions", line_ids=[line_id], action="recount")
    assert ivy.post(f"{path}/posting").status_code == 422
    assert ivy.post(f"{path}/recount").json["round"] == 2
    (told,) = bob.post(f"{path}/entries", entries=[{"id": "t-2", "line_id": line_id, "quantity": 24}]).json[
        "items"
    ]
    assert told["situation"] == "not_now"
    entry = Program(house, "Walter").post(
        f"{path}/entries", entries=[{"id": "t-3", "line_id": line_id, "quantity": 23}]
    ).json["items"][0]  # fmt: skip
    undone = Program(house, "Walter").post(f"{path}/entries/{entry['entry_id']}/undoing")
    assert undone.json["counted"] == 0
    assert ivy.post(f"{path}/cancellation", reason="enough").json["state"] == "cancelled"


def test_plans_come_round_for_programs_too(house: House, room: Room) -> None:
    ivy = Program(house, "Ivy")
    said = {"location_id": room.one, "every_days": 91, "next_on": "2027-03-01"}
    plan = ivy.post("/inventory/count-plans", **said)
    assert plan.status_code == 201 and plan.json["name"] == "Shelf 1"
    path = f"/inventory/count-plans/{plan.json['id']}"
    assert ivy.put(path, **said | {"every_days": 30}).json["every_days"] == 30
    assert ivy.post(f"{path}/start").json["plan_id"] == plan.json["id"]
    assert ivy.ask("DELETE", path).status_code == 204
    assert ivy.get("/inventory/count-plans").json["items"] == []


def test_what_is_not_there_is_named_by_its_field(house: House, room: Room) -> None:
    ivy = Program(house, "Ivy")
    assert refuses(ivy.post("/inventory/counts", location_id=99_999), "location_id")
    assert refuses(ivy.post("/inventory/counts", product_ids=[99_999]), "product_ids")
    assert refuses(ivy.post("/inventory/counts", category_id=99_999), "category_id")


def test_warehouse_staff_count_and_do_not_post_and_a_service_manager_does_neither(
    house: House, room: Room
) -> None:
    room.start()
    path = f"/inventory/counts/{room.count_id}"
    assert Program(house, "Bob").post("/inventory/counts").status_code == 403
    assert Program(house, "Bob").post(f"{path}/posting").status_code == 403
    serge = Program(house, "Serge")
    assert serge.get(path).status_code == 403
    assert serge.post(f"{path}/entries", entries=[{"id": "s", "code": "LAMP-1"}]).status_code == 403
