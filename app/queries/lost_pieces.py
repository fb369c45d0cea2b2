"""What was lost on an event and has not been found: what was written off, less what turned up, and its charge."""

from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import ScalarSelect, func, select

from app.extensions import db
from app.models import Asset, Condition, EventCost, Product, Scan, StockTransaction
from app.rules.costing import credit
from app.rules.money import ZERO
from app.rules.verdicts import Situation

FOUND: Final = "found"
"""What a movement refers to by which something turns up again."""
IS_LOSS: Final = (Scan.situation == Situation.LOST, Scan.change > 0)
"""What tells the scan that is a loss from those that only met something lost."""


class LostPieces(NamedTuple):
    """So many pieces of a product are lost; `charged` is what the client pays for them, less what was given back."""

    product_id: int
    product: str
    pieces: int
    charged: Decimal

    def credit(self, found: int) -> Decimal:
        """What is given back when so many of them turn up."""
        return credit(self.charged, self.pieces, found)

    @property
    def each(self) -> Decimal:
        """What was charged for one, not rounded: it is multiplied."""
        return max(self.charged, ZERO) / self.pieces


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
    charged = charged_on(event_id, EventCost.product_id == Product.id, EventCost.asset_id.is_(None))
    query = (
        select(Product.id, Product.name, still, charged)
        .join(Scan, Scan.product_id == Product.id)
        .where(Scan.event_id == event_id, Scan.asset_id.is_(None), *IS_LOSS)
        .group_by(Product.id, Product.name)
        .having(still > 0)
        .order_by(Product.name)
    )
    return [LostPieces(row[0], row[1], int(row[2]), row[3] or ZERO) for row in db.session.execute(query)]


def charged_on(event_id: int, *what: Any) -> ScalarSelect[Decimal]:
    """What the client pays on an event for something lost, less what was given back for it."""
    query = select(func.sum(EventCost.charge)).where(EventCost.event_id == event_id, *what)
    return query.correlate(Product, Asset).scalar_subquery()


def lost_of(event_id: int, product_id: int) -> LostPieces | None:
    """What of a product is still lost on an event, if anything is."""
    return next((one for one in pieces_lost(event_id) if one.product_id == product_id), None)


class LostAsset(NamedTuple):
    """A piece that was lost on an event and has not been found, with what the client pays for it."""

    asset_id: int
    tag: str
    product: str
    charged: Decimal

    @property
    def credit(self) -> Decimal:
        """What is given back when it turns up."""
        return credit(self.charged, 1, 1)


def assets_lost(event_id: int) -> list[LostAsset]:
    """The pieces that were lost on an event and are still missing: one statement."""
    lost = select(Scan.asset_id).where(Scan.event_id == event_id, *IS_LOSS)
    charged = charged_on(event_id, EventCost.asset_id == Asset.id)
    query = (
        select(Asset.id, Asset.tag, Product.name, charged)
        .join(Product, Product.id == Asset.product_id)
        .where(Asset.id.in_(lost), Asset.condition == Condition.MISSING, Asset.location_id.is_(None))
        .order_by(Asset.tag)
    )
    return [LostAsset(row[0], row[1], row[2], row[3] or ZERO) for row in db.session.execute(query)]


def lost_asset(event_id: int, asset_id: int) -> LostAsset | None:
    """An asset that is lost on an event; nothing for one that is not."""
    return next((one for one in assets_lost(event_id) if one.asset_id == asset_id), None)


__all__ = [
    "FOUND",
    "IS_LOSS",
    "LostAsset",
    "LostPieces",
    "assets_lost",
    "lost_asset",
    "lost_of",
    "pieces_lost",
]
