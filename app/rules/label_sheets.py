"""What labels say, and what they are printed on: sizes in millimetres, as their makers print them on the box."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

NARROWEST: Final = 0.17
"""Millimetres: bars that are thinner run into each other on a label printer of 300 dots an inch."""


class Symbol(StrEnum):
    """How a code is drawn for scanners."""

    QR = "qr"
    DATA_MATRIX = "datamatrix"
    CODE_128 = "code128"


SYMBOLS: Final = {
    Symbol.QR: "QR code: any phone reads it",
    Symbol.DATA_MATRIX: "Data Matrix: the smallest, for narrow tapes",
    Symbol.CODE_128: "Code 128: bars, for laser scanners",
}


@dataclass(frozen=True)
class Label:
    """What one label says: the code that it carries, a title, a line below, and what lies in the thing.

    A cable tells its `length`, and `band` is the colour of it.
    """

    code: str
    title: str
    note: str = ""
    contents: list[str] = field(default_factory=list)
    length: str = ""
    band: str = ""


@dataclass(frozen=True)
class LabelSheet:
    """A sheet of labels, or a tape with one label a page."""

    name: str
    page: tuple[float, float]
    label: tuple[float, float]
    columns: int = 1
    rows: int = 1
    margin: tuple[float, float] = (0, 0)
    """From the left and from the top to the first label."""
    pitch: tuple[float, float] | None = None
    """From one label to the next; without it they lie side by side."""
    is_wrap: bool = False
    """It goes around a cable, and may be read from any side."""

    @property
    def labels(self) -> int:
        """How many are on a page."""
        return self.columns * self.rows

    def steps(self) -> tuple[float, float]:
        """How far it is from one label to the next."""
        return self.pitch or self.label


A4: Final = (210.0, 297.0)
SHEETS: Final[dict[str, LabelSheet]] = {
    "a4-24": LabelSheet("A4, 24 labels of 70 × 37 mm", A4, (70, 37), 3, 8, (0, 0.5)),
    "a4-21": LabelSheet("A4, 21 labels of 63.5 × 38.1 mm", A4, (63.5, 38.1), 3, 7, (7.2, 15.1), (66.0, 38.1)),
    "a4-8": LabelSheet("A4, 8 labels of 105 × 74 mm", A4, (105, 74), 2, 4, (0, 0.5)),
    "a4-65": LabelSheet(
        "A4, 65 labels of 38.1 × 21.2 mm", A4, (38.1, 21.2), 5, 13, (4.7, 10.7), (40.6, 21.2)
    ),
    "a4-6": LabelSheet("A4, 6 cards of 105 × 99 mm", A4, (105, 99), 2, 3),
    "tape-62": LabelSheet("Tape of 62 mm, 29 mm long", (62, 29), (62, 29)),
    "case-62": LabelSheet("Tape of 62 mm, 100 mm long: for cases", (100, 62), (100, 62)),
    "tape-36": LabelSheet("Tape of 36 mm, 70 mm long", (70, 36), (70, 36)),
    "tape-24": LabelSheet("Tape of 24 mm, 60 mm long", (60, 24), (60, 24)),
    "tape-18": LabelSheet("Tape of 18 mm, 50 mm long", (50, 18), (50, 18)),
    "tape-12": LabelSheet("Tape of 12 mm, 40 mm long", (40, 12), (40, 12)),
    "wrap-24": LabelSheet("Cable wrap: tape of 24 mm, 80 mm long", (80, 24), (80, 24), is_wrap=True),
    "wrap-12": LabelSheet("Cable wrap: tape of 12 mm, 60 mm long", (60, 12), (60, 12), is_wrap=True),
}
"""By the word that stands in an address."""
