"""Quotes: drafts, what is said around their lines, and new versions. A sent quote is never edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from app.actors import Actor
from app.extensions import db
from app.models import Company, Deal, Organization, Quote, QuoteLine, QuoteState
from app.queries.quote_totals import Sums, line_net, sums_of
from app.refusals import Refused, Stale
from app.scope import current_organization_id
from app.services.activities import record
from app.services.numbers import next_number, this_year
from app.services.quote_pricing import charged_days, factor_tables, price_of
from app.transactions import lock

ANSWERABLE = (QuoteState.SENT, QuoteState.VIEWED)
COPIED = (
    "position", "kind", "product_id", "description", "quantity", "charge_units", "unit_price", "factor",
    "discount_percent", "tax_rate", "is_discountable", "is_optional", "net", "unit_cost",
)  # fmt: skip


@dataclass(frozen=True)
class QuoteFacts:
    """What stands around the lines of a quote."""

    discount_percent: Decimal = Decimal(0)
    introduction: str = ""
    terms: str = ""
    valid_until: date | None = None


def draft_quote(deal: Deal, *, by: Actor) -> Quote:
    """A new quote for a deal. One that was begun and is still empty serves again."""
    lock({Deal: [deal.id]})
    if begun := empty_draft(deal):
        return begun
    if not deal.stage.is_open:
        raise Refused(f"This deal is {deal.stage}. Take it up again before you quote.")
    company = db.session.get_one(Company, deal.company_id)
    organization = db.session.get_one(Organization, current_organization_id())
    now = datetime.now(UTC)
    quote = Quote(
        number=next_number("Q", this_year(now)),
        version_number=1,
        deal_id=deal.id,
        discount_percent=company.discount_percent,
        terms=organization.quote_terms,
        created_at=now,
    )
    db.session.add(quote)
    db.session.flush()
    record("quote.drafted", quote, by=by, label=label(quote), deal_id=deal.id)
    return quote


def empty_draft(deal: Deal) -> Quote | None:
    """A draft of this deal that has no lines yet."""
    has_lines = select(QuoteLine.id).where(QuoteLine.quote_id == Quote.id).exists()
    query = select(Quote).where(Quote.deal_id == deal.id, Quote.state == QuoteState.DRAFT, ~has_lines)
    return db.session.scalars(query.order_by(Quote.id)).first()


def label(quote: Quote) -> str:
    """What people call a quote: Q-2026-0112 v3."""
    return f"{quote.number} v{quote.version_number}"


def lines_of(quote: Quote) -> list[QuoteLine]:
    """The lines of a quote, in order."""
    query = select(QuoteLine).where(QuoteLine.quote_id == quote.id)
    return list(db.session.scalars(query.order_by(QuoteLine.position, QuoteLine.id)))


def lines_with_products(quote: Quote) -> list[QuoteLine]:
    """The same with the product of each."""
    query = select(QuoteLine).where(QuoteLine.quote_id == quote.id).options(joinedload(QuoteLine.product))
    return list(db.session.scalars(query.order_by(QuoteLine.position, QuoteLine.id)))


def refuse_frozen(quote: Quote) -> None:
    """Raises Refused unless the quote is a draft."""
    if quote.state is not QuoteState.DRAFT:
        raise Refused(f"{label(quote)} is {quote.state}: it does not change any more. Revise it to go on.")


def change_quote(quote: Quote, facts: QuoteFacts, *, by: Actor, version: int | None = None) -> Quote:
    """Change what stands around the lines. Raises Stale when somebody else did so meanwhile."""
    lock({Quote: [quote.id]})
    refuse_frozen(quote)
    if version is not None and version != quote.lock_version:
        raise Stale("Somebody else changed this quote meanwhile. Look at it again before you save.")
    for name, value in vars(facts).items():
        setattr(quote, name, value)
    quote.lock_version += 1
    retotal(quote, lines_of(quote))
    record("quote.changed", quote, by=by, label=label(quote), deal_id=quote.deal_id)
    return quote


def retotal(quote: Quote, lines: Sequence[QuoteLine]) -> Sums:
    """Count the quote again and keep what it comes to."""
    sums = sums_of(lines, quote.discount_percent)
    keep_sums(quote, sums)
    db.session.flush()
    return sums


def keep_sums(quote: Quote, sums: Sums) -> None:
    """Write down what a quote comes to."""
    quote.net, quote.tax, quote.gross = sums.totals.net, sums.tax, sums.totals.gross
    quote.cost = sums.cost


def revise_quote(quote: Quote, *, by: Actor) -> Quote:
    """The next version of a quote, as a draft; the sent one stays open until the new one goes out.

    Asked twice, the draft that exists is the answer. Raises Refused for an accepted quote.
    """
    lock({Deal: [quote.deal_id], Quote: [quote.id]})
    versions = versions_of(quote)
    newest = versions[-1]
    if newest.state is QuoteState.DRAFT:
        return newest
    if any(version.state is QuoteState.ACCEPTED for version in versions):
        raise Refused("This quote was accepted. Change the pull list of its event instead.")
    draft = copied(quote, quote.number, newest.version_number + 1)
    record(
        "quote.revised", draft, by=by, label=label(draft), deal_id=quote.deal_id, revises=quote.version_number
    )
    return draft


def alternative_of(quote: Quote, *, by: Actor) -> Quote:
    """A quote of its own beside this one, with the same lines, to be offered as well."""
    lock({Deal: [quote.deal_id], Quote: [quote.id]})
    other = copied(quote, next_number("Q", this_year(datetime.now(UTC))), 1)
    record("quote.drafted", other, by=by, label=label(other), deal_id=quote.deal_id, like=label(quote))
    return other


def versions_of(quote: Quote) -> Sequence[Quote]:
    """All versions of a quote, the first one first."""
    query = select(Quote).where(Quote.number == quote.number).order_by(Quote.version_number)
    return db.session.scalars(query).all()


def copied(quote: Quote, number: str, version_number: int) -> Quote:
    """A draft with the same lines and the same words."""
    draft = Quote(
        number=number,
        version_number=version_number,
        deal_id=quote.deal_id,
        discount_percent=quote.discount_percent,
        introduction=quote.introduction,
        terms=quote.terms,
        created_at=datetime.now(UTC),
    )
    db.session.add(draft)
    db.session.flush()
    lines = [copied_line(line, draft) for line in lines_of(quote)]
    db.session.add_all(lines)
    db.session.flush()
    retotal(draft, lines)
    return draft


def copied_line(line: QuoteLine, draft: Quote) -> QuoteLine:
    """The same line on another quote; what a client chose is asked again."""
    copy = QuoteLine(quote_id=draft.id, **{name: getattr(line, name) for name in COPIED})
    copy.is_chosen = not line.is_optional
    return copy


def reprice_quote(quote: Quote, *, by: Actor) -> None:
    """Take days, rates and factors of the products afresh: after the deal's dates or a rate changed."""
    lock({Deal: [quote.deal_id], Quote: [quote.id]})
    refuse_frozen(quote)
    days = charged_days(db.session.get_one(Deal, quote.deal_id))
    lines, tables = lines_with_products(quote), factor_tables()
    for line in lines:
        if line.product is not None:
            price = price_of(line.product, days, tables)
            line.charge_units, line.unit_price, line.factor = Decimal(days), price.unit_price, price.factor
            line.net = line_net(line)
    retotal(quote, lines)
    record("quote.repriced", quote, by=by, label=label(quote), deal_id=quote.deal_id, days=days)


def discard_quote(quote: Quote, *, by: Actor) -> None:
    """Throw a draft away."""
    lock({Quote: [quote.id]})
    refuse_frozen(quote)
    record("quote.discarded", quote, by=by, label=label(quote), deal_id=quote.deal_id)
    db.session.execute(delete(QuoteLine).where(QuoteLine.quote_id == quote.id))
    db.session.delete(quote)
    db.session.flush()


__all__ = [
    "ANSWERABLE", "QuoteFacts",
    "alternative_of", "change_quote", "discard_quote", "draft_quote", "keep_sums", "label",
    "lines_of", "refuse_frozen", "reprice_quote", "retotal", "revise_quote", "versions_of",
]  # fmt: skip
