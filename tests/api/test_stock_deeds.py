"""What a program can do to stock: receive, issue, adjust, transfer, retire; and how it is told no."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Location, LocationKind, StockLevel, Tracking
from tests import factories
from tests.api.conftest import Program, refuses
from tests.people import House, found_house


@pytest.fixture
def room(house: House) -> dict[str, int]:
    """Ten cables and two speakers in the warehouse, and a shelf."""
    here = house.warehouse_id
    with house.writing():
        shelf = Location(name="Shelf", code="S", kind=LocationKind.SHELF, parent_id=here, warehouse_id=here)
        db.session.add(shelf)
        db.session.flush()
        cable = factories.product("Cable", stock=10, at=here).id
        speaker = factories.product("Speaker", tracking=Tracking.SERIALIZED, stock=2, at=here).id
        asset = db.session.scalars(select(Asset.id).where(Asset.product_id == speaker)).first() or 0
        return {"here": here, "shelf": shelf.id, "cable": cable, "speaker": speaker, "asset": asset}


@pytest.fixture
def theirs(house: House) -> dict[str, int]:
    """The ids of another organization."""
    other = found_house(house.app, "Other Lights", "other")
    with other.writing():
        row = factories.product("Theirs", tracking=Tracking.SERIALIZED)
        asset = factories.asset(row, at=other.warehouse_id)
        return {"product_id": row.id, "asset_id": asset.id, "location_id": other.warehouse_id}


def held(house: House, product_id: int) -> dict[int, int]:
    """How many lie where."""
    with house.reading():
        rows = select(StockLevel.location_id, StockLevel.quantity).where(StockLevel.product_id == product_id)
        return {place: quantity for place, quantity in db.session.execute(rows) if quantity}


def test_assets_are_received_with_their_tags_and_made_ones(
    house: House, program: Program, room: dict[str, int]
) -> None:
    body = {
        "product_id": room["speaker"],
        "location_id": room["shelf"],
        "quantity": 3,
        "tags": ["SP-A", "SP-B"],
    }
    first, again = (
        program.ask("POST", "/inventory/receipts", key="van", **body, unit_cost="900") for _ in range(2)
    )
    assert first.status_code == 201 and len(first.json["transactions"]) == 3, first.text
    assert again.json == first.json and held(house, room["speaker"])[room["shelf"]] == 3
    tags = {one["tag"] for one in program.get(f"/inventory/assets?location_id={room['shelf']}").json["items"]}
    assert {"SP-A", "SP-B"} < tags and len(tags) == 3


def test_counted_stock_is_received_issued_adjusted_and_moved(
    house: House, program: Program, room: dict[str, int]
) -> None:
    here = {"product_id": room["cable"], "location_id": room["here"]}
    assert program.post("/inventory/receipts", **here, quantity=5).status_code == 201
    assert program.post("/inventory/issues", **here, quantity=2, reason="Sold").status_code == 201
    moved = program.post(
        "/inventory/transfers",
        product_id=room["cable"],
        from_id=room["here"],
        to_id=room["shelf"],
        quantity=4,
    )
    assert moved.status_code == 201, moved.text
    counted = program.post("/inventory/adjustments", **here, counted=7, reason="Counted")
    assert counted.json["transactions"][0]["transaction_type"] == "adjustment"
    assert held(house, room["cable"]) == {room["here"]: 7, room["shelf"]: 4}
    kinds = [
        one["transaction_type"]
        for one in program.get(f"/inventory/transactions?product_id={room['cable']}").json["items"]
    ]
    assert kinds == ["adjustment", "transfer", "issue", "receipt", "receipt"]
    found = program.get(f"/inventory/transactions?location_id={room['shelf']}&transaction_type=transfer").json
    assert [one["quantity"] for one in found["items"]] == [4]


def test_assets_move_together_or_one_by_one(house: House, program: Program, room: dict[str, int]) -> None:
    path = f"/inventory/assets/{room['asset']}"
    moved = program.post(f"{path}/transfer", to_id=room["shelf"], notes="Tidying")
    assert moved.json["location_id"] == room["shelf"], moved.text
    assert refuses(program.post(f"{path}/transfer", to_id=room["shelf"]), "to_id")
    back = program.post("/inventory/transfers", to_id=room["here"], asset_ids=[room["asset"]])
    assert back.status_code == 201 and back.json["transactions"][0]["asset_id"] == room["asset"]
    assert held(house, room["speaker"]) == {room["here"]: 2}


def test_an_asset_is_retired_once_and_leaves_the_books(
    house: House, program: Program, room: dict[str, int]
) -> None:
    path = f"/inventory/assets/{room['asset']}/retirement"
    first, again = (program.ask("POST", path, key="old", reason="Burnt") for _ in range(2))
    assert first.json["retired_at"] is not None and first.json["location_id"] is None, first.text
    assert again.json == first.json and held(house, room["speaker"]) == {room["here"]: 1}
    assert refuses(program.post(path), "reason")


def test_many_receipts_are_all_taken_or_none(house: House, program: Program, room: dict[str, int]) -> None:
    one = {
        "product_id": room["cable"], "transaction_type": "receipt", "quantity": 3, "location": "S",
        "reference_type": "purchase", "reference_number": "PO-7",
    }  # fmt: skip
    path = "/inventory/transactions/bulk"
    wrong = program.post(path, transactions=[one, one | {"location": "the moon"}])
    assert refuses(wrong, "transactions.1.location") and held(house, room["cable"]) == {room["here"]: 10}
    answer = program.post(path, transactions=[one, one | {"quantity": 2}])
    assert answer.status_code == 201, answer.text
    assert [row["reference_type"] for row in answer.json["items"]] == ["purchase", "purchase"]
    assert held(house, room["cable"])[room["shelf"]] == 5
    assert refuses(program.post(path, transactions=[]), "transactions")


@pytest.mark.parametrize(
    ("path", "changes", "field"),
    [
        ("receipts", {"product_id": 999_999}, "product_id"),
        ("receipts", {"location_id": 999_999}, "location_id"),
        ("receipts", {"tags": ["A"]}, "tags"),
        ("issues", {"quantity": 0, "reason": "Sold"}, "quantity"),
        ("issues", {"quantity": 1}, "reason"),
        ("adjustments", {"counted": 10, "reason": "Counted"}, "counted"),
        ("adjustments", {"counted": -1, "reason": "Counted"}, "counted"),
        ("adjustments", {"counted": 3, "reason": ""}, "reason"),
    ],
)
def test_what_does_not_fit_a_deed_is_named(
    program: Program, room: dict[str, int], path: str, changes: dict[str, Any], field: str
) -> None:
    body = {"product_id": room["cable"], "location_id": room["here"]} | changes
    assert refuses(program.post(f"/inventory/{path}", **body), field)


def test_what_is_followed_piece_by_piece_is_not_counted(program: Program, room: dict[str, int]) -> None:
    body = {"product_id": room["speaker"], "location_id": room["here"], "reason": "Why"}
    assert refuses(program.post("/inventory/issues", **body, quantity=1), "product_id")
    assert refuses(program.post("/inventory/adjustments", **body, counted=1), "product_id")
    transfer = {"product_id": room["speaker"], "from_id": room["here"], "to_id": room["shelf"], "quantity": 1}
    assert refuses(program.post("/inventory/transfers", **transfer), "asset_ids")
    assert refuses(program.post("/inventory/transfers", to_id=room["shelf"]), "product_id")


def test_more_than_there_is_does_not_leave(house: House, program: Program, room: dict[str, int]) -> None:
    body = {"product_id": room["cable"], "location_id": room["here"], "quantity": 11, "reason": "Sold"}
    assert program.post("/inventory/issues", **body).status_code == 422
    assert held(house, room["cable"]) == {room["here"]: 10}


def test_what_belongs_to_others_is_named_and_stays_there(
    program: Program, room: dict[str, int], theirs: dict[str, int]
) -> None:
    here = {"product_id": room["cable"], "location_id": room["here"]}
    said = {
        "receipts": {},
        "issues": {"quantity": 1, "reason": "Sold"},
        "adjustments": {"counted": 1, "reason": "?"},
    }
    for path, more in said.items():
        for field in ("product_id", "location_id"):
            assert refuses(program.post(f"/inventory/{path}", **here | more | {field: theirs[field]}), field)
    move = {"to_id": room["shelf"], "asset_ids": [theirs["asset_id"]]}
    assert refuses(program.post("/inventory/transfers", **move), "asset_ids")
    assert refuses(
        program.post(f"/inventory/assets/{room['asset']}/transfer", to_id=theirs["location_id"]), "to_id"
    )


def test_costs_are_for_who_may_see_them(house: House, program: Program, room: dict[str, int]) -> None:
    body = {"product_id": room["speaker"], "location_id": room["here"]}
    program.post("/inventory/receipts", **body, unit_cost="900", tags=["SP-9"])
    asset = next(one for one in program.get("/inventory/assets").json["items"] if one["tag"] == "SP-9")
    assert Decimal(asset["purchase_price"]) == 900
    walter = Program(house, "Walter")
    assert walter.get(f"/inventory/assets/{asset['id']}").json["purchase_price"] is None
    assert {one["unit_cost"] for one in walter.get("/inventory/transactions").json["items"]} == {None}
    assert refuses(walter.post("/inventory/receipts", **body, unit_cost="1"), "unit_cost")


def test_each_deed_is_for_those_who_may_do_it(house: House, room: dict[str, int]) -> None:
    bob = Program(house, "Bob")
    here = {"product_id": room["cable"], "location_id": room["here"]}
    assert bob.post("/inventory/receipts", **here).status_code == 201
    assert bob.post("/inventory/issues", **here, quantity=1, reason="Sold").status_code == 403
    assert bob.post("/inventory/adjustments", **here, counted=1, reason="Counted").status_code == 403
    assert bob.post("/inventory/transfers", to_id=room["shelf"]).status_code == 403


def test_an_empty_place_is_archived_and_a_full_one_is_not(program: Program, room: dict[str, int]) -> None:
    assert program.post(f"/inventory/locations/{room['shelf']}/archival").json["archived_at"] is not None
    assert program.post(f"/inventory/locations/{room['here']}/archival").status_code == 422
    assert program.get("/inventory/locations?kind=warehouse").json["total"] == 1
    inside = program.get(f"/inventory/locations?parent_id={room['here']}").json["items"]
    assert [one["id"] for one in inside] == [room["shelf"]]
