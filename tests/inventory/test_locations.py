"""Locations: a tree in which moving a place moves all that it holds."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Location, LocationKind, Reservation
from app.queries.availability import availability
from app.queries.locations import location_tree
from app.refusals import Refused
from app.services.locations import add_location, archive_location, move_location
from app.services.reservations import Wish, reserve
from app.services.stock import transfer_stock
from tests import factories
from tests.factories import SOON, me
from tests.people import House, found_house


def root(house: House) -> Location:
    return db.session.get_one(Location, house.warehouse_id)


def test_a_case_takes_what_it_holds_to_another_warehouse_and_tells_who_is_short(house: House) -> None:
    with house.writing():
        cable = factories.product("Cable", stock=5, at=house.warehouse_id)
        case = add_location("Case 1", "C1", LocationKind.CASE, root(house), by=me())
        inner = add_location("Drawer", "C1-D", LocationKind.CASE, case, by=me())
        other = add_location("Hamburg", "HH", LocationKind.WAREHOUSE, None, by=me())
        transfer_stock(cable, 4, root(house), inner, by=me(), request_id="a-request-of-a-test")
        ids = cable.id, case.id, inner.id, other.id
    with house.writing():
        reserve([Wish(ids[0], house.warehouse_id, 3, SOON, SOON + timedelta(days=1))], by=me())
    with house.writing():
        move_location(db.session.get_one(Location, ids[1]), db.session.get_one(Location, ids[3]), by=me())
    with house.reading():
        assert db.session.get_one(Location, ids[2]).warehouse_id == ids[3]
        found = availability([ids[0]], house.warehouse_id, SOON, SOON + timedelta(hours=1))[ids[0]]
        assert (found.total, found.free) == (1, -2)
        assert db.session.scalars(select(Reservation.overbooked_quantity)).one() == 2


def test_a_place_cannot_be_inside_itself(house: House) -> None:
    with house.writing():
        zone = add_location("Zone", "Z", LocationKind.ZONE, root(house), by=me())
        shelf = add_location("Shelf", "S", LocationKind.SHELF, zone, by=me())
        with pytest.raises(Refused, match="Shelf is inside Zone"):
            move_location(zone, shelf, by=me())


def test_a_place_that_holds_something_is_not_archived(house: House) -> None:
    with house.writing():
        shelf = add_location("Shelf", "S", LocationKind.SHELF, root(house), by=me())
        factories.product("Cable", stock=1, at=shelf.id)
        with pytest.raises(Refused, match="still holds stock"):
            archive_location(shelf, by=me())


def test_the_tree_counts_what_lies_inside(house: House) -> None:
    with house.writing():
        zone = add_location("Zone", "Z", LocationKind.ZONE, root(house), by=me())
        shelf = add_location("Shelf", "S", LocationKind.SHELF, zone, by=me())
        factories.product("Cable", stock=5, at=shelf.id)
    with house.reading():
        found = [
            (branch.place.name, branch.place.depth, branch.held, branch.inside) for branch in location_tree()
        ]
        assert found == [("Main warehouse", 0, 0, 5), ("Zone", 1, 0, 5), ("Shelf", 2, 5, 5)]


def test_a_place_is_added_changed_and_moved_in_the_browser(house: House) -> None:
    browser = house.browser("Walter")
    typed = {"name": "Shelf 1", "code": "S1", "kind": "shelf"}
    alone = browser.post("/inventory/locations/new", data=typed)
    assert alone.status_code == 422 and "choose the location that this is in" in alone.text
    added = browser.post("/inventory/locations/new", data=typed | {"parent_id": house.warehouse_id})
    assert added.status_code == 303
    taken = browser.post("/inventory/locations/new", data=typed | {"parent_id": house.warehouse_id})
    assert taken.status_code == 422 and "S1 is the code of Shelf 1 already." in taken.text
    other = browser.post(
        "/inventory/locations/new", data={"name": "Hamburg", "code": "HH", "kind": "warehouse"}
    )
    hamburg = int(other.location.rsplit("/", 1)[1])
    moved = typed | {"name": "Shelf A", "parent_id": hamburg}
    assert browser.post(f"{added.location}/edit", data=moved).status_code == 303
    page = browser.get(added.location).text
    assert "Shelf A" in page and "Hamburg" in page
    assert browser.post(f"{added.location}/archival").status_code == 303
    browser.get("/inventory/locations")  # says that it was archived, once
    assert "Shelf A" not in browser.get("/inventory/locations").text


def test_a_warehouse_stays_a_warehouse(house: House) -> None:
    typed = {"name": "Main", "code": "WH", "kind": "shelf", "parent_id": house.warehouse_id}
    answer = house.browser("Ada").post(f"/inventory/locations/{house.warehouse_id}/edit", data=typed)
    assert answer.status_code == 422 and "keeps its kind" in answer.text


def test_another_organizations_place_is_not_there(house: House) -> None:
    other = found_house(house.app, "Other", "other")
    browser = house.browser("Ada")
    for path in ("", "/edit"):
        assert browser.get(f"/inventory/locations/{other.warehouse_id}{path}").status_code == 404
    typed = {"name": "Shelf", "code": "S9", "kind": "shelf", "parent_id": other.warehouse_id}
    answer = browser.post("/inventory/locations/new", data=typed)
    assert answer.status_code == 422 and "does not exist" in answer.text
    assert browser.post(f"/inventory/locations/{other.warehouse_id}/archival").status_code == 404
