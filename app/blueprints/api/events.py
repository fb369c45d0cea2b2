"""Events and their phases, for programs."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.edge import actor
from app.fields import Input
from app.finding import find
from app.models import Event
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import Refused
from app.rules.phases import Phase
from app.services.event_phases import cancel_event, move_phase


class EventOut(Output):
    """An event."""

    id: int
    number: str
    name: str
    phase: Phase
    company_id: int | None
    venue_id: int | None
    deal_id: int | None
    warehouse_id: int
    site_id: int
    occupied_from: datetime
    occupied_until: datetime
    charged_from: datetime
    charged_until: datetime
    revenue: Decimal
    version: int


class EventQuery(Paging):
    """Which events."""

    phase: Phase | None = None


@operation(
    "GET",
    "/planning/events",
    permission=Permission.EVENTS_READ,
    answer=EventOut,
    query=EventQuery,
    is_list=True,
)
def list_events(query: EventQuery) -> Page[Event]:
    """Events, by their beginning."""
    wanted = select(Event).order_by(Event.occupied_from, Event.id)
    if query.phase is not None:
        wanted = wanted.where(Event.phase == query.phase)
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/planning/events/<int:event_id>", permission=Permission.EVENTS_READ, answer=EventOut)
def get_event(event_id: int) -> Event:
    """One event."""
    return find(Event, event_id)


class PhaseIn(Input):
    """Where an event goes next; cancelling, or leaving although short, needs a reason."""

    phase: Phase
    reason: Annotated[str, Field(max_length=1000)] = ""


@operation(
    "POST",
    "/planning/events/<int:event_id>/phase",
    permission=Permission.EVENTS_MANAGE,
    answer=EventOut,
    body=PhaseIn,
    is_idempotent=True,
)
def change_phase(event_id: int, body: PhaseIn) -> Event:
    """Move an event to another phase."""
    event = find(Event, event_id)
    if body.phase is Phase.CLOSED:
        raise Refused("An event is closed through its close-out.", "phase")
    if body.phase is Phase.CANCELLED:
        return cancel_event(event, body.reason, by=actor())
    return move_phase(event, body.phase, by=actor(), reason=body.reason)
