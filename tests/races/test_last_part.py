"""Two technicians use the last piece at the same moment: one of them has it, the other is told."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import JobPart, Product, StockLevel, StockTransaction, TransactionKind
from app.refusals import Refused
from app.services.job_uses import Use, use_part
from tests.factories import me
from tests.jobs.stories import Bench, another_job, make_bench, put
from tests.people import House

pytestmark = pytest.mark.races

ROUNDS = 20
ROUNDS_OF_THE_CARELESS = 10
Deed = Callable[[Bench, int, threading.Barrier], None]


def use_well(bench: Bench, part_id: int, start: threading.Barrier) -> None:
    """As the phone does it: lock, look, write."""
    start.wait(30)
    with bench.house.writing():
        use_part(bench.part(part_id), Use(1), by=me(), request_id=str(uuid.uuid4()))


def use_carelessly(bench: Bench, part_id: int, start: threading.Barrier) -> None:
    """Look, and believe it: what was there when somebody looked is what is written later."""
    with bench.house.reading():
        product_id = bench.part(part_id).product_id
        level = db.session.scalars(
            select(StockLevel).where(StockLevel.product_id == product_id, StockLevel.quantity > 0)
        ).first()
        place = (level.id, level.location_id, level.quantity) if level else None
    start.wait(30)
    if place is None:
        raise Refused("gone")
    now = datetime.now(UTC)
    with bench.house.writing():
        db.session.get_one(StockLevel, place[0]).quantity = place[2] - 1
        db.session.add(
            StockTransaction(
                kind=TransactionKind.ISSUE, product_id=product_id, quantity=1, from_id=place[1], total_after=0,
                from_after=0, happened_at=now, recorded_at=now, request_id=str(uuid.uuid4()), job_part_id=part_id,
            )
        )  # fmt: skip


def race(bench: Bench, parts: list[int], deed: Deed) -> int:
    """Both at once; how many were told that it is theirs."""
    start, told = threading.Barrier(len(parts)), []

    def one(part_id: int) -> None:
        try:
            deed(bench, part_id, start)
            told.append(part_id)
        except Refused:
            pass

    threads = [threading.Thread(target=one, args=(part_id,)) for part_id in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return len(told)


@pytest.fixture
def rivals(house: House) -> tuple[Bench, list[int]]:
    """Two jobs that want the same product, of which there is none yet."""
    bench = make_bench(house)
    with house.writing():
        fuse = Product(name="Fuse", sku="FUSE", tracking="consumable", created_at=datetime.now(UTC))
        db.session.add(fuse)
        db.session.flush()
        fuse_id = fuse.id
    other = another_job(bench, technician_id=house.people["Serge"])
    return bench, [bench.plan(ROUNDS, fuse_id), bench.plan(ROUNDS, fuse_id, job_id=other)]


def deliver_one(bench: Bench, part_id: int) -> None:
    """One piece comes in."""
    with bench.house.writing():
        product = db.session.get_one(Product, bench.part(part_id).product_id)
        put(product, 1, bench.house.warehouse_id)


def test_the_last_piece_is_used_once(rivals: tuple[Bench, list[int]]) -> None:
    bench, parts = rivals
    winners = []
    for _ in range(ROUNDS):
        deliver_one(bench, parts[0])
        winners.append(race(bench, parts, use_well))
    assert winners == [1] * ROUNDS
    with bench.house.reading():
        used = db.session.scalar(select(func.sum(JobPart.quantity_used)).where(JobPart.id.in_(parts)))
        assert used == ROUNDS
    assert bench.broken() == []


def test_the_race_is_real_without_a_lock_the_last_piece_is_used_twice(
    rivals: tuple[Bench, list[int]],
) -> None:
    bench, parts = rivals
    twice = 0
    for _ in range(ROUNDS_OF_THE_CARELESS):
        deliver_one(bench, parts[0])
        twice += race(bench, parts, use_carelessly) == 2
    assert twice >= ROUNDS_OF_THE_CARELESS / 2, f"{twice} of {ROUNDS_OF_THE_CARELESS}"
