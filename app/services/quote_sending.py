"""Sending a quote: its content is frozen, printed, kept, and a link goes to the client."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.actors import Actor
from app.extensions import db
from app.gateways.stationery import Message
from app.models import Deal, Delivery, Organization, Quote, QuoteLine, QuoteState, Stage
from app.queries.quote_content import Words, content_hash, document
from app.queries.quote_totals import PRICED, sums_of
from app.refusals import Refused
from app.rules.calendars import local_day
from app.scope import current_organization_id
from app.services.activities import record
from app.services.deals import event_of, write_move
from app.services.deliveries import draft_mail
from app.services.documents import order_document
from app.services.quote_pricing import charged_days
from app.services.quotes import ANSWERABLE, label, lines_of, versions_of
from app.transactions import lock

BEFORE_QUOTED = (Stage.ENQUIRY, Stage.QUALIFIED)


@dataclass(frozen=True)
class Dispatch:
    """To whom a quote goes, with which words, and until when it holds."""

    email: str
    message: str = ""
    valid_until: date | None = None


def send_quote(quote: Quote, dispatch: Dispatch, *, by: Actor) -> Quote:
    """Freeze the draft, have it printed, and mail link and PDF. Sent twice, it goes out once. Raises Refused."""
    lock({Deal: [quote.deal_id], Quote: [version.id for version in versions_of(quote)]})
    if quote.state in ANSWERABLE:
        return quote
    deal, lines = deal_of(quote), lines_of(quote)
    organization = db.session.get_one(Organization, current_organization_id())
    quote.valid_until = dispatch.valid_until or quote.valid_until or last_valid_day(organization)
    refuse_unready(quote, deal, lines, dispatch, organization)
    sums = sums_of(lines, quote.discount_percent)
    freeze(quote, deal, lines)
    letter = mail_quote(quote, deal, organization, dispatch)
    printed = document(quote, deal, deal.company, deal.venue, organization, sums, charged_days(deal))
    order_document(quote, f"{quote.number}-v{quote.version_number}.pdf", printed, letter=letter)
    replace_older(quote, by=by)
    move_on(deal, quote, by=by)
    record("quote.sent", quote, by=by, label=label(quote), deal_id=deal.id, to=dispatch.email)
    db.session.flush()
    return quote


def deal_of(quote: Quote) -> Deal:
    """The deal with everything that is printed about it."""
    query = select(Deal).where(Deal.id == quote.deal_id)
    return db.session.scalars(query.options(joinedload(Deal.company), joinedload(Deal.venue))).one()


def last_valid_day(organization: Organization) -> date:
    """Until when a quote holds when nothing else is said."""
    return local_day(datetime.now(UTC), organization.timezone) + timedelta(days=organization.quote_valid_days)


def refuse_unready(
    quote: Quote, deal: Deal, lines: list[QuoteLine], dispatch: Dispatch, organization: Organization
) -> None:
    """Raises Refused, beside the field where there is one, for what cannot go out."""
    if quote.state is not QuoteState.DRAFT:
        raise Refused(f"{label(quote)} is {quote.state}. Revise it to send a new version.")
    if not deal.stage.is_open:
        raise Refused(f"This deal is {deal.stage}: nothing is quoted for it any more.")
    if (event := event_of(deal)) is not None and not event.phase.is_open:
        raise Refused(f"{event.number} is {event.phase.label.lower()}. Quote for it in a new deal.")
    if not any(line.kind in PRICED for line in lines):
        raise Refused("There is nothing on this quote yet. Add a line first.")
    if deal.company.is_stopped:
        raise Refused(
            f"The account of {deal.company.name} is stopped. Release it on the company's page first."
        )
    if "@" not in dispatch.email:
        raise Refused("Please enter the client's email address.", "email")
    if quote.valid_until and quote.valid_until < local_day(datetime.now(UTC), organization.timezone):
        raise Refused("This day is over already.", "valid_until")


def freeze(quote: Quote, deal: Deal, lines: list[QuoteLine]) -> None:
    """From here on the quote does not change: its hash and its link are made."""
    quote.content_hash = content_hash(quote, deal, lines)
    quote.link_token = secrets.token_urlsafe(32)
    quote.state, quote.sent_at = QuoteState.SENT, datetime.now(UTC)
    db.session.flush()


def client_url(quote: Quote) -> str:
    """Where the client finds the quote; empty for one that was never sent."""
    base: str = current_app.config["SETTINGS"].base_url
    return f"{base}/q/{quote.link_token}" if quote.link_token else ""


def mail_quote(quote: Quote, deal: Deal, organization: Organization, dispatch: Dispatch) -> Delivery:
    """The letter with the link; it goes out when the PDF that is attached to it has been set."""
    words = Words(organization)
    facts = [("Quote", label(quote)), ("Total including tax", words.money(quote.gross))]
    if quote.valid_until:
        facts.append(("Valid until", words.day(quote.valid_until)))
    message = Message(
        greeting="" if dispatch.message else "Hello,",
        paragraphs=[
            dispatch.message or f"Thank you for asking us. Here is our quote for {deal.name}.",
            "You can look at it, choose options and accept it online, without an account. "
            "The same is attached as PDF.",
        ],
        deed="Open the quote",
        url=client_url(quote),
        facts=facts,
        ending="If anything is unclear or should be different, just answer this email.",
    )
    subject = f"{organization.name}: quote {quote.number} for {deal.name}"
    return draft_mail(dispatch.email, subject, message)


def replace_older(quote: Quote, *, by: Actor) -> None:
    """Earlier versions of this quote cannot be answered any more."""
    for version in versions_of(quote):
        if version.version_number < quote.version_number and version.state in (
            *ANSWERABLE,
            QuoteState.DRAFT,
            QuoteState.EXPIRED,
        ):
            version.state = QuoteState.REPLACED
            record("quote.replaced", version, by=by, label=label(version), deal_id=quote.deal_id)


def move_on(deal: Deal, quote: Quote, *, by: Actor) -> None:
    """The deal is worth what was offered, and quoted at least."""
    deal.value = quote.net
    if deal.stage in BEFORE_QUOTED:
        write_move(deal, Stage.QUOTED, by=by)


__all__ = ["Dispatch", "client_url", "send_quote"]
