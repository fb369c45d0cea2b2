"""Quotes as their list, the builder and the client see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.finding import find
from app.models import Company, Deal, LineKind, Organization, Product, Quote, QuoteLine, QuoteState, TaxClass
from app.models.base import plain_text
from app.queries.paging import Page, paged
from app.queries.products import found_by
from app.queries.quote_stock import LineStock, stock_of
from app.queries.quote_totals import Sums, is_counted, sums_of
from app.queries.rows import AnyRow
from app.refusals import NotFound
from app.scope import system_scope

MOST_OFFERED: Final = 10
STATES: Final = [(str(state), str(state).capitalize()) for state in QuoteState]
COMPARED: Final = (
    "description",
    "quantity",
    "charge_units",
    "unit_price",
    "factor",
    "discount_percent",
    "net",
)


@dataclass(frozen=True)
class QuoteSheet:
    """A quote with everything its page shows."""

    quote: Quote
    deal: Deal
    lines: Sequence[QuoteLine]
    sums: Sums
    stock: dict[int, LineStock]

    @property
    def short_lines(self) -> int:
        """How many lines ask for more than is free."""
        return sum(
            1 for line in self.lines if line.product_id in self.stock and self.stock[line.product_id].is_short
        )


class Offered(NamedTuple):
    """A product that can be added, with its price for a day and what is free of it."""

    id: int
    name: str
    sku: str
    is_package: bool
    day_rate: Any
    stock: LineStock


def quote_lines_list(state: str, text: str, page: int = 1) -> Page[AnyRow]:
    """One page of quotes, the newest first."""
    query = (
        select(
            Quote.id, Quote.number, Quote.version_number, Quote.state, Quote.net, Quote.gross, Quote.valid_until,
            Quote.sent_at, Quote.answered_at, Deal.id.label("deal_id"), Deal.name.label("deal"),
            Deal.charged_from, Company.name.label("company"),
        )
        .join(Deal, Deal.id == Quote.deal_id)
        .join(Company, Company.id == Deal.company_id)
    )  # fmt: skip
    if state in set(QuoteState):
        query = query.where(Quote.state == QuoteState(state))
    for word in plain_text(text).split():
        query = query.where(
            or_(
                Deal.search_text.contains(word, autoescape=True),
                Company.search_text.contains(word, autoescape=True),
                Quote.number.ilike(f"%{word}%"),
            )
        )
    return paged(query.order_by(Quote.id.desc()), page, scalars=False)


def quote_head(quote_id: int) -> Quote:
    """A quote with its deal and client. Raises NotFound."""
    return find(Quote, quote_id, *((Quote.deal, part) for part in (Deal.company, Deal.contact, Deal.venue)))


def lines_of_quote(quote_id: int) -> Sequence[QuoteLine]:
    """The lines of a quote, in order."""
    query = select(QuoteLine).where(QuoteLine.quote_id == quote_id)
    return db.session.scalars(query.order_by(QuoteLine.position, QuoteLine.id)).all()


def quote_sheet(quote_id: int, *, with_stock: bool = True) -> QuoteSheet:
    """A quote with lines, sums and what is free for them: a constant number of statements."""
    quote = quote_head(quote_id)
    lines = lines_of_quote(quote.id)
    return sheet_of(quote, quote.deal, lines, sums_of(lines, quote.discount_percent), with_stock=with_stock)


def sheet_of(
    quote: Quote,
    deal: Deal,
    lines: Sequence[QuoteLine],
    sums: Sums,
    *,
    with_stock: bool = True,
    around: int | None = None,
) -> QuoteSheet:
    """The same of what was read already. `around` asks only for the stock that a change of this product alters."""
    stock = stock_of(deal, asked_for(lines), around) if with_stock else {}
    return QuoteSheet(quote, deal, lines, sums, stock)


def asked_for(lines: Sequence[QuoteLine]) -> list[tuple[int, int]]:
    """What the lines ask of the warehouse; an option that nobody chose is looked at, but asks for nothing."""
    return [
        (line.product_id, line.quantity if is_counted(line) else 0)
        for line in lines
        if line.kind is LineKind.PRODUCT and line.product_id
    ]


def offered_for(quote: Quote, text: str) -> list[Offered]:
    """Products and packages that fit what is being typed, each with what is free on the deal's dates."""
    query = select(Product.id, Product.name, Product.sku, Product.is_package, Product.day_rate)
    query = found_by(query.where(Product.archived_at.is_(None)), text)
    begins = Product.search_text.startswith(plain_text(text), autoescape=True)
    rows = db.session.execute(
        query.order_by(begins.desc(), Product.name, Product.id).limit(MOST_OFFERED)
    ).all()
    stock = stock_of(quote.deal, [(row.id, 0) for row in rows])
    return [Offered(*row, stock[row.id]) for row in rows]


def versions_of(quote: Quote) -> Sequence[AnyRow]:
    """All versions of this quote and its alternatives, the newest first."""
    query = select(
        Quote.id, Quote.number, Quote.version_number, Quote.state, Quote.gross, Quote.sent_at
    ).where(Quote.deal_id == quote.deal_id)  # fmt: skip
    return db.session.execute(query.order_by(Quote.number.desc(), Quote.version_number.desc())).all()


def tax_rates() -> Sequence[tuple[str, str]]:
    """The rates of tax as options of a select."""
    query = select(TaxClass.rate, TaxClass.name).order_by(TaxClass.is_default.desc(), TaxClass.rate)
    return [(str(row.rate), f"{row.name}, {row.rate.normalize():f} %") for row in db.session.execute(query)]


class Difference(NamedTuple):
    """One line that differs between two versions: before or after is None when it came or went."""

    before: QuoteLine | None
    after: QuoteLine | None

    @property
    def changed(self) -> set[str]:
        """Which of its fields differ."""
        if self.before is None or self.after is None:
            return set()
        return {name for name in COMPARED if getattr(self.before, name) != getattr(self.after, name)}


def differences(before: Sequence[QuoteLine], after: Sequence[QuoteLine]) -> list[Difference]:
    """What changed between two versions, line by line: matched by product, or by kind and words."""
    left: dict[Any, list[QuoteLine]] = {}
    for line in before:
        left.setdefault(identity(line), []).append(line)
    found = []
    for line in after:
        twins = left.get(identity(line), [])
        pair = Difference(twins.pop(0) if twins else None, line)
        if pair.before is None or pair.changed:
            found.append(pair)
    return [*found, *(Difference(line, None) for lines in left.values() for line in lines)]


def identity(line: QuoteLine) -> tuple[Any, ...]:
    """By what a line is recognised in another version."""
    return (line.kind, line.product_id) if line.product_id else (line.kind, line.description)


def quote_behind(token: str) -> tuple[Quote, Organization]:
    """The quote of a client's link, and whose it is. Raises NotFound."""
    with system_scope("a client's link is followed before the organization is known"):
        query = (
            select(Quote, Organization)
            .join(Organization, Organization.id == Quote.organization_id)
            .where(Quote.link_token == token)
            .options(joinedload(Quote.deal))
        )
        row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("This link does not lead to a quote.")
    return row[0], row[1]


def organization_called(slug: str) -> Organization:
    """The organization of a public page. Raises NotFound."""
    with system_scope("a public page is opened before the organization is known"):
        found = db.session.scalars(select(Organization).where(Organization.slug == slug)).one_or_none()
    if found is None:
        raise NotFound("There is nobody here by this name.")
    return found


__all__ = [
    "STATES", "Difference", "QuoteSheet", "differences", "lines_of_quote", "offered_for", "organization_called",
    "quote_behind", "quote_head", "quote_lines_list", "quote_sheet", "sheet_of", "tax_rates", "versions_of",
]  # fmt: skip
