"""Closing an event: what is missing, and the deed."""

from flask import Response, url_for

from app.blueprints.planning import blueprint
from app.blueprints.planning.events import event_page
from app.edge import actor
from app.fields import Input, Reason
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, say
from app.models import Event
from app.permissions import Permission, requires
from app.queries.close_out import missing_for_closing
from app.queries.event_result import event_result
from app.queries.planning import event_head
from app.services.close_out import close_event


class CloseForm(Input):
    """Why the event is closed although something is missing, gap by gap."""

    unreturned: Reason = ""
    uninspected: Reason = ""
    unfinished: Reason = ""
    uncosted: Reason = ""
    uninvoiced: Reason = ""


@blueprint.get("/events/<int:event_id>/close-out")
@requires(Permission.EVENTS_READ)
def event_close_out(event_id: int) -> Response:
    """The gate: what stands between the event and its closing."""
    head = event_head(event_id)
    gaps = missing_for_closing(head.event) if head.event.phase.is_open else []
    result = event_result(head.event)
    return event_page(
        "planning/event_close_out.html", event_id, "close-out", head=head, gaps=gaps, result=result
    )


@blueprint.post("/events/<int:event_id>/close-out")
@requires(Permission.EVENTS_CLOSE)
@shown_again_by(event_close_out)
def close(event_id: int) -> Response:
    """Close the event."""
    event = find(Event, event_id)
    given = read_form(CloseForm)
    close_event(event, given.model_dump(), by=actor())
    say(f"{event.number} is closed.")
    return go_to(url_for("planning.event", event_id=event_id))
