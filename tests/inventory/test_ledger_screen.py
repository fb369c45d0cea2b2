"""The ledger on screen: what there was after each movement, what caused it, and taking it back."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, CodeKind, Location, LocationKind, StockTransaction, Tracking, TransactionKind
from app.queries import stock_levels, transactions
from app.queries.paging import Page
from app.queries.stock_levels import LevelFilters, level_lines
from app.queries.transactions import LedgerFilters, all_ledger_lines, ledger_lines, ledger_rows
from app.services.codes import add_code
from app.services.ledger import Cause, Movement, post
from app.services.locations import add_location
from app.services.stock import post_stock
from app.services.stock_requests import StockRequest
from tests import factories
from tests.factories import me
from tests.people import House

ZONE = "Europe/Berlin"


def busy_product(house: House, movements: int) -> int:
    """A product with so many receipts of one."""
    row = factories.product("Cable")
    for _ in range(movements):
        post(TransactionKind.RECEIPT, [Movement(row.id, 1, to_id=house.warehouse_id)], Cause(me()))
    return row.id


@pytest.mark.parametrize("page", [1, 2, 3, 4, 5])
def test_every_page_stands_in_the_order_of_recording(house: House, page: int) -> None:
    with house.writing():
        product_id = busy_product(house, 23)
    with house.reading():
        found = ledger_lines(LedgerFilters(product=product_id), ZONE, page, 5)
        expected = list(range(23, 0, -1))[(page - 1) * 5 : page * 5]
        assert [row.balance for row in found.items] == expected and found.total == 23
        here = ledger_lines(LedgerFilters(location=house.warehouse_id), ZONE, page, 5)
        assert [row.balance for row in here.items] == expected
        assert [row.total_after for row in all_ledger_lines(LedgerFilters(), ZONE)] == list(range(1, 24))


def test_a_ledger_of_millions_is_counted_only_ahead_of_where_pages_are_turned(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "COUNTED", 10)
    monkeypatch.setattr(transactions, "AHEAD", 2)
    with house.writing():
        product_id = busy_product(house, 23)
    with house.reading():
        for filters in (
            LedgerFilters(product=product_id),
            LedgerFilters(),
            LedgerFilters(location=house.warehouse_id),
        ):
            near, far, last = (ledger_lines(filters, ZONE, page, 5) for page in (1, 3, 99))
            assert (near.total, near.is_more) == (10, True) and (far.total, far.is_more) == (17, True)
            assert [row.balance for row in far.items] == [13, 12, 11, 10, 9]
            assert (last.page, last.total, last.is_more) == (5, 23, False)
            assert [row.balance for row in last.items] == [3, 2, 1]
        exact = ledger_rows(LedgerFilters(), ZONE, 1, 5)  # programs are told
        assert (exact.total, exact.is_more) == (23, False)
    with house.writing():
        busy_product(house, 40)
    assert "More than 52 stock transactions" in house.browser("Vic").get("/inventory/transactions").text


def test_the_first_pages_of_a_product_are_what_the_long_way_finds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.writing():
        product_id = busy_product(house, 23)
        busy_product(house, 3)
    filters = LedgerFilters(product=product_id, kind="receipt")
    with house.reading():
        short = [ledger_lines(filters, ZONE, page, 5) for page in (-3, 1, 3, 5, 6)]
        monkeypatch.setattr(transactions, "NEAR", -1)
        long = [ledger_lines(filters, ZONE, page, 5) for page in (-3, 1, 3, 5, 6)]
    assert [told(page) for page in short] == [told(page) for page in long]
    assert [page.page for page in short] == [1, 1, 3, 5, 5]


def told(page: Page[Any]) -> tuple[Any, ...]:
    """What a page of the ledger says."""
    columns = [name for name in page.items[0]._fields if name != "counted"]
    return (
        page.page,
        page.total,
        page.is_more,
        [tuple(getattr(row, name) for name in columns) for row in page.items],
    )


def test_a_list_is_narrowed_to_the_place_and_product_that_were_typed_or_scanned(house: House) -> None:
    with house.writing():
        root = db.session.get_one(Location, house.warehouse_id)
        first = add_location("Shelf", "1", LocationKind.SHELF, root, by=me())
        second = add_location("Shelf", "S-2", LocationKind.SHELF, root, by=me())
        add_location("Gate", "S-20", LocationKind.SHELF, root, by=me())
        factories.product("Cable", stock=9, at=first.id)
        adapter = factories.product("Adapter", stock=2, at=second.id)
        add_code(adapter, "2", CodeKind.SKU, by=me())
        add_code(second, "L-000077", CodeKind.OTHER, by=me())
    vic = house.browser("Vic")
    for path in ("/inventory/stock-levels", "/inventory/transactions"):
        for typed in ("s-2", "S-2", "L-000077", "l-000077"):
            page = vic.get(f"{path}?place={typed}").text
            assert ">Adapter</a>" in page and ">Cable</a>" not in page and 'value="S-2"' in page, (
                path,
                typed,
            )
        assert ">Cable</a>" in vic.get(f"{path}?place=1").text  # a code, whatever place has this id
        unclear = vic.get(f"{path}?place=Shelf").text
        assert "No single place fits “Shelf”" in unclear and 'value="Shelf"' in unclear
        assert ">Adapter</a>" in unclear and ">Cable</a>" in unclear
        assert ">Cable</a>" not in vic.get(f"{path}.csv?place=S-2").text
    number = vic.get("/inventory/transactions?code=2").text  # a code, whatever product has this id
    assert "Stock transactions</a>" not in number and ">Adapter</a>" in number and ">Cable</a>" not in number


def test_places_are_offered_while_typing_and_the_warehouse_before_that(house: House) -> None:
    with house.writing():
        root = db.session.get_one(Location, house.warehouse_id)
        add_location("Aisle & gate", "A-1", LocationKind.SHELF, root, by=me())
        gone = add_location("Aisle 2", "A-2", LocationKind.SHELF, root, by=me())
        gone.archived_at = datetime.now(UTC)
        code = root.code
    vic = house.browser("Vic")
    untyped = vic.get("/inventory/locations/offers").text
    assert untyped.index(f'value="{code}"') < untyped.index('value="A-1"') and "A-2" not in untyped
    typed = vic.get("/inventory/locations/offers?place=aisle").text
    assert typed.count("<option") == 1 and ">Aisle &amp; gate<" in typed


def test_a_page_costs_the_same_statements_for_one_line_and_twenty(
    house: House, statements: Callable[[], list[str]]
) -> None:
    browser, counts = house.browser("Vic"), []
    for number in (1, 20):
        with house.writing():
            product_id = busy_product(house, number)
        statements()
        assert browser.get(f"/inventory/transactions?product={product_id}").status_code == 200
        counts.append(len(statements()))
    assert counts[0] == counts[1], counts


def test_a_movement_has_a_page_and_is_reversed_there(house: House) -> None:
    with house.writing():
        row = factories.product("Cable", stock=9, at=house.warehouse_id)
        wanted = StockRequest(
            TransactionKind.ISSUE, row.id, house.warehouse_id, quantity=2, notes="For the van"
        )
        issued = post_stock(wanted, by=me(), request_id="request-1").transactions[0].id
    ivy, path = house.browser("Ivy"), f"/inventory/transactions/{issued}"
    page = ivy.get(path).text
    assert "For the van" in page and "then 7 there" in page and "Reverse" in page
    assert "Reverse" not in house.browser("Vic").get(path).text
    refused = ivy.post(f"{path}/reversal", data={"reason": "", "request_id": "request-2"})
    assert refused.status_code == 422
    sent = {"reason": "It stayed", "request_id": "request-3"}
    done = [ivy.post(f"{path}/reversal", data=sent) for _ in range(2)]
    assert [one.status_code for one in done] == [303, 303] and done[0].location == done[1].location
    assert "takes <a" in ivy.get(done[0].location).text and "It stayed" in ivy.get(done[0].location).text
    assert "This was reversed" in ivy.get(path).text
    with house.reading():
        rows = db.session.scalars(select(StockTransaction).order_by(StockTransaction.id))
        assert [one.total_after for one in rows] == [9, 7, 9]
        assert len(db.session.scalars(select(Activity).where(Activity.verb == "stock.reversed")).all()) == 1


def test_what_is_gone_or_is_one_asset_is_not_reversed_here(house: House) -> None:
    with house.writing():
        here = house.warehouse_id
        cable = factories.product("Cable", stock=9, at=here)
        wanted = StockRequest(TransactionKind.ISSUE, cable.id, here, quantity=2)
        post_stock(wanted, by=me(), request_id="request-1")
        received = db.session.scalars(select(StockTransaction.id).order_by(StockTransaction.id)).first()
        factories.product("Lamp", tracking=Tracking.SERIALIZED, stock=1, at=here)
        asset = db.session.scalars(select(StockTransaction.id).order_by(StockTransaction.id.desc())).first()
    ivy = house.browser("Ivy")
    gone = ivy.post(
        f"/inventory/transactions/{received}/reversal", data={"reason": "x", "request_id": "request-2"}
    )
    assert gone.status_code == 422 and "holds 7 of Cable, not 9" in gone.text
    one = ivy.post(
        f"/inventory/transactions/{asset}/reversal", data={"reason": "x", "request_id": "request-3"}
    )
    assert one.status_code == 422 and "one asset" in one.text


def test_stock_levels_are_listed_by_place_with_all_that_lies_inside(house: House) -> None:
    with house.writing():
        root = db.session.get_one(Location, house.warehouse_id)
        zone = add_location("Zone", "Z1", LocationKind.ZONE, root, by=me())
        shelf = add_location("Shelf", "S1", LocationKind.SHELF, zone, by=me())
        cable = factories.product("Cable", stock=9, at=house.warehouse_id, reorder_level=9)
        factories.product("Adapter", stock=2, at=house.warehouse_id)
        factories.carry(cable, 4, house.warehouse_id, shelf.id)
        ids = zone.id, shelf.id
    vic = house.browser("Vic")
    everything = vic.get("/inventory/stock-levels").text
    assert "3 levels" in everything and everything.index("Adapter") < everything.index("Cable")
    inside = vic.get(f"/inventory/stock-levels?location={ids[0]}").text
    assert "1 level" in inside and "Shelf" in inside and "Adapter" not in inside
    low = vic.get("/inventory/stock-levels?low=on").text
    assert "2 levels" in low and "Adapter" not in low
    assert "Nothing fits" in vic.get("/inventory/stock-levels?find=nothing").text
    table = vic.get("/inventory/stock-levels.csv").text
    assert table.count("\r\n") == 4 and "Value" in table
    assert "Value" not in house.browser("Bob").get("/inventory/stock-levels.csv").text


def test_levels_are_counted_only_ahead_of_where_pages_are_turned(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_levels, "COUNTED_AHEAD", 2)
    with house.writing():
        for number in range(9):
            factories.product(f"Cable {number}", stock=1, at=house.warehouse_id)
    with house.reading():
        near, last = (level_lines(LevelFilters(), page, 3) for page in (1, 99))
        assert (near.total, near.is_more) == (5, True) and near.pages == 2
        assert (last.page, last.total, last.is_more) == (3, 9, False)
        assert [row.product for row in last.items] == ["Cable 6", "Cable 7", "Cable 8"]


def test_stock_levels_cost_the_same_statements_for_one_line_and_twenty(
    house: House, statements: Callable[[], list[str]]
) -> None:
    browser, counts = house.browser("Vic"), []
    for number in (1, 19):
        with house.writing():
            for _ in range(number):
                factories.product(stock=1, at=house.warehouse_id)
        statements()
        assert browser.get("/inventory/stock-levels").status_code == 200
        counts.append(len(statements()))
    assert counts[0] == counts[1], counts
