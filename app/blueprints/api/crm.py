"""Companies, leads, deals and quotes, for programs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypeVar

from flask import request
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.blueprints.api.contract import Id, Input, Instant, Output, Paging, Quantity, operation
from app.edge import actor
from app.extensions import db
from app.finding import find
from app.models import (
    Base,
    Company,
    Contact,
    Deal,
    Event,
    Lead,
    LeadState,
    LineKind,
    Location,
    LocationKind,
    Product,
    Quote,
    QuoteLine,
    QuoteState,
)
from app.models.base import plain_text
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import NotFound, Refused
from app.rules.deals import Stage
from app.services.acceptance import Answer, accept_quote
from app.services.companies import CompanyFacts, ContactFacts, add_company
from app.services.deals import DealFacts, add_deal, move_deal
from app.services.leads import LeadFacts, receive_lead
from app.services.quote_lines import add_plain_line, add_product_line
from app.services.quote_sending import Dispatch, client_url, send_quote
from app.services.quotes import draft_quote

Row = TypeVar("Row", bound=Base)
Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=10_000)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class CompanyOut(Output):
    """A company."""

    id: int
    name: str
    email: str
    phone: str
    address: str
    vat_id: str
    payment_days: int | None
    is_stopped: bool
    archived_at: datetime | None


class NamedQuery(Paging):
    """Which of the list."""

    q: str | None = None


@operation(
    "GET",
    "/crm/companies",
    permission=Permission.CLIENTS_READ,
    answer=CompanyOut,
    query=NamedQuery,
    is_list=True,
)
def list_companies(query: NamedQuery) -> Page[Company]:
    """Companies, by name."""
    wanted = select(Company).where(Company.archived_at.is_(None)).order_by(Company.name, Company.id)
    for word in plain_text(query.q or "").split():
        wanted = wanted.where(Company.search_text.contains(word, autoescape=True))
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/crm/companies/<int:company_id>", permission=Permission.CLIENTS_READ, answer=CompanyOut)
def get_company(company_id: int) -> Company:
    """One company."""
    return find(Company, company_id)


class CompanyIn(Input):
    """A new company."""

    name: Name
    email: Text = ""
    phone: Text = ""
    address: Text = ""
    vat_id: Text = ""


@operation(
    "POST",
    "/crm/companies",
    permission=Permission.CLIENTS_MANAGE,
    answer=CompanyOut,
    body=CompanyIn,
    status=201,
    is_idempotent=True,
)
def create_company(body: CompanyIn) -> Company:
    """Add a company."""
    return add_company(CompanyFacts(**body.model_dump()), by=actor())


class ContactOut(Output):
    """A person at a company."""

    id: int
    company_id: int | None
    name: str
    email: str
    phone: str
    role: str


@operation(
    "GET",
    "/crm/contacts",
    permission=Permission.CLIENTS_READ,
    answer=ContactOut,
    query=NamedQuery,
    is_list=True,
)
def list_contacts(query: NamedQuery) -> Page[Contact]:
    """Contacts, by name."""
    wanted = select(Contact).where(Contact.archived_at.is_(None)).order_by(Contact.name, Contact.id)
    for word in plain_text(query.q or "").split():
        wanted = wanted.where(Contact.search_text.contains(word, autoescape=True))
    return paged(wanted, query.page, query.per_page)


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


class LeadIn(Input):
    """A new enquiry; an email address or a phone number is needed to answer it."""

    name: Name
    email: Text = ""
    phone: Text = ""
    company_name: Text = ""
    message: Text = ""
    wanted_from: date | None = None
    wanted_until: date | None = None
    source: Text = "API"


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
    return receive_lead(LeadFacts(**body.model_dump()), by=actor())


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
    contact_name: Text = ""
    contact_email: Text = ""
    contact_phone: Text = ""
    venue: Text = ""
    warehouse_id: Id | None = None
    value: Money = Decimal(0)

    def facts(self) -> DealFacts:
        """The same as services take it."""
        return DealFacts(
            name=self.name,
            company=self.company,
            warehouse_id=first_warehouse(self.warehouse_id),
            occupied_from=self.occupied_from,
            occupied_until=self.occupied_until,
            charged_from=self.charged_from,
            charged_until=self.charged_until,
            contact=ContactFacts(self.contact_name, self.contact_email, self.contact_phone),
            venue=self.venue,
            value=self.value,
        )


def first_warehouse(warehouse_id: int | None) -> int:
    """The warehouse that was named, or the first. Raises Refused."""
    query = select(Location.id).where(Location.kind == LocationKind.WAREHOUSE).order_by(Location.id)
    warehouses = db.session.scalars(query).all()
    if warehouse_id is not None and warehouse_id not in warehouses:
        raise Refused("There is no such warehouse.", "warehouse_id")
    return warehouse_id or warehouses[0]


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


class QuoteOut(Output):
    """An offer, one version of it."""

    id: int
    number: str
    deal_id: int
    version_number: int
    state: QuoteState
    discount_percent: Decimal
    valid_until: date | None
    net: Decimal
    tax: Decimal
    gross: Decimal
    sent_at: datetime | None
    answered_at: datetime | None
    answered_by: str


@operation(
    "GET", "/crm/quotes", permission=Permission.QUOTES_READ, answer=QuoteOut, query=Paging, is_list=True
)
def list_quotes(query: Paging) -> Page[Quote]:
    """Quotes, newest first."""
    return paged(select(Quote).order_by(Quote.id.desc()), query.page, query.per_page)


@operation("GET", "/crm/quotes/<int:quote_id>", permission=Permission.QUOTES_READ, answer=QuoteOut)
def get_quote(quote_id: int) -> Quote:
    """One quote."""
    return find(Quote, quote_id)


class QuoteIn(Input):
    """A new draft."""

    deal_id: Id


@operation(
    "POST",
    "/crm/quotes",
    permission=Permission.QUOTES_MANAGE,
    answer=QuoteOut,
    body=QuoteIn,
    status=201,
    is_idempotent=True,
)
def create_quote(body: QuoteIn) -> Quote:
    """Begin a quote for a deal."""
    return draft_quote(named(Deal, body.deal_id, "deal_id"), by=actor())


def named(model: type[Row], row_id: int, field: str) -> Row:
    """The row that a body names. Raises Refused beside its field."""
    try:
        return find(model, row_id)
    except NotFound as error:
        raise Refused("There is no such thing.", field) from error


class QuoteLineOut(Output):
    """One line of a quote."""

    id: int
    quote_id: int
    position: int
    kind: LineKind
    product_id: int | None
    description: str
    quantity: int
    charge_units: Decimal
    unit_price: Decimal
    factor: Decimal
    discount_percent: Decimal
    tax_rate: Decimal
    is_optional: bool
    net: Decimal


class QuoteLinesQuery(Paging):
    """Which page of the lines."""


@operation(
    "GET",
    "/crm/quotes/<int:quote_id>/lines",
    permission=Permission.QUOTES_READ,
    answer=QuoteLineOut,
    query=QuoteLinesQuery,
    is_list=True,
)
def list_quote_lines(quote_id: int, query: QuoteLinesQuery) -> Page[QuoteLine]:
    """The lines of a quote, in order."""
    quote = find(Quote, quote_id)
    lines = select(QuoteLine).where(QuoteLine.quote_id == quote.id).order_by(QuoteLine.position, QuoteLine.id)
    return paged(lines, query.page, query.per_page)


class QuoteLineIn(Input):
    """A product with its quantity, or another kind of line with its words."""

    kind: LineKind = LineKind.PRODUCT
    product_id: Id | None = None
    quantity: Quantity = 1
    description: Text = ""


@operation(
    "POST",
    "/crm/quotes/<int:quote_id>/lines",
    permission=Permission.QUOTES_MANAGE,
    answer=QuoteLineOut,
    body=QuoteLineIn,
    status=201,
    is_idempotent=True,
)
def create_quote_line(quote_id: int, body: QuoteLineIn) -> QuoteLine:
    """Add a line to a draft."""
    quote = find(Quote, quote_id)
    if body.kind is not LineKind.PRODUCT:
        return add_plain_line(quote, body.kind, body.description, by=actor()).line
    if body.product_id is None:
        raise Refused("Please name the product.", "product_id")
    product = named(Product, body.product_id, "product_id")
    return add_product_line(quote, product, body.quantity, by=actor()).line


class DispatchIn(Input):
    """Where a quote goes."""

    email: Name
    message: Text = ""
    valid_until: date | None = None


class DispatchOut(Output):
    """A sent quote, with the address under which its client reads it."""

    quote: QuoteOut
    client_url: str


@operation(
    "POST",
    "/crm/quotes/<int:quote_id>/dispatch",
    permission=Permission.QUOTES_SEND,
    answer=DispatchOut,
    body=DispatchIn,
    is_idempotent=True,
)
def dispatch_quote(quote_id: int, body: DispatchIn) -> DispatchOut:
    """Send a quote by email, with its link and PDF."""
    quote = send_quote(find(Quote, quote_id), Dispatch(**body.model_dump()), by=actor())
    return DispatchOut(quote=QuoteOut.model_validate(quote), client_url=client_url(quote))


class AcceptanceIn(Input):
    """Who accepts, and which optional lines they want."""

    name: Name
    chosen: Annotated[list[Id], Field(max_length=500)] = Field(default_factory=list)


class AcceptanceOut(Output):
    """The event that an accepted quote became."""

    quote_id: int
    event_id: int
    event_number: str


@operation(
    "POST",
    "/crm/quotes/<int:quote_id>/acceptance",
    permission=Permission.QUOTES_SEND,
    answer=AcceptanceOut,
    body=AcceptanceIn,
    is_idempotent=True,
)
def accept(quote_id: int, body: AcceptanceIn) -> AcceptanceOut:
    """Accept a sent quote for its client: the deal is won and its event made. A second time changes nothing."""
    answer = Answer(name=body.name, address=request.remote_addr or "", chosen=frozenset(body.chosen))
    quote = find(Quote, quote_id, joinedload(Quote.deal))
    event: Event = accept_quote(quote, answer, by=actor())
    return AcceptanceOut(quote_id=quote_id, event_id=event.id, event_number=event.number)
