"""Invoices: drafted from an event, issued with a gapless number, then frozen."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, func, select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Company,
    Event,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    Organization,
)
from app.queries.close_out import invoiced_net
from app.queries.event_result import revenue_of
from app.refusals import Refused
from app.rules.calendars import local_day
from app.rules.money import ZERO, round_money, share
from app.rules.phases import Phase
from app.scope import current_organization_id
from app.services.activities import record
from app.services.documents import order_document
from app.services.invoice_entries import (
    Entry,
    agreed_entries,
    by_rate,
    charge_entries,
    earlier_entries,
)
from app.services.invoice_words import facts_of
from app.services.numbers import next_number
from app.transactions import lock

SERIES = {InvoiceKind.DEPOSIT: "INV", InvoiceKind.FINAL: "INV", InvoiceKind.CREDIT: "CN"}
NOTHING_LEFT = "Everything has been invoiced already."


def draft_deposit(event: Event, percent: Decimal, *, by: Actor) -> Invoice:
    """A draft that asks for so many percent of what was agreed, beforehand. Raises Refused."""
    lock({Event: [event.id]})
    if not ZERO < percent <= 100:
        raise Refused("Please enter a percentage above 0, up to 100.", "percent")
    entries = [
        Entry(f"Deposit, {percent.normalize():f} % of {event.number}", round_money(share(net, percent)), rate)
        for rate, net in by_rate(agreed_entries(event)).items()
        if net
    ]
    refuse_beyond(event, sum((entry.net for entry in entries), ZERO), "percent")
    return write_draft(event, InvoiceKind.DEPOSIT, entries, by=by)


def draft_final(event: Event, *, by: Actor) -> Invoice:
    """A draft of all that is owed: what was agreed, charges, less what was invoiced before.

    An open final draft of the event is written anew. Raises Refused when nothing is left.
    """
    lock({Event: [event.id]})
    if event.phase is Phase.CANCELLED and not charge_entries(event):
        raise Refused("The event was cancelled. Put the cancellation fee on it as a charge first.")
    for draft in open_drafts(event.id, InvoiceKind.FINAL):
        delete_rows(draft)
    owed = [] if event.phase is Phase.CANCELLED else agreed_entries(event)
    entries = [*owed, *charge_entries(event), *earlier_entries(event)]
    return write_draft(event, InvoiceKind.FINAL, entries, by=by)


def open_drafts(event_id: int, kind: InvoiceKind) -> Sequence[Invoice]:
    """Drafts of one kind that an event has already."""
    query = select(Invoice).where(
        Invoice.event_id == event_id, Invoice.kind == kind, Invoice.state == InvoiceState.DRAFT
    )
    return db.session.scalars(query).all()


def delete_rows(draft: Invoice) -> None:
    """Delete a draft with its lines: it has no number, so nothing is missing afterwards."""
    db.session.execute(delete(InvoiceLine).where(InvoiceLine.invoice_id == draft.id))
    db.session.delete(draft)
    db.session.flush()


def write_draft(
    event: Event,
    kind: InvoiceKind,
    entries: Sequence[Entry],
    *,
    by: Actor,
    credits: Invoice | None = None,
) -> Invoice:
    """The draft's row with its lines and sums. Raises Refused without a client, or when it asks for nothing."""
    if event.company_id is None:
        raise Refused("The event has no client. Choose one on the event first.")
    if not any(by_rate(entries).values()):
        raise Refused(NOTHING_LEFT)
    company = db.session.get_one(Company, event.company_id)
    invoice = Invoice(
        kind=kind,
        company_id=company.id,
        deal_id=event.deal_id,
        event_id=event.id,
        credits_id=credits.id if credits else None,
        address="\n".join(filter(None, [company.name, company.address])),
        created_at=datetime.now(UTC),
    )
    db.session.add(invoice)
    db.session.flush()
    write_lines(invoice, entries)
    record("invoice.drafted", invoice, by=by, label=f"{kind} invoice of {event.number}", event_id=event.id)
    return invoice


def write_lines(invoice: Invoice, entries: Sequence[Entry], first: int = 1) -> None:
    """Put lines on a draft and sum it anew."""
    for position, entry in enumerate(entries, first):
        price = entry.net if entry.unit_price is None else entry.unit_price
        db.session.add(
            InvoiceLine(
                invoice_id=invoice.id,
                position=position,
                description=entry.description,
                quantity=entry.quantity,
                unit_price=price,
                net=entry.net,
                tax_rate=entry.tax_rate,
            )
        )
    db.session.flush()
    sum_up(invoice)


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """The lines of an invoice, in order."""
    query = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id)
    return list(db.session.scalars(query.order_by(InvoiceLine.position, InvoiceLine.id)))


def sum_up(invoice: Invoice) -> None:
    """Net, tax for each rate rounded once, gross."""
    lines = lines_of(invoice)
    invoice.net = sum((line.net for line in lines), ZERO)
    invoice.tax = sum((round_money(share(net, rate)) for rate, net in by_rate(lines).items()), ZERO)
    invoice.gross = invoice.net + invoice.tax
    db.session.flush()


def locked_draft(invoice: Invoice) -> None:
    """Lock an invoice that is still a draft. Raises Refused for one that was issued."""
    lock({Invoice: [invoice.id]})
    if invoice.state is not InvoiceState.DRAFT:
        raise Refused(f"{invoice.number} is issued: only a credit note changes it.")


def change_draft(
    invoice: Invoice, address: str, introduction: str, due_on: date | None, *, by: Actor
) -> None:
    """Change what stands around the lines of a draft. Raises Refused for an issued invoice."""
    locked_draft(invoice)
    if not address:
        raise Refused("An invoice needs an address.", "address")
    invoice.address, invoice.introduction, invoice.due_on = address, introduction, due_on
    db.session.flush()
    record("invoice.changed", invoice, by=by, label="invoice draft", event_id=invoice.event_id)


def add_draft_line(invoice: Invoice, entry: Entry, *, by: Actor) -> None:
    """Put one more line on a draft. Raises Refused for an issued invoice."""
    locked_draft(invoice)
    write_lines(invoice, [entry], first=len(lines_of(invoice)) + 1)
    record("invoice.changed", invoice, by=by, label="invoice draft", event_id=invoice.event_id)


def remove_draft_line(invoice: Invoice, line: InvoiceLine, *, by: Actor) -> None:
    """Take a line off a draft. Raises Refused for an issued invoice."""
    locked_draft(invoice)
    db.session.delete(line)
    db.session.flush()
    sum_up(invoice)
    record("invoice.changed", invoice, by=by, label="invoice draft", event_id=invoice.event_id)


def delete_draft(invoice: Invoice, *, by: Actor) -> None:
    """Throw a draft away. Raises Refused for an issued invoice."""
    locked_draft(invoice)
    record("invoice.draft_deleted", invoice, by=by, label="invoice draft", event_id=invoice.event_id)
    delete_rows(invoice)


def issue_invoice(invoice: Invoice, *, by: Actor) -> Invoice:
    """Give a draft its number, freeze it and have its PDF set. Issued twice, it is issued once.

    The number comes last: until the commit nobody else draws one, so no number is ever missing.
    """
    events = [invoice.event_id] if invoice.event_id else []
    credited = [invoice.credits_id] if invoice.credits_id else []
    lock({Event: events, Invoice: [invoice.id, *credited]})
    if invoice.state is InvoiceState.ISSUED:
        return invoice
    refuse_unfit(invoice)
    refuse_overtaken(invoice)
    organization = db.session.get_one(Organization, current_organization_id())
    company = db.session.get_one(Company, invoice.company_id)
    today = local_day(datetime.now(UTC), organization.timezone)
    days = organization.payment_days if company.payment_days is None else company.payment_days
    invoice.issued_on = today
    invoice.due_on = invoice.due_on or today + timedelta(days=days)
    invoice.number = next_number(SERIES[invoice.kind], today.year)
    invoice.state = InvoiceState.ISSUED
    db.session.flush()
    order_pdf(invoice, organization)
    record("invoice.issued", invoice, by=by, gross=str(invoice.gross), event_id=invoice.event_id)
    return invoice


def refuse_unfit(invoice: Invoice) -> None:
    """Raises Refused for an invoice that asks for less than nothing, or credits more than there is."""
    if not lines_of(invoice):
        raise Refused("The invoice has no lines.")
    if invoice.kind is not InvoiceKind.CREDIT and invoice.gross < ZERO:
        raise Refused("The invoice asks for less than nothing. Credit the earlier one instead.")
    if invoice.credits_id:
        credited = db.session.get_one(Invoice, invoice.credits_id)
        left = credited.gross - credited_so_far(credited)
        if -invoice.gross > left:
            raise Refused(f"Of {credited.number} only {left} is left to credit.")
    if not invoice.address:
        raise Refused("An invoice needs an address.", "address")


def refuse_overtaken(invoice: Invoice) -> None:
    """A final invoice nets what was issued before it, also what was issued since it was drafted.

    A deposit comes before, and asks for no more than what was not asked for by then. Raises Refused.
    """
    if invoice.kind is InvoiceKind.CREDIT or invoice.event_id is None:
        return
    event = db.session.get_one(Event, invoice.event_id)
    if invoice.kind is InvoiceKind.DEPOSIT:
        refuse_beyond(event, invoice.net)
        return
    named = {(line.description, line.net) for line in lines_of(invoice)}
    if any((entry.description, entry.net) not in named for entry in earlier_entries(event)):
        raise Refused("Another invoice was issued since this draft. Draft the final invoice anew.")


def refuse_beyond(event: Event, net: Decimal, field: str | None = None) -> None:
    """Raises Refused for a deposit beyond what the client owes for the event and no invoice asks for yet."""
    left = owed_for(event) - invoiced_net(event.id)
    if net > left:
        raise Refused(f"Only {max(left, ZERO):,.2f} net of {event.number} is not invoiced yet.", field)


def owed_for(event: Event) -> Decimal:
    """What the client pays, net: the agreed price and charges; of a cancelled event the charges alone."""
    return revenue_of(event) - (event.revenue if event.phase is Phase.CANCELLED else ZERO)


def order_pdf(invoice: Invoice, organization: Organization) -> None:
    """Have the document set as the invoice stands now."""
    credited = db.session.get_one(Invoice, invoice.credits_id).number if invoice.credits_id else ""
    content = facts_of(invoice, lines_of(invoice), organization, credited or "")
    order_document(invoice, f"{invoice.number}.pdf", content)


def draft_credit(invoice: Invoice, *, by: Actor) -> Invoice:
    """A draft credit note over all that is left of an issued invoice. Raises Refused."""
    lock({Invoice: [invoice.id]})
    if invoice.state is not InvoiceState.ISSUED or invoice.kind is InvoiceKind.CREDIT:
        raise Refused("Only an issued invoice can be credited.")
    if credited_so_far(invoice) >= invoice.gross:
        raise Refused(f"{invoice.number} is credited already.")
    for draft in open_credits(invoice):
        delete_rows(draft)
    event = db.session.get_one(Event, invoice.event_id)
    entries = [
        Entry(line.description, -line.net, line.tax_rate, -line.quantity, line.unit_price)
        for line in lines_of(invoice)
    ]
    return write_draft(event, InvoiceKind.CREDIT, entries, by=by, credits=invoice)


def open_credits(invoice: Invoice) -> Sequence[Invoice]:
    """Drafts of credit notes for an invoice."""
    query = select(Invoice).where(Invoice.credits_id == invoice.id, Invoice.state == InvoiceState.DRAFT)
    return db.session.scalars(query).all()


def credited_so_far(invoice: Invoice) -> Decimal:
    """How much of an invoice issued credit notes take back."""
    query = select(func.sum(Invoice.gross)).where(
        Invoice.credits_id == invoice.id, Invoice.state == InvoiceState.ISSUED
    )
    return -(db.session.scalar(query) or ZERO)


__all__ = [
    "Entry", "add_draft_line", "change_draft", "credited_so_far", "delete_draft", "draft_credit", "draft_deposit",
    "draft_final", "issue_invoice", "lines_of", "remove_draft_line",
]  # fmt: skip
