"""Sending a quote and writing its answer down, for programs."""

from flask import request

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.quotes import QuoteOut
from app.blueprints.crm.answers import AcceptanceForm, DeclineForm, DispatchForm
from app.edge import actor
from app.finding import find
from app.models import Event, Quote
from app.permissions import Permission
from app.services.acceptance import Answer, accept_quote, decline_quote
from app.services.quote_sending import client_url, send_quote


class DispatchIn(DispatchForm):
    """Where a quote goes, with which words, and until when it holds."""


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
    quote = send_quote(find(Quote, quote_id), body.dispatch(), by=actor())
    return DispatchOut(quote=QuoteOut.model_validate(quote), client_url=client_url(quote))


class AcceptanceIn(AcceptanceForm):
    """Who accepts, and which optional lines they want."""


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


class RefusalIn(DeclineForm):
    """Who says no, and why."""


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
