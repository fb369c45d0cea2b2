"""The list at the station: shelf after shelf, as somebody walks, one heading each."""

from app.extensions import db
from app.models import Location, LocationKind
from app.services.events import open_event
from app.services.locations import add_location
from app.services.pull_lines import Wanted, add_lines
from tests import factories
from tests.factories import me
from tests.people import House


def test_the_list_goes_from_shelf_to_shelf(house: House) -> None:
    with house.writing():
        root = db.session.get_one(Location, house.warehouse_id)
        bays = {
            bay: add_location(f"Bay {bay}", bay, LocationKind.SHELF, root, by=me()).id
            for bay in ("B-2", "B-1")
        }
        lying = (("Adapter", "B-2"), ("Cable", "B-1"), ("Clamp", "B-2"))
        products = [factories.product(name, stock=4, at=bays[bay]).id for name, bay in lying]
        event = open_event(factories.deal(house.warehouse_id), by=me())
        add_lines(event, [Wanted(product_id, 1) for product_id in products], by=me())
        event_id = event.id
    sheet = house.browser("Bob").get(f"/warehouse/events/{event_id}/scan?mode=out").text
    sheet = sheet.partition("scan-list")[2]
    places = [sheet.index(f">{word}<") for word in ("B-1", "B-2")]
    assert places[0] < sheet.index("Cable") < places[1] < sheet.index("Adapter") < sheet.index("Clamp")
    assert sheet.count('scope="rowgroup"') == 2
