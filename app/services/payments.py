"""Money that comes in for invoices."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.models import Invoice, InvoiceKind, InvoiceState, Payment
from app.refusals import Refused
from app.rules.money import ZERO
from app.services.activities import record
from app.services.invoices import credited_so_far
from app.transactions import lock


def record_payment(
    invoice: Invoice,
    amount: Decimal,
    paid_on: date,
    *,
    by: Actor,
    request_id: str,
    method: str = "",
    reference: str = "",
) -> Payment:
    """Write down that money came in; a negative amount went back. The same request twice is one payment.

    Raises Refused for a draft, a credit note, nothing, more than is owed, or more back than came in.
    """
    lock({Invoice: [invoice.id]})
    known = db.session.scalars(select(Payment).where(Payment.request_id == request_id)).one_or_none()
    if known is not None:
        return known
    refuse_payment(invoice, amount)
    payment = Payment(
        invoice_id=invoice.id,
        amount=amount,
        paid_on=paid_on,
        method=method,
        reference=reference,
        request_id=request_id,
        by_id=by.id,
        created_at=datetime.now(UTC),
    )
    db.session.add(payment)
    db.session.flush()
    paid = select(func.sum(Payment.amount)).where(Payment.invoice_id == invoice.id)
    invoice.paid = db.session.scalar(paid) or ZERO
    record("invoice.paid", invoice, by=by, amount=str(amount), event_id=invoice.event_id)
    db.session.flush()
    return payment


def refuse_payment(invoice: Invoice, amount: Decimal) -> None:
    """Raises Refused for a payment that cannot be."""
    if invoice.state is not InvoiceState.ISSUED or invoice.kind is InvoiceKind.CREDIT:
        raise Refused("Only an issued invoice is paid.")
    if amount == ZERO:
        raise Refused("Please enter an amount.", "amount")
    if amount > (left := outstanding(invoice)):
        raise Refused(f"Only {max(left, ZERO)} is outstanding.", "amount")
    if invoice.paid + amount < ZERO:
        raise Refused(f"Only {invoice.paid} has come in.", "amount")


def outstanding(invoice: Invoice) -> Decimal:
    """What is still owed: gross less credit notes and payments; below zero we owe it back."""
    return invoice.gross - credited_so_far(invoice) - invoice.paid
