"""What a case holds against what belongs into it, and what it weighs: always worked out, never kept."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple


class Slot(NamedTuple):
    """So many of a product belong into a case."""

    product_id: int
    product: str
    quantity: int


class Weight(NamedTuple):
    """Kilograms of what has a known weight; `is_all` is false when something has none."""

    kilograms: Decimal
    is_all: bool

    def __add__(self, other: object) -> "Weight":
        """The weight of both."""
        assert isinstance(other, Weight)
        return Weight(self.kilograms + other.kilograms, self.is_all and other.is_all)


NO_WEIGHT = Weight(Decimal(0), True)


def empty_slots(slots: Iterable[Slot], held: Mapping[int, int]) -> list[Slot]:
    """What is missing, in the order of the slots: `held` says how many of each product lie in the case itself."""
    missing = ((slot, slot.quantity - held.get(slot.product_id, 0)) for slot in slots)
    return [slot._replace(quantity=short) for slot, short in missing if short > 0]


def weight_of(pieces: Iterable[tuple[int, Decimal | None]]) -> Weight:
    """What pieces weigh together, from (quantity, weight of one in kg)."""
    total, is_all = Decimal(0), True
    for quantity, each in pieces:
        total += quantity * (each or 0)
        is_all = is_all and each is not None
    return Weight(total, is_all)


def in_words(slots: Iterable[Slot], most: int = 4) -> str:
    """Slots as a sentence names them, the first few of them."""
    named = [f"{slot.quantity} × {slot.product}" for slot in slots]
    return ", ".join(named[:most]) + (f" and {len(named) - most} more" if len(named) > most else "")
