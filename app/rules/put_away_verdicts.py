"""What a code that was read while putting things away turns out to be, and how that looks and sounds."""

from enum import StrEnum
from typing import Final

from app.rules.verdicts import Judgement


class PutSituation(StrEnum):
    """What a reading found."""

    PUT = "put"
    HELD = "held"
    PLACE = "place"
    THERE = "there"
    UNDONE = "undone"
    NOTHING_TO_UNDO = "nothing_to_undo"
    NUMBER = "number"
    IN_USE = "in_use"
    IN_REPAIR = "in_repair"
    NOT_HERE = "not_here"
    NEEDS_PIECE = "needs_piece"
    NO_SHELF = "no_shelf"
    TOO_MANY = "too_many"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    COMMAND = "command"


def _stop(word: str) -> Judgement:
    return Judgement("refused", "red", "low", "circle-x", word)


TABLE: Final[dict[PutSituation, Judgement]] = {
    PutSituation.PUT: Judgement("ok", "green", "high", "circle-check", "Put away"),
    PutSituation.HELD: Judgement("warn", "amber", "double", "map-pin", "Where to?"),
    PutSituation.PLACE: Judgement("ok", "blue", "high", "map-pin", "Place"),
    PutSituation.THERE: Judgement("ok", "blue", "high", "check-check", "There already"),
    PutSituation.UNDONE: Judgement("ok", "blue", "high", "undo-2", "Taken back"),
    PutSituation.NOTHING_TO_UNDO: Judgement(
        "warn", "amber", "double", "triangle-alert", "Nothing to take back"
    ),
    PutSituation.NUMBER: Judgement("warn", "amber", "double", "hash", "Of what?"),
    PutSituation.IN_USE: _stop("On an event"),
    PutSituation.IN_REPAIR: _stop("In repair"),
    PutSituation.NOT_HERE: _stop("Not there"),
    PutSituation.NEEDS_PIECE: _stop("Which piece?"),
    PutSituation.NO_SHELF: _stop("No shelf"),
    PutSituation.TOO_MANY: _stop("Too many"),
    PutSituation.CLOSED: _stop("Closed case"),
    PutSituation.UNKNOWN: _stop("Unknown"),
    PutSituation.UNREADABLE: _stop("Not readable"),
    PutSituation.COMMAND: Judgement("warn", "amber", "double", "triangle-alert", "Not here"),
}
"""Each situation's look."""
