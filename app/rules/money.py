"""Amounts of money: Decimal in code, rounded half up to minor units."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, pairwise
from typing import Final

ZERO: Final = Decimal(0)
HUNDRED: Final = Decimal(100)


def round_money(amount: Decimal, digits: int = 2) -> Decimal:
    """The amount in minor units, halves away from zero, so that a credit note mirrors its invoice.

    Raises ValueError for what is not a number.
    """
    if not amount.is_finite():
        raise ValueError("An amount must be a number.")
    # Adding zero turns -0.00, which would be printed, into 0.00.
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + ZERO


def share(amount: Decimal, percent: Decimal) -> Decimal:
    """So many percent of the amount, not rounded."""
    return amount * percent / HUNDRED


def checked_percent(percent: Decimal) -> Decimal:
    """The percentage itself. Raises ValueError outside 0-100: a discount cannot become a surcharge."""
    if not ZERO <= percent <= HUNDRED:
        raise ValueError("A percentage must lie between 0 and 100.")
    return percent


def spread(total: Decimal, weights: Sequence[Decimal], digits: int = 2) -> list[Decimal]:
    """Divide the total over parts in proportion to their weights; the parts sum to the total exactly.

    The running sum is rounded, not each part, so no part is off by more than one minor unit and a
    part of no weight gets nothing. Weights that are all zero share equally. Raises ValueError for
    no weights, a negative weight, or a total finer than minor units.
    """
    if not weights or min(weights) < ZERO:
        raise ValueError("A total is spread over weights that are not negative.")
    if total != round_money(total, digits):
        raise ValueError("A total that is spread must be in whole minor units.")
    sums = list(accumulate(weights if any(weights) else [Decimal(1)] * len(weights), initial=ZERO))
    ends = [round_money(total * sum_so_far / sums[-1], digits) for sum_so_far in sums]
    return [end - start for start, end in pairwise(ends)]


def typed_cost(cost: Decimal | None) -> str:
    """What one costs as it stands in a form: two digits, more where it has them; nothing when nobody knows."""
    if cost is None:
        return ""
    cents = round_money(cost)
    return str(cents if cents == cost else cost.normalize())
