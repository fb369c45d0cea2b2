"""Laying out a warehouse: all its places in one deed, and labels that scanners read."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Code, Location, LocationKind
from app.refusals import Refused
from app.rules.shelving import laid_out, read_zones
from app.services.layouts import lay_out
from app.services.locations import add_location
from tests.factories import me
from tests.people import House

ZONES = "A, Audio, 3\nL, Lighting, 2"
LAYOUT = "/inventory/locations/layout"


def root(house: House) -> Location:
    return db.session.get_one(Location, house.warehouse_id)


def laid(house: House, zones: str = ZONES, prefix: str = "") -> int:
    with house.writing():
        return len(lay_out(root(house), laid_out(read_zones(zones), prefix), by=me()))


def test_zones_and_shelves_are_made_in_one_deed_each_with_its_code(house: House) -> None:
    assert laid(house) == 7
    with house.reading():
        shelf = db.session.scalars(select(Location).where(Location.code == "A-03")).one()
        zone = db.session.get_one(Location, shelf.parent_id)
        assert (shelf.kind, zone.code, zone.parent_id) == (LocationKind.SHELF, "A", house.warehouse_id)
        assert shelf.warehouse_id == house.warehouse_id
        assert db.session.scalar(select(Code.location_id).where(Code.code == "A-03")) == shelf.id


def test_what_is_there_already_stays_and_only_the_rest_is_made(house: House) -> None:
    laid(house)
    assert laid(house, "A, Audio, 5") == 2
    with pytest.raises(Refused, match="All of these are there already"):
        laid(house, "A, Audio, 4")


def test_a_code_that_names_something_else_stops_all_of_it(house: House) -> None:
    with house.writing():
        other = add_location("Hamburg", "HH", LocationKind.WAREHOUSE, None, by=me())
        add_location("Audio", "A", LocationKind.ZONE, other, by=me())
    with pytest.raises(Refused, match="name something else already: A\\. A prefix"):
        laid(house)
    with house.reading():
        assert db.session.scalar(select(func.count(Location.id)).where(Location.code.like("A-%"))) == 0
    assert laid(house, prefix="B") == 7


def test_the_statements_do_not_grow_with_the_shelves(
    house: House, statements: Callable[[], list[str]]
) -> None:
    statements()
    laid(house, "A, Audio, 1")
    few = statements()
    statements()
    laid(house, "B, Audio, 60")
    many = statements()
    assert len(many) <= len(few)


def test_a_manager_lays_a_new_warehouse_out_on_screen_and_is_led_to_its_labels(house: House) -> None:
    browser = house.browser("Ivy")
    assert "A, Audio, 12" in browser.get(LAYOUT).text
    assert "2 zones" in browser.get(f"{LAYOUT}/preview", query_string={"zones": ZONES}).text
    done = browser.post(LAYOUT, data={"name": "Hamburg", "code": "HH", "prefix": "HH", "zones": ZONES})
    assert done.status_code == 303
    labels = browser.get(done.location)
    assert labels.text.count('class="code">H') == 8 and "HH-A-01" in labels.text
    pdf = browser.get(done.location.replace("/labels?", "/labels.pdf?") + "&sheet=tape-62")
    assert pdf.content_type == "application/pdf" and pdf.data.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"zones": "A, Audio, 9999"}, "is no zone"),
        ({"zones": ZONES, "warehouse_id": "", "name": ""}, "choose a warehouse"),
        ({"zones": ZONES, "prefix": "H H"}, "prefix"),
    ],
)
def test_what_will_not_do_is_told_beside_its_field_and_stays_typed(
    house: House, typed: dict[str, str], message: str
) -> None:
    answer = house.browser("Ivy").post(LAYOUT, data={"warehouse_id": str(house.warehouse_id), **typed})
    assert answer.status_code == 422 and message in answer.text and typed["zones"] in answer.text
    with house.reading():
        assert db.session.scalar(select(func.count(Location.id)).where(Location.code == "A")) == 0


def test_who_may_not_change_locations_lays_nothing_out(house: House) -> None:
    assert house.browser("Bob").get(LAYOUT).status_code == 403
    assert house.browser("Vic").post(LAYOUT, data={"zones": ZONES}).status_code == 403


def test_labels_of_a_zone_leave_the_others_out(house: House) -> None:
    laid(house)
    with house.reading():
        zone = db.session.scalars(select(Location.id).where(Location.code == "A")).one()
    page = house.browser("Bob").get(f"/inventory/labels?of=location&location={zone}").text
    assert page.count('class="code">A') == 4 and "A-03" in page and "L-01" not in page
