"""What is kept back, as lists and pages show it."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Quarantine, Reservation
from app.queries.paging import PER_PAGE, Page, paged

STATES: Final = {"open": "Kept back", "released": "Released", "all": "All"}


def quarantines_page(state: str, page: int, per_page: int = PER_PAGE) -> Page[Quarantine]:
    """What is kept back, the newest first."""
    query = (
        select(Quarantine)
        .options(joinedload(Quarantine.product), joinedload(Quarantine.asset))
        .order_by(Quarantine.released_at.is_not(None), Quarantine.id.desc())
    )
    if state == "open":
        query = query.where(Quarantine.released_at.is_(None))
    if state == "released":
        query = query.where(Quarantine.released_at.is_not(None))
    return paged(query, page, per_page)


def claim_of_quarantine(quarantine_id: int) -> Reservation:
    """The claim that keeps it out of stock."""
    return db.session.scalars(select(Reservation).where(Reservation.quarantine_id == quarantine_id)).one()


def quarantine_of(asset_id: int) -> Quarantine | None:
    """The quarantine that an asset is in."""
    query = select(Quarantine).where(Quarantine.asset_id == asset_id, Quarantine.released_at.is_(None))
    return db.session.scalars(query).one_or_none()


def not_at_hand(product_id: int, warehouse_id: int) -> int:
    """How many pieces of a product in one warehouse's stock are away, or kept out of use already."""
    query = select(
        func.coalesce(func.sum(Reservation.out_quantity - Reservation.returned_quantity), 0)
    ).where(
        Reservation.product_id == product_id,
        Reservation.warehouse_id == warehouse_id,
    )
    return db.session.scalar(query) or 0
