"""What an invoice is made of: the lines of the accepted quote, charges, and what was invoiced before."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.extensions import db
from app.models import (
    Event,
    EventCost,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    Quote,
    QuoteLine,
    TaxClass,
)
from app.queries.quote_totals import is_counted, sums_of
from app.rules.money import ZERO, round_money
from app.services.costs import accepted_quotes


@dataclass(frozen=True)
class Entry:
    """A line to be written on an invoice."""

    description: str
    net: Decimal
    tax_rate: Decimal
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None


def quote_entries(quote: Quote) -> list[Entry]:
    """The counted lines of a quote, and its discounts as one line for each rate of tax."""
    lines = db.session.scalars(
        select(QuoteLine).where(QuoteLine.quote_id == quote.id).order_by(QuoteLine.position, QuoteLine.id)
    ).all()
    entries = [entry_of(line) for line in lines if is_counted(line)]
    after_discounts = sums_of(lines, quote.discount_percent).totals.net_by_class
    for rate, net in by_rate(entries).items():
        if discount := after_discounts[str(rate)] - net:
            entries.append(Entry("Discount", discount, rate))
    return entries


def entry_of(line: QuoteLine) -> Entry:
    """A quote line as the invoice names it; the price holds the factor, the net the line's discount."""
    words = line.description
    if line.discount_percent and line.is_discountable:
        words += f" (less {line.discount_percent.normalize():f} %)"
    unit_price = round_money(line.unit_price * line.factor)
    return Entry(words, line.net, line.tax_rate, Decimal(line.quantity), unit_price)


def agreed_entries(event: Event) -> list[Entry]:
    """The lines of every quote that the client accepted; without any, the agreed price."""
    quotes = accepted_quotes(event.deal_id)
    return [entry for quote in quotes for entry in quote_entries(quote)] if quotes else agreed(event)


def agreed(event: Event) -> list[Entry]:
    """The agreed price of an event without a quote."""
    return [Entry(f"{event.name}, as agreed", event.revenue, default_rate())] if event.revenue else []


def charge_entries(event: Event) -> list[Entry]:
    """What the client pays on top: damages, extra hours and the like."""
    query = select(EventCost).where(EventCost.event_id == event.id, EventCost.charge != ZERO)
    rate = default_rate()
    return [
        Entry(row.description, row.charge, rate) for row in db.session.scalars(query.order_by(EventCost.id))
    ]


def default_rate() -> Decimal:
    """The tax rate of what no quote line names."""
    query = select(TaxClass.rate).order_by(TaxClass.is_default.desc(), TaxClass.rate.desc())
    return db.session.scalar(query.limit(1)) or ZERO


def earlier_entries(event: Event) -> list[Entry]:
    """What was invoiced before, taken off: one line for each invoice or credit and rate of tax."""
    query = select(Invoice).where(Invoice.event_id == event.id, Invoice.state == InvoiceState.ISSUED)
    entries = []
    for invoice in db.session.scalars(query.order_by(Invoice.id).options(selectinload(Invoice.lines))):
        word = "Credit" if invoice.kind is InvoiceKind.CREDIT else "Less"
        for rate, net in by_rate(invoice.lines).items():
            entries.append(Entry(f"{word} {invoice.number}", -net, rate))
    return [entry for entry in entries if entry.net]


def by_rate(lines: Sequence[Entry] | Sequence[InvoiceLine]) -> dict[Decimal, Decimal]:
    """The net sum of each rate of tax, in order of appearance."""
    sums: dict[Decimal, Decimal] = {}
    for line in lines:
        sums[line.tax_rate] = sums.get(line.tax_rate, ZERO) + line.net
    return sums
