"""An unknown code is linked at the station, and lost pieces are found again; both once."""

import uuid
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Case, Code, Condition, Event, EventCost, Product, ScanMode
from app.refusals import Refused
from app.rules.phases import Phase
from app.rules.verdicts import Situation
from app.services.losses import mark_found, mark_lost
from tests.factories import money
from tests.warehouse.test_scans import Hall, hall
from tests.warehouse.test_verdicts import assert_the_books_agree, stocked

__all__ = ["hall", "stocked"]
PART = {"HX-Request": "true"}


def test_an_unknown_code_offers_what_it_may_be_and_counts_once_it_is_linked(stocked: Hall) -> None:
    browser = stocked.house.browser("Ivy")
    address = f"/warehouse/events/{stocked.here}"
    unknown = browser.post(f"{address}/scans", data={"code": "MAKER-77", "mode": "out"}, headers=PART).text
    assert "scan-link" in unknown and "MAKER-77" in unknown
    offered = browser.get(f"{address}/link-choices?q=cab", headers=PART).text
    assert f'name="product_id" value="{stocked.cable}"' in offered
    values = {"code": "MAKER-77", "mode": "out", "product_id": str(stocked.cable)}
    linked = browser.post(f"{address}/links", data=values, headers=PART)
    assert linked.status_code == 200 and "Linked" in linked.text
    assert stocked.scan("MAKER-77", quantity=2).counters.out == 2  # type: ignore[union-attr]
    again = browser.post(f"{address}/links", data=values, headers=PART)
    assert again.status_code == 200 and "is the code of Cable already" in again.text


def test_a_code_is_linked_to_a_single_piece(stocked: Hall) -> None:
    browser = stocked.house.browser("Walter")
    with stocked.house.reading():
        asset_id = stocked.asset(0).id
    offered = browser.get(
        f"/warehouse/events/{stocked.here}/link-choices?q={stocked.tags[0]}", headers=PART
    ).text
    assert f'name="asset_id" value="{asset_id}"' in offered and "product_id" not in offered
    browser.post(
        f"/warehouse/events/{stocked.here}/links",
        data={"code": "SN-9", "mode": "out", "asset_id": str(asset_id)},
    )
    assert stocked.scan("SN-9").asset_id == asset_id


def test_a_blank_label_is_linked_to_a_case_and_moves_it_from_then_on(stocked: Hall) -> None:
    browser = stocked.house.browser("Walter")
    address = f"/warehouse/events/{stocked.here}"
    with stocked.house.reading():
        case_id = db.session.scalars(select(Case.id)).one()
    offered = browser.get(f"{address}/link-choices?q=case+9", headers=PART).text
    assert f'name="case_id" value="{case_id}"' in offered
    values = {"code": "LB-2026-0001", "mode": "prep", "case_id": str(case_id)}
    assert (
        "LB-2026-0001 is Case 9 from now on"
        in browser.post(f"{address}/links", data=values, headers=PART).text
    )
    answer = stocked.scan("LB-2026-0001", ScanMode.PREP)
    assert answer.situation is Situation.PACKING and answer.case_code == "C-9"
    with stocked.house.reading():
        assert db.session.scalars(select(Code.code).where(Code.code == "C-9")).one()


def test_who_may_not_name_things_is_offered_the_search_and_cannot_link(stocked: Hall) -> None:
    browser = stocked.house.browser("Bob")
    address = f"/warehouse/events/{stocked.here}"
    unknown = browser.post(f"{address}/scans", data={"code": "MAKER-77", "mode": "out"}, headers=PART).text
    assert "Search for it" in unknown and "scan-link" not in unknown
    values = {"code": "MAKER-77", "mode": "out", "product_id": str(stocked.cable)}
    assert "may not" in browser.post(f"{address}/links", data=values, headers=PART).text
    with stocked.house.reading():
        assert not db.session.scalars(select(Code).where(Code.code == "MAKER-77")).all()


def lose_first(hall: Hall) -> None:
    """The first spot left and was written off."""
    hall.scan(hall.tags[0])
    by = hall.house.actor("Walter")
    with hall.house.writing():
        mark_lost(hall.line(hall.spot), hall.asset(0), 1, money(120), by=by, uuid="lost")


def find_first(hall: Hall, credit: int, uuid: str) -> None:
    """The first spot turned up."""
    by = hall.house.actor("Walter")
    with hall.house.writing():
        mark_found(hall.asset(0), db.session.get_one(Event, hall.here), money(credit), by=by, uuid=uuid)


def credits(hall: Hall) -> list[Decimal]:
    """What was given back for what was found."""
    with hall.house.reading():
        query = select(EventCost.charge).where(EventCost.event_id == hall.here, EventCost.charge < 0)
        return list(db.session.scalars(query))


def test_found_twice_by_the_same_request_is_one_find_with_one_credit(stocked: Hall) -> None:
    lose_first(stocked)
    find_first(stocked, 80, "found")
    find_first(stocked, 80, "found")
    assert credits(stocked) == [money(-80)]
    with pytest.raises(Refused, match="not missing"):
        find_first(stocked, 80, "found-2")
    assert_the_books_agree(stocked)


def test_on_a_closed_event_a_piece_is_found_without_a_credit(stocked: Hall) -> None:
    lose_first(stocked)
    with stocked.house.writing():
        db.session.get_one(Event, stocked.here).phase = Phase.CLOSED
    with pytest.raises(Refused, match="closed"):
        find_first(stocked, 80, "found")
    find_first(stocked, 0, "found")
    assert credits(stocked) == []
    with stocked.house.reading():
        asset = stocked.asset(0)
        assert (asset.condition, asset.location_id) == (Condition.GOOD, stocked.house.warehouse_id)
    assert_the_books_agree(stocked)


def test_the_charge_for_what_is_missing_starts_at_what_it_costs_to_buy_again(stocked: Hall) -> None:
    with stocked.house.writing():
        for product_id, value in ((stocked.spot, 1200), (stocked.cable, 15)):
            db.session.get_one(Product, product_id).replacement_value = money(value)
    stocked.scan(stocked.tags[0])
    stocked.scan("XLR-05M", quantity=2)
    page = stocked.house.browser("Walter").get(f"/warehouse/events/{stocked.here}/missing").text
    assert 'name="charge" inputmode="decimal" value="1200.00"' in page
    assert 'name="charge" inputmode="decimal" value="30.00"' in page and 'data-each="15.00"' in page


def test_a_lost_piece_in_the_hand_leads_to_where_it_is_marked_as_found(stocked: Hall) -> None:
    lose_first(stocked)
    assert stocked.scan(stocked.tags[0], "in", event=stocked.there).situation is Situation.LOST
    browser = stocked.house.browser("Walter")
    values = {"code": stocked.tags[0], "mode": "in", "scan_id": str(uuid.uuid4())}
    shown = browser.post(f"/warehouse/events/{stocked.there}/scans", data=values, headers=PART).text
    assert f"/warehouse/events/{stocked.here}/missing#lost" in shown
    with stocked.house.reading():
        asset_id = stocked.asset(0).id
    page = browser.get(f"/warehouse/events/{stocked.here}/missing").text
    assert f'name="asset_id" value="{asset_id}"' in page and stocked.tags[0] in page
    browser.post(
        f"/warehouse/events/{stocked.here}/finds", data={"asset_id": str(asset_id), "request_id": "f"}
    )
    with stocked.house.reading():
        assert db.session.scalars(select(Asset.condition).where(Asset.id == asset_id)).one() is Condition.GOOD
        assert db.session.get_one(Product, stocked.spot)
    assert "Lost on this event" not in browser.get(f"/warehouse/events/{stocked.here}/missing").text


def test_the_place_that_was_scanned_holds_for_what_comes_back_next(stocked: Hall) -> None:
    stocked.scan("2*XLR-05M")
    browser = stocked.house.browser("Bob")
    address = f"/warehouse/events/{stocked.here}/scans"
    placed = browser.post(address, data={"code": "S-9", "mode": "in"}, headers=PART).text
    assert "Put at <b>Shelf 9</b>" in placed and 'name="location_id"' in placed
    place_id = placed.split('name="location_id" value="')[1].split('"')[0]
    back = browser.post(
        address, data={"code": "XLR-05M", "mode": "in", "location_id": place_id}, headers=PART
    ).text
    assert "verdict green" in back and "Put at <b>Shelf 9</b>" in back


@pytest.mark.parametrize(("mode", "is_set"), [("prep", False), ("out", False), ("in", True)])
def test_a_shelf_is_said_to_be_set_only_where_something_is_put_there(
    stocked: Hall, mode: str, is_set: bool
) -> None:
    browser = stocked.house.browser("Walter")
    values = {"code": "S-9", "mode": mode}
    said = browser.post(f"/warehouse/events/{stocked.here}/scans", data=values, headers=PART).text
    assert '<p class="verdict-word">Place</p>' in said and ("Put at <b>" in said) == is_set


def test_what_is_to_be_known_about_the_code_is_a_sentence_of_its_own(stocked: Hall) -> None:
    said = stocked.scan(stocked.tags[0].replace("-", "ß")).message
    assert said.endswith(". Read as on a German keyboard: set the scanner's layout.")
