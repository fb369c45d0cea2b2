"""Enquiries: received from the public form or typed in, then qualified into a deal or turned away."""

from datetime import UTC, date, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.fields import Email, Facts, LongText, Name, ShortText
from app.models import Lead, LeadState
from app.refusals import Refused
from app.services.activities import record
from app.services.numbers import next_number, this_year


class LeadFacts(Facts):
    """What somebody asks for, in their own words; an email address or a phone number is needed to answer."""

    name: Name
    email: Email = ""
    phone: ShortText = ""
    company_name: ShortText = ""
    message: LongText = ""
    wanted_from: date | None = None
    wanted_until: date | None = None
    source: ShortText = ""


def receive_lead(facts: LeadFacts, *, by: Actor, request_id: str | None = None) -> Lead:
    """Write an enquiry down and tell sales. The same request twice is one lead."""
    refuse_unreachable(facts)
    if earlier := lead_of_request(request_id):
        return earlier
    now = datetime.now(UTC)
    number = next_number("L", this_year(now))
    # The number's row is locked now: a twin of this request has either committed or comes after us.
    if earlier := lead_of_request(request_id):
        return earlier
    lead = Lead(number=number, request_id=request_id, created_at=now, **vars(facts))
    db.session.add(lead)
    db.session.flush()
    record("lead.received", lead, by=by, summary=summary(facts))
    return lead


def refuse_unreachable(facts: LeadFacts) -> None:
    """Raises Refused when nobody could be answered, or when the dates stand the wrong way round."""
    if not facts.email and not facts.phone:
        raise Refused("Please leave an email address or a phone number.", "email")
    if facts.wanted_from and facts.wanted_until and facts.wanted_until < facts.wanted_from:
        raise Refused("The last day cannot be before the first.", "wanted_until")


def lead_of_request(request_id: str | None) -> Lead | None:
    """The lead that this request has made already."""
    if not request_id:
        return None
    return db.session.scalars(select(Lead).where(Lead.request_id == request_id)).one_or_none()


def summary(facts: LeadFacts) -> str:
    """One line for notifications."""
    days = " to ".join(day.isoformat() for day in (facts.wanted_from, facts.wanted_until) if day)
    return " · ".join(filter(None, [facts.company_name, days, facts.message[:200]]))


def disqualify(lead: Lead, reason: str, *, by: Actor) -> None:
    """Turn an enquiry away. Raises Refused without a reason, or when it is a deal already."""
    if lead.deal_id is not None:
        raise Refused("This lead became a deal. Mark the deal as lost instead.")
    if not reason.strip():
        raise Refused("Please say why.", "reason")
    if lead.state is LeadState.DISQUALIFIED:
        return
    lead.state, lead.reason = LeadState.DISQUALIFIED, reason.strip()
    record("lead.disqualified", lead, by=by, reason=lead.reason)


def reopen_lead(lead: Lead, *, by: Actor) -> None:
    """Take a lead that was turned away up again."""
    if lead.state is LeadState.DISQUALIFIED:
        lead.state, lead.reason = LeadState.NEW, ""
        record("lead.reopened", lead, by=by)


def mark_qualified(lead: Lead, deal_id: int, *, by: Actor) -> None:
    """The lead became this deal."""
    lead.state, lead.deal_id = LeadState.QUALIFIED, deal_id
    record("lead.qualified", lead, by=by, deal_id=deal_id)
