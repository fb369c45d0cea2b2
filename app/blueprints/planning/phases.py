"""Moving an event through its phases, and cancelling it."""

from flask import Response, url_for

from app.blueprints.planning import blueprint
from app.blueprints.planning.events import event_page
from app.blueprints.planning.fields import Why
from app.edge import actor
from app.fields import Input, Reason
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, say
from app.models import Event
from app.permissions import Permission, requires
from app.queries.planning import event_head
from app.rules.phases import Phase, allowed_moves
from app.services.event_phases import cancel_event, move_phase


class PhaseForm(Input):
    """Where the event goes, and why where that is asked for."""

    phase: Phase
    reason: Reason = ""


class CancelForm(Input):
    """Why an event is cancelled."""

    reason: Why


@blueprint.get("/events/<int:event_id>/phase")
@requires(Permission.EVENTS_MANAGE)
def event_phase(event_id: int) -> Response:
    """The phases that an event can go to."""
    head = event_head(event_id)
    moves = [move for move in allowed_moves(head.event.phase) if move not in (Phase.CLOSED, Phase.CANCELLED)]
    return event_page("planning/event_phase.html", event_id, "overview", head=head, moves=moves)


@blueprint.post("/events/<int:event_id>/phase")
@requires(Permission.EVENTS_MANAGE)
@shown_again_by(event_phase)
def move_event(event_id: int) -> Response:
    """Move the event."""
    event = find(Event, event_id)
    given = read_form(PhaseForm)
    move_phase(event, given.phase, by=actor(), reason=given.reason)
    say(f"{event.number} is in {event.phase.label} now.")
    return go_to(url_for("planning.event", event_id=event_id))


@blueprint.get("/events/<int:event_id>/cancellation")
@requires(Permission.EVENTS_MANAGE)
def event_cancellation(event_id: int) -> Response:
    """What cancelling does, before it is done."""
    return event_page("planning/event_cancellation.html", event_id, "overview")


@blueprint.post("/events/<int:event_id>/cancellation")
@requires(Permission.EVENTS_MANAGE)
@shown_again_by(event_cancellation)
def cancel(event_id: int) -> Response:
    """Cancel the event."""
    event = find(Event, event_id)
    given = read_form(CancelForm)
    cancel_event(event, given.reason, by=actor())
    say(f"{event.number} is cancelled. Its gear is free again.", "warn")
    return go_to(url_for("planning.event", event_id=event_id))
