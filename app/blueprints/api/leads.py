"""Enquiries, for programs."""

from datetime import date, datetime

from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.crm.deals import Reason
from app.edge import actor
from app.fields import ShortText
from app.finding import find
from app.models import Lead, LeadState
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.services.leads import LeadFacts, disqualify, receive_lead, reopen_lead


class LeadOut(Output):
    """An enquiry; `deal_id` is the deal that it became, `reason` why it was turned away."""

    id: int
    number: str
    state: LeadState
    name: str
    company_name: str
    email: str
    phone: str
    message: str
    wanted_from: date | None
    wanted_until: date | None
    source: str
    reason: str
    deal_id: int | None
    created_at: datetime


class LeadQuery(Paging):
    """Which enquiries."""

    state: LeadState | None = None


@operation(
    "GET", "/crm/leads", permission=Permission.LEADS_READ, answer=LeadOut, query=LeadQuery, is_list=True
)
def list_leads(query: LeadQuery) -> Page[Lead]:
    """Enquiries, newest first."""
    wanted = select(Lead).order_by(Lead.id.desc())
    if query.state is not None:
        wanted = wanted.where(Lead.state == query.state)
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/crm/leads/<int:lead_id>", permission=Permission.LEADS_READ, answer=LeadOut)
def get_lead(lead_id: int) -> Lead:
    """One enquiry."""
    return find(Lead, lead_id)


class LeadIn(LeadFacts):
    """A new enquiry; an email address or a phone number is needed to answer it."""

    source: ShortText = "API"


@operation(
    "POST",
    "/crm/leads",
    permission=Permission.LEADS_MANAGE,
    answer=LeadOut,
    body=LeadIn,
    status=201,
    is_idempotent=True,
)
def create_lead(body: LeadIn) -> Lead:
    """Write an enquiry down; sales are notified."""
    return receive_lead(body, by=actor())


class DisqualificationIn(Reason):
    """Why an enquiry is turned away."""


@operation(
    "POST",
    "/crm/leads/<int:lead_id>/disqualification",
    permission=Permission.LEADS_MANAGE,
    answer=LeadOut,
    body=DisqualificationIn,
    is_idempotent=True,
)
def disqualify_lead(lead_id: int, body: DisqualificationIn) -> Lead:
    """Turn an enquiry away, with the reason; refused for one that is a deal."""
    lead = find(Lead, lead_id)
    disqualify(lead, body.reason, by=actor())
    return lead


@operation(
    "POST",
    "/crm/leads/<int:lead_id>/reopening",
    permission=Permission.LEADS_MANAGE,
    answer=LeadOut,
    is_idempotent=True,
)
def reopen(lead_id: int) -> Lead:
    """Take an enquiry up again that was turned away."""
    lead = find(Lead, lead_id)
    reopen_lead(lead, by=actor())
    return lead
