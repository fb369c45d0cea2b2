"""What a program can do with suppliers, suggested quantities and purchase orders; and how it is told no."""

from typing import Any

import pytest

from app.extensions import db
from app.models import OrderLine, PackSize
from tests.api.conftest import Program, refuses
from tests.inventory import buying
from tests.people import House, found_house


@pytest.fixture
def shop(house: House) -> dict[str, int]:
    """A supplier that sells tape in boxes of 24."""
    with house.writing():
        tape, company = buying.tape(house.warehouse_id), buying.supplier()
        buying.sells(company, tape, pack_quantity=12)
        db.session.add(PackSize(product_id=tape.id, name="box", quantity=24))
        return {"tape": tape.id, "company": company.id}


def ordered(program: Program, shop: dict[str, int], quantity: int = 40) -> tuple[str, int]:
    """The address of an order that went out, and its line."""
    made = program.post("/inventory/purchase-orders", company_id=shop["company"]).json
    path = f"/inventory/purchase-orders/{made['id']}"
    line = program.post(f"{path}/lines", product_id=shop["tape"], quantity=quantity).json
    assert program.post(f"{path}/dispatch").status_code == 200
    return path, line["id"]


def test_what_to_order_is_told_with_all_that_it_is_made_of(program: Program, shop: dict[str, int]) -> None:
    (found,) = program.get("/inventory/replenishment?is_due=true").json["items"]
    assert (found["suggested"], found["missing"], found["on_hand"], found["order_up_to"]) == (36, 35, 5, 40)
    assert found["supplier"]["company_id"] == shop["company"] and found["is_due"]


def test_products_become_one_draft_for_each_supplier_once_for_a_key(
    house: House, program: Program, shop: dict[str, int]
) -> None:
    lines = [{"product_id": shop["tape"], "quantity": 36}]
    first, again = (program.ask("POST", "/inventory/replenishment", key="k", lines=lines) for _ in range(2))
    assert first.status_code == 201 and again.json == first.json
    assert program.get("/inventory/replenishment?is_due=true").json["total"] == 0
    with house.reading():
        assert db.session.query(OrderLine).one().quantity == 36


def test_an_order_goes_from_the_draft_to_the_last_receipt(program: Program, shop: dict[str, int]) -> None:
    path, line_id = ordered(program, shop, 48)
    receipt: dict[str, Any] = {"order_line_id": line_id, "quantity": 1, "unit": "box"}
    came, again = (program.ask("POST", f"{path}/receipts", key="box", **receipt) for _ in range(2))
    assert came.status_code == 201, came.text
    assert came.json["transactions"][0]["quantity"] == 24 and again.json == came.json
    assert program.get(path).json["state"] == "partly_received"
    assert program.post(f"{path}/receipts", product_id=shop["tape"], quantity=24).status_code == 201
    assert program.get(path).json["state"] == "received"
    assert program.get(f"{path}/lines").json["items"][0]["received_quantity"] == 48


def test_what_does_not_fit_is_refused_beside_its_field(program: Program, shop: dict[str, int]) -> None:
    path, line_id = ordered(program, shop)
    assert refuses(program.post(f"{path}/receipts", order_line_id=line_id, quantity=41), "quantity")
    assert refuses(program.post(f"{path}/receipts", product_id=line_id + 999, quantity=1), "product_id")
    assert refuses(program.post(f"{path}/receipts", order_line_id=line_id, quantity=1, unit="pallet"), "unit")
    assert refuses(program.post(f"{path}/lines", product_id=shop["tape"], quantity=0), "quantity")
    kept = program.post(f"{path}/receipts", order_line_id=line_id, quantity=41, reason="A full box")
    assert kept.status_code == 201


def test_orders_are_ended_with_a_reason(program: Program, shop: dict[str, int]) -> None:
    path, line_id = ordered(program, shop)
    assert refuses(program.post(f"{path}/cancellation"), "reason")
    program.post(f"{path}/receipts", order_line_id=line_id, quantity=1)
    assert program.post(f"{path}/closing", reason="Sold out").json["closed_reason"] == "Sold out"
    other, _ = ordered(program, shop)
    assert program.post(f"{other}/cancellation", reason="Wrong").json["state"] == "cancelled"


def test_a_stale_change_is_refused(house: House, program: Program, shop: dict[str, int]) -> None:
    made = program.post("/inventory/purchase-orders", company_id=shop["company"]).json
    path, body = f"/inventory/purchase-orders/{made['id']}", {"location_id": house.warehouse_id}
    body |= {"company_id": shop["company"], "version": made["version"]}
    assert program.put(path, **body).status_code == 200
    assert program.put(path, **body).status_code == 409


def test_who_only_asks_puts_lines_on_drafts_and_sends_nothing(house: House, shop: dict[str, int]) -> None:
    serge = Program(house, "Serge")
    lines = [{"product_id": shop["tape"], "quantity": 1}]
    (order,) = serge.post("/inventory/replenishment", lines=lines).json["items"]
    assert serge.post(f"/inventory/purchase-orders/{order['id']}/dispatch").status_code == 403


def test_prices_are_for_tokens_that_may_see_costs(
    house: House, program: Program, shop: dict[str, int]
) -> None:
    path, _ = ordered(program, shop)
    assert program.get(f"{path}/lines").json["items"][0]["unit_cost"] == "4.8000"
    bob = Program(house, "Bob")
    assert bob.get(f"{path}/lines").json["items"][0]["unit_cost"] is None
    assert bob.get(f"{path}/pdf").data.startswith(b"%PDF")
    walter = Program(house, "Walter")
    assert refuses(
        walter.post(f"{path}/lines", product_id=shop["tape"], quantity=1, unit_cost="1"), "unit_cost"
    )


def test_suppliers_are_named_and_sell_products(program: Program, shop: dict[str, int]) -> None:
    made = program.post("/inventory/suppliers", name="Nord", email="a@nord.example").json
    path = f"/inventory/products/{shop['tape']}/suppliers"
    seller = program.post(path, company_id=made["id"], unit_cost="5", is_preferred=True).json
    assert [row["is_preferred"] for row in program.get(path).json["items"]] == [True, False]
    assert program.put(f"{path}/{seller['id']}", pack_quantity=6).json["pack_quantity"] == 6
    assert program.ask("DELETE", f"{path}/{seller['id']}").status_code == 204
    assert program.get(f"/inventory/suppliers/{made['id']}").json["lead_orders"] == 0


def test_another_organizations_supplier_and_order_are_not_there(house: House, program: Program) -> None:
    other = found_house(house.app, "Other Lights", "other")
    with other.writing():
        theirs = buying.supplier().id
        tape = buying.tape(other.warehouse_id)
        order = buying.asked(tape, 1).id
    assert refuses(program.post("/inventory/purchase-orders", company_id=theirs), "company_id")
    assert program.get(f"/inventory/purchase-orders/{order}").status_code == 404
