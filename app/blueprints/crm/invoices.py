"""Invoices and payments: the list, one, drafting, issuing, crediting, paying."""

from datetime import date
from typing import Annotated

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.crm import blueprint
from app.blueprints.crm.documents import document_answer
from app.blueprints.crm.fields import new_request_id, page_number, searched, today
from app.blueprints.inventory.downloads import csv_answer
from app.edge import actor
from app.fields import Amount, FormId, Input, LongText, Name, Percentage, RequestId, ShortText
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Event, Invoice, InvoiceKind, InvoiceLine
from app.permissions import Permission, requires
from app.queries import invoices as queries
from app.queries.planning import event_head
from app.refusals import NotFound, Refused
from app.services import invoices as services
from app.services.once import is_first
from app.services.payments import record_payment

STATES = [
    ("all", "All"), ("draft", "Drafts"), ("outstanding", "Outstanding"), ("overdue", "Overdue"), ("paid", "Paid"),
]  # fmt: skip
EXPORTED = ("Number", "Kind", "Client", "Event", "Issued", "Due", "Net", "Tax", "Gross", "Outstanding")


class DraftForm(Input):
    """Which invoice is wanted; a deposit asks for a share of the quote."""

    kind: InvoiceKind
    percent: Percentage = Field(default=50)  # type: ignore[assignment]
    request_id: FormId = ""


class AroundForm(Input):
    """What stands around the lines of a draft."""

    address: Annotated[str, Field(min_length=1, max_length=1_000)]
    introduction: LongText = ""
    due_on: date | None = None


class Line(Input):
    """One more line of a draft."""

    description: Name
    net: Amount
    tax_rate: Percentage

    def entry(self) -> services.Entry:
        """The same as services take it."""
        return services.Entry(self.description, self.net, self.tax_rate)


class LineForm(Line):
    """The same in a form."""

    request_id: FormId = ""


class Received(Input):
    """Money that came in; below zero, it went back."""

    amount: Amount
    paid_on: date
    method: ShortText = ""
    reference: ShortText = ""


class PaymentForm(Received):
    """The same in a form."""

    request_id: RequestId


@blueprint.get("/invoices")
@requires(Permission.INVOICES_READ)
def invoices() -> Response:
    """The list of invoices."""
    filters = chosen_filters()
    found = queries.invoice_rows(filters, page_number(), today())
    return page(
        "crm/invoices.html",
        part="crm/_invoice_list.html",
        found=found,
        filters=filters,
        sort=filters.sort,
        states=STATES,
        totals=queries.outstanding_totals(today()),
    )


def chosen_filters() -> queries.InvoiceFilters:
    """The filters in the address."""
    state = request.args.get("state", "all")
    sort = request.args.get("sort", "-number")
    return queries.InvoiceFilters(searched(), state if state in dict(STATES) else "all", sort)


@blueprint.get("/invoices.csv")
@requires(Permission.INVOICES_READ)
def invoices_csv() -> Response:
    """The same list as a file."""
    rows = queries.all_invoice_rows(chosen_filters(), today())
    return csv_answer("invoices", EXPORTED, map(queries.exported, rows))


@blueprint.get("/invoices/<int:invoice_id>")
@requires(Permission.INVOICES_READ)
def invoice(invoice_id: int) -> Response:
    """An invoice: its lines, what was paid, what is owed."""
    found = queries.invoice_page(invoice_id, today())
    return page(
        "crm/invoice.html", found=found, invoice=found.invoice, today=today(), request_id=new_request_id()
    )


@blueprint.get("/invoices/<int:invoice_id>/pdf")
@requires(Permission.INVOICES_READ)
def invoice_pdf(invoice_id: int) -> Response:
    """The stored document."""
    return document_answer(find(Invoice, invoice_id))


@blueprint.get("/events/<int:event_id>/invoices")
@requires(Permission.INVOICES_READ)
def event_invoices(event_id: int) -> Response:
    """The invoices of one event, and what is left to invoice."""
    head = event_head(event_id)
    found = queries.event_invoices(event_id, today())
    return page(
        "crm/event_invoices.html",
        head=head,
        event=head.event,
        tab="invoices",
        request_id=new_request_id(),
        rows=found,
    )


@blueprint.post("/events/<int:event_id>/invoices")
@requires(Permission.INVOICES_MANAGE)
@shown_again_by(event_invoices)
def draft_invoice(event_id: int) -> Response:
    """Draft an invoice from the event."""
    event = find(Event, event_id)
    given = read_form(DraftForm)
    if given.kind is InvoiceKind.CREDIT:
        raise Refused("A credit note is made from the invoice that it credits.", "kind")
    if not is_first(given.request_id, by=actor()):
        return go_to(url_for("crm.event_invoices", event_id=event_id))
    if given.kind is InvoiceKind.DEPOSIT:
        made = services.draft_deposit(event, given.percent, by=actor())
    else:
        made = services.draft_final(event, by=actor())
    say("The draft is ready. Look through it, then issue it.")
    return go_to(url_for("crm.invoice", invoice_id=made.id))


@blueprint.post("/invoices/<int:invoice_id>")
@requires(Permission.INVOICES_MANAGE)
@shown_again_by(invoice)
def save_invoice(invoice_id: int) -> Response:
    """Change what stands around the lines."""
    row = find(Invoice, invoice_id)
    given = read_form(AroundForm)
    services.change_draft(row, given.address, given.introduction, given.due_on, by=actor())
    say("Saved.")
    return there(invoice_id)


def there(invoice_id: int) -> Response:
    """Back to the invoice."""
    return go_to(url_for("crm.invoice", invoice_id=invoice_id))


@blueprint.post("/invoices/<int:invoice_id>/lines")
@requires(Permission.INVOICES_MANAGE)
@shown_again_by(invoice)
def add_invoice_line(invoice_id: int) -> Response:
    """Put one more line on a draft."""
    row = find(Invoice, invoice_id)
    given = read_form(LineForm)
    if is_first(given.request_id, by=actor()):
        services.add_draft_line(row, given.entry(), by=actor())
    return there(invoice_id)


@blueprint.post("/invoices/<int:invoice_id>/lines/<int:invoice_line_id>/removal")
@requires(Permission.INVOICES_MANAGE)
@shown_again_by(lambda invoice_id, **_: invoice(invoice_id))
def remove_invoice_line(invoice_id: int, invoice_line_id: int) -> Response:
    """Take a line off a draft."""
    row, line = find(Invoice, invoice_id), line_of(invoice_id, invoice_line_id)
    services.remove_draft_line(row, line, by=actor())
    return there(invoice_id)


def line_of(invoice_id: int, invoice_line_id: int) -> InvoiceLine:
    """A line of this very invoice. Raises NotFound."""
    line = find(InvoiceLine, invoice_line_id)
    if line.invoice_id != find(Invoice, invoice_id).id:
        raise NotFound("This line belongs to another invoice.")
    return line


@blueprint.post("/invoices/<int:invoice_id>/removal")
@requires(Permission.INVOICES_MANAGE)
@shown_again_by(invoice)
def delete_invoice(invoice_id: int) -> Response:
    """Throw a draft away."""
    services.delete_draft(find(Invoice, invoice_id), by=actor())
    say("The draft is gone.")
    return go_to(url_for("crm.invoices"))


@blueprint.post("/invoices/<int:invoice_id>/issue")
@requires(Permission.INVOICES_MANAGE)
@shown_again_by(invoice)
def issue(invoice_id: int) -> Response:
    """Give the draft its number and freeze it. Twice is once."""
    row = services.issue_invoice(find(Invoice, invoice_id), by=actor())
    say(f"{row.number} is issued.")
    return there(invoice_id)


@blueprint.post("/invoices/<int:invoice_id>/credit")
@requires(Permission.INVOICES_MANAGE)
@shown_again_by(invoice)
def credit(invoice_id: int) -> Response:
    """Draft the credit note of an issued invoice."""
    made = services.draft_credit(find(Invoice, invoice_id), by=actor())
    say("The credit note is drafted. Take off what stays owed, then issue it.")
    return there(made.id)


@blueprint.post("/invoices/<int:invoice_id>/payments")
@requires(Permission.PAYMENTS_MANAGE)
@shown_again_by(invoice)
def pay(invoice_id: int) -> Response:
    """Write down that money came in. The same form twice is one payment."""
    row = find(Invoice, invoice_id)
    given = read_form(PaymentForm)
    record_payment(
        row,
        given.amount,
        given.paid_on,
        by=actor(),
        request_id=given.request_id,
        method=given.method,
        reference=given.reference,
    )
    say("The payment is recorded.")
    return there(invoice_id)
