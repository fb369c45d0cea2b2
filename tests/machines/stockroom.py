"""A stockroom whose deeds are done in any order: two products, two shelves, a job, a supplier, and a model of it.

The model knows only what every deed promises about how many there are in all. Everything else is judged by the
invariants, which look at the whole database.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, TypeVar

from sqlalchemy import select

from app.extensions import db
from app.models import (
    Base,
    Company,
    JobPart,
    JobType,
    Location,
    LocationKind,
    OrderLine,
    Product,
    PurchaseOrder,
    StockTransaction,
    Tracking,
    User,
)
from app.refusals import Refused
from app.services.job_parts import PartWanted, plan_part
from app.services.jobs import JobFacts, add_job
from app.services.levels import LevelsSaid, set_levels
from app.services.locations import add_location
from app.services.stock import receive_stock
from app.services.suppliers import Selling, SupplierFacts, add_seller, add_supplier
from app.services.verify import broken_invariants
from app.transactions import finish
from tests import factories
from tests.factories import me
from tests.people import House

Row = TypeVar("Row", bound=Base)


class Stockroom:
    """A house with tape and screws, and what should be there of each."""

    done: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()
    """Deed → how often it was done, or refused, in all rooms."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.expected: Counter[int] = Counter()
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

    def attempt(self, deed: Callable[[], Counter[int] | None], name: str = "") -> None:
        """Do a deed in a transaction of its own, or be refused and change nothing.

        The deed answers by how much there is more of each product then. It has the name of the rule that it
        stands in, unless another is given.
        """
        name = name or getattr(deed, "__qualname__", ".fill").split(".")[1]
        try:
            with self.house.writing():
                change = deed()
        except Refused:
            self.refused[name] += 1
            return
        self.done[name] += 1
        self.expected.update(change or Counter())

    def judge(self) -> None:
        """There is what was promised, and every invariant holds."""
        with self.house.reading():
            found = db.session.execute(
                select(Product.id, Product.on_hand).where(Product.id.in_(self.products))
            )
            held = dict(found.all())
        assert held == {product_id: self.expected[product_id] for product_id in self.products}
        finish()
        with self.house.app.app_context():
            broken = broken_invariants()
        assert not broken, [(one.invariant.id, one.invariant.sentence, one.rows) for one in broken]


def one_of(model: type[Row], chance: int, *conditions: Any) -> Row:
    """A row of many, chosen by a number. Raises Refused when there is none."""
    column: Any = model.id  # type: ignore[attr-defined]
    ids = db.session.scalars(select(column).where(*conditions).order_by(column)).all()
    if not ids:
        raise Refused("There is none.")
    return db.session.get_one(model, ids[chance % len(ids)])


def a_request() -> str:
    """The id of a deed that comes once."""
    return str(uuid.uuid4())


def wanted(product_id: int, quantity: int) -> PartWanted:
    """So many for a job, with the buffer that the house proposes."""
    return PartWanted(product_id, quantity, buffer_percent=Decimal(10))


__all__ = [
    "JobPart",
    "OrderLine",
    "PurchaseOrder",
    "StockTransaction",
    "Stockroom",
    "User",
    "a_request",
    "one_of",
    "plan_part",
    "wanted",
]  # fmt: skip
