"""Invoices and payments, for programs."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import named
from app.edge import actor
from app.fields import Id, Input
from app.finding import find
from app.models import Event, Invoice, InvoiceKind, InvoiceState
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import Refused
from app.services.invoices import draft_deposit, draft_final, issue_invoice
from app.services.payments import record_payment


class InvoiceOut(Output):
    """An invoice; a draft has no number."""

    id: int
    number: str | None
    kind: InvoiceKind
    state: InvoiceState
    company_id: int
    event_id: int | None
    credits_id: int | None
    issued_on: date | None
    due_on: date | None
    net: Decimal
    tax: Decimal
    gross: Decimal
    paid: Decimal


class InvoiceQuery(Paging):
    """Which invoices."""

    event_id: Id | None = None
    company_id: Id | None = None
    state: InvoiceState | None = None


@operation(
    "GET",
    "/crm/invoices",
    permission=Permission.INVOICES_READ,
    answer=InvoiceOut,
    query=InvoiceQuery,
    is_list=True,
)
def list_invoices(query: InvoiceQuery) -> Page[Invoice]:
    """Invoices, newest first."""
    wanted = select(Invoice).order_by(Invoice.id.desc())
    for name in ("event_id", "company_id", "state"):
        if (value := getattr(query, name)) is not None:
            wanted = wanted.where(getattr(Invoice, name) == value)
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/crm/invoices/<int:invoice_id>", permission=Permission.INVOICES_READ, answer=InvoiceOut)
def get_invoice(invoice_id: int) -> Invoice:
    """One invoice."""
    return find(Invoice, invoice_id)


class InvoiceIn(Input):
    """A draft to be made from an event: a deposit of so many percent, or the final invoice."""

    event_id: Id
    kind: InvoiceKind
    percent: Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)] | None = None


@operation(
    "POST",
    "/crm/invoices",
    permission=Permission.INVOICES_MANAGE,
    answer=InvoiceOut,
    body=InvoiceIn,
    status=201,
    is_idempotent=True,
)
def create_invoice(body: InvoiceIn) -> Invoice:
    """Draft an invoice from an event."""
    event = named(Event, body.event_id, "event_id")
    if body.kind is InvoiceKind.FINAL:
        return draft_final(event, by=actor())
    if body.kind is InvoiceKind.DEPOSIT and body.percent is not None:
        return draft_deposit(event, body.percent, by=actor())
    raise Refused("A deposit needs its percentage; a credit note is made from its invoice.", "kind")


@operation(
    "POST",
    "/crm/invoices/<int:invoice_id>/issue",
    permission=Permission.INVOICES_MANAGE,
    answer=InvoiceOut,
    is_idempotent=True,
)
def issue(invoice_id: int) -> Invoice:
    """Give a draft its number and freeze it."""
    return issue_invoice(find(Invoice, invoice_id), by=actor())


class PaymentIn(Input):
    """Money that came in."""

    amount: Annotated[Decimal, Field(max_digits=12, decimal_places=2)]
    paid_on: date
    method: Annotated[str, Field(max_length=100)] = ""
    reference: Annotated[str, Field(max_length=200)] = ""
    request_id: Annotated[str, Field(max_length=100)] | None = None


class PaymentOut(Output):
    """A payment."""

    id: int
    invoice_id: int
    amount: Decimal
    paid_on: date
    method: str
    reference: str


@operation(
    "POST",
    "/crm/invoices/<int:invoice_id>/payments",
    permission=Permission.PAYMENTS_MANAGE,
    answer=PaymentOut,
    body=PaymentIn,
    status=201,
    is_idempotent=True,
)
def pay(invoice_id: int, body: PaymentIn) -> Any:
    """Record a payment."""
    return record_payment(
        find(Invoice, invoice_id),
        body.amount,
        body.paid_on,
        by=actor(),
        request_id=body.request_id or str(uuid.uuid4()),
        method=body.method,
        reference=body.reference,
    )
