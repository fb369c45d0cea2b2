"""How a device shows what it says by itself without a network: looks of the verdict table, and four of its own."""

from typing import Final

from app.rules.conflicts import KEPT
from app.rules.verdicts import TABLE, Judgement, Situation

UNLISTED: Final = "unlisted"
"""A code that the device's sheet does not know: the server may."""
UNCHECKED: Final = "unchecked"
"""A thing that it knows, and about which only the server can say more."""
ONLY_THE_SERVER: Final = frozenset({
    Situation.NOT_PLANNED, Situation.COMMAND, Situation.UNDONE, Situation.REPORTED, Situation.ATTENTION,
    Situation.MISSING, Situation.FOUND, Situation.UNKNOWN, Situation.UNREADABLE,
})  # fmt: skip
"""What no device finds by itself."""
LOOKS: Final[dict[str, Judgement]] = {
    str(one): look for one, look in TABLE.items() if one not in ONLY_THE_SERVER
} | {
    KEPT: Judgement("ok", "blue", "high", "save", "Kept"),
    UNLISTED: Judgement("warn", "amber", "double", "circle-help", "Not on the list"),
    UNCHECKED: Judgement("warn", "amber", "double", "circle-help", "Not checked"),
    "not_kept": Judgement("refused", "red", "low", "circle-x", "Not kept"),
}
