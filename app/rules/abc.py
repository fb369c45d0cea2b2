"""Which products matter most: A, B and C by the value that is used in a year, and how often each is counted.

A few products make up most of what is used. The classes are those of the textbooks: by falling value, what makes
up the first 80 % is A, up to 95 % B, the rest C. A product belongs to the class in which its own share begins, so
the first one is always A, even when it alone is more than 80 %. What is not used at all is C.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final


class AbcClass(StrEnum):
    """How much a product matters."""

    A = "A"
    B = "B"
    C = "C"


UP_TO: Final = ((AbcClass.A, 80), (AbcClass.B, 95))
"""Percent of all value up to which a class reaches."""


def classes(values: Mapping[int, Decimal]) -> dict[int, AbcClass]:
    """Product → its class, by what its use of a year is worth. Equal values are ordered by id."""
    total = sum((value for value in values.values() if value > 0), Decimal(0))
    before, found = Decimal(0), {}
    for product_id, value in sorted(values.items(), key=lambda pair: (-pair[1], pair[0])):
        found[product_id] = class_at(before, total) if value > 0 else AbcClass.C
        before += max(value, Decimal(0))
    return found


def class_at(before: Decimal, total: Decimal) -> AbcClass:
    """The class of what begins after this much of the total."""
    return next((known for known, percent in UP_TO if before * 100 < total * percent), AbcClass.C)


def cycle(known: AbcClass, every_days: int) -> int:
    """Every how many days a class is counted where all is counted every `every_days`: A three times as often,
    C half as often."""
    return {
        AbcClass.A: max(every_days // 3, 1),
        AbcClass.B: max(every_days, 1),
        AbcClass.C: max(every_days * 2, 1),
    }[known]
