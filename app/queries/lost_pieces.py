"""Counted pieces that were lost on an event and have not been found: what was written off, less what turned up."""

from typing import Final, NamedTuple

from sqlalchemy import func, select

from app.extensions import db
from app.models import Product, Scan, StockTransaction
from app.rules.verdicts import Situation

FOUND: Final = "found"
"""What a movement refers to by which something turns up again."""


class LostPieces(NamedTuple):
    """So many pieces of a product are lost."""

    product_id: int
    product: str
    pieces: int


def pieces_lost(event_id: int) -> list[LostPieces]:
    """What is counted and still lost on an event, by name: one statement."""
    found = (
        select(func.coalesce(func.sum(StockTransaction.quantity), 0))
        .where(
            StockTransaction.product_id == Product.id,
            StockTransaction.event_id == event_id,
            StockTransaction.reference_type == FOUND,
        )
        .correlate(Product)
        .scalar_subquery()
    )
    still = func.sum(Scan.change) - found
    query = (
        select(Product.id, Product.name, still)
        .join(Scan, Scan.product_id == Product.id)
        .where(
            Scan.event_id == event_id,
            Scan.situation == Situation.LOST,
            Scan.asset_id.is_(None),
            Scan.change > 0,
        )
        .group_by(Product.id, Product.name)
        .having(still > 0)
        .order_by(Product.name)
    )
    return [LostPieces(row[0], row[1], int(row[2])) for row in db.session.execute(query)]
