"""How long stock lasts, and how soon somebody should look: levels, days of cover, priority."""

from decimal import Decimal
from typing import Final, Literal

LevelKind = Literal["low", "out"]
PriorityWord = Literal["critical", "high", "normal", "low"]

PRIORITIES: Final[tuple[PriorityWord, ...]] = ("critical", "high", "normal", "low")
"""From the most urgent on."""
USE_DAYS: Final = 90
"""Average use is that of so many days: a season, not a single show."""
UNKNOWN_LEAD: Final = 7
"""Days until a delivery, where nobody said how long a supplier takes."""


def level_kind(on_hand: int, reorder_level: int | None) -> LevelKind | None:
    """What is to be said of so many pieces: none is left, at or below the reorder level, or nothing.

    A product without a reorder level is never low.
    """
    if reorder_level is None or on_hand > reorder_level:
        return None
    return "out" if on_hand <= 0 else "low"


def daily_use(used: int, days: int = USE_DAYS) -> Decimal:
    """Pieces used a day, from what was used in so many days. Raises ValueError for no days."""
    if days < 1:
        raise ValueError("Use is averaged over at least one day.")
    return Decimal(max(used, 0)) / days


def lead_time(lead_days: int) -> int:
    """Days until a delivery; a week where nobody said."""
    return lead_days if lead_days > 0 else UNKNOWN_LEAD


def days_of_cover(on_hand: int, use: Decimal) -> int | None:
    """For how many whole days so many pieces last at this use; None when nothing of it is used."""
    if use <= 0:
        return None
    return max(int(on_hand / use), 0)


def priority(on_hand: int, cover: int | None, lead_days: int, *, is_critical: bool) -> PriorityWord:
    """How soon somebody should look at a product at or below its level.

    None left, or gone before a delivery can be here: high. Gone within twice that time: normal. Lasts
    longer, or nothing of it is used: low. A critical product is one step more urgent.
    """
    step = PRIORITIES.index("low")
    if on_hand <= 0 or (cover is not None and cover <= lead_time(lead_days)):
        step = PRIORITIES.index("high")
    elif cover is not None and cover <= 2 * lead_time(lead_days):
        step = PRIORITIES.index("normal")
    return PRIORITIES[step - 1] if is_critical else PRIORITIES[step]
