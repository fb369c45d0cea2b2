"""What the tests of jobs begin with: a job for Tess, and screws on two shelves to be used up on it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import Job, JobPart, JobType, Location, LocationKind, Product, Tracking, TransactionKind
from app.queries.availability import availability
from app.rules.periods import OPEN_END
from app.services.job_parts import PartWanted, allocate_part, plan_part
from app.services.jobs import JobFacts, add_job
from app.services.ledger import Cause, Movement, post
from app.services.verify import broken_invariants
from tests import factories
from tests.factories import me
from tests.people import House
from tests.planning.stories import event_with

TOMORROW = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)


@dataclass
class Bench:
    """A house with a job for Tess tomorrow, and 40 screws at 10 cents on two shelves."""

    house: House
    job_id: int
    screws: int
    bolts: int

    @property
    def job(self) -> Job:
        """The job as it is now."""
        return db.session.get_one(Job, self.job_id)

    def part(self, part_id: int) -> JobPart:
        """A part as it is now."""
        return db.session.get_one(JobPart, part_id)

    def plan(self, quantity: int, product_id: int = 0, *, allocated: bool = False, job_id: int = 0) -> int:
        """Plan so many without a buffer, and set them aside; the part's id."""
        with self.house.writing():
            job = db.session.get_one(Job, job_id or self.job_id)
            wanted = PartWanted(product_id or self.screws, quantity, buffer_percent=Decimal(0))
            part_id = plan_part(job, wanted, by=me()).id
        if allocated:
            with self.house.writing():
                allocate_part(self.part(part_id), by=me())
        return part_id

    def free(self, product_id: int = 0, since: datetime = TOMORROW) -> int:
        """How many are free from then on."""
        with self.house.reading():
            wanted = product_id or self.screws
            return availability([wanted], self.house.warehouse_id, since, OPEN_END)[wanted].free

    def numbers(self, part_id: int) -> tuple[str, int, int, int, int]:
        """State, planned, allocated, used, returned."""
        with self.house.reading():
            part = self.part(part_id)
            counts = (
                part.quantity_planned,
                part.quantity_allocated,
                part.quantity_used,
                part.quantity_returned,
            )
            return (str(part.state), *counts)

    def broken(self) -> list[str]:
        """What is not as it must always be."""
        with self.house.app.app_context():
            return [f"{one.invariant.id}: {one.rows}" for one in broken_invariants()]


def facts(house: House, **more: object) -> JobFacts:
    """A job for Tess tomorrow morning."""
    type_id = db.session.scalars(select(JobType.id).order_by(JobType.id)).first() or 0
    plain = JobFacts(
        "Mount the truss", type_id, house.warehouse_id, TOMORROW, TOMORROW + timedelta(hours=4),
        company="Filmhaus Lindenau", technician_id=house.people["Tess"], revenue=Decimal(200),
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def stocked(house: House, name: str, quantity: int, cost: str, code: str) -> Product:
    """A consumable in a shelf of its own."""
    here = house.warehouse_id
    shelf = Location(
        name=f"Shelf {code}", code=code, kind=LocationKind.SHELF, parent_id=here, warehouse_id=here
    )
    db.session.add(shelf)
    product = factories.product(name, tracking=Tracking.CONSUMABLE)
    put(product, quantity, shelf.id, cost)
    return product


def put(product: Product, quantity: int, location_id: int, cost: str = "0.10") -> None:
    """Receive so many."""
    movement = Movement(product.id, quantity, to_id=location_id, unit_cost=Decimal(cost))
    post(TransactionKind.RECEIPT, [movement], Cause(me()))


def make_bench(house: House) -> Bench:
    """The house with its job and its stock."""
    with house.writing():
        screws = stocked(house, "Screws", 30, "0.10", "A-1")
        put(screws, 10, house.warehouse_id)
        bolts = stocked(house, "Bolts", 5, "2.00", "A-2")
        job = add_job(facts(house), by=me())
        return Bench(house, job.id, screws.id, bolts.id)


def another_job(bench: Bench, **more: object) -> int:
    """One more job."""
    with bench.house.writing():
        return add_job(facts(bench.house, **more), by=me()).id


def show_with(house: House, lines: dict[int, int], *, starts_at: datetime = TOMORROW, days: int = 3) -> int:
    """An event that takes so many of these products; its id."""
    with house.writing():
        wanted = {db.session.get_one(Product, product_id): pieces for product_id, pieces in lines.items()}
        return event_with(house, wanted, starts_at=starts_at, days=days).id
