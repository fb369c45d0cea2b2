"""Moving an event's dates: the effect first, then the deed."""

from datetime import datetime, timedelta

from flask import Response, request, url_for
from pydantic import ValidationError

from app.blueprints.planning import blueprint
from app.blueprints.planning.events import event_page
from app.blueprints.planning.fields import WindowsForm, overbooking, windows_of
from app.edge import actor
from app.fields import Reason
from app.finding import find
from app.forms import current_form, form_values, read_form, shown_again_by
from app.htmx import go_to, say
from app.models import Event
from app.permissions import Permission, requires
from app.queries.planning import event_head
from app.refusals import Refused
from app.services.event_dates import change_dates, effect_of_dates
from app.services.events import Windows, refuse_windows
from app.templating import local_input

STEPS = (("A week earlier", -7), ("A day earlier", -1), ("A day later", 1), ("A week later", 7))


class DatesForm(WindowsForm):
    """New dates of an event as it was when the form was opened; a reason decides to go short."""

    version: int
    reason: Reason = ""


@blueprint.get("/events/<int:event_id>/dates")
@requires(Permission.EVENTS_MANAGE)
def event_dates(event_id: int) -> Response:
    """The form of new dates, with what they would do to each line."""
    head = event_head(event_id)
    wanted = asked_windows() or windows_of(head.event)
    problem = problem_of(wanted)
    effects = [] if problem else effect_of_dates(head.event, wanted)
    return event_page(
        "planning/event_dates.html",
        event_id,
        "overview",
        part="planning/_date_effect.html",
        head=head,
        wanted=wanted,
        other_days=[(words, stepped(wanted, days)) for words, days in STEPS],
        problem=problem,
        effects=effects,
        is_moved=wanted != windows_of(head.event),
        is_short=any(effect.missing_after > effect.claim.overbooked_quantity for effect in effects),
    )


def stepped(windows: Windows, days: int) -> dict[str, str]:
    """All four times so many days on, at the same hour of the clock, as an address names them."""
    return {
        name: (datetime.fromisoformat(local_input(moment)) + timedelta(days)).isoformat(timespec="minutes")
        for name, moment in vars(windows).items()
    }


def asked_windows() -> Windows | None:
    """The dates that were typed, in the form or in the address; nothing while they are not whole."""
    typed = request.form if current_form() else request.args
    try:
        return WindowsForm.model_validate(form_values(WindowsForm, typed)).windows()
    except (ValidationError, ValueError, OverflowError):
        return None


def problem_of(windows: Windows) -> str:
    """Why these dates will not do; nothing when they will."""
    try:
        refuse_windows(windows)
    except Refused as refused:
        return refused.message
    return ""


@blueprint.post("/events/<int:event_id>/dates")
@requires(Permission.EVENTS_MANAGE)
@shown_again_by(event_dates)
def move_dates(event_id: int) -> Response:
    """Move the event and its claims."""
    event = find(Event, event_id)
    given = read_form(DatesForm)
    decision = overbooking(actor(), given.reason)
    effects = change_dates(event, given.windows(), given.version, by=actor(), overbook=decision)
    short = sum(1 for effect in effects if effect.missing_after)
    say(
        f"The dates are moved. {short} lines are short." if short else "The dates are moved.",
        "warn" if short else "ok",
    )
    return go_to(url_for("planning.event", event_id=event_id))
