"""Reorder levels that fit how much is used: the demand until a delivery, and some for safety."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from app.rules.cover import lead_time

SAFETY: Final = Decimal("0.5")
"""Of the demand until a delivery, kept in reserve: a supplier that takes half as long again leaves nobody short."""
CRITICAL_SAFETY: Final = Decimal(1)
"""The same for what must never be missing."""
CYCLE_DAYS: Final = 30
"""An order lasts so long: the days between two looks at the levels."""


@dataclass(frozen=True)
class Levels:
    """Proposed levels with all that they are made of, in pieces and days."""

    daily_use: Decimal
    lead_days: int
    lead_demand: int
    safety: int
    cycle_days: int
    cycle_demand: int

    @property
    def reorder_level(self) -> int:
        """At or below it, it is time to order."""
        return self.lead_demand + self.safety

    @property
    def order_up_to(self) -> int:
        """So many there shall be after a delivery."""
        return self.reorder_level + self.cycle_demand


def proposed_levels(
    daily_use: Decimal, lead_days: int, *, is_critical: bool = False, cycle_days: int = CYCLE_DAYS
) -> Levels:
    """Reorder level = use a day × lead time + safety; order up to = that + use a day × the days of a cycle.

    Each part is rounded up to whole pieces. Of a product that is not used, a critical one keeps one in
    reserve, others none. Raises ValueError for less use than none or a cycle of no days.
    """
    if daily_use < 0 or cycle_days < 1:
        raise ValueError("Use is not below zero, and a cycle has at least one day.")
    lead = lead_time(lead_days)
    lead_demand = pieces(daily_use * lead)
    share = CRITICAL_SAFETY if is_critical else SAFETY
    safety = max(pieces(daily_use * lead * share), int(is_critical))
    cycle_demand = max(pieces(daily_use * cycle_days), 1)
    return Levels(daily_use, lead, lead_demand, safety, cycle_days, cycle_demand)


def pieces(amount: Decimal) -> int:
    """Whole pieces, rounded up."""
    return int(amount.to_integral_value(ROUND_CEILING))
