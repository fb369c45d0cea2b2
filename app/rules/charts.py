"""What a chart needs beside its numbers: a scale that ends at a round number, and labels that fit."""

from collections.abc import Sequence
from math import floor, log10
from typing import Final, NamedTuple

ROUND: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
STEPS: Final = 4
MOST_LABELS: Final = 13


class Scale(NamedTuple):
    """From nothing to the top, with the round numbers on the way, the highest first."""

    top: float
    ticks: Sequence[float]


def scale(highest: float, *, is_whole: bool = True) -> Scale:
    """A scale of four steps that holds the highest value; counts step by whole numbers."""
    if highest <= 0:
        return Scale(STEPS, [4, 3, 2, 1, 0])
    rough = highest / STEPS
    power = 10 ** floor(log10(rough))
    step = next(power * factor for factor in ROUND if power * factor >= rough * 0.9999)
    if is_whole and step < 1:
        step = 1
    elif is_whole and step != int(step):
        step = float(int(step) + 1)
    return Scale(step * STEPS, [step * number for number in range(STEPS, -1, -1)])


def labelled(count: int, most: int = MOST_LABELS) -> list[bool]:
    """Which of so many marks get their label: every one, or every second, third, … so that they can be read."""
    every = max(1, -(-count // most))
    return [number % every == 0 for number in range(count)]
