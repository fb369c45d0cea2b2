"""The sheets and tapes that labels are printed on: sizes in millimetres, as their makers print them on the box."""

from dataclasses import dataclass
from typing import Final


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
    "tape-62": LabelSheet("Tape of 62 mm, 29 mm long", (62, 29), (62, 29)),
    "tape-36": LabelSheet("Tape of 36 mm, 70 mm long", (70, 36), (70, 36)),
    "tape-24": LabelSheet("Tape of 24 mm, 60 mm long", (60, 24), (60, 24)),
}
"""By the word that stands in an address."""
