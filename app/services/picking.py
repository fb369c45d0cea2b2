"""From which places of a warehouse counted pieces are taken."""

from typing import Final

from sqlalchemy import bindparam, select

from app.extensions import db
from app.models import Location, LocationKind, StockLevel

NO_SHELVES: Final = (LocationKind.EVENT_SITE, LocationKind.REPAIR_BENCH)
"""Places whose pieces are out or broken."""
SHELVES: Final = (
    select(StockLevel.location_id, StockLevel.quantity)
    .join(Location, Location.id == StockLevel.location_id)
    .where(
        StockLevel.product_id == bindparam("product"),
        StockLevel.is_held,
        Location.warehouse_id == bindparam("warehouse"),
        Location.kind.not_in(NO_SHELVES),
    )
    .order_by(StockLevel.quantity.desc(), StockLevel.location_id)
)


def shelves(product_id: int, warehouse_id: int) -> list[tuple[int, int]]:
    """(place, pieces) where a warehouse holds a product, the fullest first; sites are not shelves."""
    asked = {"product": product_id, "warehouse": warehouse_id}
    return [(row.location_id, row.quantity) for row in db.session.execute(SHELVES, asked)]


def from_places(product_id: int, warehouse_id: int, quantity: int) -> list[tuple[int, int]]:
    """(place, pieces) to take so many of a product from, the fullest shelf first.

    They come to less than was asked for when the shelves hold less: whoever asks says what is missing.
    """
    left, taken = quantity, []
    for location_id, held in shelves(product_id, warehouse_id):
        if pieces := min(left, held):
            taken.append((location_id, pieces))
            left -= pieces
    return taken
