"""Stock transactions by program: all four kinds, many together, read page by page, taken back."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Location, LocationKind, PackSize, Posting, StockTransaction, TransactionKind
from app.services.stock import post_stock
from app.services.stock_requests import StockRequest
from tests import factories
from tests.api.conftest import Program, refuses
from tests.people import House

PATH = "/inventory/transactions"
PRINTED = Path(__file__).parent.parent / "data" / "printed_receipt.txt"


@pytest.fixture
def room(house: House) -> dict[str, int]:
    """Screws that come in boxes of 100, and a shelf."""
    here = house.warehouse_id
    with house.writing():
        shelf = Location(
            name="Regal Süd", code="S", kind=LocationKind.SHELF, parent_id=here, warehouse_id=here
        )
        db.session.add(shelf)
        screw = factories.product("Screw", stock=500, at=here)
        db.session.add(PackSize(product_id=screw.id, name="box", quantity=100))
        db.session.flush()
        return {"screw": screw.id, "here": here, "shelf": shelf.id}


def written(house: House) -> int:
    with house.reading():
        return db.session.scalar(select(func.count(StockTransaction.id))) or 0


def test_the_printed_receipt_is_taken_letter_by_letter(house: House) -> None:
    with house.writing():
        assert factories.product("Screw").id == 1
    method, path = PRINTED.read_text().splitlines()[0].split()
    body = PRINTED.read_text().partition("\n")[2]
    answer = house.app.test_client().open(
        path, method=method, data=body, content_type="application/json", headers=Program(house, "Ivy").headers
    )
    assert answer.status_code == 201, answer.text
    told = answer.json
    assert (told["quantity"], told["reference_type"], told["reference_number"]) == (
        100,
        "purchase",
        "PO-2024-001",
    )
    assert Decimal(told["unit_cost"]) == Decimal("0.1") and told["to_id"] == house.warehouse_id
    assert json.loads(body)["notes"] == told["notes"] and told["total_after"] == 100


def test_what_nobody_can_ask_for_again_is_not_kept_as_a_request(
    program: Program, room: dict[str, int], house: House
) -> None:
    sent = {"transaction_type": "receipt", "product_id": room["screw"], "quantity": 2, "location": "S"}
    with house.reading():
        before = db.session.scalar(select(func.count(Posting.request_id))) or 0
    first, second = (program.post(PATH, **sent) for _ in range(2))
    assert (first.json["to_after"], second.json["to_after"]) == (2, 4)
    with house.reading():
        row = db.session.get_one(StockTransaction, second.json["id"])
        assert row.request_id is None and db.session.scalar(select(func.count(Posting.request_id))) == before
        wanted = StockRequest(TransactionKind.RECEIPT, room["screw"], room["shelf"], quantity=1)
    with house.writing():
        post_stock(wanted, by=factories.me(), request_id="a form")
    with house.reading():
        assert db.session.scalar(select(func.count(Posting.request_id))) == before + 1


def test_each_kind_is_posted_in_pieces_or_packs(program: Program, room: dict[str, int]) -> None:
    one = {"product_id": room["screw"], "location": "warehouse"}
    box = program.post(PATH, **one, transaction_type="receipt", quantity=2, unit="box").json
    assert (box["quantity"], box["said_quantity"], box["said_unit"]) == (200, 2, "box")
    moved = program.post(PATH, **one, transaction_type="transfer", quantity=50, to_location="regal süd")
    assert (moved.json["from_after"], moved.json["to_after"]) == (650, 50), moved.text
    gone = program.post(
        PATH, **one | {"location": "S"}, transaction_type="issue", quantity=1, unit="piece"
    ).json
    assert (gone["transaction_type"], gone["total_after"]) == ("issue", 699)
    for said in (
        {"counted": 600},
        {"quantity": 5, "direction": "more"},
        {"quantity": 3, "direction": "less"},
    ):
        answer = program.post(PATH, **one, transaction_type="adjustment", notes="Counted", **said)
        assert answer.status_code == 201, answer.text
    found = program.get(f"/inventory/stock-levels?product_id={room['screw']}").json["items"]
    assert {row["location_id"]: row["quantity"] for row in found} == {room["here"]: 602, room["shelf"]: 49}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": -5}, "quantity"),
        ({"quantity": "5"}, "quantity"),
        ({"quantity": 501}, "quantity"),
        ({"transaction_type": "gift"}, "transaction_type"),
        ({"product_id": 999_999}, "product_id"),
        ({"product_id": "1"}, "product_id"),
        ({"location": "the moon"}, "location"),
        ({"unit": "crate"}, "unit"),
        ({"unit_cost": 1}, "unit_cost"),
        ({"transaction_type": "receipt", "unit_cost": 1, "total_cost": 6}, "total_cost"),
        ({"transaction_type": "transfer", "to_location": "the moon"}, "to_location"),
        ({"transaction_type": "transfer"}, "to_location"),
        ({"transaction_type": "adjustment", "notes": "?"}, "direction"),
        ({"happened_at": "2090-01-01T00:00:00Z"}, "happened_at"),
    ],
)
def test_what_will_not_do_is_named_and_nothing_is_written(
    house: House, program: Program, room: dict[str, int], changes: dict[str, Any], field: str
) -> None:
    before = written(house)
    body = {"product_id": room["screw"], "transaction_type": "issue", "quantity": 5, "location": "warehouse"}
    answer = program.post(PATH, **body | changes)
    assert refuses(answer, field) and answer.content_type == "application/problem+json"
    assert written(house) == before


def test_the_same_key_posts_once_and_replays(house: House, program: Program, room: dict[str, int]) -> None:
    body = {"product_id": room["screw"], "transaction_type": "issue", "quantity": 5, "location": "warehouse"}
    first, again = (program.ask("POST", PATH, key="van-7", **body) for _ in range(2))
    assert first.json == again.json and written(house) == 2
    assert program.ask("POST", PATH, key="van-7", **body | {"quantity": 6}).status_code == 422


def test_a_service_manager_may_post_receipts_and_adjustments_only(house: House, room: dict[str, int]) -> None:
    serge = Program(house, "Serge")
    one = {"product_id": room["screw"], "location": "warehouse", "quantity": 1, "notes": "x"}
    told = {
        kind: serge.post(PATH, **one, transaction_type=kind, **more).status_code
        for kind, more in (
            ("receipt", {}), ("adjustment", {"direction": "less"}), ("issue", {}), ("transfer", {"to_location": "S"}),
        )
    }  # fmt: skip
    assert told == {"receipt": 201, "adjustment": 201, "issue": 403, "transfer": 403}
    bulk = [one | {"transaction_type": "receipt"}, one | {"transaction_type": "issue"}]
    assert serge.post(f"{PATH}/bulk", transactions=bulk).status_code == 403


def test_many_kinds_are_posted_together_or_not_at_all(
    house: House, program: Program, room: dict[str, int]
) -> None:
    one = {"product_id": room["screw"], "location": "warehouse"}
    good = [
        one | {"transaction_type": "receipt", "quantity": 1, "unit": "box"},
        one | {"transaction_type": "transfer", "quantity": 550, "to_location": "S"},
        one | {"transaction_type": "adjustment", "counted": 40, "notes": "Counted"},
        one | {"transaction_type": "issue", "quantity": 550, "location": "S"},
    ]
    before = written(house)
    bad = [*good, one | {"transaction_type": "issue", "quantity": 41}, one | {"transaction_type": "receipt"}]
    refused = program.post(f"{PATH}/bulk", transactions=bad)
    assert set(refused.json["errors"]) == {"transactions.4.quantity", "transactions.5.quantity"}
    assert written(house) == before
    first, again = (program.ask("POST", f"{PATH}/bulk", key="x", transactions=good) for _ in range(2))
    assert first.status_code == 201 and first.json == again.json, first.text
    assert [row["total_after"] for row in first.json["items"]] == [600, 600, 590, 40]
    assert written(house) == before + 4


def test_the_ledger_is_read_by_product_place_kind_person_reference_and_day(
    house: House, program: Program, room: dict[str, int]
) -> None:
    one = {"product_id": room["screw"], "location": "warehouse", "quantity": 1}
    program.post(PATH, **one, transaction_type="issue", reference_type="job", reference_number="J-7")
    program.post(
        PATH, **one, transaction_type="transfer", to_location="S", happened_at="2026-01-05T10:00:00Z"
    )
    asked = {
        f"location_id={room['shelf']}": ["transfer"],
        "reference_number=J-7": ["issue"],
        f"by_id={house.people['Ada']}": ["transfer", "issue"],
        "until=2026-02-01": ["transfer"],
        "transaction_type=receipt": ["receipt"],
        f"location_id={room['here']}&product_id={room['screw']}": ["transfer", "issue", "receipt"],
        "per_page=1&page=3": ["receipt"],
    }
    for query, kinds in asked.items():
        found = program.get(f"{PATH}?{query}").json["items"]
        assert [row["transaction_type"] for row in found] == kinds, query


def test_a_movement_is_taken_back_once_with_a_reason(
    house: House, program: Program, room: dict[str, int]
) -> None:
    one = {"product_id": room["screw"], "location": "warehouse", "quantity": 5}
    row = program.post(PATH, **one, transaction_type="issue").json
    path = f"{PATH}/{row['id']}/reversal"
    assert refuses(program.post(path), "reason")
    back = program.post(path, reason="Wrong shelf")
    assert back.status_code == 201 and back.json["reverses_id"] == row["id"], back.text
    assert (back.json["transaction_type"], back.json["total_after"]) == ("adjustment", 500)
    assert refuses(program.post(path, reason="Wrong shelf"), "reason")
    assert refuses(program.post(f"{PATH}/{back.json['id']}/reversal", reason="Again"), "reason")
    assert program.get(f"{PATH}/{row['id']}").json == row
    assert Program(house, "Vic").post(path, reason="x").status_code == 403
    assert Program(house, "Serge").post(path, reason="x").status_code == 403, "an issue is not theirs"


def test_what_a_program_says_of_packs_is_read_again(program: Program) -> None:
    said = {"name": "Tape", "unit": "roll", "packs": {"box": 24, "pallet": 960}}
    row = program.post("/inventory/products", **said).json
    assert (row["unit"], row["packs"]) == ("roll", {"box": 24, "pallet": 960})
    assert program.get(f"/inventory/products/{row['id']}").json == row
    assert refuses(program.post("/inventory/products", name="X", unit="roll", packs={"rolls": 2}), "packs")
    assert refuses(program.post("/inventory/products", name="X", packs={"box": 1}), "packs.box")
