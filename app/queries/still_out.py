"""What is away and expected back: consumables leave for good, so nobody waits for them."""

from sqlalchemy import ColumnElement, and_, select

from app.models import Product, Reservation, Tracking


def gear_is_out() -> ColumnElement[bool]:
    """True for a claim of which pieces are still to come back."""
    consumables = select(Product.id).where(Product.tracking == Tracking.CONSUMABLE)
    return and_(
        Reservation.out_quantity > Reservation.returned_quantity, Reservation.product_id.not_in(consumables)
    )
