"""Units and pack sizes: what people say in boxes, counted in the product's own unit."""

import re
from collections.abc import Mapping
from typing import Final

PIECES: Final = frozenset({"", "pc", "pcs", "piece"})
"""Words for one of whatever the product is counted in."""

MOST_PACKS: Final = 12
WRITTEN: Final = re.compile(r"(?:1\s+)?(?P<name>[^\d=:,;][^=:,;]*?)(?:\s+of)?\s*[=:]?\s*(?P<size>\d{1,7})\D*")
"""A pack as people write it: box = 24, or 1 box: 24 rolls, or box of 24."""


def packs_written(text: str) -> dict[str, int]:
    """The packs that were written, one a line or with commas between: box = 24, pallet = 1200.

    Raises ValueError for what cannot be read so, and for a pack that stands there twice.
    """
    packs: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in re.split(r"[\n,;]", text))):
        found = WRITTEN.fullmatch(part)
        if found is None:
            raise ValueError(f"“{part}” is no pack. Write it like: box = 24.")
        if found["name"] in packs:
            raise ValueError(f"“{found['name']}” stands there twice.")
        packs[found["name"]] = int(found["size"])
    return packs


def refuse_unclear(packs: Mapping[str, int], own_unit: str) -> None:
    """Every pack has a word of its own, and holds more than one. Raises ValueError."""
    if len(packs) > MOST_PACKS:
        raise ValueError(f"At most {MOST_PACKS} packs.")
    taken = PIECES | forms(own_unit)
    for name, size in packs.items():
        if size < 2:
            raise ValueError(f"A {name} holds two or more.")
        if forms(name) & taken:
            raise ValueError(f"“{name}” is the word for something else already.")
        taken = taken | forms(name)


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
    if is_own(unit, own_unit):
        return 1
    known = ", ".join([own_unit, *(f"{name} ({size} {own_unit})" for name, size in packs.items())])
    raise ValueError(f"This product does not come in “{unit}”. It is counted in: {known}.")


def is_own(unit: str, own_unit: str) -> bool:
    """True for the unit that a product is counted in, whatever the word: no pack has the same one."""
    return bool(forms(unit) & (PIECES | forms(own_unit)))


def forms(unit: str) -> set[str]:
    """A unit's word in one and in many, without case: “Boxes” and “box” are the same."""
    word = " ".join(unit.casefold().split())
    return {word, word.removesuffix("s"), word.removesuffix("es")}
