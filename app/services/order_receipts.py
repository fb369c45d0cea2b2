"""Receiving what was ordered: each receipt goes through the ledger and names the line that it is of."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Location,
    OrderLine,
    OrderState,
    Product,
    PurchaseOrder,
    StockTransaction,
)
from app.refusals import Refused
from app.rules.orders import Arrived, excess, progress
from app.services.activities import record
from app.services.ledger import posted_before
from app.services.receipts import Arrival
from app.services.stock import Moved, receive_in
from app.transactions import lock

RECEIVABLE = (OrderState.ORDERED, OrderState.PARTLY_RECEIVED, OrderState.RECEIVED)


class TooMany(Refused):
    """More came than was ordered: somebody must say that it is kept, and why."""

    def __init__(self, line: OrderLine, product: Product, quantity: int, over: int) -> None:
        came = line.received_quantity + quantity
        super().__init__(
            f"{came} of {product.name} would have come, {line.quantity} were ordered. Keep {over} more?",
            "quantity",
        )
        self.line, self.product, self.quantity, self.over = line, product, quantity, over


@dataclass(frozen=True)
class Delivered:
    """What came of one line, in the product's own unit. A reason says why more than was ordered is kept."""

    quantity: int
    location: Location
    notes: str = ""
    reason: str = ""
    said: tuple[int, str] | None = None
    tags: Sequence[str] = field(default=())
    happened_at: datetime | None = None


def receive_line(line: OrderLine, delivered: Delivered, *, by: Actor, request_id: str) -> Moved:
    """Receive something of a line at its price. The same request again changes nothing.

    Raises TooMany for more than was ordered without a reason, Refused for an order from which nothing comes.
    """
    lock({PurchaseOrder: [line.order_id], Product: [line.product_id]})
    return receive_in_line(line, delivered, by=by, request_id=request_id)


def receive_in_line(line: OrderLine, delivered: Delivered, *, by: Actor, request_id: str) -> Moved:
    """The same, with the order and the product locked."""
    if posted := posted_before(request_id):
        return Moved(posted)
    db.session.refresh(line)
    order, product = (
        db.session.get_one(PurchaseOrder, line.order_id), db.session.get_one(Product, line.product_id)
    )  # fmt: skip
    refuse_unreceivable(order)
    over = excess(Arrived(line.quantity, line.received_quantity), delivered.quantity)
    if over and not delivered.reason.strip():
        raise TooMany(line, product, delivered.quantity, over)
    moved = receive_in(
        product, delivered.quantity, delivered.location, line.unit_cost, by=by, request_id=request_id,
        arrival=arrival_of(order, line, delivered),
    )  # fmt: skip
    settle_orders(moved.transactions, by=by)
    record(
        "order.received", order, by=by, summary=f"{delivered.quantity} {product.unit} {product.name}",
        product_id=product.id, quantity=delivered.quantity, over=over, job_part_id=line.job_part_id,
    )  # fmt: skip
    return moved


def refuse_unreceivable(order: PurchaseOrder) -> None:
    """Raises Refused for an order from which nothing can come."""
    if order.state not in RECEIVABLE:
        raise Refused(f"{order.number} is {order.state.label.lower()}: nothing comes from it.")


def arrival_of(order: PurchaseOrder, line: OrderLine, delivered: Delivered) -> Arrival:
    """The papers of a receipt."""
    notes = "; ".join(filter(None, [delivered.notes, delivered.reason]))
    return Arrival(
        delivered.tags, order.number, notes, delivered.happened_at, "purchase", line.id, delivered.said
    )


def settle_orders(transactions: Sequence[StockTransaction], *, by: Actor) -> None:
    """Count what just came of lines, or was taken back, and let their orders stand where the lines do.

    The orders are locked. Called after each receipt, and after a receipt was reversed.
    """
    changes: Counter[int] = Counter()
    for row in transactions:
        if row.order_line_id is not None:
            changes[row.order_line_id] += row.quantity if row.to_id is not None else -row.quantity
    came_at = max((row.happened_at for row in transactions), default=datetime.now(UTC))
    lines = db.session.scalars(select(OrderLine).where(OrderLine.id.in_(changes))).all()
    for line in lines:
        count_in(line, changes[line.id], came_at)
    db.session.flush()
    for order_id in sorted({line.order_id for line in lines}):
        settle_state(db.session.get_one(PurchaseOrder, order_id), came_at, by)


def count_in(line: OrderLine, change: int, came_at: datetime) -> None:
    """So many more came of a line, or fewer; a line of which nothing is left has not begun to arrive."""
    line.received_quantity += change
    if line.received_quantity <= 0:
        line.first_received_at = None
    elif line.first_received_at is None:
        line.first_received_at = came_at


def orders_of(transactions: Sequence[StockTransaction]) -> list[int]:
    """The orders that have to be locked before these movements are reversed."""
    line_ids = {row.order_line_id for row in transactions if row.order_line_id is not None}
    query = select(OrderLine.order_id).where(OrderLine.id.in_(line_ids)).distinct()
    return list(db.session.scalars(query)) if line_ids else []


def settle_state(order: PurchaseOrder, came_at: datetime, by: Actor) -> None:
    """Let the order stand where its lines do. One that was closed short stays closed."""
    query = select(OrderLine.quantity, OrderLine.received_quantity).where(OrderLine.order_id == order.id)
    stands = OrderState(progress([Arrived(*row) for row in db.session.execute(query)]))
    order.version += 1
    if order.closed_reason or stands is order.state:
        db.session.flush()
        return
    order.state = stands
    order.received_at = came_at if stands is OrderState.RECEIVED else None
    db.session.flush()
    if stands is OrderState.RECEIVED:
        record("order.completed", order, by=by)


__all__ = ["Delivered", "TooMany", "orders_of", "receive_in_line", "receive_line", "settle_orders"]
