"""What one piece costs for so many charged days: the duration factor and the cheapest published rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from app.rules.charges import DAYS_PER_WEEK
from app.rules.money import ZERO, round_money


class FactorStep(NamedTuple):
    """From so many charged days on, the day rate is multiplied by this."""

    from_days: int
    multiplier: Decimal


@dataclass(frozen=True, slots=True)
class FactorTable:
    """How the price grows with the charged days.

    A step holds until the next begins. The last is open: every day after it adds `per_extra_day`, or
    nothing when that is 0. Raises ValueError when the first step is not day 1, the days do not rise,
    or a number is negative.
    """

    steps: tuple[FactorStep, ...]
    per_extra_day: Decimal = ZERO

    def __post_init__(self) -> None:
        days = [from_days for from_days, _ in self.steps]
        if days[:1] != [1] or days != sorted(set(days)):
            raise ValueError("A factor table begins with day 1, and its days rise.")
        if self.per_extra_day < ZERO or any(multiplier < ZERO for _, multiplier in self.steps):
            raise ValueError("A factor cannot be negative.")

    def factor(self, days: int) -> Decimal:
        """What the day rate is multiplied by. Raises ValueError below one day."""
        if days < 1:
            raise ValueError("At least one day is charged.")
        step = [step for step in self.steps if step.from_days <= days][-1]
        extra_days = days - step.from_days if step is self.steps[-1] else 0
        return step.multiplier + extra_days * self.per_extra_day


EVERY_DAY_FULL: Final = FactorTable((FactorStep(1, Decimal(1)),), per_extra_day=Decimal(1))
"""Every charged day costs the day rate: what holds when a product has no factor table."""


class Rate(StrEnum):
    """Which of a product's published rates a price was made from."""

    DAY = "day"
    WEEK = "week"
    WEEKEND = "weekend"


@dataclass(frozen=True, slots=True)
class RateCard:
    """A product's published rates for one piece; a rate that is None is not offered."""

    day: Decimal
    week: Decimal | None = None
    weekend: Decimal | None = None


class Price(NamedTuple):
    """What is frozen on a line: the rate chosen, its price for one piece, and the factor it is taken by."""

    rate: Rate
    unit_price: Decimal
    factor: Decimal


def cheapest_price(
    card: RateCard,
    days: int,
    table: FactorTable = EVERY_DAY_FULL,
    *,
    weekend: bool = False,
    days_per_week: int = DAYS_PER_WEEK,
) -> Price:
    """The cheapest of the rates that fit so many charged days; the day rate when they cost the same.

    A week begun counts whole; `days_per_week` is how many charged days make one. `weekend` says that
    the window is one (`is_weekend`).
    """
    prices = [Price(Rate.DAY, card.day, table.factor(days))]
    if card.week is not None:
        prices.append(Price(Rate.WEEK, card.week, Decimal(-(-days // days_per_week))))
    if card.weekend is not None and weekend:
        prices.append(Price(Rate.WEEKEND, card.weekend, Decimal(1)))
    return min(prices, key=lambda price: round_money(price.unit_price * price.factor))


class QuantityBreak(NamedTuple):
    """From so many pieces on, each costs this."""

    from_quantity: int
    unit_price: Decimal


def price_for_quantity(unit_price: Decimal, quantity: int, breaks: Sequence[QuantityBreak]) -> Decimal:
    """The price of each piece when so many are taken; `unit_price` below the first break."""
    reached = [step for step in breaks if step.from_quantity <= quantity]
    return max(reached).unit_price if reached else unit_price
