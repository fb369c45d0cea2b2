"""Ordering on screen: from what runs low to the last receipt, with a scanner, and how a person is told no."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import (
    Activity,
    Delivery,
    DeliveryState,
    Location,
    LocationKind,
    OrderLine,
    OrderState,
    OutboxRow,
    OutboxState,
    PackSize,
    PurchaseOrder,
)
from app.services.locations import add_location
from app.services.order_sending import Dispatch, send_order
from tests import factories
from tests.factories import me
from tests.inventory import buying
from tests.people import House
from tests.tasks import do_tasks

HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop(house: House) -> dict[str, int]:
    """Tape that runs low, in boxes of 24, its supplier, and a shelf."""
    with house.writing():
        tape, company = buying.tape(house.warehouse_id), buying.supplier()
        buying.sells(company, tape, code="TH-77")
        db.session.add(PackSize(product_id=tape.id, name="box", quantity=24))
        parent = db.session.get_one(Location, house.warehouse_id)
        shelf = add_location("Shelf", "S-9", LocationKind.SHELF, parent, by=me())
        factories.code_for(tape, "4006381333931")
        return {"tape": tape.id, "company": company.id, "shelf": shelf.id}


def drafted(ivy: FlaskClient, shop: dict[str, int], quantity: int = 48) -> int:
    """The id of a draft that was made from the suggested quantities."""
    answer = ivy.post(
        "/inventory/replenishment",
        data={"chosen": shop["tape"], f"quantity_{shop['tape']}": quantity, "request_id": str(uuid.uuid4())},
    )
    assert answer.status_code == 303, answer.text
    return int(answer.location.rpartition("/")[2])


def sent(house: House, ivy: FlaskClient, shop: dict[str, int]) -> int:
    """The same, ordered."""
    order_id = drafted(ivy, shop)
    with house.writing():
        send_order(db.session.get_one(PurchaseOrder, order_id), Dispatch(), by=me())
    return order_id


def scanned(ivy: FlaskClient, order_id: int, **typed: Any) -> TestResponse:
    """One scan on the receiving screen."""
    data = {"scan_id": str(uuid.uuid4()), "quantity": 1} | typed
    return ivy.post(f"/inventory/orders/{order_id}/receiving", data=data, headers=HTMX)


def came(house: House) -> int:
    """How many of the only line have come."""
    with house.reading():
        return db.session.query(OrderLine).one().received_quantity


def test_what_runs_low_is_listed_with_its_arithmetic_and_drafted(house: House, shop: dict[str, int]) -> None:
    ivy = house.browser("Ivy")
    page = ivy.get("/inventory/replenishment").text
    assert "Gaffer tape" in page and "less on hand" in page and "Thomsen" in page
    order_id = drafted(ivy, shop)
    with house.reading():
        assert buying.lines_of(db.session.get_one(PurchaseOrder, order_id)) == [(shop["tape"], 48)]
    assert "Nothing has to be ordered" in ivy.get("/inventory/replenishment").text
    assert "Gaffer tape" in ivy.get("/inventory/replenishment.csv?show=all").text


def test_a_quantity_that_is_none_is_marked_and_what_was_typed_stays(
    house: House, shop: dict[str, int]
) -> None:
    ivy = house.browser("Ivy")
    name = f"quantity_{shop['tape']}"
    answer = ivy.post("/inventory/replenishment", data={"chosen": shop["tape"], name: "many"})
    assert (
        answer.status_code == 422 and 'value="many"' in answer.text and 'aria-invalid="true"' in answer.text
    )
    assert "Tick what you want" in ivy.post("/inventory/replenishment", data={}).text


@pytest.mark.parametrize("state", list(OrderState))
def test_an_order_can_be_looked_at_in_every_state(
    house: House, shop: dict[str, int], state: OrderState
) -> None:
    ivy = house.browser("Ivy")
    order_id = drafted(ivy, shop)
    with house.writing():
        row = db.session.get_one(PurchaseOrder, order_id)
        row.state, row.closed_reason = state, "Because"
        if state is not OrderState.DRAFT:
            row.ordered_at = row.created_at
    for who in ("Ivy", "Walter", "Vic", "Bob"):
        page = house.browser(who).get(f"/inventory/orders/{order_id}")
        assert page.status_code == 200 and "Gaffer tape" in page.text
        assert ("Price of one" in page.text) is (who in ("Ivy", "Vic")), who


def test_a_draft_is_edited_line_by_line(house: House, shop: dict[str, int]) -> None:
    ivy = house.browser("Ivy")
    order_id = drafted(ivy, shop)
    with house.reading():
        line_id = db.session.query(OrderLine).one().id
    path = f"/inventory/orders/{order_id}/lines"
    part = ivy.post(
        f"{path}/{line_id}",
        data={"quantity": "3", "unit": "box", "unit_cost": "4,50", "line": line_id},
        headers=HTMX,
    )
    assert part.status_code == 200 and "= 72" in part.text and 'id="order-lines"' in part.text
    wrong = ivy.post(f"{path}/{line_id}", data={"quantity": "x", "line": line_id}, headers=HTMX)
    assert wrong.status_code == 422 and "Nothing was saved" in wrong.text and 'value="x"' in wrong.text
    unknown = ivy.post(path, data={"product": "Nothing like it", "quantity": "1"})
    assert unknown.status_code == 422 and "No single product fits" in unknown.text
    assert f'<option value="{shop["company"]}" selected' in unknown.text, (
        "the facts beside keep what they hold"
    )
    assert ivy.post(path, data={"product": "Gaffer tape", "quantity": "1"}).status_code == 303
    with house.reading():
        assert db.session.query(OrderLine).one().quantity == 73


def test_an_order_is_looked_at_then_sent_with_words_of_ones_own(house: House, shop: dict[str, int]) -> None:
    ivy = house.browser("Ivy")
    order_id = drafted(ivy, shop)
    page = ivy.get(f"/inventory/orders/{order_id}/dispatch").text
    assert "orders@thomsen.example" in page and "please find our order" in page
    assert ivy.get(f"/inventory/orders/{order_id}/pdf").data.startswith(b"%PDF")
    with house.reading():
        version = db.session.get_one(PurchaseOrder, order_id).version
    bad = ivy.post(f"/inventory/orders/{order_id}/dispatch", data={"email": "nobody", "version": version})
    assert bad.status_code == 422 and "not an email" in bad.text
    stale = ivy.post(f"/inventory/orders/{order_id}/dispatch", data={"email": "a@b.example", "version": 1})
    assert stale.status_code == 409 and "meanwhile" in stale.text
    good = {"email": "a@b.example", "message": "Soon.", "version": version}
    assert ivy.post(f"/inventory/orders/{order_id}/dispatch", data=good).status_code == 303
    with house.reading():
        assert db.session.get_one(PurchaseOrder, order_id).sent_to == "a@b.example"


def given_up(house: House, order_id: int) -> None:
    """Nobody took the letter of an order, however often it was tried."""
    with house.writing():
        [letter] = db.session.scalars(select(Delivery))
        letter.state, letter.error = DeliveryState.FAILED, "550 no such mailbox"
        row = db.session.scalars(select(OutboxRow).where(OutboxRow.kind == "documents.typeset")).one()
        row.state, row.attempts = OutboxState.DEAD, 10


def test_a_letter_that_nobody_took_is_told_on_the_order_and_sent_again_once(
    house: House, shop: dict[str, int]
) -> None:
    ivy = house.browser("Ivy")
    order_id = drafted(ivy, shop)
    address = f"/inventory/orders/{order_id}"
    with house.reading():
        version = db.session.get_one(PurchaseOrder, order_id).version
    ivy.post(f"{address}/dispatch", data={"email": "wrong@b.example", "version": version})
    assert "waits to be sent" in ivy.get(address).text
    given_up(house, order_id)
    page = ivy.get(address).text
    assert "The letter did not arrive" in page and "550 no such mailbox" in page
    assert ivy.post(f"{address}/letter", data={"email": "nobody"}).status_code == 422
    for _ in range(2):
        assert ivy.post(f"{address}/letter", data={"email": "right@b.example"}).status_code == 303
    do_tasks(house)
    with house.reading():
        [letter] = db.session.scalars(select(Delivery))
        assert (letter.address, letter.state) == ("right@b.example", DeliveryState.SENT)
        assert letter.attachment_id is not None
        again = select(func.count(Activity.id)).where(Activity.verb == "order.sent_again")
        assert db.session.scalar(again) == 1
    assert "right@b.example" in (page := ivy.get(address).text) and "did not arrive" not in page


@pytest.mark.parametrize("code", ["4006381333931", "TH-77", "th-77"])
def test_our_codes_and_the_suppliers_own_count_in(house: House, shop: dict[str, int], code: str) -> None:
    ivy = house.browser("Ivy")
    order_id = sent(house, ivy, shop)
    answer = scanned(ivy, order_id, code=code, quantity=2, unit="box")
    assert answer.status_code == 200 and "verdict green" in answer.text and "48</b> / 48" in answer.text
    assert came(house) == 48


def test_a_scan_counts_up_and_twice_the_same_scan_counts_once(house: House, shop: dict[str, int]) -> None:
    bob, ivy = house.browser("Bob"), house.browser("Ivy")
    order_id, scan_id = sent(house, ivy, shop), str(uuid.uuid4())
    for _ in range(2):
        scanned(bob, order_id, code="5*TH-77", scan_id=scan_id)
    scanned(bob, order_id, code="TH-77")
    assert came(house) == 6


def test_another_product_is_named_and_an_unknown_code_is_refused(house: House, shop: dict[str, int]) -> None:
    ivy = house.browser("Ivy")
    order_id = sent(house, ivy, shop)
    with house.writing():
        other = factories.product("Batteries")
        factories.code_for(other, "BAT-1")
    assert "Batteries is not on PO-" in scanned(ivy, order_id, code="BAT-1").text
    assert "Nobody knows the code" in scanned(ivy, order_id, code="WHAT-1").text
    assert came(house) == 0


def test_a_scanned_shelf_is_where_the_next_goes(house: House, shop: dict[str, int]) -> None:
    ivy = house.browser("Ivy")
    order_id = sent(house, ivy, shop)
    answer = scanned(ivy, order_id, code="S-9")
    assert "verdict blue" in answer.text and f'<option value="{shop["shelf"]}" selected>' in answer.text
    scanned(ivy, order_id, code="TH-77", location_id=shop["shelf"])
    with house.reading():
        assert factories.held(shop["tape"])[shop["shelf"]] == 1


def test_more_than_was_ordered_asks_for_a_reason_and_keeps_them_then(
    house: House, shop: dict[str, int]
) -> None:
    ivy = house.browser("Ivy")
    order_id = sent(house, ivy, shop)
    asks = scanned(ivy, order_id, code="50*TH-77")
    assert "verdict amber" in asks.text and "Keep 2 more" in asks.text and came(house) == 0
    with house.reading():
        line_id = db.session.query(OrderLine).one().id
    kept = scanned(ivy, order_id, line_id=line_id, quantity=50, reason="A full box")
    assert "verdict green" in kept.text and came(house) == 50


def test_a_supplier_is_made_on_the_products_page(house: House, shop: dict[str, int]) -> None:
    ivy = house.browser("Ivy")
    path = f"/inventory/products/{shop['tape']}/suppliers"
    typed = {
        "supplier": "Nord Bühne",
        "email": "a@nord.example",
        "pack_quantity": "6",
        "minimum_quantity": "12",
    }
    assert ivy.post(path, data=typed).status_code == 303
    again = ivy.post(path, data=typed)
    assert again.status_code == 422 and "there already" in again.text
    assert "Nord Bühne" in ivy.get("/inventory/suppliers").text
    assert "Suggested order" in ivy.get(f"/inventory/products/{shop['tape']}").text


def test_twenty_orders_and_twenty_lines_take_as_many_statements_as_one(
    house: House, shop: dict[str, int], statements: Callable[[], list[str]]
) -> None:
    ivy = house.browser("Ivy")
    order_id = drafted(ivy, shop)
    paths = ("/inventory/orders", f"/inventory/orders/{order_id}", "/inventory/suppliers",
             f"/inventory/suppliers/{shop['company']}", "/inventory/replenishment?show=all")  # fmt: skip

    def counted() -> list[int]:
        counts = []
        for path in paths:
            ivy.get(path)
            statements()
            assert ivy.get(path).status_code == 200
            counts.append(len(statements()))
        return counts

    for_one = counted()
    with house.writing():
        for number in range(19):
            company = buying.supplier(f"Seller {number}")
            made = PurchaseOrder(number=f"PO-X-{number}", company_id=company.id, location_id=house.warehouse_id,
                                 created_at=factories.SOON)  # fmt: skip
            db.session.add(made)
            product = factories.product(reorder_level=3)
            line = {"order_id": order_id, "product_id": product.id, "position": number + 2, "quantity": 1}
            db.session.add(OrderLine(**line))
            db.session.flush()
    assert counted() == for_one
