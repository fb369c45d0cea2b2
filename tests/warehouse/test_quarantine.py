"""Quarantine: what is kept back is free for nobody, stops at the station, and goes out when it is released."""

import re

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.models import Activity, Asset, Location, Product, Quarantine, QuarantineReason, Reservation
from app.queries.invariants import INVARIANTS
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.assets import retire_asset
from app.services.quarantines import Doubt, keep_back, let_go
from app.services.repairs import Damage, open_repair
from app.services.verify import broken_invariants
from tests.factories import me
from tests.people import found_house
from tests.warehouse.test_repairs import MENDED, SCRAPPED, Shop, shop
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall", "shop"]
RECALLED = Doubt(QuarantineReason.RECALLED, "Maker's letter 7")


def hold(shop: Shop, *, counted: int = 0) -> int:
    """The spot, or so many cables, are kept back."""
    with shop.house.writing():
        product = db.session.get_one(Product, shop.cable if counted else shop.spot)
        asset = None if counted else db.session.get_one(Asset, shop.asset)
        house = db.session.get_one(Location, shop.house.warehouse_id)
        return keep_back(product, asset, counted or 1, house, RECALLED, by=me()).id


def release(shop: Shop, row_id: int, note: str = "Checked, all well") -> None:
    """It may go out again."""
    with shop.house.writing():
        let_go(db.session.get_one(Quarantine, row_id), note, by=me())


def is_sound() -> bool:
    """True when the invariant about quarantine holds."""
    (check,) = [one for one in INVARIANTS if one.id == "I6c"]
    return not db.session.execute(text(check.sql)).all()


def kept_twice(shop: Shop) -> list[int]:
    """How much of each claim that stands is marked, the oldest first; nothing is broken whatever that is."""
    with shop.house.reading():
        assert broken_invariants() == []
        marks = select(Reservation.overbooked_quantity).where(Reservation.released_at.is_(None))
        return list(db.session.scalars(marks.order_by(Reservation.id)))


def test_what_is_kept_back_is_free_for_nobody_until_it_is_released(shop: Shop) -> None:
    row_id = hold(shop)
    assert shop.free() == 1
    with pytest.raises(Refused, match="why"):
        release(shop, row_id, " ")
    release(shop, row_id)
    release(shop, row_id)
    assert shop.free() == 2
    with shop.house.reading():
        assert is_sound()


def test_counted_pieces_are_kept_back_in_part(shop: Shop) -> None:
    row_id = hold(shop, counted=2)
    assert shop.free(shop.cable) == 1
    release(shop, row_id)
    assert shop.free(shop.cable) == 3


def test_no_more_pieces_are_kept_back_than_the_house_has(shop: Shop) -> None:
    row_id = hold(shop, counted=2)
    with pytest.raises(Refused, match="has only 1 × Cable to keep back") as refused:
        hold(shop, counted=2)
    assert list(refused.value.errors) == ["quantity"]
    release(shop, row_id)
    hold(shop, counted=3)
    assert shop.free(shop.cable) == 0


def test_what_is_away_is_not_kept_back(hall: Hall) -> None:
    hall.scan("12*XLR-05M")
    with hall.house.writing(), pytest.raises(Refused, match="has only 38 × Cable to keep back"):
        house = db.session.get_one(Location, hall.house.warehouse_id)
        keep_back(db.session.get_one(Product, hall.cable), None, 39, house, RECALLED, by=me())


def test_what_is_kept_back_and_broke_all_the_same_is_kept_out_once(shop: Shop) -> None:
    row_id = hold(shop, counted=2)
    repair_id = shop.open(quantity=2, counted=True)
    assert kept_twice(shop) == [0, 1] and shop.free(shop.cable) == -1
    release(shop, row_id)
    assert kept_twice(shop) == [0] and shop.free(shop.cable) == 1
    shop.close(repair_id, MENDED)
    assert shop.free(shop.cable) == 3


def test_what_is_kept_back_and_was_scrapped_all_the_same_is_not_in_quarantine_any_more(shop: Shop) -> None:
    row_id = hold(shop, counted=2)
    shop.close(shop.open(quantity=2, counted=True), SCRAPPED)
    assert kept_twice(shop) == [1] and shop.free(shop.cable) == -1
    release(shop, row_id)
    assert kept_twice(shop) == [] and shop.free(shop.cable) == 1


def test_verify_finds_a_quarantine_that_keeps_nothing_out(shop: Shop) -> None:
    row_id = hold(shop)
    with shop.house.writing():
        claim = db.session.scalars(select(Reservation).where(Reservation.quarantine_id == row_id)).one()
        claim.returned_quantity = 1
    with shop.house.reading():
        assert not is_sound()


def test_one_thing_is_kept_back_once_and_not_beside_a_repair(shop: Shop) -> None:
    hold(shop)
    with pytest.raises(Refused, match="quarantine already"):
        hold(shop)
    with pytest.raises(Refused, match="release it first"):
        shop.open()
    with shop.house.writing(), pytest.raises(Refused, match="release QT-"):
        retire_asset(db.session.get_one(Asset, shop.asset), "old", by=me(), request_id="r")


def test_what_is_in_repair_is_kept_back_there(shop: Shop) -> None:
    shop.open()
    with pytest.raises(Refused, match="in repair"):
        hold(shop)


@pytest.mark.parametrize("mode", ["prep", "out"])
def test_the_station_stops_it_in_red_with_a_link_and_overrides_by_permission(hall: Hall, mode: str) -> None:
    with hall.house.writing():
        asset = hall.asset(0)
        house = db.session.get_one(Location, hall.house.warehouse_id)
        product = db.session.get_one(Product, asset.product_id)
        row_id = keep_back(product, asset, 1, house, RECALLED, by=me()).id
    answer = hall.scan(hall.tags[0], mode)
    assert (answer.situation, answer.judgement.colour) == (Situation.QUARANTINED, "red")
    assert "in quarantine (QT-" in answer.message and answer.quarantine_id == row_id
    assert hall.scan(hall.tags[0], mode, who="Bob", override=True).situation is Situation.REFUSED
    assert hall.scan(hall.tags[0], mode, override=True).situation is Situation.PLANNED
    with hall.house.reading():
        logged = db.session.scalars(select(Activity).where(Activity.verb == "scan.overridden")).one()
        assert logged.event_id == hall.here and hall.tags[0] in logged.subject_label
        assert "in quarantine" in logged.facts["summary"]


def test_the_status_of_an_asset_says_so(shop: Shop) -> None:
    row_id = hold(shop)
    walter = shop.house.browser("Walter")
    page = walter.get(f"/inventory/assets/{shop.asset}").text
    assert (
        f'href="/warehouse/quarantine/{row_id}"' in page and "Recalled" in page and "Keep it back" not in page
    )
    assert shop.tag in walter.get("/inventory/assets?status=quarantine").text
    assert shop.tag not in walter.get("/inventory/assets?status=available").text
    assert f'href="/inventory/assets/{shop.asset}"' in walter.get(f"/warehouse/quarantine/{row_id}").text


def test_by_scan_on_screen_and_released_there(shop: Shop) -> None:
    bob = shop.house.browser("Bob")
    asked = bob.get("/warehouse/quarantine", query_string={"code": shop.tag}).text
    assert shop.tag in asked and "Keep it back" in asked
    given = {"code": shop.tag, "reason": "suspicious", "note": "Smells burnt", "request_id": "q-1"}
    made = bob.post("/warehouse/quarantine", data=given)
    assert made.status_code == 303 and re.fullmatch(r"/warehouse/quarantine/\d+", made.location)
    assert bob.post("/warehouse/quarantine", data=given).status_code == 303
    again = bob.post("/warehouse/quarantine", data=given | {"request_id": "q-2"})
    assert again.status_code == 422 and "quarantine already" in again.text and "Smells burnt" in again.text
    assert bob.post(f"{made.location}/release", data={"release_note": ""}).status_code == 422
    assert bob.post(f"{made.location}/release", data={"release_note": "Dust only"}).status_code == 303
    assert shop.free() == 2
    assert "Nothing here is called" in bob.get("/warehouse/quarantine?code=NOBODY").text
    assert shop.house.browser("Vic").post("/warehouse/quarantine", data=given).status_code == 403


def test_another_organization_neither_sees_nor_releases_it(shop: Shop) -> None:
    row_id = hold(shop)
    ada = found_house(shop.house.app, "Other", "other").browser("Ada")
    assert ada.get(f"/warehouse/quarantine/{row_id}").status_code == 404
    assert ada.post(f"/warehouse/quarantine/{row_id}/release", data={"release_note": "x"}).status_code == 404
    assert shop.tag not in ada.get("/warehouse/quarantine?state=all").text


def test_a_repair_opens_again_after_the_release(shop: Shop) -> None:
    release(shop, hold(shop))
    with shop.house.writing():
        spot = db.session.get_one(Product, shop.spot)
        open_repair(spot, db.session.get_one(Asset, shop.asset), 1, Damage("x"), by=me())
    assert shop.free() == 1
