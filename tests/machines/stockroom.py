"""A stockroom whose deeds are done in any order: two products, two shelves, a job, a supplier."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TypeVar

from sqlalchemy import select

from app.extensions import db
from app.models import (
    Base,
    Company,
    JobType,
    Location,
    LocationKind,
    Product,
    Tracking,
)
from app.services.job_parts import PartWanted
from app.services.jobs import JobFacts, add_job
from app.services.levels import LevelsSaid, set_levels
from app.services.locations import add_location
from app.services.stock import receive_stock
from app.services.suppliers import Selling, SupplierFacts, add_seller, add_supplier
from tests import factories
from tests.factories import me
from tests.machines.rooms import Room, a_request
from tests.people import House

Row = TypeVar("Row", bound=Base)


class Stockroom(Room):
    """A house with tape and screws."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        with house.writing():
            here = db.session.get_one(Location, house.warehouse_id)
            self.shelves = [
                add_location(f"Shelf {code}", code, LocationKind.SHELF, here, by=me()).id
                for code in ("S-1", "S-2")
            ]
            self.products = [
                factories.product(name, tracking=Tracking.CONSUMABLE).id for name in ("Tape", "Screws")
            ]
            supplier = add_supplier(SupplierFacts(name="Grosshandel", email="order@gross.example"), by=me())
            self.supplier_id = supplier.id
            self.job_id = self.begin_job()
        for product_id in self.products:
            with house.writing():
                seller = db.session.get_one(Company, self.supplier_id)
                product = db.session.get_one(Product, product_id)
                add_seller(product, seller, Selling(pack_quantity=4, is_preferred=True), by=me())
        with house.writing():
            levels = LevelsSaid(reorder_level=10, order_up_to=30, lead_days=3, is_routine=True)
            set_levels(dict.fromkeys(self.products, levels), by=me())

        for product_id in self.products:
            for shelf_id in self.shelves:
                self.attempt(partial(self.fill, product_id, shelf_id))

    def fill(self, product_id: int, shelf_id: int) -> Counter[int]:
        """What lies on a shelf on the first day."""
        product, shelf = db.session.get_one(Product, product_id), db.session.get_one(Location, shelf_id)
        receive_stock(product, 30, shelf, Decimal("0.50"), by=me(), request_id=a_request())
        return Counter({product_id: 30})

    def begin_job(self) -> int:
        """A job of tomorrow, for the technician."""
        starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
        facts = JobFacts(
            title="Hang the screens",
            job_type_id=db.session.scalars(select(JobType.id)).all()[0],
            warehouse_id=self.house.warehouse_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=4),
            technician_id=self.house.people["Tess"],
        )
        return add_job(facts, by=me()).id


def wanted(product_id: int, quantity: int) -> PartWanted:
    """So many for a job, with the buffer that the house proposes."""
    return PartWanted(product_id, quantity, buffer_percent=Decimal(10))


__all__ = ["Stockroom", "a_request", "wanted"]
