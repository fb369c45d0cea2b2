"""What an event costs, planned beside actual."""

from flask import Response, url_for

from app.blueprints.planning import blueprint
from app.blueprints.planning.events import event_page
from app.edge import actor
from app.fields import Amount, FormId, Input, Name
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, say
from app.models import CostKind, Event, EventCost
from app.permissions import Permission, requires
from app.queries.event_result import KINDS, event_result
from app.queries.planning import event_head
from app.rules.money import ZERO
from app.services.costs import CostFacts, add_cost, change_cost, remove_cost, take_over_costs
from app.services.once import is_first


class CostSaid(Input):
    """What is said about a cost: planned beside actual, and what the client pays for it."""

    kind: CostKind
    description: Name
    planned: Amount | None = None
    actual: Amount | None = None
    charge: Amount = ZERO

    def facts(self) -> CostFacts:
        """The same for the service."""
        return CostFacts(self.kind, self.description, self.planned, self.actual, self.charge)


class CostForm(CostSaid):
    """The same in a form."""

    request_id: FormId = ""


@blueprint.get("/events/<int:event_id>/costs")
@requires(Permission.EVENT_COSTS_READ)
def event_costs(event_id: int) -> Response:
    """The costs of an event and what it earns."""
    head = event_head(event_id)
    result = event_result(head.event)
    return event_page(
        "planning/event_costs.html", event_id, "costs", head=head, result=result, kinds=list(KINDS.items())
    )


@blueprint.post("/events/<int:event_id>/costs")
@requires(Permission.EVENT_COSTS_MANAGE)
@shown_again_by(event_costs)
def create_cost(event_id: int) -> Response:
    """Put a cost on the event."""
    event = find(Event, event_id)
    given = read_form(CostForm)
    if is_first(given.request_id, by=actor()):
        add_cost(event, given.facts(), by=actor())
    say("The cost is on the event.")
    return go_to(url_for("planning.event_costs", event_id=event_id))


@blueprint.post("/events/<int:event_id>/costs/known")
@requires(Permission.EVENT_COSTS_MANAGE)
@shown_again_by(event_costs)
def take_over(event_id: int) -> Response:
    """Fill in what the quote and the ledger know."""
    count = take_over_costs(find(Event, event_id), by=actor())
    say(
        f"{count} costs taken over." if count else "The quote and the ledger know of no costs.",
        "ok" if count else "info",
    )
    return go_to(url_for("planning.event_costs", event_id=event_id))


@blueprint.get("/costs/<int:cost_id>")
@requires(Permission.EVENT_COSTS_MANAGE)
def cost(cost_id: int) -> Response:
    """The form of a cost."""
    row = find(EventCost, cost_id)
    kinds = list(KINDS.items())
    return event_page("planning/event_cost.html", row.event_id, "costs", cost=row, kinds=kinds)


@blueprint.post("/costs/<int:cost_id>")
@requires(Permission.EVENT_COSTS_MANAGE)
@shown_again_by(cost)
def save_cost(cost_id: int) -> Response:
    """Change a cost."""
    row = find(EventCost, cost_id)
    change_cost(row, read_form(CostForm).facts(), by=actor())
    say("Saved.")
    return go_to(url_for("planning.event_costs", event_id=row.event_id))


@blueprint.post("/costs/<int:cost_id>/removal")
@requires(Permission.EVENT_COSTS_MANAGE)
@shown_again_by(cost)
def remove_event_cost(cost_id: int) -> Response:
    """Take a cost off the event."""
    row = find(EventCost, cost_id)
    event_id = row.event_id
    remove_cost(row, by=actor())
    say("The cost is gone.")
    return go_to(url_for("planning.event_costs", event_id=event_id))
