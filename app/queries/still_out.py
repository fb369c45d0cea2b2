"""What is away on events and expected back: consumables leave for good, so nobody waits for them."""

from sqlalchemy import ColumnElement, and_, select

from app.models import Organization, Product, Reservation, Tracking


def gear_is_out() -> ColumnElement[bool]:
    """True for a claim of a pull line of which pieces are still to come back; repairs are not away."""
    consumables = select(Product.id).where(Product.tracking == Tracking.CONSUMABLE)
    return and_(
        Reservation.line_id.is_not(None),
        Reservation.out_quantity > Reservation.returned_quantity,
        Reservation.product_id.not_in(consumables),
    )


def gear_is_awaited() -> ColumnElement[bool]:
    """True for such a claim whose gear is late once its end has passed: nobody trusts that it came back."""
    trusting = select(Organization.id).where(Organization.trusts_planned_returns)
    return and_(gear_is_out(), Reservation.organization_id.not_in(trusting))
