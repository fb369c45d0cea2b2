"""What a program can do to products, assets, places and repairs, and how it is told no."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, Asset, Category, Location, Product, StockTransaction, Tracking
from tests import factories
from tests.api.conftest import Program, refuses
from tests.people import House, found_house


@pytest.fixture
def speaker(house: House) -> int:
    """A product that is followed asset by asset, with one in the warehouse."""
    with house.writing():
        return factories.product("Speaker", tracking=Tracking.SERIALIZED, stock=1, at=house.warehouse_id).id


@pytest.fixture
def theirs(house: House) -> dict[str, int]:
    """The ids of things of another organization."""
    other = found_house(house.app, "Other Lights", "other")
    with other.writing():
        row = factories.product("Theirs", tracking=Tracking.SERIALIZED)
        asset = factories.asset(row, at=other.warehouse_id)
        return {"product_id": row.id, "asset_id": asset.id, "location_id": other.warehouse_id}


def first_asset(product_id: int) -> int:
    return db.session.scalars(select(Asset.id).where(Asset.product_id == product_id)).one()


def test_a_product_is_added_with_its_code_and_its_category(house: House, program: Program) -> None:
    answer = program.post(
        "/inventory/products", name="Cable", category="Power", day_rate="1.50", weight_kg=0.4
    )
    assert answer.status_code == 201, answer.text
    assert (answer.json["category"], answer.json["day_rate"]) == ("Power", "1.50") and answer.json["sku"]
    assert program.get(f"/inventory/products/{answer.json['id']}").json == answer.json
    with house.reading():
        assert db.session.scalars(select(Activity.verb).where(Activity.verb == "product.added")).all()


def test_a_product_can_be_read_changed_and_sent_back(program: Program) -> None:
    found = program.post("/inventory/products", name="Cable", category="Power", lead_days=3).json
    said = {
        name: value for name, value in found.items() if name not in ("id", "category_id", "archived_at")
    } | {"name": "Long cable", "category": "Light"}
    answer = program.put(f"/inventory/products/{found['id']}", **said)
    assert answer.status_code == 200, answer.text
    assert {**answer.json, "category_id": 0} == {**found, **said, "category_id": 0}


def test_a_taken_code_and_a_table_that_is_not_there_are_named(program: Program) -> None:
    program.post("/inventory/products", name="Cable", sku="C-1")
    assert refuses(program.post("/inventory/products", name="Other", sku="C-1"), "sku")
    assert refuses(program.post("/inventory/products", name="Other", factor_table_id=99), "factor_table_id")
    assert refuses(program.post("/inventory/products", sku="C-2"), "name")


def test_an_asset_is_taken_in_through_the_ledger_once(house: House, program: Program, speaker: int) -> None:
    body = {"product_id": speaker, "location_id": house.warehouse_id, "purchase_price": "900.00"}
    first, again = (program.ask("POST", "/inventory/assets", key="van-3", **body) for _ in range(2))
    assert first.status_code == 201 and first.json["location_id"] == house.warehouse_id, first.text
    assert again.json == first.json
    with house.reading():
        posted = select(StockTransaction.unit_cost).where(StockTransaction.asset_id == first.json["id"])
        assert db.session.scalars(posted).all() == [900]


def test_a_price_is_not_said_by_who_may_not_see_it(house: House, speaker: int) -> None:
    walter = Program(house, "Walter")
    body = {"product_id": speaker, "location_id": house.warehouse_id}
    assert refuses(walter.post("/inventory/assets", **body, purchase_price="1.00"), "purchase_price")
    assert walter.post("/inventory/assets", **body).status_code == 201


def test_an_asset_is_described_anew_and_keeps_its_tag(house: House, program: Program, speaker: int) -> None:
    with house.reading():
        asset_id = first_asset(speaker)
    before = program.get(f"/inventory/assets/{asset_id}").json
    answer = program.put(f"/inventory/assets/{asset_id}", serial="S-77", notes="Grey")
    assert (answer.json["tag"], answer.json["serial"], answer.json["notes"]) == (
        before["tag"],
        "S-77",
        "Grey",
    )


def test_what_does_not_fit_an_asset_is_named(
    house: House, program: Program, speaker: int, theirs: dict[str, int]
) -> None:
    with house.writing():
        counted = factories.product("Cable").id
    body = {"product_id": speaker, "location_id": house.warehouse_id}
    for field, value in (
        ("product_id", counted), ("product_id", theirs["product_id"]), ("location_id", theirs["location_id"]),
    ):  # fmt: skip
        assert refuses(program.post("/inventory/assets", **body | {field: value}), field)


def test_a_place_is_added_below_another_and_moved(house: House, program: Program) -> None:
    here = house.warehouse_id
    room = program.post("/inventory/locations", name="Room", code="R", kind="zone", parent_id=here)
    shelf = program.post("/inventory/locations", name="Shelf", code="S", kind="shelf", parent_id=here)
    assert (room.status_code, shelf.status_code) == (201, 201), room.text
    assert shelf.json["warehouse_id"] == here
    moved = program.put(
        f"/inventory/locations/{shelf.json['id']}",
        name="Shelf", code="S", kind="shelf", parent_id=room.json["id"],
    )  # fmt: skip
    assert moved.json["parent_id"] == room.json["id"]
    assert program.get(f"/inventory/locations/{shelf.json['id']}").json == moved.json


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"parent_id": None}, "parent_id"),
        ({"parent_id": 999_999}, "parent_id"),
        ({"code": "WH"}, "code"),
        ({"kind": "event_site"}, "kind"),
        ({"kind": "cupboard"}, "kind"),
    ],
)
def test_what_does_not_fit_a_place_is_named(
    house: House, program: Program, changes: dict[str, Any], field: str
) -> None:
    body = {"name": "Shelf", "code": "S", "kind": "shelf", "parent_id": house.warehouse_id} | changes
    assert refuses(program.post("/inventory/locations", **body), field)


def test_damage_is_reported_and_the_repair_ends_on_a_shelf(
    house: House, program: Program, speaker: int
) -> None:
    with house.reading():
        asset_id = first_asset(speaker)
    shelf = program.post(
        "/inventory/locations", name="Shelf", code="S", kind="shelf", parent_id=house.warehouse_id
    ).json["id"]
    opened = program.post("/inventory/repairs", asset_id=asset_id, note="Dented grille")
    assert opened.status_code == 201 and opened.json["state"] == "open", opened.text
    path = f"/inventory/repairs/{opened.json['id']}"
    assert program.get(path).json == opened.json
    ended = program.post(
        f"{path}/ending", ending="mended", outcome="New grille", tested="Works", cost="35.00", shelf_id=shelf
    )
    assert (ended.json["state"], ended.json["cost"], ended.json["outcome"]) == (
        "repaired", "35.00", "New grille",
    )  # fmt: skip
    assert program.get(f"/inventory/assets/{asset_id}").json["location_id"] == shelf


def test_a_repair_that_is_not_worth_it_takes_the_asset_out_of_the_books(
    house: House, program: Program, speaker: int
) -> None:
    with house.reading():
        asset_id = first_asset(speaker)
    repair = program.post("/inventory/repairs", asset_id=asset_id, note="Burnt").json
    ended = program.post(f"/inventory/repairs/{repair['id']}/ending", ending="written_off", outcome="Gone")
    assert ended.json["state"] == "written_off"
    assert program.get(f"/inventory/assets/{asset_id}").json["retired_at"] is not None


def test_what_does_not_fit_a_repair_is_named(
    house: House, program: Program, speaker: int, theirs: dict[str, int]
) -> None:
    with house.reading():
        asset_id = first_asset(speaker)
    assert refuses(program.post("/inventory/repairs", asset_id=theirs["asset_id"], note="Dent"), "asset_id")
    path = (
        f"/inventory/repairs/{program.post('/inventory/repairs', asset_id=asset_id, note='Dent').json['id']}"
    )
    assert refuses(program.post("/inventory/repairs", asset_id=asset_id, note="Dent"), "asset_id")
    fine = {"ending": "mended", "outcome": "Straightened", "tested": "Works"}
    for field, value in (
        ("shelf_id", theirs["location_id"]), ("ending", "sold"), ("outcome", ""), ("cost", "-1"),
    ):  # fmt: skip
        assert refuses(program.post(f"{path}/ending", **fine | {field: value}), field)


def test_repairs_are_listed_by_state_and_page(house: House, program: Program) -> None:
    with house.writing():
        row = factories.product("Speaker", tracking=Tracking.SERIALIZED, stock=3, at=house.warehouse_id)
        ids = list(db.session.scalars(select(Asset.id).where(Asset.product_id == row.id)))
    for asset_id in ids:
        program.post("/inventory/repairs", asset_id=asset_id, note="Dent")
    two = program.get("/inventory/repairs?state=open&per_page=2").json
    assert (len(two["items"]), two["total"], two["per_page"]) == (2, 3, 2) and "page=2" in two["next"]
    assert program.get("/inventory/repairs?state=ended").json["items"] == []


@pytest.mark.parametrize("path", ["products", "assets", "locations", "repairs"])
def test_a_long_list_costs_as_many_statements_as_a_short_one(
    house: House, program: Program, statements: Callable[[], list[str]], path: str
) -> None:
    def fill(count: int) -> None:
        with house.writing():
            for _ in range(count):
                row = factories.product(tracking=Tracking.SERIALIZED, stock=1, at=house.warehouse_id)
                row.category_id = category(f"Category {row.id}")
        for product_id in ids_of(house)[-count:]:
            with house.reading():
                asset_id = first_asset(product_id)
            program.post("/inventory/repairs", asset_id=asset_id, note="Dent")

    def cost() -> int:
        statements()
        assert program.get(f"/inventory/{path}").status_code == 200
        return len(statements())

    fill(1)
    one = cost()
    fill(6)
    assert cost() == one


def category(name: str) -> int:
    row = Category(name=name)
    db.session.add(row)
    db.session.flush()
    return row.id


def ids_of(house: House) -> list[int]:
    with house.reading():
        return list(db.session.scalars(select(Product.id).order_by(Product.id)))


def test_the_page_to_read_is_for_people_who_signed_in(house: House) -> None:
    shown = house.browser("Vic").get("/api/docs")
    assert shown.status_code == 200 and "/api/v1/inventory/repairs" in shown.text
    assert "/sign-in" in house.app.test_client().get("/api/docs").headers["Location"]


def test_the_first_warehouse_stays_where_it_is(house: House, program: Program) -> None:
    path = f"/inventory/locations/{house.warehouse_id}"
    body = {"name": "Hall", "code": "WH", "kind": "shelf", "parent_id": house.warehouse_id}
    assert refuses(program.put(path, **body), "kind")
    with house.reading():
        assert db.session.get_one(Location, house.warehouse_id).parent_id is None
