"""How much to order: what is missing up to the level, rounded up to how the supplier sells it."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Final

DAY_SECONDS: Final = 24 * 3600


def suggested_quantity(
    order_up_to: int, on_hand: int, on_order: int, claimed: int, pack: int = 1, minimum: int = 1
) -> int:
    """How many to order now: order-up-to − on hand − on order + claims inside the lead time.

    What is missing is rounded up to whole packs and to the least that the supplier sells; nothing is
    missing when it comes out at zero or below. Raises ValueError for packs or minimums below one.
    """
    missing = order_up_to - on_hand - on_order + claimed
    return whole_packs(missing, pack, minimum) if missing > 0 else 0


def whole_packs(quantity: int, pack: int = 1, minimum: int = 1) -> int:
    """So many, rounded up to the least that is sold and to whole packs. Raises ValueError below one."""
    if pack < 1 or minimum < 1:
        raise ValueError("A pack and the least to order hold at least one.")
    return -(-max(quantity, minimum) // pack) * pack


def target(reorder_level: int | None, order_up_to: int | None) -> int:
    """How many there shall be after ordering; without a level to order up to, one above the reorder level."""
    if order_up_to is not None:
        return order_up_to
    return 0 if reorder_level is None else reorder_level + 1


def is_due(reorder_level: int | None, on_hand: int, on_order: int, claimed: int) -> bool:
    """True when what there will be is at or below the reorder level: ordering has to happen now.

    Where no level is set, what is claimed must at least be there.
    """
    coming = on_hand + on_order - claimed
    return coming < 0 if reorder_level is None else coming <= reorder_level


def lead_days(waits: Sequence[tuple[datetime, datetime]]) -> int | None:
    """The median number of days between ordering and the first receipt; half a day counts as a whole one.

    None when nothing has arrived yet.
    """
    if not waits:
        return None
    days = [(arrived - ordered).total_seconds() / DAY_SECONDS for ordered, arrived in waits]
    return max(int(median(days) + 0.5), 0)
