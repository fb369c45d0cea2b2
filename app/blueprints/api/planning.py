"""Events, pull lists, shortages, costs, close-out and invoices, for programs."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Id, Input, Output, Paging, Quantity, operation
from app.edge import actor
from app.finding import find
from app.models import CostKind, Event, EventCost, Invoice, InvoiceKind, InvoiceState, Product, PullLine
from app.permissions import Permission
from app.queries.close_out import missing_for_closing
from app.queries.paging import Page, paged
from app.queries.planning_lines import pull_list
from app.queries.shortages import event_shortages
from app.refusals import NotFound, Refused
from app.rules.phases import Phase
from app.services.close_out import close_event
from app.services.costs import CostFacts, add_cost, event_costs
from app.services.event_phases import cancel_event, move_phase
from app.services.invoices import draft_deposit, draft_final, issue_invoice
from app.services.line_changes import put_on_list
from app.services.payments import record_payment
from app.services.pull_lines import Wanted

Words = Annotated[str, Field(min_length=1, max_length=200)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class EventOut(Output):
    """An event."""

    id: int
    number: str
    name: str
    phase: Phase
    company_id: int | None
    venue_id: int | None
    deal_id: int | None
    warehouse_id: int
    site_id: int
    occupied_from: datetime
    occupied_until: datetime
    charged_from: datetime
    charged_until: datetime
    revenue: Decimal
    version: int


class EventQuery(Paging):
    """Which events."""

    phase: Phase | None = None


@operation(
    "GET",
    "/planning/events",
    permission=Permission.EVENTS_READ,
    answer=EventOut,
    query=EventQuery,
    is_list=True,
)
def list_events(query: EventQuery) -> Page[Event]:
    """Events, by their beginning."""
    wanted = select(Event).order_by(Event.occupied_from, Event.id)
    if query.phase is not None:
        wanted = wanted.where(Event.phase == query.phase)
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/planning/events/<int:event_id>", permission=Permission.EVENTS_READ, answer=EventOut)
def get_event(event_id: int) -> Event:
    """One event."""
    return find(Event, event_id)


class PullLineOut(Output):
    """So many of a product for an event, how far they have come, and what is free beside them."""

    id: int
    product_id: int
    product: str
    category: str
    quantity: int
    occupied_from: datetime
    occupied_until: datetime
    prepped: int
    out: int
    returned: int
    free: int
    total: int
    short: int


@operation(
    "GET",
    "/planning/events/<int:event_id>/pull-list",
    permission=Permission.EVENTS_READ,
    answer=PullLineOut,
    is_list=True,
)
def get_pull_list(event_id: int) -> list[dict[str, Any]]:
    """What the warehouse takes from the shelves for an event, by category."""
    event = find(Event, event_id)
    return [line_facts(event, row) for group in pull_list(event) for row in group.rows]


def line_facts(event: Event, row: Any) -> dict[str, Any]:
    """One line as the contract lists it."""
    claim = row.claim
    return {
        "id": row.line.id,
        "product_id": row.product.id,
        "product": row.product.name,
        "category": row.category,
        "quantity": row.line.quantity,
        "occupied_from": row.line.occupied_from or event.occupied_from,
        "occupied_until": row.line.occupied_until or event.occupied_until,
        "prepped": claim.prepped_quantity if claim else 0,
        "out": claim.out_quantity if claim else 0,
        "returned": claim.returned_quantity if claim else 0,
        "free": row.availability.free,
        "total": row.availability.total,
        "short": row.short.missing if row.short else 0,
    }


class PullLineIn(Input):
    """A product for the pull list; a package adds its parts."""

    product_id: Id
    quantity: Quantity


class PullLineAdded(Output):
    """A line that was added or raised."""

    id: int
    event_id: int
    product_id: int
    quantity: int


@operation(
    "POST",
    "/planning/events/<int:event_id>/pull-list",
    permission=Permission.EVENTS_MANAGE,
    answer=PullLineAdded,
    body=PullLineIn,
    status=201,
    is_idempotent=True,
)
def add_to_pull_list(event_id: int, body: PullLineIn) -> PullLine:
    """Put a product on the pull list and claim it; refused when it is not free."""
    event = find(Event, event_id)
    try:
        find(Product, body.product_id)
    except NotFound as error:
        raise Refused("There is no such product.", "product_id") from error
    return put_on_list(event, Wanted(body.product_id, body.quantity), by=actor())[0]


class ShortageOut(Output):
    """What an event lacks, and why."""

    line_id: int
    product_id: int
    product: str
    missing: int
    total: int
    reasons: list[str]


@operation(
    "GET",
    "/planning/events/<int:event_id>/shortages",
    permission=Permission.EVENTS_READ,
    answer=ShortageOut,
    is_list=True,
)
def get_shortages(event_id: int) -> list[dict[str, Any]]:
    """What an event lacks, each with its reasons."""
    return [
        {
            "line_id": solvable.short.line.id,
            "product_id": solvable.short.product.id,
            "product": solvable.short.product.name,
            "missing": solvable.short.missing,
            "total": solvable.short.total,
            "reasons": [reason.text for reason in solvable.short.reasons],
        }
        for solvable in event_shortages(find(Event, event_id))
    ]


class PhaseIn(Input):
    """Where an event goes next; cancelling, or leaving although short, needs a reason."""

    phase: Phase
    reason: Annotated[str, Field(max_length=1000)] = ""


@operation(
    "POST",
    "/planning/events/<int:event_id>/phase",
    permission=Permission.EVENTS_MANAGE,
    answer=EventOut,
    body=PhaseIn,
    is_idempotent=True,
)
def change_phase(event_id: int, body: PhaseIn) -> Event:
    """Move an event to another phase."""
    event = find(Event, event_id)
    if body.phase is Phase.CLOSED:
        raise Refused("An event is closed through its close-out.", "phase")
    if body.phase is Phase.CANCELLED:
        return cancel_event(event, body.reason, by=actor())
    return move_phase(event, body.phase, by=actor(), reason=body.reason)


class CostOut(Output):
    """A cost of an event, planned beside actual; `charge` is what the client pays for it."""

    id: int
    event_id: int
    kind: CostKind
    description: str
    quantity: Decimal
    unit_cost: Decimal
    planned: Decimal | None
    actual: Decimal | None
    charge: Decimal


@operation(
    "GET",
    "/planning/events/<int:event_id>/costs",
    permission=Permission.EVENT_COSTS_READ,
    answer=CostOut,
    is_list=True,
)
def get_costs(event_id: int) -> list[EventCost]:
    """The costs of an event."""
    return event_costs(find(Event, event_id).id)


class CostIn(Input):
    """A cost to be entered."""

    kind: CostKind
    description: Words
    planned: Money | None = None
    actual: Money | None = None
    charge: Money = Decimal(0)


@operation(
    "POST",
    "/planning/events/<int:event_id>/costs",
    permission=Permission.EVENT_COSTS_MANAGE,
    answer=CostOut,
    body=CostIn,
    status=201,
    is_idempotent=True,
)
def create_cost(event_id: int, body: CostIn) -> EventCost:
    """Enter a cost."""
    return add_cost(find(Event, event_id), CostFacts(**body.model_dump()), by=actor())


class GapOut(Output):
    """Something that is still missing before an event can be closed."""

    key: str
    title: str
    can_be_excused: bool
    items: list[str]


@operation(
    "GET",
    "/planning/events/<int:event_id>/close-out",
    permission=Permission.EVENTS_READ,
    answer=GapOut,
    is_list=True,
)
def get_close_out(event_id: int) -> list[dict[str, Any]]:
    """What is missing before an event can be closed."""
    gaps = missing_for_closing(find(Event, event_id))
    return [
        {
            "key": gap.key,
            "title": gap.title,
            "can_be_excused": gap.can_be_excused,
            "items": [item.text for item in gap.items],
        }
        for gap in gaps
    ]


class CloseOutIn(Input):
    """Reasons for gaps that may be excused, by their key."""

    reasons: Mapping[str, Annotated[str, Field(max_length=1000)]] = {}


@operation(
    "POST",
    "/planning/events/<int:event_id>/close-out",
    permission=Permission.EVENTS_CLOSE,
    answer=EventOut,
    body=CloseOutIn,
    is_idempotent=True,
)
def close(event_id: int, body: CloseOutIn) -> Event:
    """Close an event; refused while something is missing that has no excuse."""
    return close_event(find(Event, event_id), body.reasons, by=actor())


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


@operation(
    "GET", "/crm/invoices", permission=Permission.INVOICES_READ, answer=InvoiceOut, query=Paging, is_list=True
)
def list_invoices(query: Paging) -> Page[Invoice]:
    """Invoices, newest first."""
    return paged(select(Invoice).order_by(Invoice.id.desc()), query.page, query.per_page)


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
    try:
        event = find(Event, body.event_id)
    except NotFound as error:
        raise Refused("There is no such event.", "event_id") from error
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
