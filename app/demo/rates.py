"""What people and transport cost, as published in crew_rates.csv."""

from decimal import Decimal

from app.demo.files import rows_of

SHARE = Decimal("0.7")
CENT = Decimal("0.01")


def rate_of(code: str) -> tuple[str, Decimal]:
    """Who or what it is, and what it costs: people by the day, transport by the trip."""
    row = next(row for row in rows_of("crew_rates.csv") if row["source_id"] == code)
    return row["role_en"], Decimal(row["rate"])


def cost_of(code: str) -> Decimal:
    """What the demo's company pays for it itself: made up, seven tenths of what it asks."""
    return (rate_of(code)[1] * SHARE).quantize(CENT)
