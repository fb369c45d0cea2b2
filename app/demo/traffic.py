"""Gear on its way: prepped, sent out and taken back by scans, as hands in the warehouse do it."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.actors import Actor
from app.demo.pieces import Piece, to_leave, to_return
from app.demo.places import place
from app.demo.stage import Stage
from app.models import Condition, ScanMode
from app.services.scans import ScanRequest, scan

BURST = 40
"""A scanner that was out of reach sends what it has kept in one go."""
BENCH = "BENCH"
DAMAGE = (
    "Fell from the tailboard, housing cracked.",
    "No output any more after the second night.",
    "Connector torn out.",
    "Wet inside, smells burnt.",
)


@dataclass(frozen=True)
class Gate:
    """Where somebody scans for an event: in which mode, when, and in whose name."""

    stage: Stage
    event_id: int
    mode: ScanMode
    at: datetime
    by: Actor

    def read(self, text: str, shelf: str = "", damage: str = "") -> None:
        """Scan what a device sends, in a transaction of its own: onto a shelf, damaged or whole."""
        with self.stage.deed():
            request = ScanRequest(
                str(uuid.uuid4()),
                text,
                self.mode,
                self.event_id,
                condition=Condition.DAMAGED if damage else None,
                notes=damage,
                location_id=place(shelf).id if shelf else None,
                scanned_at=min(self.at, datetime.now(UTC)),
                device="Scanner 1",
            )
            scan(request, by=self.by)

    def read_all(self, pieces: Iterable[Piece], shelf: str = "") -> None:
        """Scan pieces, some at a time."""
        for some in in_batches([piece.text for piece in pieces]):
            self.read("\n".join(some), shelf)


def in_batches(texts: Sequence[str]) -> Iterable[Sequence[str]]:
    """The texts, as many at a time as a scanner keeps."""
    return [texts[start : start + BURST] for start in range(0, len(texts), BURST)]


def send(gate: Gate, share: float = 1) -> None:
    """Scan what is to leave (prep it, or let it leave, as the gate says), or the first part of it."""
    with gate.stage.deed():
        pieces = to_leave(gate.event_id)
    gate.read_all(pieces[: round(len(pieces) * share)])


def take_back(gate: Gate, share: float = 1, damaged: int = 0) -> None:
    """Scan what comes back onto its shelves, or the first part of it; the first so many pieces damaged."""
    with gate.stage.deed():
        pieces = to_return(gate.event_id)
    pieces = pieces[: round(len(pieces) * share)]
    for piece in pieces[:damaged]:
        gate.read(piece.text, BENCH, gate.stage.chance.choice(DAMAGE))
    by_shelf: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces[damaged:]:
        by_shelf[piece.shelf].append(piece)
    for shelf, some in by_shelf.items():
        gate.read_all(some, shelf)
