"""Invoices and payments, for programs."""

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from flask import Response
from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import named
from app.blueprints.api.files import PDF
from app.blueprints.crm.documents import document_answer
from app.blueprints.crm.invoices import AroundForm, Line, Received, line_of
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input
from app.finding import find
from app.models import Event, Invoice, InvoiceKind, InvoiceLine, InvoiceState, Payment
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import Refused
from app.services.invoices import (
    add_draft_line,
    change_draft,
    delete_draft,
    draft_credit,
    draft_deposit,
    draft_final,
    issue_invoice,
    lines_of,
    remove_draft_line,
)
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
    address: str
    introduction: str
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


class PaymentIn(Received):
    """Money that came in; below zero, it went back."""

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


@operation(
    "GET",
    "/crm/invoices/<int:invoice_id>/payments",
    permission=Permission.INVOICES_READ,
    answer=PaymentOut,
    is_list=True,
)
def list_payments(invoice_id: int) -> Sequence[Payment]:
    """What came in for an invoice, in order."""
    query = select(Payment).where(Payment.invoice_id == find(Invoice, invoice_id).id)
    return db.session.scalars(query.order_by(Payment.paid_on, Payment.id)).all()


class InvoiceChangeIn(AroundForm):
    """What stands around the lines of a draft."""


@operation(
    "PUT",
    "/crm/invoices/<int:invoice_id>",
    permission=Permission.INVOICES_MANAGE,
    answer=InvoiceOut,
    body=InvoiceChangeIn,
)
def replace_invoice(invoice_id: int, body: InvoiceChangeIn) -> Invoice:
    """Say anew what stands around the lines of a draft; an issued invoice is frozen."""
    invoice = find(Invoice, invoice_id)
    change_draft(invoice, body.address, body.introduction, body.due_on, by=actor())
    return invoice


@operation("DELETE", "/crm/invoices/<int:invoice_id>", permission=Permission.INVOICES_MANAGE)
def delete_invoice(invoice_id: int) -> None:
    """Throw a draft away; it has no number, so nothing is missing afterwards."""
    delete_draft(find(Invoice, invoice_id), by=actor())


class InvoiceLineOut(Output):
    """One line of an invoice."""

    id: int
    position: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    tax_rate: Decimal


@operation(
    "GET",
    "/crm/invoices/<int:invoice_id>/lines",
    permission=Permission.INVOICES_READ,
    answer=InvoiceLineOut,
    is_list=True,
)
def list_invoice_lines(invoice_id: int) -> list[InvoiceLine]:
    """The lines of an invoice, in order."""
    return lines_of(find(Invoice, invoice_id))


class InvoiceLineIn(Line):
    """One more line of a draft."""


@operation(
    "POST",
    "/crm/invoices/<int:invoice_id>/lines",
    permission=Permission.INVOICES_MANAGE,
    answer=InvoiceLineOut,
    body=InvoiceLineIn,
    status=201,
    is_idempotent=True,
)
def create_invoice_line(invoice_id: int, body: InvoiceLineIn) -> InvoiceLine:
    """Put one more line on a draft."""
    invoice = find(Invoice, invoice_id)
    add_draft_line(invoice, body.entry(), by=actor())
    return lines_of(invoice)[-1]


@operation(
    "DELETE",
    "/crm/invoices/<int:invoice_id>/lines/<int:invoice_line_id>",
    permission=Permission.INVOICES_MANAGE,
)
def delete_invoice_line(invoice_id: int, invoice_line_id: int) -> None:
    """Take a line off a draft."""
    remove_draft_line(find(Invoice, invoice_id), line_of(invoice_id, invoice_line_id), by=actor())


@operation(
    "POST",
    "/crm/invoices/<int:invoice_id>/credit",
    permission=Permission.INVOICES_MANAGE,
    answer=InvoiceOut,
    status=201,
    is_idempotent=True,
)
def create_credit(invoice_id: int) -> Invoice:
    """Draft the credit note over all that is left of an issued invoice."""
    return draft_credit(find(Invoice, invoice_id), by=actor())


@operation(
    "GET",
    "/crm/invoices/<int:invoice_id>/pdf",
    permission=Permission.INVOICES_READ,
    media_types=(PDF,),
)
def get_invoice_pdf(invoice_id: int) -> Response:
    """An issued invoice as it was printed; 503 in the seconds until it is."""
    return document_answer(find(Invoice, invoice_id))
