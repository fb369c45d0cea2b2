"""The phases of an event: which moves are allowed, and which phase its lines suggest."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """How far an event has come."""

    PLANNED = "planned"
    PREP = "prep"
    LOAD_OUT = "load_out"
    ON_SITE = "on_site"
    LOAD_IN = "load_in"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """How people read it."""
        return LABELS[self]

    @property
    def is_open(self) -> bool:
        """True until the event is closed or cancelled."""
        return self in OPEN_PHASES


LABELS: Final = {
    Phase.PLANNED: "Planned",
    Phase.PREP: "Prep",
    Phase.LOAD_OUT: "Load-Out",
    Phase.ON_SITE: "On-Site",
    # In the trade a load-in is also the one into the venue.
    Phase.LOAD_IN: "Load-In (return to warehouse)",
    Phase.CLOSED: "Closed",
    Phase.CANCELLED: "Cancelled",
}
OPEN_PHASES: Final = (Phase.PLANNED, Phase.PREP, Phase.LOAD_OUT, Phase.ON_SITE, Phase.LOAD_IN)


def allowed_moves(phase: Phase) -> tuple[Phase, ...]:
    """The phases a person may move the event to.

    Any later open phase, because a shop that skips prep goes out in one scan; one phase back, because
    a wrong tap must be mended; Closed from Load-In alone, which has the close-out gate; Cancelled from
    any open phase. Closed and Cancelled are final.
    """
    if not phase.is_open:
        return ()
    place = OPEN_PHASES.index(phase)
    back = OPEN_PHASES[max(0, place - 1) : place]
    closing = (Phase.CLOSED,) if phase is Phase.LOAD_IN else ()
    return (*back, *OPEN_PHASES[place + 1 :], *closing, Phase.CANCELLED)


def is_allowed(current: Phase, wanted: Phase) -> bool:
    """True when a person may move the event from one phase to the other."""
    return wanted in allowed_moves(current)


@dataclass(frozen=True, slots=True)
class LineCounts:
    """How many of one line are planned, and how many of them ever got how far.

    `out` includes what came back since. They are not summed over lines: an extra piece of one must not
    stand for a missing piece of another.
    """

    planned: int
    prepped: int
    out: int
    returned: int


def proposed_phase(counts: Sequence[LineCounts]) -> Phase:
    """The phase that an event's lines suggest. A person decides: an event is never moved silently.

    Closed is never suggested: that is the close-out gate's to ask.
    """
    if any(line.returned > 0 for line in counts):
        return Phase.LOAD_IN
    if any(line.out > 0 for line in counts):
        return Phase.ON_SITE if all(line.out >= line.planned for line in counts) else Phase.LOAD_OUT
    return Phase.PREP if any(line.prepped > 0 for line in counts) else Phase.PLANNED
