"""What somebody who scans holds in their hands although it was written off: what a press would put back."""

from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Condition, Event, Product, Scan
from app.queries.lost_pieces import IS_LOSS, lost_asset, lost_of
from app.rules.money import ZERO
from app.rules.phases import Phase


class Find(NamedTuple):
    """So many pieces that can be put back; they were lost on `event_id`, and the client gets `credit` back there.

    What a count has missed was lost on no event: then it is the event that is scanned for, and nobody paid.
    """

    event_id: int
    product_id: int
    asset_id: int | None
    pieces: int
    credit: Decimal
    name: str


def lost_on(asset_id: int) -> int | None:
    """The event that an asset was lost on last, if it was on one."""
    lost = select(Scan.event_id).where(Scan.asset_id == asset_id, *IS_LOSS)
    return db.session.scalar(lost.order_by(Scan.id.desc()).limit(1))


def find_of(row: Scan) -> Find | None:
    """What a scan has met that is lost still; nothing where it is not, or not any more."""
    if row.event_id is None or row.product_id is None:
        return None
    return asset_find(row) if row.asset_id else pieces_find(row)


def asset_find(row: Scan) -> Find | None:
    """The asset itself, as long as the books have it nowhere."""
    asset = db.session.get_one(Asset, row.asset_id)
    if asset.condition is not Condition.MISSING or asset.location_id is not None:
        return None
    product = db.session.get_one(Product, asset.product_id)
    event_id = lost_on(asset.id) or row.event_id
    assert event_id is not None
    lost = lost_asset(event_id, asset.id)
    credit = credit_on(event_id, lost.credit if lost else ZERO)
    return Find(event_id, product.id, asset.id, 1, credit, f"{product.name} {asset.tag}")


def pieces_find(row: Scan) -> Find | None:
    """As many of the pieces that were scanned as are lost on their event."""
    assert row.event_id is not None and row.product_id is not None
    lost = lost_of(row.event_id, row.product_id)
    if lost is None:
        return None
    pieces = min(row.quantity, lost.pieces)
    credit = credit_on(row.event_id, lost.credit(pieces))
    return Find(row.event_id, row.product_id, None, pieces, credit, f"{pieces} × {lost.product}")


def credit_on(event_id: int, proposed: Decimal) -> Decimal:
    """What is given back unasked: nothing on a closed event, whose figures stand."""
    return ZERO if db.session.get_one(Event, event_id).phase is Phase.CLOSED else proposed


__all__ = ["Find", "find_of", "lost_on"]
