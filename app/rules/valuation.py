"""What stock is worth: the moving average cost of a product, times how many there are.

The method is the perpetual weighted average of IAS 2.27 (cost formulas): each purchase blends its cost into the
average of what is there, and what leaves takes the average along. So the worth of a product is

    worth = on hand × average

and it is also the sum of its movements, what came at its cost less what went at its cost:

    worth = Σ ± quantity × unit cost

The two differ only by rounding. The average is kept to four decimal places, and each movement that sets it
rounds it once, by at most half of the last place, on every piece that is there then. `rounding_bound` says how
far that can lead. A worth is exact to four places; it is rounded to cents where it is shown, and a total is the
rounded sum, not the sum of rounded rows.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from app.rules.costing import COST_DIGITS, blended
from app.rules.money import ZERO

HALF_STEP: Final = Decimal(5).scaleb(-COST_DIGITS - 1)
"""By how much an average can be off by rounding, at most: half of its last decimal place."""


class Line(NamedTuple):
    """A movement as valuation sees it: how many came or went, at what cost, and whether it set the average."""

    rise: int
    unit_cost: Decimal
    sets_average: bool


class Worth(NamedTuple):
    """How many there are of a product, and what one of them costs on average."""

    on_hand: int = 0
    average: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """What they are worth together, exact to four decimal places."""
        return self.on_hand * self.average

    def after(self, line: Line) -> "Worth":
        """The same after a movement."""
        average = self.average
        if line.sets_average and line.rise:
            average = blended(self.on_hand, average, line.rise, line.unit_cost)
        return Worth(self.on_hand + line.rise, average)


def worth_after(lines: Iterable[Line], start: Worth | None = None) -> Worth:
    """What the movements lead to, one after the other."""
    worth = start or Worth()
    for line in lines:
        worth = worth.after(line)
    return worth


def sum_of_movements(lines: Iterable[Line]) -> Decimal:
    """What came at its cost, less what went at its cost."""
    return sum((line.rise * line.unit_cost for line in lines), ZERO)


def rounding_bound(lines: Iterable[Line]) -> Decimal:
    """How far worth and sum of movements can lie apart: half a step for each piece, whenever the average was set."""
    on_hand, bound = 0, ZERO
    for line in lines:
        on_hand += line.rise
        if line.sets_average and line.rise:
            bound += max(on_hand, 0) * HALF_STEP
    return bound


def carrying_cost(average_worth: Decimal, percent: Decimal, days: int) -> Decimal:
    """What it cost to keep stock of this worth for so many days, at a yearly percentage: capital, room, insurance."""
    return average_worth * percent / 100 * days / 365


def turns(cost_of_use: Decimal, average_worth: Decimal, days: int) -> Decimal | None:
    """How often the stock was used up in a year at this pace: cost of goods used ÷ average worth, as if for 365 days.

    None where nothing was in stock.
    """
    if average_worth <= 0 or days <= 0:
        return None
    return cost_of_use / average_worth * 365 / days


def days_in_stock(turned: Decimal | None) -> Decimal | None:
    """How long a piece lies before it is used: 365 ÷ turns; None for what does not turn."""
    return Decimal(365) / turned if turned and turned > 0 else None
