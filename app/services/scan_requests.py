"""What a device sends and what it is answered; the same for the screen and for programs."""

from dataclasses import dataclass
from datetime import datetime

from app.models import Condition, PullLine, Reservation, ScanMode, ScanResult, Verdict
from app.rules.codes import ScanInput
from app.rules.verdicts import TABLE, Judgement, Offer, Situation


@dataclass(frozen=True)
class ScanRequest:
    """What a device sends. `accept` says yes to an offer of the answer before; `override` needs a permission."""

    uuid: str
    code: str
    mode: ScanMode
    event_id: int
    quantity: int | None = None
    condition: Condition | None = None
    notes: str = ""
    photo_id: int | None = None
    location_id: int | None = None
    scanned_at: datetime | None = None
    device: str = ""
    accept: bool = False
    override: bool = False


@dataclass(frozen=True)
class Counters:
    """How far a line has come."""

    planned: int = 0
    prepped: int = 0
    out: int = 0
    returned: int = 0

    def of(self, mode: ScanMode) -> tuple[int, int]:
        """Done and to do, in this mode."""
        if mode is ScanMode.IN:
            return self.returned, self.out
        return (self.prepped if mode is ScanMode.PREP else self.out), self.planned


def counters_of(line: PullLine | None, claim: Reservation | None) -> Counters | None:
    """How far a line has come now."""
    if line is None:
        return None
    if claim is None:
        return Counters(line.quantity)
    return Counters(line.quantity, claim.prepped_quantity, claim.out_quantity, claim.returned_quantity)


@dataclass(frozen=True)
class ScanAnswer:
    """What the person sees and hears. `elsewhere_id` is the other event that a sentence speaks of."""

    scan_id: int
    situation: Situation
    verdict: Verdict
    result: ScanResult
    message: str
    mode: ScanMode
    code: str
    counters: Counters | None = None
    product_id: int | None = None
    asset_id: int | None = None
    line_id: int | None = None
    location_id: int | None = None
    command: str = ""
    offer: Offer | None = None
    repair_id: int | None = None
    quarantine_id: int | None = None
    elsewhere_id: int | None = None
    quantity: int = 1
    case_code: str = ""
    """The case that was scanned, or the sealed one that a thing lies in: scanned, all of it goes."""
    leaves_place: bool = False
    """True when the case that was open is closed: nothing more goes into it."""

    @property
    def judgement(self) -> Judgement:
        """Colour, tone, icon and word."""
        return TABLE[self.situation]


@dataclass(frozen=True)
class Thing:
    """What a code names: an asset of a product, so many of a product, or a place. Unknown, it names nothing.

    `events` are those that the asset is chosen for or out on; `code` is the reading that named it.
    """

    scanned: ScanInput
    product_id: int | None = None
    asset_id: int | None = None
    location_id: int | None = None
    notes: tuple[str, ...] = ()
    events: tuple[int, ...] = ()
    code: str = ""

    @property
    def is_known(self) -> bool:
        """True when the code names something here."""
        return self.product_id is not None or self.location_id is not None
