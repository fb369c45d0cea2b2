"""Taking marks off: what was promised although it was not free, and is free now."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from app.extensions import db
from app.models import Reservation
from app.queries.availability import Holder
from app.queries.standings import claims_by_place, span, standing
from app.rules.availability import Claim, free
from app.rules.periods import Period


def promised(rival: Holder, total: int, beside: Sequence[Holder]) -> Claim:
    """What of a claim must be there: without what was overbooked on purpose and is really missing."""
    claim, row = rival.claim, rival.reservation
    if rival.is_late or not row.overbooked_quantity:
        return claim
    missing = standing(row, total, {(row.product_id, row.warehouse_id): list(beside)}).missing
    excused = min(row.overbooked_quantity, missing)
    return Claim(claim.starts_at, claim.ends_at, max(claim.quantity - excused, 0))


def can_promise(row: Reservation, period: Period, total: int, beside: Sequence[Holder]) -> int:
    """How many pieces of a claim other promises leave for it in a period."""
    others = [promised(rival, total, beside) for rival in beside if rival.reservation.id != row.id]
    return min(row.quantity, max(free(total, others, period.starts_at, period.ends_at), 0))


def lift_marks(product_ids: Collection[int], capacities: dict[int, dict[int, int]]) -> None:
    """Lower what is marked as overbooked where stock has become free, the oldest claim first.

    The caller has locked the products, and says how many of each every warehouse holds.
    """
    now = datetime.now(UTC)
    query = select(Reservation).where(
        Reservation.product_id.in_(product_ids),
        Reservation.overbooked_quantity > 0,
        Reservation.released_at.is_(None),
        Reservation.ends_at > now,
    )
    marked = db.session.scalars(query.order_by(Reservation.id)).all()
    if not marked:
        return
    rivals = claims_by_place({row.product_id for row in marked}, *span(marked), now)
    for row in marked:
        total = capacities.get(row.product_id, {}).get(row.warehouse_id, 0)
        beside = rivals.get((row.product_id, row.warehouse_id), [])
        fits = can_promise(row, Period(row.starts_at, row.ends_at), total, beside)
        set_mark(row, min(row.overbooked_quantity, max(row.quantity - row.returned_quantity - fits, 0)))
    db.session.flush()


def set_mark(row: Reservation, short: int) -> None:
    """Lower the mark of a claim; of one that is whole again, the decision is over too."""
    row.overbooked_quantity = short
    if not short:
        row.overbooked_reason, row.overbooked_by_id = "", None
