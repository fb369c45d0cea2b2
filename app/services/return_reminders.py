"""Reminding clients of gear that should be back: by itself where the house wants it, and by hand at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.actors import Actor, system_actor
from app.extensions import db
from app.gateways.stationery import Message
from app.models import Company, Contact, Event, Organization, ReturnReminder
from app.queries.late_returns import StillOut, reminders_of, still_out_of
from app.queries.quote_content import Words
from app.refusals import Refused
from app.rules.reminders import Patience, is_due
from app.rules.units import PIECES
from app.scope import current_organization_id
from app.services.activities import record
from app.services.deliveries import write_mail
from app.services.once import is_first
from app.services.overdue import overdue_events
from app.transactions import lock


@dataclass(frozen=True)
class Addressee:
    """Who is written to."""

    name: str
    email: str


def remind_of_returns() -> None:
    """Write the reminders that are due, where the house wants them. Each is written once."""
    organization = db.session.get_one(Organization, current_organization_id())
    now = datetime.now(UTC)
    if not organization.reminds_of_returns:
        return
    late = overdue_events(now)
    lock({Event: [event.id for event in late]})
    out, by = still_out_of([event.id for event in late]), system_actor(organization.id)
    for event in overdue_events(now):
        known = reminders_of(event.id, event.occupied_until)
        last_at = known[-1].written_at if known else None
        is_wanted = is_due(event.occupied_until, len(known), last_at, now, patience_of(organization))
        if is_wanted and addressee_of(event) is not None and out.get(event.id):
            write_reminder(event, out[event.id], known, organization, by)


def patience_of(organization: Organization) -> Patience:
    """How patient the house is."""
    return Patience(
        organization.remind_after_days, organization.remind_every_days, organization.most_reminders
    )


def remind_now(event: Event, *, by: Actor, request_id: str = "") -> ReturnReminder | None:
    """Remind the client of an event now, whatever the setting says; the same request again writes nothing.

    Raises Refused when nothing is late, or nobody can be written to.
    """
    lock({Event: [event.id]})
    if not is_first(request_id, by=by):
        return None
    organization = db.session.get_one(Organization, current_organization_id())
    if event.occupied_until > datetime.now(UTC):
        raise Refused(f"{event.number} is not late.")
    out = still_out_of([event.id]).get(event.id, [])
    if not out:
        raise Refused(f"Nothing of {event.number} is out any more.")
    if addressee_of(event) is None:
        raise Refused("Neither the contact nor the company has an email address.")
    return write_reminder(event, out, reminders_of(event.id, event.occupied_until), organization, by)


def addressee_of(event: Event) -> Addressee | None:
    """The event's contact, else its company, if they have an address."""
    contact = db.session.get(Contact, event.contact_id) if event.contact_id else None
    company = db.session.get(Company, event.company_id) if event.company_id else None
    for row in (contact, company):
        if row is not None and row.email:
            return Addressee(contact.name if contact else row.name, row.email)
    return None


def write_reminder(
    event: Event,
    out: Sequence[StillOut],
    known: Sequence[ReturnReminder],
    organization: Organization,
    by: Actor,
) -> ReturnReminder:
    """The next reminder of an event: a letter in the outbox, its row, and the feed."""
    addressee = addressee_of(event)
    assert addressee is not None
    subject = f"{organization.name}: please return what is still out of {event.name}"
    message = words_of(event.name, event.number, event.occupied_until, addressee.name, out, organization)
    delivery = write_mail(addressee.email, subject, message)
    row = ReturnReminder(
        event_id=event.id,
        until=event.occupied_until,
        sequence=len(known) + 1,
        delivery_id=delivery.id,
        by_name=by.name,
        written_at=datetime.now(UTC),
    )
    db.session.add(row)
    db.session.flush()
    record("event.reminded", event, by=by, summary=f"Reminder {row.sequence}, to {addressee.email}.")
    db.session.flush()
    return row


def words_of(
    name: str, number: str, until: datetime, to: str, out: Sequence[StillOut], organization: Organization
) -> Message:
    """What a reminder says; the same for the preview."""
    words = Words(organization)
    said = [
        f"The equipment for {name} ({number}) was to be back on {words.moment(until)}. This is still with you:",
        "\n".join(f"{words.number(one.pieces)} {counted_in(one.unit)} {one.product}" for one in out),
        "Please bring it back, or tell us when it comes: others are waiting for it.",
    ]
    return Message(f"Hello {to},", [*said, *filter(None, [organization.reminder_words])])


def counted_in(unit: str) -> str:
    """What stands between the number and the product: a client reads neither "1 pcs" nor "2 piece"."""
    return "×" if unit in PIECES else unit


__all__ = ["patience_of", "remind_now", "remind_of_returns", "words_of"]
