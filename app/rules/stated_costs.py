"""What somebody says that things cost: each, all together, or both, which must agree."""

from decimal import Decimal
from typing import Final

from app.rules.costing import COST_DIGITS
from app.rules.money import round_money

CENT: Final = Decimal("0.01")
HALF_A_DIGIT: Final = Decimal("0.5").scaleb(-COST_DIGITS)


def piece_cost(said: int, size: int, unit_cost: Decimal | None, total_cost: Decimal | None) -> Decimal | None:
    """What one piece cost, to four decimal places; None when nothing was said about it.

    `said` units of `size` pieces each came; `unit_cost` is for one unit as it was said, a box as well as a
    roll. Raises ValueError when unit and total cost are both given and do not agree.
    """
    if unit_cost is not None and total_cost is not None and not agree(said, unit_cost, total_cost):
        made = (written(unit_cost), written(said * unit_cost), written(total_cost))
        raise ValueError("{} × {} is {}, not {}.".format(said, *made))
    total = total_cost if total_cost is not None else None if unit_cost is None else said * unit_cost
    return None if total is None else round_money(total / (said * size), COST_DIGITS)


def written(cost: Decimal) -> str:
    """A cost with its cents, and with what is below a cent where something is."""
    cents = round_money(cost)
    return f"{cents if cents == cost else cost.normalize():f}"


def agree(said: int, unit_cost: Decimal, total_cost: Decimal) -> bool:
    """True when they differ by no more than a cent, or by what rounding the unit cost can explain."""
    return abs(said * unit_cost - total_cost) <= max(CENT, said * HALF_A_DIGIT)
