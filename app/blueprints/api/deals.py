"""Enquiries and deals, for programs."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import known_warehouse
from app.edge import actor
from app.fields import Id, Input, Instant, LongText, Money, Name, ShortText
from app.finding import find
from app.models import (
    Deal,
    Lead,
    LeadState,
)
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.rules.deals import Stage
from app.services.companies import ContactFacts
from app.services.deals import DealFacts, add_deal, move_deal
from app.services.leads import LeadFacts, receive_lead


class LeadOut(Output):
    """An enquiry."""

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
    deal_id: int | None
    created_at: datetime


@operation("GET", "/crm/leads", permission=Permission.LEADS_READ, answer=LeadOut, query=Paging, is_list=True)
def list_leads(query: Paging) -> Page[Lead]:
    """Enquiries, newest first."""
    return paged(select(Lead).order_by(Lead.id.desc()), query.page, query.per_page)


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


class DealOut(Output):
    """An opportunity."""

    id: int
    number: str
    name: str
    company_id: int
    contact_id: int | None
    venue_id: int | None
    warehouse_id: int
    stage: Stage
    probability: int | None
    value: Decimal
    occupied_from: datetime
    occupied_until: datetime
    charged_from: datetime
    charged_until: datetime
    lost_reason: str


@operation("GET", "/crm/deals", permission=Permission.DEALS_READ, answer=DealOut, query=Paging, is_list=True)
def list_deals(query: Paging) -> Page[Deal]:
    """Deals, newest first."""
    return paged(select(Deal).order_by(Deal.id.desc()), query.page, query.per_page)


@operation("GET", "/crm/deals/<int:deal_id>", permission=Permission.DEALS_READ, answer=DealOut)
def get_deal(deal_id: int) -> Deal:
    """One deal."""
    return find(Deal, deal_id)


class DealIn(Input):
    """A new deal. The charge window lies inside the occupancy and is the same when left out."""

    name: Name
    company: Name
    occupied_from: Instant
    occupied_until: Instant
    charged_from: Instant | None = None
    charged_until: Instant | None = None
    contact_name: LongText = ""
    contact_email: LongText = ""
    contact_phone: LongText = ""
    venue: LongText = ""
    warehouse_id: Id | None = None
    value: Money = Decimal(0)

    def facts(self) -> DealFacts:
        """The same as services take it."""
        return DealFacts(
            name=self.name,
            company=self.company,
            warehouse_id=known_warehouse(self.warehouse_id),
            occupied_from=self.occupied_from,
            occupied_until=self.occupied_until,
            charged_from=self.charged_from,
            charged_until=self.charged_until,
            contact=ContactFacts(self.contact_name, self.contact_email, self.contact_phone),
            venue=self.venue,
            value=self.value,
        )


@operation(
    "POST",
    "/crm/deals",
    permission=Permission.DEALS_MANAGE,
    answer=DealOut,
    body=DealIn,
    status=201,
    is_idempotent=True,
)
def create_deal(body: DealIn) -> Deal:
    """Open a deal with a company, which is added when it is new."""
    return add_deal(body.facts(), by=actor())


@operation(
    "POST",
    "/crm/leads/<int:lead_id>/deal",
    permission=Permission.DEALS_MANAGE,
    answer=DealOut,
    body=DealIn,
    status=201,
    is_idempotent=True,
)
def qualify_lead(lead_id: int, body: DealIn) -> Deal:
    """Make a deal of an enquiry; a second time answers the same deal."""
    return add_deal(body.facts(), by=actor(), lead=find(Lead, lead_id))


class LossIn(Input):
    """Why a deal was lost."""

    reason: Name


@operation(
    "POST",
    "/crm/deals/<int:deal_id>/loss",
    permission=Permission.DEALS_MANAGE,
    answer=DealOut,
    body=LossIn,
    is_idempotent=True,
)
def lose_deal(deal_id: int, body: LossIn) -> Deal:
    """Write a deal off, with the reason."""
    deal = find(Deal, deal_id)
    move_deal(deal, Stage.LOST, by=actor(), reason=body.reason)
    return deal
