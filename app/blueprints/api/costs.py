"""Costs of events, for programs."""

from decimal import Decimal

from app.blueprints.api.contract import Output, operation
from app.blueprints.planning.costs import CostSaid
from app.edge import actor
from app.finding import find
from app.models import CostKind, Event, EventCost
from app.permissions import Permission
from app.refusals import NotFound
from app.services.costs import add_cost, change_cost, event_costs, remove_cost, take_over_costs


class CostOut(Output):
    """A cost of an event, planned beside actual; `charge` is what the client pays for it."""

    id: int
    event_id: int
    kind: CostKind
    description: str
    quantity: Decimal
    unit_cost: Decimal
    planned: Decimal | None
    actual: Decimal | None
    charge: Decimal


@operation(
    "GET",
    "/planning/events/<int:event_id>/costs",
    permission=Permission.EVENT_COSTS_READ,
    answer=CostOut,
    is_list=True,
)
def get_costs(event_id: int) -> list[EventCost]:
    """The costs of an event."""
    return event_costs(find(Event, event_id).id)


class CostIn(CostSaid):
    """A cost as it shall be."""


@operation(
    "POST",
    "/planning/events/<int:event_id>/costs",
    permission=Permission.EVENT_COSTS_MANAGE,
    answer=CostOut,
    body=CostIn,
    status=201,
    is_idempotent=True,
)
def create_cost(event_id: int, body: CostIn) -> EventCost:
    """Enter a cost."""
    return add_cost(find(Event, event_id), body.facts(), by=actor())


@operation(
    "PUT",
    "/planning/events/<int:event_id>/costs/<int:cost_id>",
    permission=Permission.EVENT_COSTS_MANAGE,
    answer=CostOut,
    body=CostIn,
)
def replace_cost(event_id: int, cost_id: int, body: CostIn) -> EventCost:
    """Say anew what a cost is: what damage really cost, and what the client pays for it."""
    return change_cost(cost_of(event_id, cost_id), body.facts(), by=actor())


@operation(
    "DELETE",
    "/planning/events/<int:event_id>/costs/<int:cost_id>",
    permission=Permission.EVENT_COSTS_MANAGE,
)
def delete_cost(event_id: int, cost_id: int) -> None:
    """Take a cost off an event; refused for one that a repair put there."""
    remove_cost(cost_of(event_id, cost_id), by=actor())


def cost_of(event_id: int, cost_id: int) -> EventCost:
    """A cost of this very event. Raises NotFound."""
    cost = find(EventCost, cost_id)
    if cost.event_id != find(Event, event_id).id:
        raise NotFound("This cost is not on the event.")
    return cost


@operation(
    "POST",
    "/planning/events/<int:event_id>/costs/known",
    permission=Permission.EVENT_COSTS_MANAGE,
    answer=CostOut,
    is_list=True,
    is_idempotent=True,
)
def take_costs_over(event_id: int) -> list[EventCost]:
    """Fill in what the accepted quote plans and the ledger knows; all costs of the event are answered."""
    take_over_costs(find(Event, event_id), by=actor())
    return event_costs(event_id)
