"""What a code that was read while counting turns out to be, and how that looks and sounds."""

from enum import StrEnum
from typing import Final

from app.rules.verdicts import Judgement, Offer


class CountSituation(StrEnum):
    """What a reading found."""

    COUNTED = "counted"
    AGAIN = "again"
    ADDED = "added"
    ELSEWHERE = "elsewhere"
    OUT = "out"
    PLACE = "place"
    UNDONE = "undone"
    NUMBER = "number"
    NO_PLACE = "no_place"
    NEEDS_PIECE = "needs_piece"
    NOTHING_TO_UNDO = "nothing_to_undo"
    OUTSIDE = "outside"
    NOT_NOW = "not_now"
    RETIRED = "retired"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    COMMAND = "command"


def _green(word: str) -> Judgement:
    return Judgement("ok", "green", "high", "circle-check", word)


def _blue(word: str, icon: str) -> Judgement:
    return Judgement("ok", "blue", "high", icon, word)


def _amber(word: str, offer: Offer | None = None) -> Judgement:
    return Judgement("warn", "amber", "double", "triangle-alert", word, offer)


def _red(word: str) -> Judgement:
    return Judgement("refused", "red", "low", "circle-x", word)


TABLE: Final[dict[CountSituation, Judgement]] = {
    CountSituation.COUNTED: _green("Counted"),
    CountSituation.AGAIN: _blue("Counted already", "check-check"),
    CountSituation.ADDED: _amber("Not on the list"),
    CountSituation.ELSEWHERE: _amber("Booked elsewhere"),
    CountSituation.OUT: _amber("Out on an event", Offer.RETURN_THERE),
    CountSituation.PLACE: _blue("Place", "map-pin"),
    CountSituation.UNDONE: _blue("Taken back", "undo-2"),
    CountSituation.NUMBER: _amber("Of what?"),
    CountSituation.NO_PLACE: _amber("Where?"),
    CountSituation.NEEDS_PIECE: _red("Which piece?"),
    CountSituation.NOTHING_TO_UNDO: _amber("Nothing to take back"),
    CountSituation.OUTSIDE: _red("Not in this count"),
    CountSituation.NOT_NOW: _red("Not yours"),
    CountSituation.RETIRED: _red("Retired"),
    CountSituation.UNKNOWN: _red("Unknown"),
    CountSituation.UNREADABLE: _red("Not readable"),
    CountSituation.COMMAND: _amber("Not here"),
}
KEPT: Final = frozenset(
    {CountSituation.COUNTED, CountSituation.ADDED, CountSituation.ELSEWHERE, CountSituation.OUT}
)
"""What is counted. Whatever is not stays in the field, so that it can be looked at."""
