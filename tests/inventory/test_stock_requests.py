"""Stock transactions as people post them: in packs, at a stated cost, never more than is free."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Activity,
    Location,
    LocationKind,
    Organization,
    PackSize,
    Product,
    StockLevel,
    StockTransaction,
    TransactionKind,
)
from app.refusals import Forbidden, Refused
from app.services.locations import add_location
from app.services.reservations import Wish, reserve
from app.services.stock import post_stock, post_together
from app.services.stock_requests import StockRequest
from tests import factories
from tests.factories import SOON, me
from tests.people import House

D = Decimal
ONCE = "a-request-of-a-test"
RECEIPT, ISSUE, ADJUSTMENT, TRANSFER = TransactionKind


def tape(house: House, stock: int = 0, **more: object) -> Product:
    """A consumable that comes in boxes of 24 rolls."""
    row = factories.product("Gaffer tape", stock=stock, at=house.warehouse_id, unit="roll", **more)
    db.session.add(PackSize(product_id=row.id, name="box", quantity=24))
    db.session.flush()
    return row


def shelf_in(house: House) -> Location:
    root = db.session.get_one(Location, house.warehouse_id)
    return add_location("Shelf", "S1", LocationKind.SHELF, root, by=me())


def errors_of(refused: Refused) -> dict[str, str]:
    return {name: " ".join(texts) for name, texts in refused.errors.items()}


def test_boxes_are_received_and_rolls_are_issued(house: House) -> None:
    with house.writing():
        row = tape(house)
        box = StockRequest(RECEIPT, row.id, house.warehouse_id, quantity=2, unit="boxes", unit_cost=D(12))
        (came,) = post_stock(box, by=me(), request_id="request-1").transactions
        assert (came.quantity, came.said_quantity, came.said_unit) == (48, 2, "boxes")
        assert (came.unit_cost, row.average_cost) == (D("0.5"), D("0.5"))
    with house.writing():
        roll = StockRequest(ISSUE, row.id, house.warehouse_id, quantity=5, unit="roll")
        (went,) = post_stock(roll, by=me(), request_id="request-2").transactions
        assert (went.quantity, went.said_quantity, went.total_after, went.from_after) == (5, None, 43, 43)
    page = house.browser("Ivy").get(f"/inventory/transactions?product={row.id}").text
    assert "2 boxes = 48 roll" in page


@pytest.mark.parametrize(
    ("kind", "said", "field", "words"),
    [
        (RECEIPT, {"quantity": 1, "unit": "crate"}, "unit", "roll, box (24 roll)"),
        (
            RECEIPT,
            {"quantity": 2, "unit": "box", "unit_cost": D(12), "total_cost": D(25)},
            "total_cost",
            "24",
        ),
        (RECEIPT, {}, "quantity", "fill this in"),
        (ISSUE, {"quantity": 1, "unit_cost": D(1)}, "unit_cost", "average cost"),
        (ISSUE, {"quantity": 11}, "quantity", "holds 10 of Gaffer tape, not 11"),
        (ADJUSTMENT, {"quantity": 1, "notes": "why"}, "direction", "more or less"),
        (ADJUSTMENT, {"counted": 10, "notes": "why"}, "counted", "10 already"),
        (ADJUSTMENT, {"counted": 9}, "notes", "say why"),
        (TRANSFER, {"quantity": 1, "to_id": 1}, "to_id", "there already"),
        (TRANSFER, {"quantity": 1, "to_id": 999}, "to_id", "no such location"),
        (RECEIPT, {"quantity": 1, "happened_at": datetime(2090, 1, 1, tzinfo=UTC)}, "happened_at", "future"),
        (RECEIPT, {"quantity": 1, "happened_at": datetime(1999, 1, 1, tzinfo=UTC)}, "happened_at", "2000"),
    ],
)
def test_what_will_not_do_is_told_beside_its_field(
    house: House, kind: TransactionKind, said: dict[str, object], field: str, words: str
) -> None:
    with house.writing():
        row = tape(house, stock=10)
        with pytest.raises(Refused) as refused:
            post_stock(StockRequest(kind, row.id, house.warehouse_id, **said), by=me(), request_id=ONCE)
        assert words in errors_of(refused.value)[field]
        assert row.on_hand == 10


def test_more_than_is_free_says_what_is_free_and_who_holds_the_rest(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=5, at=house.warehouse_id)
        reserve([Wish(lamp.id, house.warehouse_id, 3, SOON, SOON + timedelta(days=1))], by=me())
        wanted = StockRequest(ISSUE, lamp.id, house.warehouse_id, quantity=3)
        with pytest.raises(Refused, match=r"Only 2 of Lamp are free, not 3\. another claim holds 3"):
            post_stock(wanted, by=me(), request_id=ONCE)
    with house.writing():
        some = StockRequest(ISSUE, lamp.id, house.warehouse_id, quantity=2)
        assert post_stock(some, by=me(), request_id="request-2").transactions


def test_who_may_overbook_takes_what_others_count_on(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=5, at=house.warehouse_id)
        reserve([Wish(lamp.id, house.warehouse_id, 5, SOON, SOON + timedelta(days=1))], by=me())
        ids = lamp.id
    walter, ivy = house.actor("Walter"), house.actor("Ivy")
    anyway = StockRequest(ISSUE, ids, house.warehouse_id, quantity=1, takes_anyway=True)
    with house.writing(), pytest.raises(Forbidden, match="others count on"):
        post_stock(anyway, by=walter, request_id=ONCE)
    with house.writing():
        assert post_stock(anyway, by=ivy, request_id=ONCE).transactions[0].total_after == 4


def test_taking_what_others_count_on_is_offered_only_where_that_would_help(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=5, at=house.warehouse_id)
        reserve([Wish(lamp.id, house.warehouse_id, 5, SOON, SOON + timedelta(days=1))], by=me())
    sent = {"product": "Lamp", "place_id": house.warehouse_id, "request_id": ONCE}
    ivy, walter = house.browser("Ivy"), house.browser("Walter")
    offer = 'name="takes_anyway"'
    for pieces, says, is_offered in (
        ("9", "holds 5", False),
        ("", "fill this in", False),
        ("2", "Only 0", True),
    ):
        page = ivy.post("/inventory/issues/new", data=sent | {"quantity": pieces}).text
        assert says in page and (offer in page) == is_offered, pieces
    assert offer not in walter.post("/inventory/issues/new", data=sent | {"quantity": "2"}).text
    taken = ivy.post("/inventory/issues/new", data=sent | {"quantity": "2", "takes_anyway": "on"})
    assert taken.status_code == 303


def test_within_a_warehouse_claimed_pieces_may_move(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=5, at=house.warehouse_id)
        reserve([Wish(lamp.id, house.warehouse_id, 5, SOON, SOON + timedelta(days=1))], by=me())
        shelf = shelf_in(house)
        moved = StockRequest(TRANSFER, lamp.id, house.warehouse_id, shelf.id, quantity=5)
        (row,) = post_stock(moved, by=me(), request_id=ONCE).transactions
        assert (row.from_after, row.to_after, row.total_after) == (0, 5, 5)


def test_many_are_posted_in_order_all_or_none_and_everything_wrong_is_told_at_once(house: House) -> None:
    with house.writing():
        row, here = tape(house), house.warehouse_id
        shelf = shelf_in(house)
        chain = [
            StockRequest(RECEIPT, row.id, here, quantity=10),
            StockRequest(TRANSFER, row.id, here, shelf.id, quantity=6),
            StockRequest(ISSUE, row.id, shelf.id, quantity=6),
        ]
        done = post_together(chain, by=me(), request_ids=["r-1", "r-2", "r-3"])
        assert [one.total_after for one in done.transactions] == [10, 10, 4]
    with house.writing():
        again = post_together(chain, by=me(), request_ids=["r-1", "r-2", "r-3"])
        assert again.transactions[0].id == done.transactions[0].id
    with house.writing():
        wrong = [
            chain[0],
            StockRequest(ISSUE, row.id, chain[2].place_id, quantity=1),
            StockRequest(RECEIPT, 999, here, quantity=1),
        ]
        with pytest.raises(Refused) as refused:
            post_together(wrong, by=me(), request_ids=["r-4", "r-5", "r-6"])
        assert set(refused.value.errors) == {"1.quantity", "2.product"}
    with house.reading():
        assert db.session.get_one(Product, row.id).on_hand == 4


def test_many_cost_as_many_statements_as_one(house: House, statements: Callable[[], list[str]]) -> None:
    counts = []
    for number in (1, 40):
        with house.writing():
            rows = [factories.product(stock=2, at=house.warehouse_id) for _ in range(number)]
            statements()
            post_together(
                [StockRequest(ISSUE, row.id, house.warehouse_id, quantity=1) for row in rows], by=me(),
                request_ids=[f"r-{number}-{one}" for one in range(number)],
            )  # fmt: skip
            db.session.flush()
            counts.append(len(statements()))
    assert counts[1] <= counts[0] + 1, counts


def test_many_of_all_kinds_cost_as_many_statements_as_one_of_each(
    house: House, statements: Callable[[], list[str]]
) -> None:
    counts = []
    with house.writing():
        shelf_id = shelf_in(house).id
    for number in (1, 20):
        with house.writing():
            rows = [factories.product(stock=9, at=house.warehouse_id).id for _ in range(number)]
            asked = [
                request
                for key in rows
                for request in (
                    StockRequest(RECEIPT, key, house.warehouse_id, quantity=2, unit_cost=D(3)),
                    StockRequest(ISSUE, key, house.warehouse_id, quantity=1),
                    StockRequest(TRANSFER, key, house.warehouse_id, shelf_id, quantity=1),
                )
            ]
            statements()
            post_together(asked, by=me(), request_ids=[f"k-{number}-{one}" for one in range(len(asked))])
            db.session.flush()
            counts.append(len(statements()))
    assert counts[1] <= counts[0] + 1, counts


def test_a_note_is_required_where_the_organization_says_so(house: House) -> None:
    with house.writing():
        db.session.get_one(Organization, house.organization_id).notes_required = ["issue"]
        tape(house, stock=3)
    sent = {"product": "Gaffer tape", "place_id": house.warehouse_id, "quantity": "1", "request_id": ONCE}
    answer = house.browser("Walter").post("/inventory/issues/new", data=sent)
    assert answer.status_code == 422 and "say why" in answer.text
    assert (
        house.browser("Walter").post("/inventory/issues/new", data=sent | {"notes": "x"}).status_code == 303
    )


def test_a_receipt_may_be_dated_back_and_refers_to_what_it_came_with(house: House) -> None:
    with house.writing():
        row = tape(house)
    sent = {
        "product": "Gaffer tape", "place_id": house.warehouse_id, "quantity": "2", "unit": "box",
        "total_cost": "24,00", "reference_type": "purchase_order", "reference_number": "PO-9",
        "happened_at": "2026-01-05T10:00", "request_id": ONCE,
    }  # fmt: skip
    assert house.browser("Ivy").post("/inventory/receipts/new", data=sent).status_code == 303
    with house.reading():
        kept = db.session.scalars(select(StockTransaction)).one()
        assert kept.happened_at == datetime(2026, 1, 5, 9, tzinfo=UTC) < kept.recorded_at
        assert (kept.reference_type, kept.reference_number, kept.unit_cost) == (
            "purchase_order",
            "PO-9",
            D("0.5"),
        )
        assert db.session.get_one(Product, row.id).average_cost == D("0.5")


def test_a_scanner_fills_in_the_product_the_place_and_the_number(house: House) -> None:
    with house.writing():
        row = tape(house, stock=3)
        factories.code_for(row, "4006381333931")
        shelf = shelf_in(house)
        ids = row.id, shelf.id
    browser = house.browser("Walter")
    first = browser.get("/inventory/transfers/new?hand=1&scan=12*4006381333931")
    assert (
        first.status_code == 303 and f"product={ids[0]}" in first.location and "quantity=12" in first.location
    )
    second = browser.get(f"{first.location}&location={house.warehouse_id}&scan=S1")
    assert f"to={ids[1]}" in second.location and f"location={house.warehouse_id}" in second.location
    page = browser.get(second.location).text
    assert "How many?" in page and 'value="12"' in page
    lost = browser.get(f"{second.location}&scan=NOTHING").text
    assert "Nothing here has the code NOTHING" in lost


def test_after_a_scanned_deed_the_next_thing_goes_to_the_same_place(house: House) -> None:
    with house.writing():
        row = tape(house)
    sent = {"product": row.sku, "place_id": house.warehouse_id, "quantity": "3", "request_id": ONCE}
    answer = house.browser("Bob").post("/inventory/receipts/new?hand=1", data=sent)
    assert answer.status_code == 303
    assert "hand=1" in answer.location and f"location={house.warehouse_id}" in answer.location


def test_a_service_manager_receives_and_adjusts_but_neither_issues_nor_transfers(house: House) -> None:
    with house.writing():
        row = tape(house, stock=5)
    serge, here = house.browser("Serge"), {"place_id": house.warehouse_id, "product": row.sku}
    assert (
        serge.post(
            "/inventory/receipts/new", data=here | {"quantity": "1", "request_id": "request-1"}
        ).status_code
        == 303
    )
    assert (
        serge.post(
            "/inventory/adjustments/new",
            data=here | {"counted": "4", "notes": "x", "request_id": "request-2"},
        ).status_code
        == 303
    )
    for path in ("issues", "transfers"):
        assert serge.get(f"/inventory/{path}/new").status_code == 403
        assert serge.post(f"/inventory/{path}/new", data=here).status_code == 403


FILE = """type;product;location;quantity;unit;total_cost;notes;counted
receipt;{sku};WH;2;box;24,00;first delivery;
issue;{sku};WH;5;;;;
adjustment;{sku};WH;;;;counted;40
"""


def upload(house: House, text: str, request_id: str = ONCE, who: str = "Ivy") -> object:
    sent = {"file": (BytesIO(text.encode()), "moves.csv"), "request_id": request_id}
    return house.browser(who).post(
        "/inventory/transactions/file", data=sent, content_type="multipart/form-data"
    )


def test_a_file_of_all_kinds_is_posted_once(house: House) -> None:
    with house.writing():
        row = tape(house)
        code = db.session.get_one(Location, house.warehouse_id).code
        factories.code_for(row, row.sku)
    text = FILE.format(sku=row.sku).replace("WH", code)
    for _ in range(2):
        answer = upload(house, text)
        assert answer.status_code == 303, answer.text
    with house.reading():
        rows = db.session.scalars(select(StockTransaction).order_by(StockTransaction.id)).all()
        assert [(one.kind, one.quantity, one.total_after) for one in rows] == [
            (RECEIPT, 48, 48), (ISSUE, 5, 43), (ADJUSTMENT, 3, 40),
        ]  # fmt: skip
        posted = select(func.count()).select_from(Activity).where(Activity.verb == "stock.posted")
        assert db.session.scalar(posted) == 1


def test_everything_that_is_wrong_with_a_file_is_told_and_nothing_of_it_is_kept(house: House) -> None:
    with house.writing():
        row = tape(house)
        code = db.session.get_one(Location, house.warehouse_id).code
        factories.code_for(row, row.sku)
    text = "type,product,location,quantity\n" + "\n".join(
        [f"receipt,{row.sku},{code},5", f"issue,{row.sku},{code},9", f"receipt,NOTHING,{code},1",
         f"receipt,{row.sku},the moon,1", f"gift,{row.sku},{code},1", f"receipt,{row.sku},{code},some"]
    )  # fmt: skip
    answer = upload(house, text)
    assert answer.status_code == 422
    for words in ("holds 5 of", "has the code NOTHING", "no location of this", "5 rows need", "not a number"):
        assert words in answer.text, words
    with house.reading():
        assert db.session.scalars(select(StockTransaction)).all() == []
        assert db.session.scalars(select(StockLevel.quantity)).all() == []


def test_a_file_without_its_columns_says_which(house: House) -> None:
    answer = upload(house, "product,quantity\nx,1\n")
    assert answer.status_code == 422 and "no column for: location, type" in answer.text
    assert house.browser("Vic").get("/inventory/transactions/file").status_code == 403
