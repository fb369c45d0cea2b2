"""Quotes: the list, the builder's page, what stands around the lines, and versions."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, request, url_for

from app.blueprints.crm import blueprint
from app.blueprints.crm.documents import document_answer
from app.blueprints.crm.fields import organization, page_number, searched
from app.edge import actor
from app.fields import Input, LongText, Percentage
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Deal, Quote, QuoteState
from app.permissions import Permission, can, requires
from app.queries import crm_quotes as queries
from app.queries.crm_deals import LABELS, event_of_deal
from app.services import quotes as services
from app.services.quote_pricing import charged_days
from app.services.quote_sending import client_url, last_valid_day


class Around(Input):
    """What stands around the lines."""

    discount_percent: Percentage = Decimal(0)
    introduction: LongText = ""
    terms: LongText = ""
    valid_until: date | None = None

    def facts(self) -> services.QuoteFacts:
        """The same as services take it."""
        return services.QuoteFacts(**self.model_dump(include=set(Around.model_fields)))


class QuoteForm(Around):
    """The same of a quote as it was when the form was opened."""

    lock_version: int | None = None


@blueprint.get("/quotes")
@requires(Permission.QUOTES_READ)
def quotes() -> Response:
    """The list of quotes."""
    state = request.args.get("state", "")
    return page(
        "crm/quotes.html",
        part="crm/_quote_list.html",
        page=queries.quote_lines_list(state, searched(), page_number()),
        state=state,
        states=queries.STATES,
        find=searched(),
    )


@blueprint.get("/quotes/<int:quote_id>")
@requires(Permission.QUOTES_READ)
def quote(quote_id: int) -> Response:
    """The builder; for a quote that was sent, the same to look at."""
    return page("crm/quote.html", part="crm/_quote_lines.html", **shown(queries.quote_sheet(quote_id)))


def shown(sheet: queries.QuoteSheet) -> dict[str, Any]:
    """What the builder's page needs besides the quote itself."""
    quote = sheet.quote
    return {
        "sheet": sheet,
        "quote": quote,
        "deal": quote.deal,
        "labels": LABELS,
        "versions": queries.versions_of(quote),
        "event": event_of_deal(quote.deal_id) if quote.state is QuoteState.ACCEPTED else None,
        "days": charged_days(quote.deal),
        "can_edit": quote.state is QuoteState.DRAFT and can(Permission.QUOTES_MANAGE),
        "client_url": client_url(quote),
        "valid_until": quote.valid_until or last_valid_day(organization()),
        "form": current_form(),
    }


@blueprint.post("/deals/<int:deal_id>/quotes")
@requires(Permission.QUOTES_MANAGE)
def draft_quote(deal_id: int) -> Response:
    """Begin a quote for a deal."""
    row = services.draft_quote(find(Deal, deal_id), by=actor())
    return go_to(url_for("crm.quote", quote_id=row.id))


@blueprint.post("/quotes/<int:quote_id>")
@requires(Permission.QUOTES_MANAGE)
@shown_again_by(quote)
def change_quote(quote_id: int) -> Response:
    """Change what stands around the lines."""
    row = find(Quote, quote_id)
    given = read_form(QuoteForm)
    services.change_quote(row, given.facts(), by=actor(), version=given.lock_version)
    say("Saved.")
    return go_to(url_for("crm.quote", quote_id=quote_id))


@blueprint.post("/quotes/<int:quote_id>/revision")
@requires(Permission.QUOTES_MANAGE)
@shown_again_by(quote)
def revise_quote(quote_id: int) -> Response:
    """Begin the next version."""
    row = services.revise_quote(find(Quote, quote_id), by=actor())
    say(f"{services.label(row)} is a draft. The client keeps the last version until you send this one.")
    return go_to(url_for("crm.quote", quote_id=row.id))


@blueprint.post("/quotes/<int:quote_id>/alternative")
@requires(Permission.QUOTES_MANAGE)
@shown_again_by(quote)
def copy_quote(quote_id: int) -> Response:
    """Begin a quote beside this one, with the same lines."""
    row = services.alternative_of(find(Quote, quote_id), by=actor())
    say(f"{services.label(row)} stands beside it, with the same lines.")
    return go_to(url_for("crm.quote", quote_id=row.id))


@blueprint.post("/quotes/<int:quote_id>/prices")
@requires(Permission.QUOTES_MANAGE)
@shown_again_by(quote)
def reprice_quote(quote_id: int) -> Response:
    """Take days, rates and factors afresh."""
    row = find(Quote, quote_id)
    services.reprice_quote(row, by=actor())
    say("Days, rates and factors are those of the deal's dates now.")
    return go_to(url_for("crm.quote", quote_id=quote_id))


@blueprint.post("/quotes/<int:quote_id>/removal")
@requires(Permission.QUOTES_MANAGE)
@shown_again_by(quote)
def discard_quote(quote_id: int) -> Response:
    """Throw a draft away."""
    row = find(Quote, quote_id)
    deal_id = row.deal_id
    services.discard_quote(row, by=actor())
    say(f"{services.label(row)} was thrown away.")
    return go_to(url_for("crm.deal", deal_id=deal_id))


@blueprint.get("/quotes/<int:quote_id>/differences")
@requires(Permission.QUOTES_READ)
def quote_differences(quote_id: int) -> Response:
    """What changed since the version before, or another one."""
    row = queries.quote_head(quote_id)
    others = [other for other in queries.versions_of(row) if other.id != row.id]
    wanted = request.args.get("with", "")
    chosen = next((other for other in others if str(other.id) == wanted), None) or before(row, others)
    found = (
        queries.differences(queries.lines_of_quote(chosen.id), queries.lines_of_quote(row.id))
        if chosen
        else []
    )
    return page(
        "crm/quote_differences.html", quote=row, deal=row.deal, others=others, other=chosen, differences=found
    )


def before(row: Quote, others: list[Any]) -> Any:
    """The version to compare with when none is named: the last one before, else any other."""
    same = [
        other for other in others if other.number == row.number and other.version_number < row.version_number
    ]
    return next(iter(same or others), None)


@blueprint.get("/quotes/<int:quote_id>/pdf")
@requires(Permission.QUOTES_READ)
def quote_pdf(quote_id: int) -> Response:
    """The quote as it was printed when it was sent."""
    return document_answer(find(Quote, quote_id))
