"""Late returns and their reminders, for programs."""

from datetime import UTC, datetime

from app.blueprints.api.contract import Output, Paging, operation
from app.edge import actor
from app.finding import find
from app.models import Event, ReturnReminder
from app.permissions import Permission
from app.queries.late_returns import late_events, reminders_of
from app.queries.paging import Page
from app.queries.rows import AnyRow
from app.services.return_reminders import remind_now


class LateOut(Output):
    """An event whose gear should be back, with who can be reminded and how often that was done."""

    id: int
    number: str
    name: str
    occupied_until: datetime
    company: str | None
    email: str
    pieces: int
    sent: int
    last_at: datetime | None


@operation(
    "GET",
    "/warehouse/late-returns",
    permission=Permission.SCANS_READ,
    answer=LateOut,
    query=Paging,
    is_list=True,
)
def list_late_returns(query: Paging) -> Page[AnyRow]:
    """Events past their end with gear still out, the latest first."""
    return late_events(datetime.now(UTC), query.page, query.per_page)


class ReminderOut(Output):
    """A reminder of a late return; `until` is the end that has passed."""

    id: int
    event_id: int
    until: datetime
    sequence: int
    by_name: str
    written_at: datetime


@operation(
    "GET",
    "/warehouse/events/<int:event_id>/reminders",
    permission=Permission.SCANS_READ,
    answer=ReminderOut,
    is_list=True,
)
def list_reminders(event_id: int) -> list[ReturnReminder]:
    """The reminders of an event's late return."""
    event = find(Event, event_id)
    return reminders_of(event.id, event.occupied_until)


@operation(
    "POST",
    "/warehouse/events/<int:event_id>/reminders",
    permission=Permission.SCANS_OVERRIDE,
    answer=ReminderOut,
    status=201,
    is_idempotent=True,
)
def create_reminder(event_id: int) -> ReturnReminder | None:
    """Remind the client of an event now."""
    return remind_now(find(Event, event_id), by=actor())
