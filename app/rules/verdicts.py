"""The verdict table: what a scan finds, how it is judged, and what is offered then. It stands only here."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Situation(StrEnum):
    """What a scan found."""

    PLANNED = "planned"
    SWAPPED = "swapped"
    SHORT = "short"
    NOT_PLANNED = "not_planned"
    ALREADY_MET = "already_met"
    CLAIMED_ELSEWHERE = "claimed_elsewhere"
    OUT_ELSEWHERE = "out_elsewhere"
    IN_REPAIR = "in_repair"
    QUARANTINED = "quarantined"
    INSPECTION_FAILED = "inspection_failed"
    INSPECTION_OVERDUE = "inspection_overdue"
    SAME_AGAIN = "same_again"
    NOT_OUT_HERE = "not_out_here"
    NOT_OUT = "not_out"
    NOT_ON_SHELF = "not_on_shelf"
    OTHER_WAREHOUSE = "other_warehouse"
    NEEDS_PIECE = "needs_piece"
    RETIRED = "retired"
    LOCATION = "location"
    QUANTITY = "quantity"
    COMMAND = "command"
    UNDONE = "undone"
    LOST = "lost"
    FOUND = "found"
    REPORTED = "reported"
    ATTENTION = "attention"
    MISSING = "missing"
    SEALED = "sealed"
    INCOMPLETE = "incomplete"
    PACKING = "packing"
    PACKED = "packed"
    CLOSED_CASE = "closed_case"
    SEALED_CASE = "sealed_case"
    OPENED_CASE = "opened_case"
    EACH = "each"
    VERIFY = "verify"
    VERIFIED = "verified"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


class Offer(StrEnum):
    """What the person can do next, with one key."""

    ADD = "add"
    EXTRA = "extra"
    OVERRIDE = "override"
    RETURN_FIRST = "return_first"
    RETURN_THERE = "return_there"
    LINK = "link"
    FOUND = "found"
    TAKE_OUT = "take_out"


@dataclass(frozen=True)
class Judgement:
    """How a situation is shown: the verdict, its colour, tone, icon and word, and what is offered."""

    verdict: str
    colour: str
    tone: str
    icon: str
    word: str
    offer: Offer | None = None


def _ok(word: str) -> Judgement:
    return Judgement("ok", "green", "high", "circle-check", word)


def _look(word: str, offer: Offer | None = None) -> Judgement:
    return Judgement("warn", "amber", "double", "triangle-alert", word, offer)


def _stop(word: str, offer: Offer | None = None) -> Judgement:
    return Judgement("refused", "red", "low", "circle-x", word, offer)


def _quiet(word: str) -> Judgement:
    return Judgement("ok", "blue", "high", "check-check", word)


TABLE: Final[dict[Situation, Judgement]] = {
    Situation.PLANNED: _ok("OK"),
    Situation.SWAPPED: _look("Swapped"),
    Situation.SHORT: _look("Short"),
    Situation.NOT_PLANNED: _look("Not planned", Offer.ADD),
    Situation.ALREADY_MET: _look("Enough already", Offer.EXTRA),
    Situation.CLAIMED_ELSEWHERE: _stop("Taken", Offer.OVERRIDE),
    Situation.OUT_ELSEWHERE: _stop("Still out", Offer.RETURN_FIRST),
    Situation.IN_REPAIR: _stop("In repair", Offer.OVERRIDE),
    Situation.QUARANTINED: _stop("Quarantine", Offer.OVERRIDE),
    Situation.INSPECTION_FAILED: _stop("Test failed", Offer.OVERRIDE),
    Situation.INSPECTION_OVERDUE: _stop("Test overdue", Offer.OVERRIDE),
    Situation.SAME_AGAIN: _quiet("Already done"),
    Situation.NOT_OUT_HERE: _look("Other event", Offer.RETURN_THERE),
    Situation.NOT_OUT: _stop("Not out"),
    Situation.NOT_ON_SHELF: _stop("Not there"),
    Situation.OTHER_WAREHOUSE: _stop("Elsewhere", Offer.OVERRIDE),
    Situation.NEEDS_PIECE: _stop("Which piece?"),
    Situation.RETIRED: _stop("Retired"),
    Situation.LOCATION: _quiet("Place"),
    Situation.QUANTITY: _quiet("Number set"),
    Situation.COMMAND: _quiet("Done"),
    Situation.UNDONE: _quiet("Undone"),
    Situation.LOST: _look("Lost", Offer.FOUND),
    Situation.FOUND: _ok("Found"),
    Situation.REPORTED: _look("Damaged"),
    Situation.ATTENTION: _look("Look at it"),
    Situation.MISSING: _look("Not back"),
    Situation.SEALED: _look("In a sealed case", Offer.TAKE_OUT),
    Situation.INCOMPLETE: _look("Not complete"),
    Situation.PACKING: Judgement("ok", "blue", "high", "package-open", "Pack it"),
    Situation.PACKED: _ok("Packed"),
    Situation.CLOSED_CASE: Judgement("ok", "green", "high", "package-check", "Closed"),
    Situation.SEALED_CASE: Judgement("ok", "green", "high", "lock", "Sealed"),
    Situation.OPENED_CASE: Judgement("ok", "blue", "high", "package-open", "Opened"),
    Situation.EACH: _look("Scan each"),
    Situation.VERIFY: _look("Look through"),
    Situation.VERIFIED: _ok("Looked through"),
    Situation.UNKNOWN: _stop("Unknown", Offer.LINK),
    Situation.UNREADABLE: _stop("Not readable"),
    Situation.REFUSED: _stop("Refused"),
}
AT_ONCE: Final = frozenset({
    Situation.PLANNED, Situation.SWAPPED, Situation.SHORT, Situation.INCOMPLETE, Situation.PACKED, Situation.EACH,
    Situation.VERIFY,
})  # fmt: skip
"""What is done without asking."""
STRENGTH: Final = (
    Situation.RETIRED, Situation.LOST, Situation.NEEDS_PIECE, Situation.OUT_ELSEWHERE, Situation.IN_REPAIR,
    Situation.QUARANTINED, Situation.INSPECTION_FAILED, Situation.INSPECTION_OVERDUE, Situation.CLAIMED_ELSEWHERE,
    Situation.OTHER_WAREHOUSE, Situation.NOT_PLANNED, Situation.ALREADY_MET,
    Situation.SHORT, Situation.SWAPPED, Situation.INCOMPLETE, Situation.PLANNED, Situation.SAME_AGAIN,
)  # fmt: skip
"""What is said of many things together, as of a case: the first of these that one of them finds."""


@dataclass(frozen=True)
class Facts:
    """What is known about a thing when it goes to an event (prep or out).

    `active` counts the pieces that are prepped or away now, and `taken` those that take up the plan in the
    mode of the scan: for PREP the active ones, for OUT those that are away. What came back makes room, but the
    event's claim does not hold it any more: `held` is what it still holds, `free` what nobody claims in the
    event's window. `overbooked` is what of the plan was promised although others have it, and `gate` what is
    to happen when that leaves.
    """

    quantity: int = 1
    is_retired: bool = False
    is_lost: bool = False
    needs_piece: bool = False
    is_foreign: bool = False
    has_repair: bool = False
    is_kept_back: bool = False
    has_failed_inspection: bool = False
    has_overdue_inspection: bool = False
    is_done_here: bool = False
    is_sealed_in: bool = False
    is_prepped_here: bool = False
    is_out_elsewhere: bool = False
    is_prepped_elsewhere: bool = False
    planned: int = 0
    overbooked: int = 0
    gate: str = "allow"
    held: int = 0
    taken: int = 0
    active: int = 0
    free: int = 0
    on_shelf: int = 1

    @property
    def over_plan(self) -> int:
        """How many of these pieces are more than was planned."""
        return max(self.taken + self.quantity - self.planned, 0)

    @property
    def unclaimed(self) -> int:
        """How many of these pieces the event's claim does not hold."""
        return min(max(self.taken + self.quantity - self.held, 0), self.quantity)


def going(facts: Facts) -> Situation:
    """What a scan in PREP or OUT finds, the strongest reason first."""
    if facts.is_retired:
        return Situation.RETIRED
    if facts.is_lost:
        return Situation.LOST
    if facts.needs_piece:
        return Situation.NEEDS_PIECE
    if facts.is_done_here:
        return Situation.SAME_AGAIN
    if facts.is_sealed_in:
        return Situation.SEALED
    if facts.is_out_elsewhere:
        return Situation.OUT_ELSEWHERE
    if facts.has_repair:
        return Situation.IN_REPAIR
    if facts.is_kept_back:
        return Situation.QUARANTINED
    if facts.has_failed_inspection or facts.has_overdue_inspection:
        failed = facts.has_failed_inspection
        return Situation.INSPECTION_FAILED if failed else Situation.INSPECTION_OVERDUE
    if facts.is_prepped_elsewhere:
        return Situation.CLAIMED_ELSEWHERE
    if facts.is_foreign:
        return Situation.OTHER_WAREHOUSE
    if facts.on_shelf < facts.quantity:
        return Situation.NOT_ON_SHELF
    return against_plan(facts)


def against_plan(facts: Facts) -> Situation:
    """The same, for a thing that could go: is it planned, and are there enough already?"""
    if facts.free < facts.unclaimed:
        return Situation.CLAIMED_ELSEWHERE
    if facts.planned and not facts.over_plan:
        return within_plan(facts)
    return Situation.ALREADY_MET if facts.planned else Situation.NOT_PLANNED


def within_plan(facts: Facts) -> Situation:
    """The same, for a thing that the list has room for: is it one of those that others were promised?"""
    is_short = facts.taken + facts.quantity > facts.planned - facts.overbooked
    if is_short and facts.gate != "allow":
        return Situation.SHORT if facts.gate == "warn" else Situation.CLAIMED_ELSEWHERE
    is_chosen = facts.is_prepped_here or facts.active + facts.quantity <= facts.planned
    return Situation.PLANNED if is_chosen else Situation.SWAPPED


def list_grows_by(facts: Facts) -> int:
    """How many pieces more the list must plan before these can go, once somebody has agreed."""
    return max(facts.over_plan, facts.unclaimed if facts.free < facts.unclaimed else 0)


def coming(*, out_here: int, out_elsewhere: int, quantity: int, was_back: bool) -> Situation:
    """What a scan in IN finds. A return is never refused because of availability."""
    if out_here >= quantity:
        return Situation.PLANNED
    if out_elsewhere >= quantity:
        return Situation.NOT_OUT_HERE
    return Situation.SAME_AGAIN if was_back else Situation.NOT_OUT


def strongest(found: Iterable[Situation]) -> Situation:
    """What is said of things that go together; of nothing at all, that it is in order."""
    return min(found, key=STRENGTH.index, default=Situation.PLANNED)


def consents(situation: Situation, *, accept: bool, override: bool) -> bool:
    """True when the person has already said yes to what this situation offers."""
    offer = TABLE[situation].offer
    if offer in (Offer.ADD, Offer.EXTRA, Offer.RETURN_FIRST, Offer.RETURN_THERE, Offer.TAKE_OUT):
        return accept
    return offer is Offer.OVERRIDE and override
