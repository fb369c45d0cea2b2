"""A hall whose deeds are done in any order: two events at the same time, four spots, cable, two cases."""

from functools import partial
from typing import Final

from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Case, CheckInMode, Location, LocationKind, Product, Tracking
from app.services.cases import CaseFacts, add_case, set_slot
from app.services.events import open_event
from app.services.locations import add_location
from app.services.pull_lines import Wanted, add_lines
from tests import factories
from tests.factories import me
from tests.machines.rooms import Room
from tests.people import House


class BusyHall(Room):
    """Four spots and forty cables; two events want them, and each has enough of one only while the other waits."""

    CABLE: Final = "XLR-05M"
    CASES: Final = ("CASE-1", "CASE-2")

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.boss = house.actor("Ada")
        with house.writing():
            spot = factories.product("Spot", tracking=Tracking.SERIALIZED, stock=4, at=house.warehouse_id)
            cable = factories.product("Cable", stock=40, at=house.warehouse_id)
            factories.code_for(cable, self.CABLE)
            self.products = [spot.id, cable.id]
            self.expected.update({spot.id: 4, cable.id: 40})
            self.tags = db.session.scalars(
                select(Asset.tag).where(Asset.product_id == spot.id).order_by(Asset.id)
            ).all()
            here = db.session.get_one(Location, house.warehouse_id)
            self.shelves = [
                add_location(f"Shelf {code}", code, LocationKind.SHELF, here, by=me()).id
                for code in ("S-1", "S-2")
            ]
        for code, check_in in zip(self.CASES, (CheckInMode.WHOLE, CheckInMode.EACH), strict=True):
            self.attempt(partial(self.add_case, code, check_in))
        with house.reading():
            self.case_places = [self.case(which).location_id for which in (0, 1)]
        self.events = [self.begin_event(name) for name in ("Here", "There")]

    def add_case(self, code: str, check_in: CheckInMode) -> None:
        """A case on the first shelf, into which three cables belong."""
        case = add_case(
            CaseFacts(name=code.title(), code=code, home_id=self.shelves[0], check_in=check_in), by=me()
        )
        set_slot(case, db.session.get_one(Product, self.products[1]), 3, by=me())

    def begin_event(self, name: str) -> int:
        """An event that wants two spots and fifteen cables."""
        with self.house.writing():
            event = open_event(factories.deal(self.house.warehouse_id, name=name), by=me())
            spot, cable = self.products
            add_lines(event, [Wanted(spot, 2), Wanted(cable, 15)], by=me())
            return event.id

    def spot(self, which: int) -> Asset:
        """One of the spots."""
        return db.session.scalars(select(Asset).where(Asset.tag == self.tags[which])).one()

    def case(self, which: int) -> Case:
        """One of the cases."""
        query = select(Case).join(Location, Location.id == Case.location_id)
        return db.session.scalars(query.where(Location.code == self.CASES[which])).one()

    def place_of(self, which: int) -> int:
        """The place that a case is."""
        return self.case_places[which]
