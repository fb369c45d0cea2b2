"""How many of a product may leave each warehouse for good, and who counts on the rest."""

from datetime import UTC, datetime
from typing import NamedTuple

from app.queries.availability import single_availability
from app.queries.choices import warehouses
from app.queries.holdings import holdings, in_words
from app.rules.periods import OPEN_END


class FreeStock(NamedTuple):
    """A warehouse: how many it has, how many nobody counts on now or later, and who counts on the others."""

    warehouse: str
    total: int
    free: int
    holders: str


def free_stock(product_id: int) -> list[FreeStock]:
    """Every warehouse that has any of a product."""
    now = datetime.now(UTC)
    held = holdings([product_id], now, OPEN_END)
    found = []
    for warehouse_id, name in warehouses():
        stock = single_availability([product_id], warehouse_id, now, OPEN_END)[product_id]
        if stock.total:
            who = in_words(held.get((product_id, warehouse_id), ())).strip()
            found.append(FreeStock(name, stock.total, max(stock.free, 0), who))
    return found
