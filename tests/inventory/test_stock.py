"""Receiving, adjusting, transferring: each once, each in the ledger, and told to those it leaves short."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Activity,
    Asset,
    Location,
    LocationKind,
    Product,
    Reservation,
    StockLevel,
    StockTransaction,
    Tracking,
)
from app.queries.transactions import LedgerFilters, ledger_lines
from app.refusals import Refused
from app.services.assets import next_tags
from app.services.locations import add_location
from app.services.receipts import Arrival, receive
from app.services.reservations import Wish, reserve
from app.services.stock import adjust_stock, receive_stock, transfer_assets, transfer_stock
from tests import factories
from tests.factories import SOON, me
from tests.people import House

ONCE = "a-request-of-a-test"


def warehouse(house: House) -> Location:
    return db.session.get_one(Location, house.warehouse_id)


def total(product_id: int) -> int:
    held = select(func.coalesce(func.sum(StockLevel.quantity), 0)).where(StockLevel.product_id == product_id)
    return int(db.session.scalar(held) or 0)


def test_a_count_is_received_once_however_often_it_is_sent(house: House) -> None:
    with house.writing():
        product_id = factories.product("Cable").id
    browser = house.browser("Bob")
    sent = {"product": "Cable", "quantity": "12", "place_id": house.warehouse_id, "request_id": ONCE}
    for _ in range(2):
        assert browser.post("/inventory/receipts/new", data=sent).status_code == 303
    with house.reading():
        assert total(product_id) == 12
        assert len(db.session.scalars(select(Activity).where(Activity.verb == "stock.received")).all()) == 1


def test_single_assets_get_the_typed_tags_and_then_made_ones(house: House) -> None:
    with house.writing():
        factories.product("Lamp", tracking=Tracking.SERIALIZED)
    sent = {
        "product": "lamp", "quantity": "3", "tags": "L-1\nL-2", "place_id": house.warehouse_id,
        "unit_cost": "99,50", "request_id": ONCE,
    }  # fmt: skip
    browser = house.browser("Ivy")
    for _ in range(2):
        assert browser.post("/inventory/receipts/new", data=sent).status_code == 303
    with house.reading():
        sku = db.session.scalars(select(Product.sku)).one()
        assert sorted(db.session.scalars(select(Asset.tag))) == sorted(["L-1", "L-2", f"{sku}-01"])
        assert set(db.session.scalars(select(StockTransaction.unit_cost))) == {Decimal("99.5")}


def test_a_cost_is_ignored_from_people_who_may_not_see_costs(house: House) -> None:
    with house.writing():
        factories.product("Cable")
    sent = {
        "product": "Cable", "quantity": "1", "unit_cost": "5", "place_id": house.warehouse_id, "request_id": ONCE,
    }  # fmt: skip
    assert house.browser("Bob").post("/inventory/receipts/new", data=sent).status_code == 303
    with house.reading():
        assert db.session.scalars(select(Product.average_cost)).one() == 0


def test_made_tags_go_on_after_the_highest_ever_given(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED)
        factories.asset(lamp, at=house.warehouse_id, tag=f"{lamp.sku}-07")
        assert next_tags(lamp, 2) == [f"{lamp.sku}-08", f"{lamp.sku}-09"]


@pytest.mark.parametrize(
    ("quantity", "tags", "words"),
    [
        (1, ["T-1", "t-1"], "2 tags for 1"),
        (2, ["T-1", "t-1"], "twice"),
        (1, ["TAKEN"], "already"),
        (501, [], "At most"),
    ],
)
def test_a_receipt_that_cannot_be_is_refused(
    house: House, quantity: int, tags: list[str], words: str
) -> None:
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED)
        factories.asset(lamp, at=house.warehouse_id, tag="taken")
        with pytest.raises(Refused, match=words):
            receive(lamp, quantity, warehouse(house), None, by=me(), request_id=ONCE, arrival=Arrival(tags))


def test_a_package_has_no_stock(house: House) -> None:
    with house.writing(), pytest.raises(Refused, match="receive its parts"):
        package = factories.product("Kit", is_package=True)
        receive_stock(package, 1, warehouse(house), None, by=me(), request_id=ONCE)


def test_an_adjustment_posts_the_difference_and_tells_whose_event_is_short(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=3, at=house.warehouse_id)
        reserve([Wish(lamp.id, house.warehouse_id, 3, SOON, SOON + timedelta(days=1))], by=me())
        lamp_id = lamp.id
    with house.writing():
        lamp = db.session.get_one(Product, lamp_id)
        moved = adjust_stock(lamp, warehouse(house), 1, "Lost on tour", by=me(), request_id=ONCE)
        assert [row.quantity for row in moved.transactions] == [2]
    with house.writing():
        again = adjust_stock(
            db.session.get_one(Product, lamp_id),
            warehouse(house),
            1,
            "Lost on tour",
            by=me(),
            request_id=ONCE,
        )
        assert again.transactions[0].id == moved.transactions[0].id
    with house.reading():
        assert total(lamp_id) == 1
        assert db.session.scalars(select(Reservation.overbooked_quantity)).one() == 2
    with house.writing():
        receive_stock(
            db.session.get_one(Product, lamp_id),
            5,
            warehouse(house),
            None,
            by=me(),
            request_id="another-request",
        )
    with house.reading():
        assert db.session.scalars(select(Reservation.overbooked_quantity)).one() == 0, "short no more"


def test_a_transfer_moves_and_never_more_than_there_is(house: House) -> None:
    with house.writing():
        cable = factories.product("Cable", stock=3, at=house.warehouse_id)
        shelf = add_location("Shelf", "S1", LocationKind.SHELF, warehouse(house), by=me())
        transfer_stock(cable, 2, warehouse(house), shelf, by=me(), request_id=ONCE)
        ids = cable.id, shelf.id
    with house.reading():
        levels = dict(db.session.execute(select(StockLevel.location_id, StockLevel.quantity)).all())
        assert levels == {house.warehouse_id: 1, ids[1]: 2}
    typed = {
        "product": "Cable", "place_id": house.warehouse_id, "to_id": ids[1], "quantity": "5",
        "request_id": "another-request",
    }  # fmt: skip
    answer = house.browser("Walter").post("/inventory/transfers/new", data=typed)
    assert (
        answer.status_code == 422 and "holds 1 of Cable, not 5" in answer.text and 'value="5"' in answer.text
    )


def test_assets_move_each_from_where_it_is(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED, stock=2, at=house.warehouse_id)
        shelf = add_location("Shelf", "S1", LocationKind.SHELF, warehouse(house), by=me())
        assets = db.session.scalars(select(Asset).order_by(Asset.id)).all()
        transfer_assets(assets, shelf, by=me(), request_id=ONCE)
        assert lamp.id
    with house.reading():
        assert set(db.session.scalars(select(Asset.location_id))) != {house.warehouse_id}
        assert len(db.session.scalars(select(StockTransaction)).all()) == 4


def test_typed_tags_of_other_products_are_named(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED, stock=1, at=house.warehouse_id)
        other = factories.product("Desk", tracking=Tracking.SERIALIZED)
        factories.asset(other, at=house.warehouse_id, tag="DESK-1")
        shelf = add_location("Shelf", "S1", LocationKind.SHELF, warehouse(house), by=me())
        ids = lamp.id, shelf.id
    typed = {"product": "Lamp", "to_id": ids[1], "tags": "DESK-1\nNOTHING", "request_id": ONCE}
    answer = house.browser("Walter").post("/inventory/transfers/new", data=typed)
    assert answer.status_code == 422 and "NOTHING, DESK-1" in answer.text


def test_the_ledger_shows_a_running_balance_of_one_product(house: House) -> None:
    with house.writing():
        cable = factories.product("Cable", stock=3, at=house.warehouse_id)
        shelf = add_location("Shelf", "S1", LocationKind.SHELF, warehouse(house), by=me())
        transfer_stock(cable, 2, warehouse(house), shelf, by=me(), request_id=ONCE)
        ids = cable.id, shelf.id
    with house.writing():
        cable = db.session.get_one(Product, ids[0])
        adjust_stock(cable, warehouse(house), 4, "Found", by=me(), request_id="another-request")
    with house.reading():
        everywhere = ledger_lines(LedgerFilters(product=ids[0]), "Europe/Berlin").items
        assert [row.balance for row in everywhere] == [6, 3, 3]
        on_shelf = ledger_lines(LedgerFilters(product=ids[0], location=ids[1]), "Europe/Berlin").items
        assert [(row.kind, row.balance) for row in on_shelf] == [("transfer", 2)]


def test_the_ledger_costs_the_same_statements_for_one_line_and_twenty(
    house: House, statements: Callable[[], list[str]]
) -> None:
    browser = house.browser("Vic")
    counts = []
    for number in (1, 19):
        with house.writing():
            for _ in range(number):
                factories.product(stock=1, at=house.warehouse_id)
        statements()
        assert "Receipt" in browser.get("/inventory/transactions").text
        counts.append(len(statements()))
    assert counts[0] == counts[1] <= 8


def test_staff_receive_but_do_not_adjust_or_transfer(house: House) -> None:
    with house.writing():
        product_id = factories.product("Cable", stock=1, at=house.warehouse_id).id
    browser = house.browser("Bob")
    assert browser.get("/inventory/receipts/new").status_code == 200
    assert browser.get(f"/inventory/adjustments/new?product={product_id}").status_code == 403
    assert browser.post(f"/inventory/transfers/new?product={product_id}").status_code == 403
