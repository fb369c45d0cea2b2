"""Quotes, for programs: drafts, what stands around their lines, and new versions."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from flask import Response
from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import named
from app.blueprints.api.files import PDF
from app.blueprints.crm.documents import document_answer
from app.blueprints.crm.quotes import Around, before
from app.edge import actor
from app.fields import Id, Input
from app.finding import find
from app.models import Deal, Quote, QuoteState
from app.permissions import Permission
from app.queries.crm_quotes import differences, lines_of_quote, versions_of
from app.queries.paging import Page, paged
from app.queries.rows import AnyRow
from app.refusals import Refused
from app.services.quotes import (
    alternative_of,
    change_quote,
    discard_quote,
    draft_quote,
    reprice_quote,
    revise_quote,
)


class QuoteOut(Output):
    """An offer, one revision of it, in the `version` that a change must name."""

    id: int
    number: str
    deal_id: int
    version_number: int
    state: QuoteState
    discount_percent: Decimal
    introduction: str
    terms: str
    valid_until: date | None
    net: Decimal
    tax: Decimal
    gross: Decimal
    sent_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    decline_reason: str
    version: Annotated[int, Field(validation_alias="lock_version")]


class QuoteQuery(Paging):
    """Which quotes."""

    state: QuoteState | None = None
    deal_id: Id | None = None


@operation(
    "GET", "/crm/quotes", permission=Permission.QUOTES_READ, answer=QuoteOut, query=QuoteQuery, is_list=True
)
def list_quotes(query: QuoteQuery) -> Page[Quote]:
    """Quotes, newest first."""
    wanted = select(Quote).order_by(Quote.id.desc())
    for name in ("state", "deal_id"):
        if (value := getattr(query, name)) is not None:
            wanted = wanted.where(getattr(Quote, name) == value)
    return paged(wanted, query.page, query.per_page)


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


class QuoteChangeIn(Around):
    """What stands around the lines, of the quote in the `version` that was read."""

    version: Id


@operation(
    "PUT",
    "/crm/quotes/<int:quote_id>",
    permission=Permission.QUOTES_MANAGE,
    answer=QuoteOut,
    body=QuoteChangeIn,
)
def replace_quote(quote_id: int, body: QuoteChangeIn) -> Quote:
    """Say anew what stands around the lines of a draft; refused when it was changed meanwhile."""
    return change_quote(find(Quote, quote_id), body.facts(), by=actor(), version=body.version)


@operation("DELETE", "/crm/quotes/<int:quote_id>", permission=Permission.QUOTES_MANAGE)
def delete_quote(quote_id: int) -> None:
    """Throw a draft away."""
    discard_quote(find(Quote, quote_id), by=actor())


@operation(
    "POST",
    "/crm/quotes/<int:quote_id>/revision",
    permission=Permission.QUOTES_MANAGE,
    answer=QuoteOut,
    status=201,
    is_idempotent=True,
)
def create_revision(quote_id: int) -> Quote:
    """Begin the next version of a quote; the sent one stays open until the new one goes out."""
    return revise_quote(find(Quote, quote_id), by=actor())


@operation(
    "POST",
    "/crm/quotes/<int:quote_id>/alternative",
    permission=Permission.QUOTES_MANAGE,
    answer=QuoteOut,
    status=201,
    is_idempotent=True,
)
def create_alternative(quote_id: int) -> Quote:
    """Begin a quote of its own beside this one, with the same lines."""
    return alternative_of(find(Quote, quote_id), by=actor())


@operation(
    "POST",
    "/crm/quotes/<int:quote_id>/prices",
    permission=Permission.QUOTES_MANAGE,
    answer=QuoteOut,
    is_idempotent=True,
)
def refresh_prices(quote_id: int) -> Quote:
    """Take days, rates and factors of a draft afresh: after the deal's dates or a rate changed."""
    quote = find(Quote, quote_id)
    reprice_quote(quote, by=actor())
    return quote


class DifferenceOut(Output):
    """One line that differs from the other version: `came`, `went`, or `changed` in these fields."""

    change: str
    description: str
    before_id: int | None
    after_id: int | None
    fields: list[str]


class DifferencesQuery(Input):
    """With which version or alternative of the same deal; left out, with the one before."""

    other_id: Id | None = None


@operation(
    "GET",
    "/crm/quotes/<int:quote_id>/differences",
    permission=Permission.QUOTES_READ,
    answer=DifferenceOut,
    query=DifferencesQuery,
    is_list=True,
)
def get_differences(quote_id: int, query: DifferencesQuery) -> Iterator[dict[str, Any]]:
    """What changed from another version of a quote to this one, line by line."""
    quote = find(Quote, quote_id)
    others = [other for other in versions_of(quote) if other.id != quote.id]
    other = before(quote, others) if query.other_id is None else chosen(others, query.other_id)
    for pair in differences(lines_of_quote(other.id), lines_of_quote(quote.id)) if other else ():
        line = pair.after or pair.before
        yield {
            "change": "came" if pair.before is None else "went" if pair.after is None else "changed",
            "description": line.description if line else "",
            "before_id": pair.before and pair.before.id,
            "after_id": pair.after and pair.after.id,
            "fields": sorted(pair.changed),
        }


def chosen(others: Sequence[AnyRow], quote_id: int) -> AnyRow:
    """The version that is asked for. Raises Refused for one of another deal."""
    for other in others:
        if other.id == quote_id:
            return other
    raise Refused("There is no such version of this quote.", "other_id")


@operation(
    "GET",
    "/crm/quotes/<int:quote_id>/pdf",
    permission=Permission.QUOTES_READ,
    media_types=(PDF,),
)
def get_quote_pdf(quote_id: int) -> Response:
    """A sent quote as it was printed; 503 in the seconds until it is."""
    return document_answer(find(Quote, quote_id))
