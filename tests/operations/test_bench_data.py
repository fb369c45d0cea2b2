"""What is measured must be a house that could be real: the data of the benchmark obeys every invariant."""

from app.extensions import db
from app.services.verify import broken_invariants
from app.transactions import finish
from bench.data import Size, fill
from tests.people import House

TINY = Size(products=5, assets=20, locations=3, events=2, lines=3)


def test_the_data_of_the_benchmark_fits_the_schema_and_the_books(house: House) -> None:
    finish()
    with house.app.app_context():
        fill(db.engine, house.organization_id, house.warehouse_id, TINY)
        broken = broken_invariants()
    assert not broken, [(found.invariant.id, found.rows) for found in broken]
