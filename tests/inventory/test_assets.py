"""Assets: where each is, what it does there, and that it leaves only when nobody holds it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Code,
    Condition,
    Event,
    Location,
    LocationKind,
    StockLevel,
    Tracking,
)
from app.queries.assets import AssetFilters, asset_lines
from app.refusals import Refused
from app.rules.asset_status import AssetStatus, asset_status
from app.services.assets import AssetFacts, change_asset, retire_asset, take_in_asset
from app.services.locations import add_location
from app.services.reservations import Wish, reserve
from tests import factories
from tests.factories import SOON, me
from tests.people import House, found_house

ONCE = "a-request-of-a-test"


def hand_out(house: House, asset: Asset, state: AssignmentState) -> Event:
    """An event that holds the asset."""
    warehouse = db.session.get_one(Location, house.warehouse_id)
    site = add_location("Gala", "SITE-1", LocationKind.EVENT_SITE, warehouse, by=me())
    event = Event(
        number="EV-2027-0001", name="Gala", warehouse_id=warehouse.id, site_id=site.id, occupied_from=SOON,
        occupied_until=SOON + timedelta(days=1), charged_from=SOON,
        charged_until=SOON + timedelta(days=1), created_at=SOON,
    )  # fmt: skip
    db.session.add(event)
    db.session.flush()
    wish = Wish(asset.product_id, warehouse.id, 1, SOON, SOON + timedelta(days=1), event_id=event.id)
    claim = reserve([wish], by=me())[0]
    period = {"starts_at": claim.starts_at, "ends_at": claim.ends_at}
    db.session.add(
        Assignment(asset_id=asset.id, reservation_id=claim.id, event_id=event.id, state=state, **period)
    )
    db.session.flush()
    return event


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, AssetStatus.AVAILABLE),
        ({"is_retired": True, "has_repair": True}, AssetStatus.RETIRED),
        ({"condition": "missing", "assignment": "out"}, AssetStatus.LOST),
        ({"assignment": "out"}, AssetStatus.CHECKED_OUT),
        ({"location_kind": "event_site"}, AssetStatus.CHECKED_OUT),
        ({"has_repair": True, "assignment": "prepped"}, AssetStatus.IN_REPAIR),
        ({"condition": "damaged"}, AssetStatus.DAMAGED),
        ({"assignment": "prepped"}, AssetStatus.PREPPED),
    ],
)
def test_the_status_follows_from_place_and_claims(facts: dict[str, object], status: AssetStatus) -> None:
    known = {
        "is_retired": False, "condition": "good", "has_repair": False, "assignment": None, "location_kind": "shelf",
    }  # fmt: skip
    assert asset_status(**known | facts) is status  # type: ignore[arg-type]


def test_an_asset_is_taken_in_once_and_found_by_tag_serial_and_product(house: House) -> None:
    with house.writing():
        factories.product("Follow spot", tracking=Tracking.SERIALIZED)
    browser = house.browser("Ivy")
    typed = {
        "product": "Follow spot", "location_id": house.warehouse_id, "tag": "FS-01", "serial": "SN 99",
        "condition": "good", "request_id": ONCE,
    }  # fmt: skip
    for _ in range(2):
        assert browser.post("/inventory/assets/new", data=typed).status_code == 303
    for text in ("fs-01", "sn 99", "spot follow"):
        assert "FS-01" in browser.get("/inventory/assets", query_string={"find": text}).text
    with house.reading():
        assert len(db.session.scalars(select(Asset)).all()) == 1
        assert {str(kind) for kind in db.session.scalars(select(Code.kind).where(Code.asset_id.is_not(None)))} == {
            "tag", "serial",
        }  # fmt: skip


def test_counted_products_have_no_assets(house: House) -> None:
    with house.writing(), pytest.raises(Refused, match="counted"):
        cable = factories.product("Cable")
        warehouse = db.session.get_one(Location, house.warehouse_id)
        take_in_asset(cable, warehouse, AssetFacts("X-1"), by=me(), request_id=ONCE)


def test_a_changed_tag_is_what_scanners_find(house: House) -> None:
    with house.writing():
        asset = factories.asset(
            factories.product("Lamp", tracking=Tracking.SERIALIZED), at=house.warehouse_id
        )
        change_asset(asset, AssetFacts("NEW-1", "SN-1", Condition.NEEDS_ATTENTION), by=me())
        assert set(db.session.scalars(select(Code.code_key).where(Code.asset_id == asset.id))) == {
            "new-1",
            "sn-1",
        }
        assert asset.search_text == "new-1 sn-1"


def test_what_is_prepped_or_out_is_not_retired_or_moved(house: House) -> None:
    with house.writing():
        asset = factories.asset(
            factories.product("Lamp", tracking=Tracking.SERIALIZED), at=house.warehouse_id
        )
        hand_out(house, asset, AssignmentState.PREPPED)
        with pytest.raises(Refused, match="EV-2027-0001 Gala"):
            retire_asset(asset, "Old", by=me(), request_id=ONCE)


def test_a_move_that_will_not_do_is_shown_again_with_what_was_typed(house: House) -> None:
    with house.writing():
        asset_id = factories.asset(
            factories.product("Lamp", tracking=Tracking.SERIALIZED), at=house.warehouse_id
        ).id
    sent = {"to_id": "999999", "notes": "to the back room", "request_id": ONCE}
    shown = house.browser("Ada").post(f"/inventory/assets/{asset_id}/transfer", data=sent)
    assert shown.status_code == 422
    assert 'value="to the back room"' in shown.text and '-error"' in shown.text


def test_the_forms_of_an_asset_open_in_a_dialog_or_as_a_page(house: House) -> None:
    with house.writing():
        asset_id = factories.asset(
            factories.product("Lamp", tracking=Tracking.SERIALIZED), at=house.warehouse_id
        ).id
    for form in ("transfer", "retirement"):
        page = house.browser("Ada").get(f"/inventory/assets/{asset_id}/{form}")
        assert page.text.startswith("<!doctype html>")
        part = house.browser("Ada").get(
            f"/inventory/assets/{asset_id}/{form}", headers={"HX-Request": "true", "HX-Target": "dialog"}
        )
        assert part.text.startswith("<form") and "<html" not in part.text


def test_a_retired_asset_leaves_stock_and_keeps_its_history(house: House) -> None:
    with house.writing():
        asset_id = factories.asset(
            factories.product("Lamp", tracking=Tracking.SERIALIZED), at=house.warehouse_id
        ).id
    browser = house.browser("Walter")
    for _ in range(2):
        sent = {"reason": "Broken glass", "request_id": ONCE}
        assert browser.post(f"/inventory/assets/{asset_id}/retirement", data=sent).status_code == 303
    page = browser.get(f"/inventory/assets/{asset_id}").text
    assert "Retired" in page and "Broken glass" in page
    with house.reading():
        assert db.session.scalars(select(StockLevel.quantity)).one() == 0


def test_the_list_says_who_has_an_asset_and_until_when(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED)
        asset = factories.asset(lamp, at=house.warehouse_id)
        factories.asset(lamp, at=house.warehouse_id)
        hand_out(house, asset, AssignmentState.OUT)
    with house.reading():
        first, second = asset_lines(AssetFilters()).items
        assert (first.status, first.event) == (AssetStatus.CHECKED_OUT, "EV-2027-0001 Gala")
        assert second.status is AssetStatus.AVAILABLE
        for status, count in (("checked_out", 1), ("available", 1), ("prepped", 0), ("retired", 0)):
            assert asset_lines(AssetFilters(status=status)).total == count


def test_a_list_of_twenty_assets_costs_six_statements_like_one(
    house: House, statements: Callable[[], list[str]]
) -> None:
    browser = house.browser("Vic")
    counts = []
    for number in (1, 24):
        with house.writing():
            factories.product(tracking=Tracking.SERIALIZED, stock=number, at=house.warehouse_id)
        statements()
        assert "CH-" in browser.get("/inventory/assets?per_page=25").text
        counts.append(
            len([one for one in statements() if not one.startswith(("BEGIN", "SELECT set_config"))])
        )
    assert counts[0] == counts[1] <= 6


def test_a_purchase_price_is_for_those_who_may_see_costs(house: House) -> None:
    with house.writing():
        asset = factories.asset(
            factories.product("Lamp", tracking=Tracking.SERIALIZED), at=house.warehouse_id
        )
        change_asset(asset, AssetFacts(asset.tag, purchase_price=factories.Decimal("812.50")), by=me())
        asset_id, tag = asset.id, asset.tag
    assert "812.50" in house.browser("Ivy").get(f"/inventory/assets/{asset_id}").text
    browser = house.browser("Walter")
    assert "812.50" not in browser.get(f"/inventory/assets/{asset_id}").text
    assert (
        browser.post(
            f"/inventory/assets/{asset_id}/edit", data={"tag": tag, "purchase_price": "1"}
        ).status_code
        == 303
    )
    with house.reading():
        assert db.session.scalars(select(Asset.purchase_price)).one() == factories.Decimal("812.50")


def test_another_organizations_asset_is_not_there(house: House) -> None:
    other = found_house(house.app, "Other", "other")
    with other.writing():
        product = factories.product("Theirs", tracking=Tracking.SERIALIZED)
        theirs = factories.asset(product, at=other.warehouse_id).id
    browser = house.browser("Ada")
    sent = {"reason": "x", "tag": "x", "to_id": house.warehouse_id, "request_id": ONCE}
    assert browser.get(f"/inventory/assets/{theirs}").status_code == 404
    for path in ("edit", "transfer", "retirement"):
        assert browser.post(f"/inventory/assets/{theirs}/{path}", data=sent).status_code == 404


def test_a_piece_that_needs_attention_stands_out_among_the_others_of_its_product(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED)
        for condition in (Condition.GOOD, Condition.NEEDS_ATTENTION):
            factories.asset(lamp, at=house.warehouse_id).condition = condition
        product_id = lamp.id
    for address in (f"/inventory/products/{product_id}", "/inventory/assets"):
        page = house.browser("Ivy").get(address).text
        assert page.count('<span class="ink amber">needs attention</span>') == 1, address
