"""Counts that come round: planning, changing, ending, and beginning one now."""

from datetime import UTC, date, datetime, timedelta

from flask import Response, g, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.count_fields import EveryDays
from app.blueprints.inventory.counts import ScopeForm, scope_choices
from app.edge import actor
from app.extensions import db
from app.fields import FormId, Input, ShortText
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import CountPlan, Product
from app.permissions import Permission, requires
from app.queries.count_scope import Scope
from app.rules.calendars import local_day
from app.services.count_plans import Planned, change_plan, end_plan, plan_by_class, plan_count
from app.services.counts import Wanted, start_count


class PlanForm(ScopeForm):
    """What comes round, and how often."""

    name: ShortText = ""
    every_days: EveryDays
    next_on: date
    is_blind: bool = False

    def planned(self) -> Planned:
        """The same as the service takes it."""
        return Planned(self.scope(), self.every_days, self.next_on, self.name, self.is_blind)


@blueprint.get("/counts/plans/new")
@requires(Permission.COUNTS_MANAGE)
def count_plan_new() -> Response:
    """The form of a new plan: everything, as often as the organization counts."""
    day = local_day(datetime.now(UTC), g.organization.timezone)
    return page(
        "inventory/count_plan_form.html", form=current_form(), plan=None, scope=Scope(), products="",
        every_days=g.organization.count_every_days, next_on=day + timedelta(days=g.organization.count_every_days),
        **scope_choices(),
    )  # fmt: skip


@blueprint.post("/counts/plans/new")
@requires(Permission.COUNTS_MANAGE)
@shown_again_by(count_plan_new)
def count_plan_add() -> Response:
    """Let a count come round."""
    plan = plan_count(read_form(PlanForm).planned(), by=actor())
    say(f"{plan.name} comes round every {plan.every_days} days.")
    return go_to(url_for("inventory.counts"))


@blueprint.post("/counts/plans/proposed")
@requires(Permission.COUNTS_MANAGE)
def count_plans_proposed() -> Response:
    """Take the usual cycle over: what is used most is counted most often."""
    made = plan_by_class(by=actor())
    say(f"{len(made)} plans were added." if made else "Every class has its plan already.")
    return go_to(url_for("inventory.counts"))


@blueprint.get("/counts/plans/<int:plan_id>")
@requires(Permission.COUNTS_MANAGE)
def count_plan(plan_id: int) -> Response:
    """A plan, to be changed."""
    plan = find(CountPlan, plan_id)
    scope = Scope.of(plan.scope)
    named = [db.session.get(Product, product_id) for product_id in scope.product_ids]
    return page(
        "inventory/count_plan_form.html", form=current_form(), plan=plan, scope=scope,
        products="\n".join(product.sku for product in named if product), every_days=plan.every_days,
        next_on=plan.next_on, **scope_choices(),
    )  # fmt: skip


@blueprint.post("/counts/plans/<int:plan_id>")
@requires(Permission.COUNTS_MANAGE)
@shown_again_by(count_plan)
def count_plan_change(plan_id: int) -> Response:
    """Say a plan anew."""
    plan = find(CountPlan, plan_id)
    change_plan(plan, read_form(PlanForm).planned(), by=actor())
    say(f"{plan.name} comes round every {plan.every_days} days.")
    return go_to(url_for("inventory.counts"))


@blueprint.post("/counts/plans/<int:plan_id>/end")
@requires(Permission.COUNTS_MANAGE)
def count_plan_end(plan_id: int) -> Response:
    """Let it come round no more."""
    plan = find(CountPlan, plan_id)
    end_plan(plan, by=actor())
    say(f"{plan.name} does not come round any more.")
    return go_to(url_for("inventory.counts"))


class StartForm(Input):
    """The form of a button."""

    request_id: FormId = ""


@blueprint.post("/counts/plans/<int:plan_id>/start")
@requires(Permission.COUNTS_MANAGE)
def count_plan_start(plan_id: int) -> Response:
    """Begin what is planned, now."""
    plan = find(CountPlan, plan_id)
    wanted = Wanted(Scope.of(plan.scope), plan.name, plan.is_blind)
    count = start_count(wanted, by=actor(), plan=plan, request_id=read_form(StartForm).request_id)
    say(f"{count.number} has begun: {count.name}.")
    return go_to(url_for("inventory.count", count_id=count.id))
