"""Counts that come round: they remind once, begin when somebody has time, and A comes more often than C."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Activity, CountPlan, CountState, Notification, Organization
from app.queries.count_scope import Scope
from app.refusals import Refused
from app.services.count_plans import Planned, end_plan, plan_by_class, plan_count, remind_of_counts, today
from app.services.counts import Wanted, cancel_count, start_count
from app.services.notifications import fan_out
from tests.factories import me
from tests.inventory.counting import Room, stock_room
from tests.people import House


@pytest.fixture
def room(house: House) -> Room:
    return stock_room(house)


def planned(room: Room, days: int) -> int:
    """A plan for shelf 1 that is due in so many days."""
    with room.house.writing():
        return plan_count(Planned(Scope(room.one), 91, today() + timedelta(days=days)), by=me()).id


def remind(house: House) -> list[int]:
    with house.writing():
        remind_of_counts()
    with house.reading():
        return list(db.session.scalars(select(Activity.id).where(Activity.verb == "count_plan.due")))


def test_a_plan_that_is_due_reminds_those_who_see_to_counts_once(room: Room, house: House) -> None:
    planned(room, 0)
    planned(room, 1)
    (said,) = remind(house)
    assert len(remind(house)) == 1
    with house.writing():
        fan_out(said)
    with house.reading():
        told = db.session.scalars(select(Notification).where(Notification.kind == "count_due")).all()
        assert {one.user_id for one in told} == {house.people["Ivy"], house.people["Walter"]}
        assert told[0].title == "Time to count: Shelf 1"


def test_starting_it_now_makes_the_count_and_the_next_time_is_a_cycle_from_today(
    room: Room, house: House
) -> None:
    plan_id = planned(room, -3)
    with house.writing():
        plan = db.session.get_one(CountPlan, plan_id)
        count = start_count(Wanted(Scope.of(plan.scope), plan.name), by=me(), plan=plan)
        assert (count.name, count.plan_id) == ("Shelf 1", plan_id)
        assert plan.next_on == today() + timedelta(days=91)
    with pytest.raises(Refused, match="counts this already"), house.writing():
        plan = db.session.get_one(CountPlan, plan_id)
        start_count(Wanted(Scope.of(plan.scope)), by=me(), plan=plan)


def test_a_planned_count_that_was_given_up_is_due_again_and_reminds_again(room: Room, house: House) -> None:
    plan_id = planned(room, 0)
    assert len(remind(house)) == 1
    with house.writing():
        plan = db.session.get_one(CountPlan, plan_id)
        count = start_count(Wanted(Scope.of(plan.scope)), by=me(), plan=plan)
        room.count_id = count.id
    with house.writing():
        cancel_count(room.session(), "no time", by=me())
        assert room.session().state is CountState.CANCELLED
        assert db.session.get_one(CountPlan, plan_id).next_on == today()
    assert len(remind(house)) == 2


def test_the_usual_plan_counts_a_more_often_than_c_by_the_organizations_cycle(house: House) -> None:
    with house.writing():
        db.session.get_one(Organization, house.organization_id).count_every_days = 60
        plan_by_class(by=me())
    with house.writing():
        assert plan_by_class(by=me()) == [], "What is planned is not planned again."
    with house.reading():
        plans = db.session.scalars(select(CountPlan).order_by(CountPlan.id)).all()
        assert [(plan.name, plan.every_days) for plan in plans] == [
            ("Class A", 20), ("Class B", 60), ("Class C", 120),
        ]  # fmt: skip
        assert plans[0].next_on == today() + timedelta(days=20)


def test_an_ended_plan_reminds_nobody_and_begins_nothing(room: Room, house: House) -> None:
    plan_id = planned(room, -1)
    with house.writing():
        end_plan(db.session.get_one(CountPlan, plan_id), by=me())
    assert remind(house) == []
    with pytest.raises(Refused, match="does not come round"), house.writing():
        plan = db.session.get_one(CountPlan, plan_id)
        start_count(Wanted(Scope.of(plan.scope)), by=me(), plan=plan)
