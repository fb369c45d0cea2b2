"""Invoices as lists and pages show them, with what is owed on each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.finding import find
from app.models import Company, Event, Invoice, InvoiceKind, InvoiceState, Payment
from app.models.base import plain_text
from app.queries.paging import PER_PAGE, Page, paged
from app.rules.money import ZERO, round_money, share

MOST_EXPORTED: Final = 10_000
SORTS: Final[dict[str, Any]] = {
    "number": Invoice.number, "client": func.lower(Company.name), "issued": Invoice.issued_on, "due": Invoice.due_on,
    "gross": Invoice.gross,
}  # fmt: skip


@dataclass(frozen=True)
class InvoiceFilters:
    """What the list is narrowed to."""

    find: str = ""
    state: str = "all"
    sort: str = "-number"


class InvoiceRow(NamedTuple):
    """One invoice of a list. `status` is what people call where it stands."""

    id: int
    number: str | None
    kind: InvoiceKind
    state: InvoiceState
    issued_on: date | None
    due_on: date | None
    net: Decimal
    tax: Decimal
    gross: Decimal
    paid: Decimal
    credited: Decimal
    company_id: int
    company: str
    event_id: int | None
    event_number: str | None
    today: date

    @property
    def outstanding(self) -> Decimal:
        """What is still owed."""
        if self.state is InvoiceState.DRAFT or self.kind is InvoiceKind.CREDIT:
            return ZERO
        return self.gross - self.credited - self.paid

    @property
    def status(self) -> str:
        """Draft, issued, partially paid, paid, credited or overdue."""
        if self.state is InvoiceState.DRAFT:
            return "draft"
        if self.kind is InvoiceKind.CREDIT:
            return "issued"
        if self.outstanding <= ZERO:
            return "paid" if self.paid > ZERO or not self.credited else "credited"
        if self.due_on and self.due_on < self.today:
            return "overdue"
        return "partially_paid" if self.paid else "issued"


Credit = aliased(Invoice)


def credited() -> Any:
    """What issued credit notes take off an invoice, as a column."""
    query = select(func.coalesce(-func.sum(Credit.gross), 0)).where(
        Credit.credits_id == Invoice.id, Credit.state == InvoiceState.ISSUED
    )
    return query.correlate(Invoice).scalar_subquery()


def is_owed() -> ColumnElement[bool]:
    """True for an issued invoice with something outstanding."""
    return and_(
        Invoice.state == InvoiceState.ISSUED,
        Invoice.kind != InvoiceKind.CREDIT,
        Invoice.gross - credited() - Invoice.paid > 0,
    )


def invoice_select() -> Select[*tuple[Any, ...]]:
    """The columns of a list of invoices."""
    query: Select[*tuple[Any, ...]] = (
        select(
            Invoice.id, Invoice.number, Invoice.kind, Invoice.state, Invoice.issued_on, Invoice.due_on, Invoice.net,
            Invoice.tax, Invoice.gross, Invoice.paid, credited().label("credited"), Invoice.company_id,
            Company.name.label("company"), Invoice.event_id, Event.number.label("event_number"),
        )
        .join(Company, Company.id == Invoice.company_id)
        .outerjoin(Event, Event.id == Invoice.event_id)
    )  # fmt: skip
    return query


def filtered(filters: InvoiceFilters, today: date) -> Select[*tuple[Any, ...]]:
    """Only the invoices that the filters let through, in order. Drafts, which have no number, come first."""
    query = invoice_select()
    for word in plain_text(filters.find).split():
        inside = func.lower(func.coalesce(Invoice.number, ""))
        query = query.where(
            inside.contains(word, autoescape=True)
            | Company.search_text.contains(word, autoescape=True)
            | Event.search_text.contains(word, autoescape=True)
        )
    if filters.state == "draft":
        query = query.where(Invoice.state == InvoiceState.DRAFT)
    elif filters.state == "paid":
        query = query.where(
            Invoice.state == InvoiceState.ISSUED, Invoice.kind != InvoiceKind.CREDIT, ~is_owed()
        )
    elif filters.state in ("outstanding", "overdue"):
        query = query.where(is_owed())
    if filters.state == "overdue":
        query = query.where(Invoice.due_on < today)
    column = SORTS.get(filters.sort.removeprefix("-"), Invoice.number)
    drafts_first = case((Invoice.state == InvoiceState.DRAFT, 0), else_=1)
    descending = filters.sort.startswith("-")
    return query.order_by(drafts_first, column.desc() if descending else column, Invoice.id.desc())


def as_rows(rows: Sequence[Any], today: date) -> list[InvoiceRow]:
    """Database rows as rows of the list."""
    return [
        InvoiceRow(**(dict(row._mapping) | {"credited": minor(row.credited)}), today=today) for row in rows
    ]


def minor(value: Any) -> Decimal:
    """A sum as an amount, whichever database added it up."""
    return value if isinstance(value, Decimal) else Decimal(value or 0)


def invoice_rows(filters: InvoiceFilters, page: int, today: date) -> Page[InvoiceRow]:
    """One page of invoices."""
    found = paged(filtered(filters, today), page, PER_PAGE, scalars=False)
    return Page(as_rows(found.items, today), found.page, found.per_page, found.total)


def all_invoice_rows(filters: InvoiceFilters, today: date) -> list[InvoiceRow]:
    """Every invoice of a list, for a file."""
    return as_rows(db.session.execute(filtered(filters, today).limit(MOST_EXPORTED)).all(), today)


def exported(row: InvoiceRow) -> tuple[Any, ...]:
    """One line of the file."""
    return (
        row.number, str(row.kind), row.company, row.event_number, row.issued_on, row.due_on, row.net, row.tax,
        row.gross, row.outstanding,
    )  # fmt: skip


def event_invoices(event_id: int, today: date) -> list[InvoiceRow]:
    """The invoices of one event, as they were made."""
    query = invoice_select().where(Invoice.event_id == event_id).order_by(Invoice.id)
    return as_rows(db.session.execute(query).all(), today)


@dataclass(frozen=True)
class Totals:
    """What is owed to us in all, and how much of it is late."""

    outstanding: Decimal
    overdue: Decimal


def outstanding_totals(today: date) -> Totals:
    """The sums over all invoices."""
    rows = as_rows(db.session.execute(invoice_select().where(is_owed())).all(), today)
    return Totals(
        sum((row.outstanding for row in rows), ZERO),
        sum((row.outstanding for row in rows if row.status == "overdue"), ZERO),
    )


@dataclass(frozen=True)
class InvoicePage:
    """Everything on the page of an invoice."""

    invoice: Invoice
    row: InvoiceRow
    event: Event | None
    taxes: dict[Decimal, Decimal]
    payments: Sequence[Payment]
    credits: list[InvoiceRow]
    credited: Invoice | None


def invoice_page(invoice_id: int, today: date) -> InvoicePage:
    """An invoice with lines, payments and credit notes."""
    invoice = find(Invoice, invoice_id, Invoice.company, Invoice.lines)
    rows = as_rows(db.session.execute(invoice_select().where(Invoice.id == invoice_id)).all(), today)
    credits = invoice_select().where(Invoice.credits_id == invoice_id).order_by(Invoice.id)
    payments = select(Payment).where(Payment.invoice_id == invoice_id).order_by(Payment.paid_on, Payment.id)
    return InvoicePage(
        invoice=invoice,
        row=rows[0],
        event=db.session.get(Event, invoice.event_id) if invoice.event_id else None,
        taxes=taxes_of(invoice),
        payments=db.session.scalars(payments).all(),
        credits=as_rows(db.session.execute(credits).all(), today),
        credited=db.session.get(Invoice, invoice.credits_id) if invoice.credits_id else None,
    )


def taxes_of(invoice: Invoice) -> dict[Decimal, Decimal]:
    """The tax of each rate, rounded once."""
    sums: dict[Decimal, Decimal] = {}
    for line in invoice.lines:
        sums[line.tax_rate] = sums.get(line.tax_rate, ZERO) + line.net
    return {rate: round_money(share(net, rate)) for rate, net in sums.items()}
