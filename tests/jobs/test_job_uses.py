"""Using parts: the issue is posted by itself, the cost is frozen, and what is left goes back or stays."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Event, EventCost, JobState, Location, Product, StockTransaction, TransactionKind
from app.refusals import Refused
from app.rules.phases import Phase
from app.services.costs import CostFacts, change_cost, remove_cost, take_over_costs
from app.services.job_parts import cancel_part
from app.services.job_states import cancel_job, finish_job, reopen_job
from app.services.job_uses import Use, take_back, use_part, uses_of
from app.services.jobs import change_job
from app.services.stock import adjust_stock
from tests import factories
from tests.factories import me
from tests.jobs.stories import TOMORROW, Bench, another_job, facts, put, show_with


def use(bench: Bench, part_id: int, quantity: int, request_id: str = "", *, keeps_rest: bool = False) -> str:
    """Use so many; the id of the request."""
    key = request_id or str(uuid.uuid4())
    with bench.house.writing():
        use_part(
            bench.part(part_id),
            Use(quantity, "customer_site", keeps_rest=keeps_rest),
            by=me(),
            request_id=key,
        )
    return key


def back(bench: Bench, part_id: int, key: str, reason: str = "Miscounted", request_id: str = "") -> int:
    """Take a use back."""
    with bench.house.writing():
        return take_back(
            bench.part(part_id),
            uses_of(part_id, key),
            reason,
            by=me(),
            request_id=request_id or str(uuid.uuid4()),
        )


def issues(bench: Bench, part_id: int) -> list[tuple[int, Decimal, str]]:
    """What was issued for a part: pieces, cost of each, and what for."""
    with bench.house.reading():
        query = select(StockTransaction).where(StockTransaction.job_part_id == part_id)
        return [
            (row.quantity, row.unit_cost, row.reference_number)
            for row in db.session.scalars(query.order_by(StockTransaction.id))
            if row.kind is TransactionKind.ISSUE
        ]


def stock(bench: Bench) -> int:
    """How many screws there are in all."""
    with bench.house.reading():
        return db.session.get_one(Product, bench.screws).on_hand


def test_using_some_issues_them_from_the_fullest_shelf_and_returns_the_rest(bench: Bench) -> None:
    part_id = bench.plan(25, allocated=True)
    use(bench, part_id, 20)
    assert bench.numbers(part_id) == ("used", 25, 25, 20, 5)
    assert issues(bench, part_id) == [(20, Decimal("0.1000"), bench_number(bench))]
    assert stock(bench) == bench.free() == 20
    with bench.house.reading():
        part = bench.part(part_id)
        assert (part.cost, part.location_used) == (Decimal("2.00"), "customer_site")
        assert bench.job.state is JobState.UNDER_WAY
    assert bench.broken() == []


def bench_number(bench: Bench) -> str:
    """The number of the job."""
    with bench.house.reading():
        return bench.job.number


def test_the_rest_stays_set_aside_when_it_is_kept(bench: Bench) -> None:
    part_id = bench.plan(25, allocated=True)
    use(bench, part_id, 20, keeps_rest=True)
    assert bench.numbers(part_id) == ("allocated", 25, 25, 20, 0) and bench.free() == 15
    use(bench, part_id, 5)
    assert bench.numbers(part_id) == ("used", 25, 25, 25, 0) and bench.broken() == []


def test_several_shelves_are_emptied_together_in_one_use(bench: Bench) -> None:
    part_id = bench.plan(36, allocated=True)
    use(bench, part_id, 36)
    assert [pieces for pieces, *_ in issues(bench, part_id)] == [30, 6] and bench.broken() == []


def test_more_than_was_set_aside_comes_from_what_is_free_and_only_from_that(bench: Bench) -> None:
    part_id = bench.plan(10, allocated=True)
    bench.plan(25, job_id=another_job(bench), allocated=True)
    with pytest.raises(Refused) as refused:
        use(bench, part_id, 16)
    assert refused.value.errors == {"quantity": ["Screws: 10 allocated and 5 more free, not 16."]}
    assert bench.numbers(part_id) == ("allocated", 10, 10, 0, 0) and stock(bench) == 40
    use(bench, part_id, 15)
    assert bench.numbers(part_id) == ("used", 10, 15, 15, 0)
    assert stock(bench) == 25 and bench.free() == 0 and bench.broken() == []


def test_what_was_never_set_aside_can_be_used_from_free_stock(bench: Bench) -> None:
    part_id = bench.plan(10)
    use(bench, part_id, 4)
    assert bench.numbers(part_id) == ("used", 10, 4, 4, 0) and bench.broken() == []


def test_what_an_event_has_between_now_and_the_job_is_not_free(bench: Bench) -> None:
    with bench.house.writing():
        cables = factories.product("Cable", stock=10, at=bench.house.warehouse_id)
    show_with(bench.house, {cables.id: 8}, starts_at=TOMORROW + timedelta(days=20))
    part_id = bench.plan(3, cables.id)
    with pytest.raises(Refused):
        use(bench, part_id, 3)
    use(bench, part_id, 2)
    assert bench.broken() == []


def test_the_cost_is_that_of_the_moment_and_stays(bench: Bench) -> None:
    part_id = bench.plan(20, allocated=True)
    use(bench, part_id, 10, keeps_rest=True)
    with bench.house.writing():
        put(db.session.get_one(Product, bench.screws), 30, bench.house.warehouse_id, "0.30")
    use(bench, part_id, 10)
    with bench.house.reading():
        assert bench.part(part_id).cost == Decimal("1.00") + Decimal("2.00")


def test_the_same_use_sent_twice_is_one(bench: Bench) -> None:
    part_id = bench.plan(25, allocated=True)
    key = use(bench, part_id, 10, keeps_rest=True)
    use(bench, part_id, 10, key, keeps_rest=True)
    assert bench.numbers(part_id)[3] == 10 and stock(bench) == 30


def test_a_mistaken_use_is_taken_back_once_and_set_aside_again(bench: Bench) -> None:
    part_id = bench.plan(25, allocated=True)
    key = use(bench, part_id, 20)
    with pytest.raises(Refused) as refused:
        back(bench, part_id, key, reason=" ")
    assert "reason" in refused.value.errors
    assert back(bench, part_id, key) == 20
    assert bench.numbers(part_id) == ("allocated", 25, 25, 0, 5) and stock(bench) == 40 and bench.free() == 20
    with bench.house.reading():
        assert bench.part(part_id).cost == 0
    with pytest.raises(Refused):
        back(bench, part_id, key)
    assert bench.broken() == []
    use(bench, part_id, 15)
    assert bench.numbers(part_id) == ("used", 25, 25, 15, 10) and bench.broken() == []


def test_a_use_is_taken_back_once_however_often_the_request_comes(bench: Bench) -> None:
    part_id = bench.plan(25, allocated=True)
    key, undo = use(bench, part_id, 20), str(uuid.uuid4())
    assert [back(bench, part_id, key, request_id=undo) for _ in range(2)] == [20, 0]


def test_a_use_can_be_taken_back_after_the_job_is_done_and_holds_nothing_then(bench: Bench) -> None:
    part_id = bench.plan(25, allocated=True)
    key = use(bench, part_id, 20)
    with bench.house.writing():
        finish_job(bench.job, by=me())
    back(bench, part_id, key)
    assert bench.numbers(part_id) == ("returned", 25, 5, 0, 5) and bench.free() == 40 and bench.broken() == []


def test_stock_that_is_gone_marks_the_claim_and_shelves_say_what_there_is(bench: Bench) -> None:
    part_id = bench.plan(35, allocated=True)
    with bench.house.writing():
        shelf = db.session.scalars(select(Location).where(Location.code == "A-1")).one()
        screws = db.session.get_one(Product, bench.screws)
        adjust_stock(screws, shelf, 0, "Flood", by=me(), request_id=str(uuid.uuid4()))
    with pytest.raises(Refused) as refused:
        use(bench, part_id, 35)
    assert refused.value.errors == {"quantity": ["Only 10 of Screws are on the shelves."]}
    use(bench, part_id, 10, keeps_rest=True)
    assert bench.numbers(part_id) == ("allocated", 35, 35, 10, 0) and bench.broken() == []


def test_parts_cost_flows_to_the_event_once_and_follows_the_job(bench: Bench) -> None:
    event_id = show_with(bench.house, {})
    other_id = show_with(bench.house, {})
    with bench.house.writing():
        change_job(bench.job, facts(bench.house, event_id=event_id), 1, by=me())
    part_id = bench.plan(25, allocated=True)
    key = use(bench, part_id, 10, keeps_rest=True)
    use(bench, part_id, 10)
    assert costs(bench) == [(event_id, Decimal("2.00"))]
    with bench.house.writing():
        change_job(bench.job, facts(bench.house, event_id=other_id), bench.job.version, by=me())
    assert costs(bench) == [(other_id, Decimal("2.00"))]
    back(bench, part_id, key)
    assert costs(bench) == [(other_id, Decimal("1.00"))] and bench.broken() == []


def costs(bench: Bench) -> list[tuple[int, Decimal | None]]:
    """The costs of events: whose, and how much."""
    with bench.house.reading():
        return [(row.event_id, row.actual) for row in db.session.scalars(select(EventCost))]


def test_what_jobs_used_is_not_counted_again_as_the_events_own_consumables(bench: Bench) -> None:
    event_id = show_with(bench.house, {})
    with bench.house.writing():
        change_job(bench.job, facts(bench.house, event_id=event_id), 1, by=me())
    use(bench, bench.plan(25, allocated=True), 10)
    with bench.house.writing():
        event = db.session.get_one(Event, event_id)
        take_over_costs(event, by=me())
    assert costs(bench) == [(event_id, Decimal("1.00"))]


def test_the_cost_of_a_job_is_neither_removed_nor_said_otherwise(bench: Bench) -> None:
    event_id = show_with(bench.house, {})
    with bench.house.writing():
        change_job(bench.job, facts(bench.house, event_id=event_id), 1, by=me())
    use(bench, bench.plan(25, allocated=True), 10)
    with pytest.raises(Refused), bench.house.writing():
        remove_cost(db.session.scalars(select(EventCost)).one(), by=me())
    with pytest.raises(Refused) as refused, bench.house.writing():
        row = db.session.scalars(select(EventCost)).one()
        change_cost(row, CostFacts(row.kind, row.description, actual=Decimal(9)), by=me())
    assert "actual" in refused.value.errors


def test_the_figures_of_a_closed_event_are_final(bench: Bench) -> None:
    event_id = show_with(bench.house, {})
    with bench.house.writing():
        change_job(bench.job, facts(bench.house, event_id=event_id), 1, by=me())
    part_id = bench.plan(25, allocated=True)
    use(bench, part_id, 10, keeps_rest=True)
    with bench.house.writing():
        db.session.get_one(Event, event_id).phase = Phase.CLOSED
    use(bench, part_id, 5)
    assert costs(bench) == [(event_id, Decimal("1.00"))]
    with pytest.raises(Refused) as refused, bench.house.writing():
        change_job(bench.job, facts(bench.house), bench.job.version, by=me())
    assert "event_id" in refused.value.errors


def test_a_job_is_done_only_when_it_is_known_what_became_of_its_parts(bench: Bench) -> None:
    used, kept, planned = bench.plan(5, allocated=True), bench.plan(5, allocated=True), bench.plan(5)
    use(bench, used, 5)
    with pytest.raises(Refused) as refused, bench.house.writing():
        finish_job(bench.job, by=me())
    assert refused.value.errors == {"parts": ["2 parts are neither used nor returned."]}
    with bench.house.writing():
        finish_job(bench.job, by=me(), rest_returned=True)
        assert bench.job.state is JobState.DONE and bench.job.done_at
    assert [bench.numbers(part_id)[0] for part_id in (used, kept, planned)] == [
        "used",
        "returned",
        "cancelled",
    ]
    assert bench.free() == 35 and bench.broken() == []


def test_a_cancelled_job_frees_all_its_claims_and_needs_a_reason(bench: Bench) -> None:
    part_id, used = bench.plan(25, allocated=True), bench.plan(5, allocated=True)
    use(bench, used, 2, keeps_rest=True)
    with pytest.raises(Refused) as refused, bench.house.writing():
        cancel_job(bench.job, " ", by=me())
    assert "reason" in refused.value.errors
    with bench.house.writing():
        cancel_job(bench.job, "The customer has moved", by=me())
    assert bench.numbers(part_id)[:3] == ("cancelled", 25, 0)
    assert bench.numbers(used) == ("used", 5, 2, 2, 0)
    assert bench.free() == 38 and bench.broken() == []
    with pytest.raises(Refused):
        use(bench, part_id, 1)
    with bench.house.writing():
        reopen_job(bench.job, by=me())
        assert bench.job.state is JobState.UNDER_WAY


def test_a_part_that_was_used_is_not_cancelled(bench: Bench) -> None:
    part_id = bench.plan(5, allocated=True)
    use(bench, part_id, 2, keeps_rest=True)
    with pytest.raises(Refused), bench.house.writing():
        cancel_part(bench.part(part_id), by=me())
