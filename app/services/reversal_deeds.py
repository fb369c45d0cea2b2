"""Reversing a movement by hand: what was posted by mistake, unless the deed that posted it has its own undo."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Location,
    LocationKind,
    Product,
    PurchaseOrder,
    StockTransaction,
    TransactionKind,
)
from app.refusals import Forbidden, Refused
from app.services.activities import record
from app.services.assets import refuse_in_use
from app.services.order_receipts import orders_of, settle_orders
from app.services.reversals import reversals_of, reverse, same_request
from app.services.rooms import settle_claims
from app.services.stock import ALLOWED_BY, Moved
from app.transactions import lock, locked_rows

OWN_UNDO: Final = {
    "repair": "It belongs to a repair: what becomes of the thing is said there.",
    "retirement": "The asset was retired. Add it anew if it is back.",
    "found": "It was found again: report it missing if it is not there.",
}
"""Sorts of movement that are not taken back by themselves, with what to do instead."""


def reverse_by_hand(row: StockTransaction, reason: str, *, by: Actor, request_id: str) -> Moved:
    """Take one movement back, as a deed of its own. Raises Refused, Forbidden."""
    if not by.may(ALLOWED_BY[row.kind]):
        raise Forbidden(f"You may not reverse this: {ALLOWED_BY[row.kind]} is missing.")
    lock({PurchaseOrder: orders_of([row]), Product: [row.product_id], Asset: [row.asset_id or 0]})
    if earlier := reversals_of([row]):
        return Moved(same_request(earlier, [row], request_id))
    if why := why_not(row):
        raise Refused(why, "reason")
    refuse_in_use([row.asset_id] if row.asset_id else [])
    try:
        rows = reverse([row], reason, by=by, request_id=request_id)
    except Refused as refused:
        raise Refused(refused.message, "reason") from refused
    settle_orders(rows, by=by)
    retire_again(rows)
    product = db.session.get_one(Product, row.product_id)
    record("stock.reversed", product, by=by, quantity=row.quantity, kind=str(row.kind), reason=reason)
    return Moved(rows, settle_both_ends(row, by))


def why_not(row: StockTransaction) -> str:
    """Why a movement is not taken back by hand; empty when it may be."""
    if row.reverses_id is not None:
        return "This takes another movement back. Post that one anew instead."
    if row.count_line_id is not None:
        return "It was posted by a count: reverse the count."
    if row.job_part_id is not None:
        return "It was used on a job: return the part there."
    if row.asset_id is not None and row.kind is not TransactionKind.TRANSFER and row.order_line_id is None:
        return "It is one asset: retire it, or add it anew."
    return OWN_UNDO.get(row.reference_type, "") or by_event(row)


def retire_again(rows: Sequence[StockTransaction]) -> None:
    """A piece whose delivery was taken back is none of ours any more."""
    ids = [row.asset_id for row in rows if row.asset_id and row.order_line_id and row.to_id is None]
    for asset in locked_rows(Asset, ids):
        asset.retired_at = datetime.now(UTC)
    db.session.flush()


def by_event(row: StockTransaction) -> str:
    """Whether a movement is an event's, which scans and the close-out post, in words."""
    kinds = db.session.scalars(select(Location.kind).where(Location.id.in_(places_of(row))))
    is_there = LocationKind.EVENT_SITE in set(kinds)
    return "It was scanned out, in, or closed out on an event: take it back there." if is_there else ""


def places_of(row: StockTransaction) -> list[int]:
    """Where a movement came from and went to."""
    return [place for place in (row.from_id, row.to_id) if place]


def settle_both_ends(row: StockTransaction, by: Actor) -> list[str]:
    """Bring the claims of its warehouses in line; the numbers of the events that are short now."""
    houses = set(db.session.scalars(select(Location.warehouse_id).where(Location.id.in_(places_of(row)))))
    if row.kind is TransactionKind.TRANSFER and len(houses) == 1:
        return []
    reason = "A stock transaction was reversed"
    return [
        number
        for house in sorted(houses)
        for number in settle_claims([row.product_id], house, by=by, reason=reason)
    ]
