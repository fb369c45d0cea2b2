"""What became of the letter with which an order went out."""

from sqlalchemy import select

from app.extensions import db
from app.models import Delivery, DeliveryState, PurchaseOrder

UNSENT = (DeliveryState.WAITING, DeliveryState.FAILED)


def unsent_letter(order: PurchaseOrder) -> Delivery | None:
    """The letter of an order while it waits, or when nobody took it; none once it has gone out."""
    if not order.sent_to or order.ordered_at is None:
        return None
    query = select(Delivery).where(
        Delivery.state.in_(UNSENT),
        Delivery.address == order.sent_to,
        Delivery.subject.endswith(f": order {order.number}", autoescape=True),
    )
    return db.session.scalars(query.order_by(Delivery.id.desc()).limit(1)).one_or_none()
