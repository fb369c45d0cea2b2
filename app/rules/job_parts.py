"""The arithmetic of job parts: what is planned with a buffer, and what their cost is of a job's revenue."""

from decimal import ROUND_CEILING, Decimal
from typing import Final

LEAST_BUFFER: Final = Decimal(10)
MOST_BUFFER: Final = Decimal(15)
"""Between these, in percent, an organization chooses what is proposed as contingency."""


def spare_pieces(required: int, buffer_percent: Decimal) -> int:
    """How many pieces the buffer adds: a share of what is required, rounded up to whole ones."""
    return int((Decimal(required) * buffer_percent / 100).to_integral_value(ROUND_CEILING))


def planned_quantity(required: int, buffer_percent: Decimal) -> int:
    """What is planned: required × (1 + buffer), rounded up to whole pieces."""
    return required + spare_pieces(required, buffer_percent)


def cost_share(cost: Decimal, revenue: Decimal) -> Decimal | None:
    """What parts cost as a percentage of the revenue, to a tenth; nothing where there is no revenue."""
    return (cost / revenue * 100).quantize(Decimal("0.1")) if revenue > 0 else None
