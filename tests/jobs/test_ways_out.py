"""When parts are short: something else stands in, more is bought at once, or the job waits for a better day."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import OrderLine, Product, PurchaseOrder, Substitute
from app.queries.job_parts import part_rows
from app.queries.job_times import OtherTimes, next_times
from app.refusals import Refused
from app.services.job_parts import PartWanted, allocate_all, parts_of, plan_part
from app.services.job_ways_out import buy_part, substitute_part
from app.services.jobs import reschedule
from tests import factories
from tests.factories import me
from tests.jobs.stories import TOMORROW, Bench, show_with


def substitute(bench: Bench, part_id: int, product_id: int, quantity: int) -> int:
    """Let something stand in; the id of its part."""
    with bench.house.writing():
        product = db.session.get_one(Product, product_id)
        return substitute_part(bench.part(part_id), product, quantity, by=me()).id


def test_a_substitute_is_offered_with_what_is_free_of_it(bench: Bench) -> None:
    bench.plan(8, bench.bolts)
    with bench.house.writing():
        db.session.add(Substitute(product_id=bench.bolts, substitute_id=bench.screws))
    with bench.house.reading():
        row = part_rows(bench.job)[0]
        assert (row.short, [(one.product.name, one.free) for one in row.stand_ins]) == (3, [("Screws", 40)])


def test_two_parts_of_the_same_product_do_not_count_on_the_same_pieces(bench: Bench) -> None:
    bench.plan(4, bench.bolts)
    bench.plan(3, bench.bolts)
    with bench.house.reading():
        assert [row.short for row in part_rows(bench.job)] == [0, 2]
    with bench.house.writing():
        allocate_all(bench.job, by=me())
    with bench.house.reading():
        assert [row.short for row in part_rows(bench.job)] == [0, 2]


def test_a_plan_that_a_person_changed_does_not_pretend_to_be_need_and_buffer(bench: Bench) -> None:
    with bench.house.writing():
        wanted = PartWanted(bench.screws, 20, buffer_percent=Decimal(10))
        part_id = plan_part(bench.job, wanted, by=me()).id
    with bench.house.reading():
        assert part_rows(bench.job)[0].is_as_proposed
    substitute(bench, part_id, bench.bolts, 2)
    with bench.house.reading():
        assert not part_rows(bench.job)[0].is_as_proposed


def test_a_substitute_is_set_aside_at_once_and_both_stay_on_record(bench: Bench) -> None:
    part_id = bench.plan(8, bench.bolts)
    with bench.house.writing():
        allocate_all(bench.job, by=me())
    stand_in = substitute(bench, part_id, bench.screws, 3)
    assert bench.numbers(part_id) == ("allocated", 5, 5, 0, 0)
    assert bench.numbers(stand_in) == ("allocated", 3, 3, 0, 0)
    with bench.house.reading():
        assert bench.part(stand_in).in_place_of_id == part_id
        assert bench.part(part_id).quantity_required == 8
    assert bench.broken() == []


def test_a_part_that_is_replaced_whole_is_wanted_no_more(bench: Bench) -> None:
    part_id = bench.plan(4, bench.bolts)
    substitute(bench, part_id, bench.screws, 4)
    assert bench.numbers(part_id)[:2] == ("cancelled", 0)


@pytest.mark.parametrize(
    ("product", "quantity", "field"), [("bolts", 3, "product_id"), ("screws", 5, "quantity")]
)
def test_a_substitute_is_another_product_for_what_is_missing(
    bench: Bench, product: str, quantity: int, field: str
) -> None:
    part_id = bench.plan(4, bench.bolts)
    with pytest.raises(Refused) as refused:
        substitute(bench, part_id, getattr(bench, product), quantity)
    assert field in refused.value.errors


def test_a_substitute_that_is_not_free_is_refused_and_nothing_changes(bench: Bench) -> None:
    part_id = bench.plan(50)
    with pytest.raises(Refused) as refused:
        substitute(bench, part_id, bench.bolts, 6)
    assert refused.value.errors == {"quantity": ["Bolts: 5 free, 1 short."]}
    with bench.house.reading():
        assert len(parts_of(bench.job_id)) == 1


def test_what_is_missing_is_asked_for_urgently_for_this_job(bench: Bench) -> None:
    part_id = bench.plan(8, bench.bolts)
    with bench.house.writing():
        allocate_all(bench.job, by=me())
    with bench.house.writing():
        number = buy_part(bench.part(part_id), 3, by=me(), notes="by Friday").number
    with bench.house.reading():
        order = db.session.scalars(select(PurchaseOrder)).one()
        line = db.session.scalars(select(OrderLine)).one()
        assert (order.is_urgent, line.quantity, line.job_part_id) == (True, 3, part_id)
        assert [one.number for one in part_rows(bench.job)[0].orders] == [number]
    with pytest.raises(Refused) as refused, bench.house.writing():
        buy_part(bench.part(part_id), 4, by=me())
    assert "quantity" in refused.value.errors


def test_the_next_times_are_working_days_on_which_everything_is_free(bench: Bench) -> None:
    with bench.house.writing():
        cables = factories.product("Cable", stock=10, at=bench.house.warehouse_id)
    ends = TOMORROW + timedelta(days=12)
    show_with(bench.house, {cables.id: 8}, starts_at=TOMORROW - timedelta(days=1), days=13)
    bench.plan(5, cables.id)
    with bench.house.reading():
        times = next_times(bench.job, parts_of(bench.job_id)).moments
        assert len(times) == 3 and min(times) >= ends and all(moment.weekday() < 5 for moment in times)
    with bench.house.writing():
        assert reschedule(bench.job, times[0], by=me()) == []
    with bench.house.writing():
        assert allocate_all(bench.job, by=me()) == []
        assert bench.job.ends_at - bench.job.starts_at == timedelta(hours=4)
    assert bench.broken() == []


def test_no_time_helps_when_there_is_not_enough_in_the_house(bench: Bench) -> None:
    bench.plan(6, bench.bolts)
    with bench.house.reading():
        assert next_times(bench.job, parts_of(bench.job_id)) == OtherTimes([], {bench.bolts})


def test_what_no_time_helps_does_not_hide_the_day_on_which_the_rest_is_free(bench: Bench) -> None:
    with bench.house.writing():
        cables = factories.product("Cable", stock=10, at=bench.house.warehouse_id)
    show_with(bench.house, {cables.id: 8}, starts_at=TOMORROW - timedelta(days=1), days=13)
    bench.plan(5, cables.id)
    bench.plan(6, bench.bolts)
    with bench.house.reading():
        times = next_times(bench.job, parts_of(bench.job_id))
    assert times.never == {bench.bolts}
    assert len(times.moments) == 3 and min(times.moments) >= TOMORROW + timedelta(days=12)
    page = bench.house.browser("Serge").get(f"/jobs/{bench.job_id}/shortages").text
    assert "everything but Bolts is free from then on" in page and 'name="starts_at"' in page


def test_a_job_that_moves_forward_keeps_what_is_free_then_and_names_the_rest(bench: Bench) -> None:
    with bench.house.writing():
        cables = factories.product("Cable", stock=10, at=bench.house.warehouse_id)
    show_with(bench.house, {cables.id: 8}, starts_at=TOMORROW, days=5)
    with bench.house.writing():
        reschedule(bench.job, TOMORROW + timedelta(days=10), by=me())
    part_id = bench.plan(7, cables.id, allocated=True)
    assert bench.numbers(part_id)[2] == 7
    with bench.house.writing():
        short = reschedule(bench.job, TOMORROW + timedelta(days=1), by=me())
        assert [one.sentence for one in short] == ["5 × Cable short"]
    assert bench.numbers(part_id)[2] == 2 and bench.broken() == []
