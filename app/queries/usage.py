"""What was used: pieces that left stock for good, less what was taken back.

A use is an issue of counted stock: on a job, used up on an event, sold or given away. A lost or retired asset is
not a use, nor is a wrong issue that was reversed: the reversal counts against the day on which it was made, with
the cost that the issue had.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, literal_column, select, union_all
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import StockTransaction, TransactionKind

ISSUE: Final[ColumnElement[str]] = literal_column(f"'{TransactionKind.ISSUE}'")
"""Said in the statement itself, so that the index of uses is seen to fit."""
Undone: Final = aliased(StockTransaction, name="undone")
"""The issue that a reversal takes back."""


def is_use(row: Any) -> ColumnElement[bool]:
    """True for an issue of counted stock that takes nothing back."""
    return and_(row.kind == ISSUE, row.asset_id.is_(None), row.reverses_id.is_(None))


def used(since: datetime, until: datetime, product_ids: Collection[int] | None = None) -> dict[int, int]:
    """Product → pieces used in [since, until), less what was taken back; products without any are left out."""
    issues = select(StockTransaction.product_id, StockTransaction.quantity).where(
        is_use(StockTransaction), *within(since, until, product_ids)
    )
    reversals = (
        select(StockTransaction.product_id, -StockTransaction.quantity)
        .join(Undone, Undone.id == StockTransaction.reverses_id)
        .where(StockTransaction.reverses_id.is_not(None), is_use(Undone), *within(since, until, product_ids))
    )
    both = union_all(issues, reversals).subquery()
    total = func.sum(both.c.quantity)
    query = select(both.c.product_id, total).group_by(both.c.product_id).having(total != 0)
    return {product_id: int(pieces) for product_id, pieces in db.session.execute(query)}


def within(
    since: datetime, until: datetime, product_ids: Collection[int] | None
) -> list[ColumnElement[bool]]:
    """What happened in a time, of these products or of all."""
    period = [StockTransaction.happened_at >= since, StockTransaction.happened_at < until]
    return period if product_ids is None else [*period, StockTransaction.product_id.in_(product_ids)]
