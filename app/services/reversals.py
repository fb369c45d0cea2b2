"""Taking movements of stock back: the ledger gets the opposite movement, which names what it reverses."""

from collections.abc import Sequence

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import StockTransaction, TransactionKind
from app.refusals import Refused
from app.services.ledger import Cause, Entry, Movement, post_all


def reverse(
    transactions: Sequence[StockTransaction], reason: str, *, by: Actor, request_id: str
) -> list[StockTransaction]:
    """Take movements back, the last one first. The caller has locked their products and assets, and
    settles the claims.

    A movement is reversed once; the same request again changes nothing. What came goes at the cost at
    which it came, what went comes at the cost at which it went. Raises Refused without a reason, for a
    movement that was reversed already, and when the stock is not there any more.
    """
    if not reason.strip():
        raise Refused("Please say why.", "reason")
    if earlier := reversals_of(transactions):
        return same_request(earlier, transactions, request_id)
    backwards = sorted(transactions, key=lambda row: row.id, reverse=True)
    return post_all([opposite(row, reason, by, request_id) for row in backwards])


def reversals_of(transactions: Sequence[StockTransaction]) -> list[StockTransaction]:
    """The movements that have reversed some of these already."""
    query = select(StockTransaction).where(StockTransaction.reverses_id.in_([row.id for row in transactions]))
    return list(db.session.scalars(query.order_by(StockTransaction.id)))


def same_request(
    earlier: list[StockTransaction], transactions: Sequence[StockTransaction], request_id: str
) -> list[StockTransaction]:
    """What this request wrote when it came the first time. Raises Refused when it was another one."""
    is_same = all(row.request_id == name_of(request_id, row.reverses_id or 0) for row in earlier)
    if not is_same or len(earlier) < len(transactions):
        raise Refused("This was reversed already.", "reason")
    return earlier


def opposite(row: StockTransaction, reason: str, by: Actor, request_id: str) -> Entry:
    """The movement that takes one back, for the same things that it was made for."""
    is_transfer = row.kind is TransactionKind.TRANSFER
    movement = Movement(
        row.product_id,
        row.quantity,
        row.asset_id,
        from_id=row.to_id,
        to_id=row.from_id,
        unit_cost=None if is_transfer else row.unit_cost,
        said=(row.said_quantity, row.said_unit) if row.said_quantity else None,
        job_part_id=row.job_part_id,
        order_line_id=row.order_line_id,
        count_line_id=row.count_line_id,
        reverses_id=row.id,
    )
    cause = Cause(
        by,
        row.reference_type,
        row.reference_number,
        row.event_id,
        notes=reason,
        request_id=name_of(request_id, row.id),
        is_kept=True,
    )
    return Entry(TransactionKind.TRANSFER if is_transfer else TransactionKind.ADJUSTMENT, movement, cause)


def name_of(request_id: str, transaction_id: int) -> str:
    """The request id of one reversing movement: each movement of a deed is reversed by one of its own."""
    return f"{request_id}/{transaction_id}"
