"""Events and their phases, for programs."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import known_warehouse
from app.blueprints.planning.event_forms import AboutForm
from app.edge import actor
from app.fields import Id, Input, Instant
from app.finding import find
from app.models import Event
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import Refused
from app.rules.phases import Phase
from app.services.event_phases import cancel_event, move_phase
from app.services.events import Windows, change_event, open_event_by_hand


class EventOut(Output):
    """An event in the `version` that a change must name."""

    id: int
    number: str
    name: str
    phase: Phase
    company_id: int | None
    contact_id: int | None
    venue_id: int | None
    owner_id: int | None
    notes: str
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
    """Which events: in a phase, of a company, and with gear away at some time between `from` and `until`."""

    phase: Phase | None = None
    company_id: Id | None = None
    starts_at: Instant | None = Field(None, alias="from")
    ends_at: Instant | None = Field(None, alias="until")


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
    if query.company_id is not None:
        wanted = wanted.where(Event.company_id == query.company_id)
    if query.starts_at is not None:
        wanted = wanted.where(Event.occupied_until > query.starts_at)
    if query.ends_at is not None:
        wanted = wanted.where(Event.occupied_from < query.ends_at)
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/planning/events/<int:event_id>", permission=Permission.EVENTS_READ, answer=EventOut)
def get_event(event_id: int) -> Event:
    """One event."""
    return find(Event, event_id)


class WindowsIn(Input):
    """When gear is away, and when the client pays; what is charged is the occupancy when left out."""

    occupied_from: Instant
    occupied_until: Instant
    charged_from: Instant | None = None
    charged_until: Instant | None = None

    def windows(self) -> Windows:
        """The same as services take it."""
        return Windows(
            self.occupied_from,
            self.occupied_until,
            self.charged_from or self.occupied_from,
            self.charged_until or self.occupied_until,
        )


class EventIn(AboutForm, WindowsIn):
    """An event without a deal, from the first warehouse unless another is named."""

    warehouse_id: Id | None = None


@operation(
    "POST",
    "/planning/events",
    permission=Permission.EVENTS_MANAGE,
    answer=EventOut,
    body=EventIn,
    status=201,
    is_idempotent=True,
)
def create_event(body: EventIn) -> Event:
    """Open an event by hand."""
    warehouse_id = known_warehouse(body.warehouse_id)
    return open_event_by_hand(body.particulars(), body.windows(), warehouse_id, by=actor())


class EventChangeIn(AboutForm):
    """What is said about the event in the `version` that was read; its dates move by themselves."""

    version: Id


@operation(
    "PUT",
    "/planning/events/<int:event_id>",
    permission=Permission.EVENTS_MANAGE,
    answer=EventOut,
    body=EventChangeIn,
)
def replace_event(event_id: int, body: EventChangeIn) -> Event:
    """Say anew what an event is; refused when somebody else changed it meanwhile."""
    event = find(Event, event_id)
    change_event(event, body.particulars(), body.version, by=actor())
    return event


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
