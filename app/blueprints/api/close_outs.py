"""Costs of events and their closing, for programs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.events import EventOut
from app.blueprints.planning.costs import CostSaid
from app.edge import actor
from app.fields import Input
from app.finding import find
from app.models import CostKind, Event, EventCost
from app.permissions import Permission
from app.queries.close_out import missing_for_closing
from app.services.close_out import close_event
from app.services.costs import add_cost, event_costs


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


class GapOut(Output):
    """Something that is still missing before an event can be closed."""

    key: str
    title: str
    can_be_excused: bool
    items: list[str]


@operation(
    "GET",
    "/planning/events/<int:event_id>/close-out",
    permission=Permission.EVENTS_READ,
    answer=GapOut,
    is_list=True,
)
def get_close_out(event_id: int) -> list[dict[str, Any]]:
    """What is missing before an event can be closed."""
    gaps = missing_for_closing(find(Event, event_id))
    return [
        {
            "key": gap.key,
            "title": gap.title,
            "can_be_excused": gap.can_be_excused,
            "items": [item.text for item in gap.items],
        }
        for gap in gaps
    ]


class CloseOutIn(Input):
    """Reasons for gaps that may be excused, by their key."""

    reasons: Mapping[str, Annotated[str, Field(max_length=1000)]] = {}


@operation(
    "POST",
    "/planning/events/<int:event_id>/close-out",
    permission=Permission.EVENTS_CLOSE,
    answer=EventOut,
    body=CloseOutIn,
    is_idempotent=True,
)
def close(event_id: int, body: CloseOutIn) -> Event:
    """Close an event; refused while something is missing that has no excuse."""
    return close_event(find(Event, event_id), body.reasons, by=actor())
