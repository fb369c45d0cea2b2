"""How much of a product is free: capacity less the peak of concurrent claims. Nothing else sums claims."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple, Protocol, TypeVar

from app.rules.periods import OPEN_END


class Ordered(Protocol):
    """Any measure of time with an order: datetimes, or a database's whole microseconds."""

    def __lt__(self, other: Any, /) -> bool: ...

    def __le__(self, other: Any, /) -> bool: ...


Moment = TypeVar("Moment", bound=Ordered)


class Claim(NamedTuple):
    """A quantity taken out of free stock from `starts_at` until just before `ends_at`.

    A negative quantity is supply, such as a sub-hire coming in for these days. Where claims are asked
    for, a plain tuple of the same three values will do, in any measure of time that has an order.
    """

    starts_at: datetime
    ends_at: datetime
    quantity: int


def peak(claims: Sequence[tuple[Moment, Moment, int]], starts_at: Moment, ends_at: Moment) -> int:
    """The highest sum of claims that hold at one instant of the window; below zero when supply leads.

    Change points are sorted and swept. Two 2-unit claims on different days of a week cost 2, not 4.
    Raises ValueError for a window that does not last.
    """
    if ends_at <= starts_at:
        raise ValueError("A window must end after it starts.")
    level = 0
    changes: list[tuple[Moment, int]] = []
    for claim_starts, claim_ends, quantity in claims:
        if claim_starts < ends_at and starts_at < claim_ends and claim_starts < claim_ends:
            if claim_starts <= starts_at:
                level += quantity
            else:
                changes.append((claim_starts, quantity))
            if claim_ends < ends_at:
                changes.append((claim_ends, -quantity))
    return _sweep(level, changes) if changes else level


def first_short(
    capacity: int, claims: Sequence[tuple[Moment, Moment, int]], starts_at: Moment, ends_at: Moment
) -> Moment | None:
    """The first moment of the window at which claims hold more than there is; None when they never do."""
    changes: list[tuple[Moment, int]] = []
    for claim_starts, claim_ends, quantity in claims:
        if claim_starts < ends_at and starts_at < claim_ends and claim_starts < claim_ends:
            changes.append((starts_at if claim_starts < starts_at else claim_starts, quantity))
            changes.append((claim_ends, -quantity))
    level = 0
    for at, change in sorted(changes):
        level += change
        if level > capacity:
            return at
    return None


def _sweep(level: int, changes: list[tuple[Moment, int]]) -> int:
    """The highest level reached, beginning with `level`."""
    highest = level
    # Sorted by time, then by quantity: what frees at an instant counts before what claims at it.
    for _, change in sorted(changes):
        level += change
        if level > highest:
            highest = level
    return highest


def free(
    capacity: int, claims: Sequence[tuple[Moment, Moment, int]], starts_at: Moment, ends_at: Moment
) -> int:
    """The lowest free quantity in the window; below zero by as much as the product is over-committed.

    Raises ValueError for a window that does not last.
    """
    return capacity - peak(claims, starts_at, ends_at)


def timeline(
    capacity: int, claims: Sequence[tuple[Moment, Moment, int]], points: Sequence[Moment]
) -> list[int]:
    """The lowest free quantity between each point and the next: the day columns of a calendar."""
    return [free(capacity, claims, starts_at, ends_at) for starts_at, ends_at in pairwise(points)]


def pieces_held(
    quantity: int,
    out_quantity: int,
    returned_quantity: int,
    *,
    is_past: bool,
    is_released: bool = False,
    is_trusted: bool = False,
) -> tuple[int, bool]:
    """How many pieces one reservation holds, and whether it does so without an end.

    `out_quantity` counts all that ever left, `returned_quantity` all that came back. What came back is
    free at once. What is still out past the reservation's end (`is_past`), or after it was given up
    (`is_released`), has no end: this is worked out when asked, so that a worker that stopped cannot free
    stock. Where the planned return is trusted (`is_trusted`), the end stands.
    """
    still_out = out_quantity - returned_quantity
    if is_released or (is_past and still_out > 0 and not is_trusted):
        return still_out, not is_trusted
    # More can leave than was planned; all of it is away.
    return max(quantity, out_quantity) - max(returned_quantity, 0), False


def effective_claims(
    starts_at: datetime,
    ends_at: datetime,
    quantity: int,
    out_quantity: int,
    returned_quantity: int,
    now: datetime,
    *,
    is_released: bool = False,
    is_trusted: bool = False,
) -> Claim | None:
    """The claim that one reservation makes, as far as is known `now`; None when it takes nothing."""
    held, is_endless = pieces_held(
        quantity,
        out_quantity,
        returned_quantity,
        is_past=ends_at <= now,
        is_released=is_released,
        is_trusted=is_trusted,
    )
    return Claim(starts_at, OPEN_END if is_endless else ends_at, held) if held > 0 else None


def shortfall(wanted: int, free: int) -> int:
    """How many of the wanted pieces are missing; stock that others lack already is not counted again."""
    return max(0, wanted - max(0, free))


def change_allowed(free_before: int, free_after: int) -> bool:
    """True when a change leaves the product free enough, or no more over-committed than it was.

    Both are the lowest free quantity in the same window, the one claimed after the change. When a
    change moves dates and quantity at once, ask for each part of a `timeline` cut at the old and new
    dates: a better worst day must not hide a day that became worse.
    """
    return free_after >= 0 or free_after >= free_before
