"""Counts that come round: planned, reminded of once, begun when somebody has time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import or_, select

from app.actors import Actor, system_actor
from app.extensions import db
from app.models import CountBy, CountPlan, Organization
from app.queries.count_scope import Scope, described
from app.refusals import Refused
from app.rules.abc import AbcClass, cycle
from app.rules.calendars import local_day
from app.scope import current_organization_id
from app.services.activities import record


@dataclass(frozen=True)
class Planned:
    """What comes round every so many days, and when it is due next."""

    scope: Scope
    every_days: int
    next_on: date
    name: str = ""
    is_blind: bool = True


def today() -> date:
    """The day on the organization's calendar."""
    return local_day(datetime.now(UTC), own().timezone)


def own() -> Organization:
    """The organization whose plans these are."""
    return db.session.get_one(Organization, current_organization_id())


def plan_count(planned: Planned, *, by: Actor) -> CountPlan:
    """Let a count come round."""
    plan = CountPlan(count_by=CountBy.LOCATION, name="", scope={}, every_days=1, next_on=planned.next_on)
    write(plan, planned)
    db.session.add(plan)
    db.session.flush()
    record("count_plan.added", plan, by=by, every_days=plan.every_days)
    return plan


def change_plan(plan: CountPlan, planned: Planned, *, by: Actor) -> None:
    """Say it anew; when it was moved, it is reminded of again. Raises Refused for one that has ended."""
    refuse_ended(plan)
    if plan.next_on != planned.next_on:
        plan.reminded_on = None
    write(plan, planned)
    record("count_plan.changed", plan, by=by, every_days=plan.every_days)
    db.session.flush()


def write(plan: CountPlan, planned: Planned) -> None:
    """What was said, on the row."""
    plan.name = planned.name or described(planned.scope)
    plan.count_by, plan.scope = planned.scope.by, planned.scope.as_json()
    plan.every_days, plan.next_on, plan.is_blind = planned.every_days, planned.next_on, planned.is_blind


def end_plan(plan: CountPlan, *, by: Actor) -> None:
    """Let it come round no more; what was counted stays."""
    if plan.ended_at is None:
        plan.ended_at = datetime.now(UTC)
        record("count_plan.ended", plan, by=by)
        db.session.flush()


def refuse_ended(plan: CountPlan) -> None:
    """What has ended does not come round. Raises Refused."""
    if plan.ended_at is not None:
        raise Refused(f"{plan.name} does not come round any more.")


def plan_by_class(*, by: Actor) -> list[CountPlan]:
    """The usual cycle: A three times as often as the organization counts everything, C half as often.

    Each begins in one cycle of its own from today. Classes that have a plan keep it.
    """
    known = select(CountPlan.scope).where(
        CountPlan.count_by == CountBy.ABC_CLASS, CountPlan.ended_at.is_(None)
    )
    planned = {Scope.of(scope).abc_class for scope in db.session.scalars(known)}
    every, begin = own().count_every_days, today()
    return [
        plan_count(
            Planned(Scope(abc_class=each), days, begin + timedelta(days=days), f"Class {each.value}"), by=by
        )
        for each in AbcClass
        if each not in planned and (days := cycle(each, every))
    ]


def come_round(plan: CountPlan, now: datetime) -> None:
    """It is being counted: the next time is one cycle from today. Raises Refused for one that has ended."""
    refuse_ended(plan)
    plan.next_on = local_day(now, own().timezone) + timedelta(days=plan.every_days)
    plan.reminded_on = None


def due_again(plan_id: int) -> None:
    """It was not counted after all."""
    plan = db.session.get_one(CountPlan, plan_id)
    plan.next_on = min(plan.next_on, today())


def remind_of_counts() -> None:
    """Record `count_plan.due`, once for each time that a plan comes round."""
    actor, day = system_actor(current_organization_id()), today()
    due = select(CountPlan).where(
        CountPlan.ended_at.is_(None),
        CountPlan.next_on <= day,
        or_(CountPlan.reminded_on.is_(None), CountPlan.reminded_on < CountPlan.next_on),
    )
    for plan in db.session.scalars(due.order_by(CountPlan.id)):
        plan.reminded_on = day
        record("count_plan.due", plan, by=actor, summary=f"Due on {plan.next_on:%d %b %Y}.")
    db.session.flush()
