"""Counts that come round, for programs."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from flask import g
from pydantic import Field

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.counts import CountOut
from app.blueprints.inventory.count_fields import MOST_PRODUCTS, PlanSaid
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.models import CountBy, CountPlan, CountSession
from app.permissions import Permission
from app.queries.count_scope import Scope
from app.queries.counts import plans
from app.rules.calendars import local_day
from app.services.count_plans import Planned, change_plan, end_plan, plan_count
from app.services.counts import Wanted, start_count


class CountPlanOut(Output):
    """A count that comes round."""

    id: int
    name: str
    count_by: CountBy
    scope: dict[str, Any]
    is_blind: bool
    every_days: int
    next_on: date
    reminded_on: date | None
    ended_at: datetime | None


@operation(
    "GET", "/inventory/count-plans", permission=Permission.COUNTS_READ, answer=CountPlanOut, is_list=True
)
def list_count_plans() -> list[CountPlan]:
    """The plans that go on, the most urgent first."""
    return list(plans(local_day(datetime.now(UTC), g.organization.timezone)))


class CountPlanIn(PlanSaid):
    """What comes round, how often, and when it is due next."""

    product_ids: Annotated[list[Id], Field(max_length=MOST_PRODUCTS)] = Field(default_factory=list)

    def planned(self) -> Planned:
        """The same as the service takes it."""
        scope = self.narrowed(self.product_ids)
        return Planned(scope, self.every_days, self.next_on, self.name, self.is_blind)


@operation(
    "POST", "/inventory/count-plans", permission=Permission.COUNTS_MANAGE, answer=CountPlanOut,
    body=CountPlanIn, status=201, is_idempotent=True,
)  # fmt: skip
def create_count_plan(body: CountPlanIn) -> CountPlan:
    """Let a count come round."""
    return plan_count(body.planned(), by=actor())


@operation(
    "PUT", "/inventory/count-plans/<int:plan_id>", permission=Permission.COUNTS_MANAGE, answer=CountPlanOut,
    body=CountPlanIn,
)  # fmt: skip
def replace_count_plan(plan_id: int, body: CountPlanIn) -> CountPlan:
    """Say a plan anew."""
    plan = find(CountPlan, plan_id)
    change_plan(plan, body.planned(), by=actor())
    return plan


@operation("DELETE", "/inventory/count-plans/<int:plan_id>", permission=Permission.COUNTS_MANAGE, status=204)
def end_count_plan(plan_id: int) -> None:
    """Let a plan come round no more."""
    end_plan(find(CountPlan, plan_id), by=actor())


@operation(
    "POST", "/inventory/count-plans/<int:plan_id>/start", permission=Permission.COUNTS_MANAGE, answer=CountOut,
    status=201, is_idempotent=True,
)  # fmt: skip
def start_planned_count(plan_id: int) -> CountSession:
    """Begin what is planned, now."""
    plan = find(CountPlan, plan_id)
    return start_count(Wanted(Scope.of(plan.scope), plan.name, plan.is_blind), by=actor(), plan=plan)
