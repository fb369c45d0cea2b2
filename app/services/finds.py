"""Putting back what was written off and is in somebody's hands, from the scan that met it."""

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Event, Product, Scan
from app.queries.finds import Find, find_of
from app.refusals import Refused
from app.rules.money import ZERO
from app.services.ledger import posted_before
from app.services.losses import mark_found, mark_pieces_found


def find_scanned(row: Scan, *, by: Actor) -> Find:
    """Mark as found what a scan has met; the client gets back what was charged. The same scan is one find.

    What was put back, with what was given back for it. Raises Refused for what is not lost any more.
    """
    request_id = f"{row.uuid}/found"
    find = find_of(row)
    if find is None:
        return found_before(row, request_id)
    event = db.session.get_one(Event, find.event_id)
    if find.asset_id is not None:
        asset = db.session.get_one(Asset, find.asset_id)
        given = mark_found(asset, event, None, by=by, uuid=request_id)
    else:
        product = db.session.get_one(Product, find.product_id)
        given = mark_pieces_found(product, event, find.pieces, None, by=by, uuid=request_id)
    return find._replace(credit=given)


def found_before(row: Scan, request_id: str) -> Find:
    """What the same press has done before. Raises Refused when it was somebody else, or nobody."""
    posted = posted_before(request_id)
    if not posted or row.event_id is None or row.product_id is None:
        raise Refused("It is not lost any more. Scan it again.", "code")
    asset = db.session.get_one(Asset, row.asset_id) if row.asset_id else None
    product = db.session.get_one(Product, row.product_id)
    pieces = sum(one.quantity for one in posted)
    name = f"{product.name} {asset.tag}" if asset else f"{pieces} × {product.name}"
    return Find(row.event_id, product.id, row.asset_id, pieces, ZERO, name)


__all__ = ["find_scanned"]
