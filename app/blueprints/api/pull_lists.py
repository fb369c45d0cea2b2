"""Pull lists and what they lack, for programs."""

from datetime import datetime
from typing import Any

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import fields_called, named
from app.blueprints.planning.fields import overbooking
from app.edge import actor
from app.fields import Id, Input, Instant, Quantity, Reason
from app.finding import find
from app.models import Event, Product, PullLine
from app.permissions import Permission
from app.queries.planning_lines import pull_list
from app.refusals import NotFound
from app.services.line_changes import change_line, put_on_list, remove_line
from app.services.line_windows import Stay
from app.services.pull_lines import Wanted


class PullLineOut(Output):
    """So many of a product for an event, how far they have come, and what is free beside them."""

    id: int
    product_id: int
    product: str
    category: str
    quantity: int
    note: str
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
        "note": row.line.note,
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
    """A product for the pull list; a package adds its parts. A reason promises what is not free."""

    product_id: Id
    quantity: Quantity
    note: Reason = ""
    reason: Reason = ""


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
    named(Product, body.product_id, "product_id")
    wanted = Wanted(body.product_id, body.quantity, body.note)
    decision = overbooking(actor(), body.reason)
    with fields_called(product="product_id"):
        return put_on_list(event, wanted, by=actor(), overbook=decision)[0]


class LineIn(Input):
    """A line as it shall be. What is left out of its times is the event's; a reason promises what is not free."""

    quantity: Quantity
    note: Reason = ""
    occupied_from: Instant | None = None
    occupied_until: Instant | None = None
    reason: Reason = ""


@operation(
    "PUT",
    "/planning/events/<int:event_id>/pull-list/<int:line_id>",
    permission=Permission.EVENTS_MANAGE,
    answer=PullLineOut,
    body=LineIn,
)
def replace_pull_line(event_id: int, line_id: int, body: LineIn) -> dict[str, Any]:
    """Plan another quantity or time of a line; refused below what has left, and for what is not free."""
    event, line = find(Event, event_id), line_of(event_id, line_id)
    decision, stay = overbooking(actor(), body.reason), Stay(body.occupied_from, body.occupied_until)
    change_line(line, body.quantity, body.note, by=actor(), overbook=decision, stay=stay)
    return line_facts(event, pull_list(event, line_ids=[line.id])[0].rows[0])


@operation(
    "DELETE",
    "/planning/events/<int:event_id>/pull-list/<int:line_id>",
    permission=Permission.EVENTS_MANAGE,
)
def delete_pull_line(event_id: int, line_id: int) -> None:
    """Take a line off the list; refused for what is prepped or out."""
    find(Event, event_id)
    remove_line(line_of(event_id, line_id), by=actor())


def line_of(event_id: int, line_id: int) -> PullLine:
    """A line of this very event. Raises NotFound."""
    line = find(PullLine, line_id)
    if line.event_id != event_id or not line.quantity:
        raise NotFound("This line is not on the pull list.")
    return line
