"""Late returns: what is still out, who was reminded, and whether the house reminds by itself."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, g, request, url_for
from pydantic import Field

from app.blueprints.warehouse import blueprint
from app.edge import actor
from app.fields import Input, LongText
from app.finding import find
from app.forms import read_form, shown_again_by
from app.gateways.stationery import as_text
from app.htmx import go_to, page, say
from app.models import Event
from app.permissions import Permission, requires
from app.queries.late_returns import StillOut, late_events, still_out_of
from app.services.return_reminders import remind_now, words_of
from app.services.settings import change_organization

SAMPLE = [StillOut("Spotlight", 2, "pcs"), StillOut("Cable 10 m", 12, "pcs")]


@blueprint.get("/late")
@requires(Permission.SCANS_READ)
def late_returns() -> Response:
    """What should be back and is not."""
    now, number = datetime.now(UTC), request.args.get("page", "1")
    found = late_events(now, int(number) if number.isdigit() else 1)
    return page(
        "warehouse/late.html",
        page=found,
        out=still_out_of([row.id for row in found.items]),
        preview=preview(),
        request_id=str(uuid.uuid4()),
    )


def preview() -> str:
    """A reminder as a client would get it, with what the house adds to it."""
    until = datetime.now(UTC) - timedelta(days=g.organization.remind_after_days)
    message = words_of("Summer gala", "EV-2026-0042", until, "Jo Miller", SAMPLE, g.organization)
    return as_text(message, g.organization)


class ReminderSettings(Input):
    """Whether and when clients are reminded."""

    reminds_of_returns: bool = False
    remind_after_days: int = Field(1, ge=0, le=60)
    remind_every_days: int = Field(3, ge=1, le=60)
    most_reminders: int = Field(3, ge=1, le=20)
    reminder_words: LongText = ""


@blueprint.post("/late/settings")
@requires(Permission.ORGANIZATION_MANAGE)
@shown_again_by(late_returns)
def change_reminders() -> Response:
    """Switch reminders on or off, and say when they are written."""
    given = read_form(ReminderSettings)
    change_organization(g.organization, given.model_dump(), by=actor())
    say(
        "Clients are reminded by themselves." if given.reminds_of_returns else "Nobody is reminded by itself."
    )
    return go_to(url_for("warehouse.late_returns"))


def late_returns_again(event_id: int) -> Response:
    """The list, with why an event's client could not be reminded."""
    return late_returns()


class RemindInput(Input):
    """The button."""

    request_id: str = Field("", max_length=64)


@blueprint.post("/events/<int:event_id>/reminders")
@requires(Permission.SCANS_OVERRIDE)
@shown_again_by(late_returns_again)
def remind(event_id: int) -> Response:
    """Remind the client of an event now."""
    event, given = find(Event, event_id), read_form(RemindInput)
    row: Any = remind_now(event, by=actor(), request_id=given.request_id)
    say(f"Reminder {row.sequence} of {event.number} is on its way." if row else "This was sent already.")
    return go_to(url_for("warehouse.late_returns"))
