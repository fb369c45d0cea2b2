"""Units and pack sizes: what people say in boxes, counted in the product's own unit."""

from collections.abc import Mapping
from typing import Final

PIECES: Final = frozenset({"", "pc", "pcs", "piece"})
"""Words for one of whatever the product is counted in."""


def in_units(quantity: int, unit: str, own_unit: str, packs: Mapping[str, int]) -> int:
    """What so many of a unit come to in the product's own unit: 2 boxes of 24 rolls are 48 rolls.

    `packs` says how many of the own unit a pack holds, by its name. Raises ValueError, naming the units
    there are, for one that the product does not come in.
    """
    return quantity * unit_size(unit, own_unit, packs)


def unit_size(unit: str, own_unit: str, packs: Mapping[str, int]) -> int:
    """How many of the own unit one of this unit is. Raises ValueError."""
    meant = forms(unit)
    for name, size in packs.items():
        if meant & forms(name):
            return size
    if meant & (PIECES | forms(own_unit)):
        return 1
    known = ", ".join([own_unit, *(f"{name} ({size} {own_unit})" for name, size in packs.items())])
    raise ValueError(f"This product does not come in “{unit}”. It is counted in: {known}.")


def forms(unit: str) -> set[str]:
    """A unit's word in one and in many, without case: “Boxes” and “box” are the same."""
    word = " ".join(unit.casefold().split())
    return {word, word.removesuffix("s"), word.removesuffix("es")}
