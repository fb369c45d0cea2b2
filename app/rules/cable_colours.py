"""The colour that tells the length of a cable across a hall."""

import math
import re
from typing import Final, NamedTuple

_LENGTH: Final = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d{1,2})?) ?m\b", re.IGNORECASE)


class LengthColour(NamedTuple):
    """Up to how many metres, and the colour by its name and as it is printed."""

    metres: float
    name: str
    ink: str


COLOURS: Final = (
    LengthColour(1, "grey", "#8a8f98"),
    LengthColour(2, "white", "#ffffff"),
    LengthColour(3, "brown", "#8b5e34"),
    LengthColour(5, "yellow", "#f5c400"),
    LengthColour(10, "red", "#d92d20"),
    LengthColour(15, "blue", "#1f5fd0"),
    LengthColour(20, "green", "#1a8a4a"),
    LengthColour(25, "violet", "#7a3fc0"),
    LengthColour(30, "orange", "#f07c13"),
    LengthColour(50, "pink", "#ec6cae"),
    LengthColour(math.inf, "black", "#000000"),
)
"""A shop that has other colours says so in the names of its cables; the length is printed in any case."""


def length_in(name: str) -> float | None:
    """The metres that the name of a cable tells ("XLR 10 m"); the last of several. Nothing where it tells none."""
    found = _LENGTH.findall(name)
    return float(found[-1].replace(",", ".")) if found else None


def colour_of(metres: float) -> LengthColour:
    """The colour of a cable of this length: that of the next longer one."""
    return next(colour for colour in COLOURS if metres <= colour.metres)
