"""Receiving an order with a phone or a scanner: each code counts up, and the list under it says what is missing."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from flask import Response
from pydantic import AwareDatetime, Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import chosen_place, new_request_id
from app.edge import actor
from app.fields import Id, Input, Quantity, Reason, ShortText
from app.finding import find
from app.forms import read_form
from app.htmx import page, part, settle, wants_part
from app.models import Location, PurchaseOrder
from app.permissions import Permission, requires
from app.queries import orders as queries
from app.queries.choices import place_options
from app.refusals import Refused
from app.services.order_receipts import TooMany
from app.services.order_scans import DeliveryAnswer, DeliveryScan, scan_delivery
from app.transactions import rollback, start_reading


class DeliveryForm(Input):
    """What the screen sends with every code."""

    code: Annotated[str, Field(max_length=5_000)] = ""
    scan_id: Annotated[str, Field(max_length=64)] = ""
    scanned_at: AwareDatetime | None = None
    line_id: Id | None = None
    quantity: Quantity = 1
    unit: ShortText = ""
    location_id: Id | None = None
    reason: Reason = ""

    def as_scan(self, order: PurchaseOrder) -> DeliveryScan:
        """The same as the service takes it."""
        place = chosen_place(self.location_id or order.location_id, "location_id")
        return DeliveryScan(
            self.scan_id or str(uuid.uuid4()), self.code, place, self.line_id, self.quantity, self.unit, self.reason,
            scanned_at=min(self.scanned_at, datetime.now(UTC)) if self.scanned_at else None,
        )  # fmt: skip


@blueprint.get("/orders/<int:order_id>/receiving")
@requires(Permission.STOCK_RECEIVE)
def order_receiving(order_id: int) -> Response:
    """The verdict, the input, and what is still to come under it."""
    row = queries.order_page(order_id)
    return page("inventory/order_receiving.html", place=row.location, **standing(row))


def standing(row: PurchaseOrder) -> dict[str, Any]:
    """What the list shows now."""
    lines = queries.line_rows(row.id)
    units = dict.fromkeys(name for line in lines for name, _ in line.units)
    return {
        "order": row,
        "lines": lines,
        "units": list(units),
        "is_open": row.state.value in ("ordered", "partly_received", "received"),
        "place_options": place_options(),
        "new_id": new_request_id,
    }


@blueprint.post("/orders/<int:order_id>/receiving")
@requires(Permission.STOCK_RECEIVE)
def order_receive(order_id: int) -> Response:
    """One scan: the verdict, with the list beside it."""
    row, given = find(PurchaseOrder, order_id), read_form(DeliveryForm)
    try:
        answers = scan_delivery(row, given.as_scan(row), by=actor())
    except Refused as refused:
        return refusal(order_id, given, refused)
    return verdict(order_id, given, answers[-1], None)


def refusal(order_id: int, given: DeliveryForm, refused: Refused) -> Response:
    """Why it was not counted, on the screen. Raises what is another page's business."""
    if refused.status not in (403, 422):
        raise refused
    rollback()
    start_reading()
    return verdict(order_id, given, None, refused)


def verdict(
    order_id: int, given: DeliveryForm, answer: DeliveryAnswer | None, refused: Refused | None
) -> Response:
    """The answer to a scan, for htmx as parts, without JavaScript as the whole page."""
    settle()
    row = queries.order_page(order_id)
    shown = {
        "answer": answer,
        "refusal": refused,
        "too_many": refused if isinstance(refused, TooMany) else None,
        "given": given,
        "place": place_for_next(row, given, answer),
        **standing(row),
    }
    if not wants_part():
        return page("inventory/order_receiving.html", **shown)
    return part(
        "inventory/receiving/_scan_verdict.html",
        "inventory/_delivery_list.html",
        "inventory/_delivery_place.html",
        **shown,
    )


def place_for_next(row: PurchaseOrder, given: DeliveryForm, answer: DeliveryAnswer | None) -> Location:
    """Where the next goes: the place that was scanned, else the one that the screen holds."""
    if answer is not None:
        return find(Location, answer.location.id)
    return find(Location, given.location_id or row.location_id)
