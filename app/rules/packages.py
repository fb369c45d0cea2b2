"""Packages exist on paper: they explode into their parts, and are as free as their scarcest part."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

PartsOf = Mapping[int, Sequence[tuple[int, int]]]
"""For each package's product id: which products, and how many of each, one of it contains."""

MOST_NESTED: Final = 50
"""Packages inside packages; far more than anybody can read, far less than Python can follow."""


class PackageCycle(ValueError):
    """A package contains itself. `path` holds the product ids, from the package around to it again."""

    def __init__(self, path: tuple[int, ...]) -> None:
        super().__init__(f"A package cannot contain itself: {' → '.join(map(str, path))}.")
        self.path = path


def explode(product_id: int, quantity: int, parts_of: PartsOf) -> dict[int, int]:
    """How many of which products so many of this one need, nested packages included, equal parts summed.

    A product that is no package needs itself. Raises PackageCycle, also on saving a package that would
    close a circle, and ValueError when packages are nested too deeply.
    """
    parts = _parts_of_one(product_id, parts_of, (), {})
    return {part_id: quantity * each for part_id, each in parts.items()}


def _parts_of_one(
    product_id: int, parts_of: PartsOf, path: tuple[int, ...], known: dict[int, Counter[int]]
) -> Counter[int]:
    """The parts of one piece. What is known is not worked out twice, however often it is contained."""
    if product_id in path:
        raise PackageCycle((*path[path.index(product_id) :], product_id))
    if len(path) > MOST_NESTED:
        raise ValueError(f"Packages can be nested {MOST_NESTED} deep.")
    if product_id not in known:
        parts: Counter[int] = Counter()
        for part_id, quantity in parts_of.get(product_id, ()):
            for inner_id, each in _parts_of_one(part_id, parts_of, (*path, product_id), known).items():
                parts[inner_id] += quantity * each
        known[product_id] = parts or Counter({product_id: 1})
    return known[product_id]


def package_availability(parts: Mapping[int, int], free_by_product: Mapping[int, int]) -> int:
    """How many whole packages the free parts make: the least of ⌊free ÷ quantity⌋, signed.

    `parts` is one exploded package. A package without parts promises nothing: 0. Raises KeyError when
    the free quantity of a part is not given.
    """
    return min((free_by_product[part_id] // quantity for part_id, quantity in parts.items()), default=0)
