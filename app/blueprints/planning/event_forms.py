"""Opening an event by hand, and changing what is said about it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, url_for

from app.blueprints.planning import blueprint
from app.blueprints.planning.fields import WindowsForm, new_request_id, zone_name
from app.edge import actor
from app.fields import FormId, Id, Input, LongText, Name
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Company, Contact, Event, Location, LocationKind, User, Venue
from app.permissions import Permission, requires
from app.queries.choices import warehouses
from app.queries.planning import company_options, contact_options, event_head, owner_options, venue_options
from app.refusals import NotFound, Refused
from app.services.events import Particulars, change_event, open_event_by_hand
from app.services.once import is_first

CHOSEN = {"company_id": Company, "contact_id": Contact, "venue_id": Venue, "owner_id": User}


class AboutForm(Input):
    """What is said about an event."""

    name: Name
    company_id: Id | None = None
    contact_id: Id | None = None
    venue_id: Id | None = None
    owner_id: Id | None = None
    notes: LongText = ""

    def particulars(self) -> Particulars:
        """The same for the service. Raises Refused beside a choice that is gone."""
        for field, model in CHOSEN.items():
            if (chosen := getattr(self, field)) is not None:
                refuse_gone(model, chosen, field)
        return Particulars(**{name: getattr(self, name) for name in AboutForm.model_fields})


class NewEventForm(AboutForm, WindowsForm):
    """A new event by hand."""

    warehouse_id: Id
    request_id: FormId = ""


class EditForm(AboutForm):
    """An event as it was when the form was opened."""

    version: int


def refuse_gone(model: type[Any], row_id: int, field: str) -> None:
    """Raises Refused beside a field whose choice does not exist."""
    try:
        find(model, row_id)
    except NotFound as error:
        raise Refused("This choice does not exist any more.", field) from error


def choices() -> dict[str, Any]:
    """What the selects of the form offer."""
    return {
        "companies": company_options(),
        "contacts": contact_options(),
        "venues": venue_options(),
        "owners": owner_options(),
        "warehouses": warehouses(),
    }


@blueprint.get("/events/new")
@requires(Permission.EVENTS_MANAGE)
def event_new() -> Response:
    """The form of a new event; it proposes a day next week."""
    starts = first_day()
    return page(
        "planning/event_new.html",
        starts=starts,
        ends=starts + timedelta(days=2),
        request_id=new_request_id(),
        **choices(),
    )


def first_day() -> datetime:
    """Ten in the morning, a week from now."""
    zone = ZoneInfo(zone_name())
    day = datetime.now(UTC).astimezone(zone).date() + timedelta(days=7)
    return datetime.combine(day, time(10), zone)


@blueprint.post("/events/new")
@requires(Permission.EVENTS_MANAGE)
@shown_again_by(event_new)
def create_event() -> Response:
    """Open the event."""
    given = read_form(NewEventForm)
    warehouse = chosen_warehouse(given.warehouse_id)
    if not is_first(given.request_id, by=actor()):
        return go_to(url_for("planning.events"))
    event = open_event_by_hand(given.particulars(), given.windows(), warehouse.id, by=actor())
    say(f"{event.number} is open. Put something on its pull list.")
    return go_to(url_for("planning.event_pull_list", event_id=event.id))


def chosen_warehouse(location_id: int) -> Location:
    """The warehouse that was chosen. Raises Refused for another place."""
    refuse_gone(Location, location_id, "warehouse_id")
    location = find(Location, location_id)
    if location.kind is not LocationKind.WAREHOUSE or location.archived_at is not None:
        raise Refused("Please choose a warehouse.", "warehouse_id")
    return location


@blueprint.get("/events/<int:event_id>/edit")
@requires(Permission.EVENTS_MANAGE)
def event_edit(event_id: int) -> Response:
    """The form of an event."""
    return page("planning/event_edit.html", head=event_head(event_id), **choices())


@blueprint.post("/events/<int:event_id>/edit")
@requires(Permission.EVENTS_MANAGE)
@shown_again_by(event_edit)
def save_event(event_id: int) -> Response:
    """Change the event."""
    event = find(Event, event_id)
    given = read_form(EditForm)
    change_event(event, given.particulars(), given.version, by=actor())
    say("Saved.")
    return go_to(url_for("planning.event", event_id=event_id))
