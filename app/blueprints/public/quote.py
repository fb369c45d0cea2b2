"""The client's quote, behind its link."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.crm.documents import document_answer
from app.blueprints.crm.fields import today
from app.blueprints.public import blueprint
from app.blueprints.public.visitors import host, network_address, visitor
from app.extensions import limiter
from app.fields import Input, Name
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, part
from app.models import Organization, Quote, QuoteState
from app.permissions import public
from app.queries import crm_quotes as queries
from app.queries.quote_content import Words as ClientsWords
from app.queries.quote_content import days
from app.queries.quote_totals import Ticked, sums_of
from app.refusals import NotFound
from app.services.acceptance import Answer, accept_quote, decline_quote, view_quote
from app.services.quote_pricing import charged_days
from app.services.quotes import ANSWERABLE


class Acceptance(Input):
    """A yes with a name, and the options that were ticked."""

    name: Name
    chosen: list[int] = Field(default_factory=list)


class Decline(Input):
    """A no with its reason."""

    reason: str = Field(min_length=1, max_length=1_000)
    name: str = Field("", max_length=200)


@blueprint.get("/q/<link_token>")
@public
@limiter.limit("120/minute")
def clients_quote(link_token: str) -> Response:
    """The quote as the client sees it. With options ticked, htmx gets the new total."""
    quote, organization = offered(link_token)
    return page(
        "public/quote.html", part="public/_offer_total.html", **shown(quote, organization, link_token)
    )


def offered(link_token: str) -> tuple[Quote, Organization]:
    """The quote behind a link. Raises NotFound."""
    quote, organization = queries.quote_behind(link_token)
    host(organization)
    if quote.state is QuoteState.DRAFT:
        raise NotFound("This link does not lead to a quote.")
    return quote, organization


def shown(quote: Quote, organization: Organization, link_token: str) -> dict[str, Any]:
    """What the client's page needs. Nothing here writes: the ticks are only counted."""
    quote = queries.quote_head(quote.id)
    lines: Sequence[Any] = queries.lines_of_quote(quote.id)
    is_open = can_answer(quote)
    if is_open:
        ticked = ticks()
        lines = [Ticked(line, not line.is_optional or line.id in ticked) for line in lines]
    return {
        "quote": quote,
        "deal": quote.deal,
        "sums": sums_of(lines, quote.discount_percent),
        "days": days(quote.deal, ClientsWords(organization)),
        "charged": charged_days(quote.deal),
        "is_open": is_open,
        "is_over": is_over(quote),
        "link_token": link_token,
        "form": current_form(),
    }


def ticks() -> set[int]:
    """The options that are ticked, in the address or in a form that was refused."""
    typed = current_form().values("chosen") or request.args.getlist("chosen")
    return {int(one) for one in typed if one.isdigit() and len(one) < 10}


def is_over(quote: Quote) -> bool:
    """True after the last day on which it could be accepted."""
    is_past = quote.valid_until is not None and quote.valid_until < today()
    return quote.state is QuoteState.EXPIRED or (quote.state in ANSWERABLE and is_past)


def can_answer(quote: Quote) -> bool:
    """True while the client can say yes."""
    return quote.state in ANSWERABLE and not is_over(quote)


@blueprint.post("/q/<link_token>/view")
@public
@limiter.limit("30/minute")
def view_clients_quote(link_token: str) -> Response:
    """The page says by itself that somebody looks at it: opening an address writes nothing."""
    quote, organization = offered(link_token)
    view_quote(quote, by=visitor(organization, "The client"))
    return part("public/_offer_seen.html")


@blueprint.post("/q/<link_token>/acceptance")
@public
@limiter.limit("20/minute")
@shown_again_by(clients_quote)
def accept_clients_quote(link_token: str) -> Response:
    """Yes."""
    quote, organization = offered(link_token)
    given = read_form(Acceptance)
    answer = Answer(given.name, network_address(), frozenset(given.chosen))
    accept_quote(quote, answer, by=visitor(organization, given.name))
    return go_to(url_for("public.clients_quote", link_token=link_token))


@blueprint.post("/q/<link_token>/refusal")
@public
@limiter.limit("20/minute")
@shown_again_by(clients_quote)
def decline_clients_quote(link_token: str) -> Response:
    """No."""
    quote, organization = offered(link_token)
    given = read_form(Decline)
    by = visitor(organization, given.name)
    decline_quote(quote, given.name or "The client", given.reason, network_address(), by=by)
    return go_to(url_for("public.clients_quote", link_token=link_token))


@blueprint.get("/q/<link_token>/pdf")
@public
@limiter.limit("60/minute")
def clients_quote_pdf(link_token: str) -> Response:
    """The quote as it was printed."""
    quote, _ = offered(link_token)
    return document_answer(quote)
