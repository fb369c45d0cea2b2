"""How what moved differs from what was meant to: what people must give a reason for before a note is made."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple


class DiscrepancySort(StrEnum):
    """How what moved differs from what was meant to."""

    SHORT = "short"
    EXTRA = "extra"
    SWAPPED = "swapped"
    MISSING = "missing"
    DAMAGED = "damaged"
    LOST = "lost"

    @property
    def label(self) -> str:
        """How people read it."""
        return "Not back" if self is DiscrepancySort.MISSING else self.value.capitalize()


REASONS: Final[dict[DiscrepancySort, tuple[str, ...]]] = {
    DiscrepancySort.SHORT: ("Follows later", "Could not be found", "Broken", "The client needs less"),
    DiscrepancySort.EXTRA: ("Spare", "The client asked for it", "Packed with something else"),
    DiscrepancySort.SWAPPED: ("The other one was not at hand", "The other one is broken", "Same thing to the client"),
    DiscrepancySort.MISSING: ("Follows later", "Left at the venue", "The client keeps it longer", "Cannot be found"),
}  # fmt: skip
"""What is most often the reason; anything else may be written."""


NOTHING_TOLD: Final[Mapping[int, int]] = {}


class Step(NamedTuple):
    """One counted scan: so many pieces of a product, or an asset, on the note's way or the other way."""

    product_id: int
    asset_id: int | None
    change: int
    is_this_way: bool


Key = tuple[int, int | None]
"""A product, and its asset where it is counted by itself."""


def net(steps: Iterable[Step]) -> dict[Key, int]:
    """What has gone one way and not come straight back, in the order of the scans.

    What comes the other way takes back what went before it, and never more: it may be from an earlier time. What came
    from an earlier time and turns out not to have come, was not here to go again.
    """
    counts, earlier = Counter[Key](), Counter[Key]()
    for step in steps:
        key = (step.product_id, step.asset_id)
        if step.is_this_way:
            counts[key] = max(counts[key] + step.change, 0)
            continue
        of, to = (counts, earlier) if step.change > 0 else (earlier, counts)
        taken = min(abs(step.change), of[key])
        of[key] -= taken
        to[key] += abs(step.change) - taken
    return {key: count for key, count in counts.items() if count}


class Standing(NamedTuple):
    """How far one line of an event is: pieces planned, away so far, and back so far."""

    product_id: int
    product: str
    planned: int
    out: int
    returned: int
    returns: bool = True
    """False for what is used up: nobody waits for it."""

    @property
    def away(self) -> int:
        """Pieces that are out there now."""
        return self.out - self.returned


class Extra(NamedTuple):
    """Pieces that were put on the list while scanning."""

    product_id: int
    product: str
    pieces: int


class Swap(NamedTuple):
    """An asset that left in place of another."""

    product_id: int
    product: str
    asset_id: int
    tag: str
    instead_of: str


class Settled(NamedTuple):
    """Pieces that were reported as damaged or marked as lost: why is known already."""

    sort: DiscrepancySort
    product_id: int
    product: str
    quantity: int
    asset_id: int | None
    tag: str | None
    reason: str


class Difference(NamedTuple):
    """One difference. `key` is how forms and programs name it when they give the reason, unless it is known."""

    sort: DiscrepancySort
    product_id: int
    product: str
    quantity: int
    asset_id: int | None = None
    said: str = ""
    known_reason: str = ""

    @property
    def key(self) -> str:
        """short-12, or swapped-12-345 of an asset."""
        return "-".join(
            [self.sort.value, str(self.product_id), *([str(self.asset_id)] if self.asset_id else [])]
        )


def differences_out(
    standing: Iterable[Standing],
    extras: Iterable[Extra],
    swaps: Iterable[Swap],
    told_before: Mapping[int, int] = NOTHING_TOLD,
) -> list[Difference]:
    """What differs when this is all that leaves for now.

    What was put on the list while scanning, for this note or an earlier one, and is not away, is neither short nor
    extra: nobody had planned it. `told_before` says how many pieces of a product earlier notes have told as extra.
    """
    meant, left = as_planned(list(standing), list(extras))
    fresh = (extra._replace(pieces=extra.pieces - told_before.get(extra.product_id, 0)) for extra in left)
    return [
        *too_few(meant), *(more(extra) for extra in fresh if extra.pieces > 0), *(swapped(swap) for swap in swaps)
    ]  # fmt: skip


def as_planned(standing: Sequence[Standing], extras: Sequence[Extra]) -> tuple[list[Standing], list[Extra]]:
    """The lines without what was added to them and is not away, and of what was added only what is."""
    added = Counter({extra.product_id: extra.pieces for extra in extras})
    meant = []
    for line in reversed(standing):
        stayed = min(max(line.planned - line.away, 0), added[line.product_id])
        added[line.product_id] -= stayed
        meant.append(line._replace(planned=line.planned - stayed))
    left = [extra._replace(pieces=added[extra.product_id]) for extra in extras]
    return meant[::-1], [extra for extra in left if extra.pieces]


def differences_in(standing: Iterable[Standing], settled: Iterable[Settled]) -> list[Difference]:
    """What differs when this is all that comes back for now."""
    return [*not_back(standing), *(told(one) for one in settled)]


def too_few(standing: Iterable[Standing]) -> Iterator[Difference]:
    """What was planned and has not left."""
    for line in standing:
        if line.away < line.planned:
            said = f"{line.away} of {line.planned} have left"
            yield Difference(
                DiscrepancySort.SHORT, line.product_id, line.product, line.planned - line.away, said=said
            )


def not_back(standing: Iterable[Standing]) -> Iterator[Difference]:
    """What left and has not come back."""
    for line in standing:
        if line.returns and line.returned < line.out:
            said = f"{line.returned} of {line.out} are back"
            yield Difference(
                DiscrepancySort.MISSING, line.product_id, line.product, line.out - line.returned, said=said
            )


def more(extra: Extra) -> Difference:
    """What was not planned before somebody scanned it."""
    said = "added to the list while scanning"
    return Difference(DiscrepancySort.EXTRA, extra.product_id, extra.product, extra.pieces, said=said)


def swapped(swap: Swap) -> Difference:
    """Another piece than the one that was prepared."""
    said = f"{swap.tag} instead of {swap.instead_of}" if swap.instead_of else f"{swap.tag} instead of another"
    return Difference(DiscrepancySort.SWAPPED, swap.product_id, swap.product, 1, swap.asset_id, said)


def told(one: Settled) -> Difference:
    """What somebody said when it happened."""
    return Difference(
        one.sort, one.product_id, one.product, one.quantity, one.asset_id, one.tag or "", one.reason
    )
