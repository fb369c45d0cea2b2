"""Quotes, for programs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from flask import request
from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import named
from app.edge import actor
from app.fields import Id, Input, LongText, Name, Quantity
from app.finding import find
from app.models import (
    Deal,
    Event,
    LineKind,
    Product,
    Quote,
    QuoteLine,
    QuoteState,
)
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import Refused
from app.services.acceptance import Answer, accept_quote, decline_quote
from app.services.quote_lines import add_plain_line, add_product_line
from app.services.quote_sending import Dispatch, client_url, send_quote
from app.services.quotes import draft_quote


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
    description: LongText = ""


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
    message: LongText = ""
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
    quote = find(Quote, quote_id, Quote.deal)
    event: Event = accept_quote(quote, answer, by=actor())
    return AcceptanceOut(quote_id=quote_id, event_id=event.id, event_number=event.number)


class RefusalIn(Input):
    """Who says no, and why."""

    name: Name
    reason: Annotated[str, Field(min_length=1, max_length=1_000)]


@operation(
    "POST",
    "/crm/quotes/<int:quote_id>/refusal",
    permission=Permission.QUOTES_SEND,
    answer=QuoteOut,
    body=RefusalIn,
    is_idempotent=True,
)
def refuse_quote(quote_id: int, body: RefusalIn) -> Quote:
    """Decline a sent quote for its client. A second time changes nothing."""
    quote = find(Quote, quote_id)
    decline_quote(quote, body.name, body.reason, request.remote_addr or "", by=actor())
    return quote
