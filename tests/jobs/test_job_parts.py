"""Parts of jobs: planned with a buffer, set aside so that nobody else counts on them, given back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Job, JobType, Organization, PackSize, Product, Reservation, ReservationKind, Tracking
from app.refusals import Refused
from app.services.job_parts import (
    PartWanted,
    allocate_all,
    allocate_part,
    cancel_part,
    change_part,
    deallocate_part,
    plan_part,
    plan_template,
    return_part,
)
from app.services.job_types import add_job_type, change_job_type, propose_buffer, put_on_template
from app.services.jobs import move_job
from tests import factories
from tests.factories import me
from tests.jobs.stories import TOMORROW, Bench, another_job


def test_new_and_old_organizations_have_the_three_sorts_of_jobs(bench: Bench) -> None:
    with bench.house.reading():
        names = db.session.scalars(select(JobType.name).order_by(JobType.id)).all()
    assert sorted(names) == ["Installation", "Repair", "Service"]


@pytest.mark.parametrize(
    ("required", "percent", "planned"), [(25, "10", 28), (10, "10", 11), (1, "15", 2), (8, "0", 8)]
)
def test_what_is_planned_is_required_and_its_buffer_in_whole_pieces(
    bench: Bench, required: int, percent: str, planned: int
) -> None:
    with bench.house.writing():
        part = plan_part(
            bench.job, PartWanted(bench.screws, required, buffer_percent=Decimal(percent)), by=me()
        )
        assert part.quantity_planned == planned


def test_the_buffer_is_the_types_own_else_the_organizations(bench: Bench) -> None:
    with bench.house.writing():
        assert plan_part(bench.job, PartWanted(bench.screws, 20), by=me()).quantity_planned == 22
    with bench.house.writing():
        propose_buffer(db.session.get_one(Organization, bench.house.organization_id), Decimal(15), by=me())
    with bench.house.writing():
        assert plan_part(bench.job, PartWanted(bench.screws, 20), by=me()).quantity_planned == 23
        row = db.session.get_one(JobType, bench.job.job_type_id)
        change_job_type(row, row.name, Decimal(50), by=me())
    with bench.house.writing():
        assert plan_part(bench.job, PartWanted(bench.screws, 20), by=me()).quantity_planned == 30


@pytest.mark.parametrize("percent", ["9.99", "15.01"])
def test_an_organization_proposes_between_10_and_15_percent(bench: Bench, percent: str) -> None:
    with pytest.raises(Refused) as refused, bench.house.writing():
        propose_buffer(
            db.session.get_one(Organization, bench.house.organization_id), Decimal(percent), by=me()
        )
    assert "buffer_percent" in refused.value.errors


def test_a_quantity_can_be_said_in_packs(bench: Bench) -> None:
    with bench.house.writing():
        db.session.add(PackSize(product_id=bench.screws, name="box", quantity=12))
        wanted = PartWanted(bench.screws, 2, "boxes", Decimal(0))
        assert plan_part(bench.job, wanted, by=me()).quantity_required == 24
    with pytest.raises(Refused) as refused, bench.house.writing():
        plan_part(bench.job, PartWanted(bench.screws, 2, "pallet"), by=me())
    assert "unit" in refused.value.errors


@pytest.mark.parametrize("sort", ["serialized", "package", "archived"])
def test_only_what_is_counted_can_be_a_part(bench: Bench, sort: str) -> None:
    with bench.house.writing():
        product = factories.product(tracking=Tracking.SERIALIZED if sort == "serialized" else Tracking.BULK)
        product.is_package = sort == "package"
        product.archived_at = TOMORROW if sort == "archived" else None
    with pytest.raises(Refused) as refused, bench.house.writing():
        plan_part(bench.job, PartWanted(product.id, 1), by=me())
    assert "product" in refused.value.errors


def test_a_template_plans_what_its_sort_of_job_takes_and_leaves_what_is_planned(bench: Bench) -> None:
    with bench.house.writing():
        row = db.session.get_one(JobType, bench.job.job_type_id)
        for product_id, quantity in ((bench.screws, 20), (bench.bolts, 4)):
            put_on_template(row, db.session.get_one(Product, product_id), quantity, by=me())
    bench.plan(3)
    with bench.house.writing():
        parts = plan_template(bench.job, by=me())
        assert [(part.product_id, part.quantity_required, part.quantity_planned) for part in parts] == [
            (bench.bolts, 4, 5)
        ]
    with bench.house.writing():
        assert plan_template(bench.job, by=me()) == []


def test_two_sorts_of_jobs_never_have_one_name(bench: Bench) -> None:
    with pytest.raises(Refused) as refused, bench.house.writing():
        add_job_type("service", by=me())
    assert "name" in refused.value.errors


def test_what_is_set_aside_is_free_for_nobody_else_and_does_not_come_back_by_itself(bench: Bench) -> None:
    part_id = bench.plan(28, allocated=True)
    assert bench.numbers(part_id) == ("allocated", 28, 28, 0, 0)
    assert bench.free() == bench.free(since=TOMORROW + timedelta(days=300)) == 12
    assert bench.free(since=TOMORROW - timedelta(days=1)) == 12, "from today on the least that is free counts"
    with bench.house.reading():
        claim = db.session.scalars(select(Reservation).where(Reservation.job_part_id == part_id)).one()
        assert (claim.kind, claim.starts_at) == (ReservationKind.JOB, TOMORROW)
    assert bench.broken() == []


def test_two_jobs_never_count_on_the_same_screws(bench: Bench) -> None:
    bench.plan(30, allocated=True)
    later = another_job(bench, starts_at=TOMORROW + timedelta(days=5), ends_at=TOMORROW + timedelta(days=6))
    part_id = bench.plan(30, job_id=later)
    with bench.house.writing():
        short = allocate_part(bench.part(part_id), by=me())
        assert [(one.name, one.missing, one.free) for one in short] == [("Screws", 20, 10)]
    assert bench.numbers(part_id)[:3] == ("allocated", 30, 10)
    assert bench.broken() == []


def test_everything_is_set_aside_at_once_and_what_is_short_is_named(bench: Bench) -> None:
    parts = [bench.plan(35), bench.plan(8), bench.plan(9, bench.bolts)]
    with bench.house.writing():
        short = allocate_all(bench.job, by=me())
        assert [one.sentence for one in short] == ["3 × Screws short", "4 × Bolts short"]
    assert [bench.numbers(part_id)[2] for part_id in parts] == [35, 5, 5]
    with bench.house.writing():
        assert len(allocate_all(bench.job, by=me())) == 2
    assert bench.free() == 0 and bench.broken() == []


def test_an_exact_number_is_set_aside_whole_or_not_at_all(bench: Bench) -> None:
    part_id = bench.plan(50)
    with pytest.raises(Refused) as refused, bench.house.writing():
        allocate_part(bench.part(part_id), 41, by=me())
    assert refused.value.errors == {"quantity": ["Screws: 40 free, 1 short."]}
    with bench.house.writing():
        allocate_part(bench.part(part_id), 40, by=me())
    assert bench.numbers(part_id) == ("allocated", 50, 40, 0, 0)


def test_what_is_given_back_is_free_at_once_and_counted_as_returned(bench: Bench) -> None:
    part_id = bench.plan(28, allocated=True)
    with bench.house.writing():
        return_part(bench.part(part_id), 8, by=me())
    assert bench.numbers(part_id) == ("allocated", 28, 28, 0, 8) and bench.free() == 20
    with pytest.raises(Refused) as refused, bench.house.writing():
        return_part(bench.part(part_id), 21, by=me())
    assert "quantity" in refused.value.errors
    with bench.house.writing():
        return_part(bench.part(part_id), by=me())
    assert bench.numbers(part_id) == ("returned", 28, 28, 0, 28) and bench.free() == 40
    assert bench.broken() == []


def test_what_is_freed_again_was_never_allocated(bench: Bench) -> None:
    part_id = bench.plan(28, allocated=True)
    with bench.house.writing():
        deallocate_part(bench.part(part_id), by=me())
    assert bench.numbers(part_id) == ("planned", 28, 0, 0, 0) and bench.free() == 40
    with bench.house.writing():
        allocate_part(bench.part(part_id), by=me())
    assert bench.numbers(part_id) == ("allocated", 28, 28, 0, 0) and bench.broken() == []


def test_a_smaller_plan_frees_what_is_too_much(bench: Bench) -> None:
    part_id = bench.plan(28, allocated=True)
    with bench.house.writing():
        change_part(bench.part(part_id), 10, Decimal(10), "", None, by=me())
    assert bench.numbers(part_id) == ("allocated", 11, 11, 0, 0) and bench.free() == 29
    assert bench.broken() == []


def test_a_cancelled_part_holds_nothing(bench: Bench) -> None:
    part_id = bench.plan(28, allocated=True)
    with bench.house.writing():
        cancel_part(bench.part(part_id), by=me())
    assert bench.numbers(part_id) == ("cancelled", 28, 0, 0, 0) and bench.free() == 40
    assert bench.broken() == []


def test_moving_a_job_moves_its_claims_and_names_what_is_short_then(bench: Bench) -> None:
    job_id = another_job(bench, starts_at=TOMORROW + timedelta(days=9), ends_at=TOMORROW + timedelta(days=10))
    part_id = bench.plan(30, job_id=job_id, allocated=True)
    with bench.house.writing():
        job = db.session.get_one(Job, job_id)
        assert move_job(job, TOMORROW.date() + timedelta(days=3), job.technician_id, by=me()) == []
    with bench.house.reading():
        claim = db.session.scalars(select(Reservation).where(Reservation.job_part_id == part_id)).one()
        assert claim.starts_at == db.session.get_one(Job, job_id).starts_at
    assert bench.numbers(part_id)[2] == 30 and bench.broken() == []
