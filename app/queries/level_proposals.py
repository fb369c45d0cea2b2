"""Reorder levels that would fit what was used lately, for the products of a table."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from app.queries.lead_times import product_leads
from app.queries.usage import used
from app.rules.cover import USE_DAYS, daily_use
from app.rules.levels import Levels, proposed_levels


class Levelled(Protocol):
    """What a proposal asks of a product."""

    @property
    def id(self) -> int: ...
    @property
    def is_critical(self) -> bool: ...


def level_proposals(products: Collection[Levelled], days: int = USE_DAYS) -> Mapping[int, Levels]:
    """Proposed levels of those products of which something was used: three statements."""
    now = datetime.now(UTC)
    pieces = used(now - timedelta(days=days), now, [product.id for product in products])
    leads = product_leads(pieces)
    uses: dict[int, Decimal] = {product_id: daily_use(count, days) for product_id, count in pieces.items()}
    return {
        product.id: proposed_levels(
            uses[product.id], leads[product.id].ahead, is_critical=product.is_critical
        )
        for product in products
        if uses.get(product.id, 0) > 0
    }
