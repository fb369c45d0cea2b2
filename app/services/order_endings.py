"""Ending purchase orders before all of it came: cancelled, or closed short."""

from datetime import UTC, datetime

from app.actors import Actor
from app.extensions import db
from app.models import OrderState, PurchaseOrder
from app.refusals import Refused
from app.services.activities import record
from app.transactions import lock


def cancel_order(order: PurchaseOrder, reason: str, *, by: Actor) -> None:
    """Nothing of this comes. A draft needs no reason; one of which something came is closed instead."""
    lock({PurchaseOrder: [order.id]})
    if order.state is OrderState.CANCELLED:
        return
    if order.state not in (OrderState.DRAFT, OrderState.ORDERED):
        raise Refused(f"Something of {order.number} has come: close it instead.")
    if order.state is OrderState.ORDERED and not reason.strip():
        raise Refused("Please say why.", "reason")
    was_draft = order.state is OrderState.DRAFT
    order.state, order.closed_reason = OrderState.CANCELLED, reason.strip()
    order.version += 1
    db.session.flush()
    record("order.discarded" if was_draft else "order.cancelled", order, by=by, reason=reason)


def close_short(order: PurchaseOrder, reason: str, *, by: Actor) -> None:
    """What has not come does not come any more. Raises Refused without a reason, and before anything came."""
    lock({PurchaseOrder: [order.id]})
    if order.state is OrderState.RECEIVED:
        return
    if order.state is not OrderState.PARTLY_RECEIVED:
        raise Refused(f"Nothing of {order.number} has come yet: cancel it instead.")
    if not reason.strip():
        raise Refused("Please say why the rest is not coming.", "reason")
    order.state, order.closed_reason = OrderState.RECEIVED, reason.strip()
    order.received_at = datetime.now(UTC)
    order.version += 1
    db.session.flush()
    record("order.closed_short", order, by=by, reason=reason)
