"""What a count says: how a thing that was counted stands beside the books, though things move meanwhile.

A count takes time, and the warehouse does not stand still for it. The books of a line were written down when the
count began (the snapshot); the line is counted later, at a moment of its own; and it is judged later still. Three
rules follow.

1. A movement counts from the moment at which it happened, not from the one at which it was recorded. What left the
   shelf before the line was counted was not there to be counted: it belongs to the expectation, even when somebody
   writes it down afterwards. What moved after the line was counted says nothing about the count: it is in the
   books already, and whoever counted could not see it.
   So: expected = snapshot + what happened until the line was counted; and because what happened later stands in the
   books as it is, adding counted − expected to the books makes them say what lies there now.
2. An adjustment moves nothing: somebody looked at the shelf and set the books right. One that is newer than the
   count has seen more than the count, so the count has nothing left to say about the line. An asset is one thing:
   any later movement of it has seen it where it is.
3. What moved between the first and the last scan of a line may be among what was counted, or not: nobody can
   tell. If such a line differs, it is counted again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A movement after the snapshot, as one place sees it: by how much, and when it happened."""

    quantity: int
    happened_at: datetime
    is_adjustment: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What people counted on a line: so many in all, from the first scan to the last."""

    quantity: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """How a line stands: what should be there, what was counted, and what follows.

    `counted` is None where nobody counted. `is_overtaken` says that something newer than the count has set
    the line right, `is_unsure` that something moved while it was being counted.
    """

    expected: int
    counted: int | None = None
    is_overtaken: bool = False
    is_unsure: bool = False

    @property
    def difference(self) -> int:
        """By how much the books must change: nothing where nobody counted, or where they were set right."""
        if self.counted is None or self.is_overtaken:
            return 0
        return self.counted - self.expected

    @property
    def is_right(self) -> bool:
        """True when somebody counted what should be there."""
        return self.counted is not None and self.difference == 0


def find(snapshot: int, changes: Sequence[Change], seen: Seen | None, *, is_single: bool) -> Finding:
    """How a line stands. `changes` are the movements that the snapshot does not know; `is_single` is an asset."""
    if seen is None:
        return Finding(snapshot + sum(change.quantity for change in changes))
    before = [change for change in changes if change.happened_at <= seen.last_at]
    after = [change for change in changes if change.happened_at > seen.last_at]
    return Finding(
        expected=snapshot + sum(change.quantity for change in before),
        counted=seen.quantity,
        is_overtaken=any(is_single or change.is_adjustment for change in after),
        is_unsure=any(change.happened_at > seen.first_at for change in before),
    )


def share_right(right: int, counted: int) -> int | None:
    """Percent of the counted lines that were right, rounded down: only all of them are 100."""
    return right * 100 // counted if counted else None
