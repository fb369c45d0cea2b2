"""Sending a quote, and the client's answer when staff writes it down."""

from datetime import date

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.crm import blueprint
from app.blueprints.crm.quotes import quote
from app.edge import actor
from app.fields import Id, Input, LongText, Name, SomeEmail
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, say
from app.models import Quote
from app.permissions import Permission, requires
from app.services.acceptance import Answer, accept_quote, decline_quote
from app.services.quote_sending import Dispatch, send_quote
from app.services.quotes import label


class DispatchForm(Input):
    """To whom a quote goes."""

    email: SomeEmail
    message: LongText = ""
    valid_until: date | None = None

    def dispatch(self) -> Dispatch:
        """The same as services take it."""
        return Dispatch(self.email, self.message, self.valid_until)


class AcceptanceForm(Input):
    """Who said yes, on the phone or on paper."""

    name: Name
    chosen: list[Id] = Field(default_factory=list, max_length=500)


class DeclineForm(Input):
    """Who said no, and why."""

    name: Name
    reason: str = Field(min_length=1, max_length=1_000)


@blueprint.post("/quotes/<int:quote_id>/dispatch")
@requires(Permission.QUOTES_SEND)
@shown_again_by(quote)
def dispatch_quote(quote_id: int) -> Response:
    """Send the quote."""
    row = find(Quote, quote_id)
    given = read_form(DispatchForm)
    send_quote(row, given.dispatch(), by=actor())
    say(f"{label(row)} is on its way to {given.email}.")
    return go_to(url_for("crm.quote", quote_id=quote_id))


@blueprint.post("/quotes/<int:quote_id>/acceptance")
@requires(Permission.QUOTES_SEND)
@shown_again_by(quote)
def accept_for_client(quote_id: int) -> Response:
    """The client said yes to us."""
    row = find(Quote, quote_id, Quote.deal)
    given = read_form(AcceptanceForm)
    answer = Answer(given.name, request.remote_addr or "", frozenset(given.chosen))
    event = accept_quote(row, answer, by=actor())
    say(f"Won. {event.number} is open, its gear is reserved.")
    return go_to(url_for("crm.quote", quote_id=quote_id))


@blueprint.post("/quotes/<int:quote_id>/refusal")
@requires(Permission.QUOTES_SEND)
@shown_again_by(quote)
def decline_for_client(quote_id: int) -> Response:
    """The client said no to us."""
    row = find(Quote, quote_id)
    given = read_form(DeclineForm)
    decline_quote(row, given.name, given.reason, request.remote_addr or "", by=actor())
    say(f"{label(row)} is declined.")
    return go_to(url_for("crm.quote", quote_id=quote_id))
