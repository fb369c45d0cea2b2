"""Purchase orders: the list, one, what stands around its lines, sending and ending it."""

from typing import Any

from flask import Response, g, make_response, request, url_for

from app.blueprints.crm.documents import document_answer
from app.blueprints.crm.fields import searched, today
from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import new_request_id, page_number, sees_costs, whole
from app.edge import actor
from app.fields import FormId, Id, Input, Reason, ShortText, SomeEmail
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Company, Location, OrderState, PurchaseOrder
from app.permissions import Permission, requires
from app.queries import orders as queries
from app.queries.choices import place_options
from app.queries.lead_times import lead_times
from app.queries.order_letters import unsent_letter
from app.queries.suppliers import supplier_options
from app.refusals import Refused
from app.services import order_endings as endings
from app.services.once import is_first
from app.services.order_letters import Address, send_letter_again
from app.services.order_lines import OrderFacts, change_order
from app.services.order_sending import (
    Dispatch,
    all_parties,
    first_words,
    order_sheet,
    proposed_day,
    send_order,
)
from app.services.purchase_orders import begin_order

EXPORTED = ("Number", "State", "Supplier", "Drafted", "Ordered", "Expected", "Lines", "Pieces", "Received")


class NewForm(Input):
    """From whom something is ordered, and where it goes."""

    company_id: Id
    location_id: Id | None = None
    request_id: FormId = ""


class FactsForm(OrderFacts):
    """What stands around the lines, of the order in the version that was looked at."""

    version: Id


class ReasonForm(Input):
    """Why."""

    reason: Reason = ""


class MailForm(Dispatch):
    """What goes out, of the order in the version that was looked at."""

    email: SomeEmail
    version: Id


class PhoneForm(Input):
    """What the supplier said on the phone."""

    supplier_reference: ShortText = ""
    version: Id


def chosen_filters() -> queries.OrderFilters:
    """The filters in the address."""
    state = request.args.get("state", "all")
    return queries.OrderFilters(
        searched(), state if state in dict(queries.STATES) else "all", whole("supplier"), whole("product"),
        request.args.get("sort", "-number"),
    )  # fmt: skip


@blueprint.get("/orders")
@requires(Permission.ORDERS_READ)
def orders() -> Response:
    """The list of purchase orders."""
    filters = chosen_filters()
    return page(
        "inventory/orders.html",
        part="inventory/_order_list.html",
        page=queries.order_rows(filters, page_number(), today()),
        filters=filters,
        sort=filters.sort,
        states=queries.STATES,
        suppliers=supplier_options(),
        counts=queries.counts_by_state(today()),
        sees_costs=sees_costs(),
    )


@blueprint.get("/orders.csv")
@requires(Permission.ORDERS_READ)
def orders_csv() -> Response:
    """The same list as a file."""
    costs = sees_costs()
    rows = (
        [
            row.number, row.state.label, row.company, row.created_at, row.ordered_at, row.expected_on, row.lines,
            row.quantity, row.received, *([row.total] if costs else []),
        ]
        for row in queries.all_order_rows(chosen_filters(), today())
    )  # fmt: skip
    return csv_answer("purchase-orders", [*EXPORTED, *(["Total"] if costs else [])], rows)


@blueprint.get("/orders/new")
@requires(Permission.ORDERS_REQUEST)
def order_new() -> Response:
    """From whom something is to be ordered."""
    return page(
        "inventory/order_new.html", form=current_form(), suppliers=supplier_options(), company_id=whole("supplier"),
        place_options=place_options(), request_id=new_request_id(),
    )  # fmt: skip


@blueprint.post("/orders/new")
@requires(Permission.ORDERS_REQUEST)
@shown_again_by(order_new)
def order_begin() -> Response:
    """Begin a draft."""
    given = read_form(NewForm)
    if given.company_id not in dict(supplier_options()):
        raise Refused("There is no such supplier.", "company_id")
    if not is_first(given.request_id, by=actor()):
        return go_to(url_for("inventory.orders", state="draft", supplier=given.company_id))
    place = find(Location, given.location_id) if given.location_id else None
    made = begin_order(given.company_id, place, by=actor())
    return go_to(url_for("inventory.order", order_id=made.id))


@blueprint.get("/orders/<int:order_id>")
@requires(Permission.ORDERS_READ)
def order(order_id: int) -> Response:
    """An order: its lines, what came, what is still to come."""
    row = queries.order_page(order_id)
    return page(
        "inventory/order.html",
        part="inventory/_order_lines.html",
        receipts=queries.receipts_of(row.id) if row.ordered_at else (),
        suppliers=supplier_options() if row.state is OrderState.DRAFT else (),
        place_options=place_options() if row.state is OrderState.DRAFT or row.is_coming else (),
        proposed=proposed_day(row) if row.state is OrderState.DRAFT else None,
        letter=unsent_letter(row),
        lead=lead_times([row.company_id]).get(row.company_id) if row.company_id else None,
        **standing(row),
    )


def standing(row: PurchaseOrder) -> dict[str, Any]:
    """What the lines of an order show now."""
    lines = queries.line_rows(row.id)
    return {
        "order": row,
        "lines": lines,
        "total": queries.total_of(lines),
        "is_draft": row.state is OrderState.DRAFT,
        "is_late": row.is_coming and row.expected_on is not None and row.expected_on < today(),
        "form": current_form(),
        "request_id": new_request_id(),
        "sees_costs": sees_costs(),
        "currency": g.organization.currency,
    }


def there(order_id: int) -> Response:
    """Back to the order."""
    return go_to(url_for("inventory.order", order_id=order_id))


@blueprint.post("/orders/<int:order_id>")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(order)
def order_save(order_id: int) -> Response:
    """Change what stands around the lines."""
    row, given = find(PurchaseOrder, order_id), read_form(FactsForm)
    facts = {name: getattr(given, name) for name in OrderFacts.model_fields}
    if row.state is not OrderState.DRAFT:
        facts["company_id"] = row.company_id
    change_order(row, OrderFacts(**facts), by=actor(), version=given.version)
    say("Saved.")
    return there(order_id)


@blueprint.get("/orders/<int:order_id>/pdf")
@requires(Permission.ORDERS_READ)
def order_pdf(order_id: int) -> Response:
    """The order on paper: the stored one, or as it stands now; without prices for whoever may not see them."""
    row = find(PurchaseOrder, order_id)
    if row.ordered_at and sees_costs():
        return document_answer(row)
    response = make_response(order_sheet(row, with_costs=sees_costs()))
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
    return response


@blueprint.get("/orders/<int:order_id>/dispatch")
@requires(Permission.ORDERS_MANAGE)
def order_dispatch(order_id: int) -> Response:
    """What goes out, to whom, with which words: looked at before it goes."""
    row = queries.order_page(order_id)
    company = find(Company, row.company_id) if row.company_id else None
    return page(
        "inventory/order_dispatch.html",
        company=company,
        words=first_words(row, all_parties(row)),
        proposed=proposed_day(row),
        **standing(row),
    )


@blueprint.post("/orders/<int:order_id>/dispatch")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(order_dispatch)
def order_send(order_id: int) -> Response:
    """Mail the order to the supplier. Twice is once."""
    given = read_form(MailForm)
    sent = send_order(find(PurchaseOrder, order_id), given, by=actor(), version=given.version)
    say(f"{sent.number} goes to {sent.sent_to or given.email}.")
    return there(order_id)


@blueprint.post("/orders/<int:order_id>/letter")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(order)
def order_send_again(order_id: int) -> Response:
    """Send a letter that nobody took once more."""
    given = read_form(Address)
    sent = send_letter_again(find(PurchaseOrder, order_id), given, by=actor())
    say(f"{sent.number} goes to {sent.sent_to}.")
    return there(order_id)


@blueprint.post("/orders/<int:order_id>/placement")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(order_dispatch)
def order_place(order_id: int) -> Response:
    """It was ordered by phone or in their shop: print it, and write to nobody."""
    given = read_form(PhoneForm)
    words = Dispatch(supplier_reference=given.supplier_reference)
    sent = send_order(find(PurchaseOrder, order_id), words, by=actor(), version=given.version)
    say(f"{sent.number} is ordered.")
    return there(order_id)


@blueprint.post("/orders/<int:order_id>/cancellation")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(order)
def order_cancel(order_id: int) -> Response:
    """Nothing of it comes."""
    row = find(PurchaseOrder, order_id)
    endings.cancel_order(row, read_form(ReasonForm).reason, by=actor())
    say(f"{row.number} is cancelled.")
    return there(order_id)


@blueprint.post("/orders/<int:order_id>/closing")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(order)
def order_close(order_id: int) -> Response:
    """What has not come does not come any more."""
    row = find(PurchaseOrder, order_id)
    endings.close_short(row, read_form(ReasonForm).reason, by=actor())
    say(f"{row.number} is closed.")
    return there(order_id)
