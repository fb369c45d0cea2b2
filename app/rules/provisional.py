"""How a device shows what it says by itself without a network: looks of the verdict table, and three of its own."""

from typing import Final

from app.rules.conflicts import KEPT
from app.rules.verdicts import TABLE, Judgement, Situation

UNLISTED: Final = "unlisted"
"""A code that the device's sheet does not know: the server may."""
OF_THE_TABLE: Final = (
    Situation.PLANNED, Situation.ALREADY_MET, Situation.SAME_AGAIN, Situation.LOCATION, Situation.QUANTITY,
)  # fmt: skip
LOOKS: Final[dict[str, Judgement]] = {str(one): TABLE[one] for one in OF_THE_TABLE} | {
    KEPT: Judgement("ok", "blue", "high", "save", "Kept"),
    UNLISTED: Judgement("warn", "amber", "double", "circle-help", "Not on the list"),
    "not_kept": Judgement("refused", "red", "low", "circle-x", "Not kept"),
}
