"""A warehouse laid out in one go: its zones, and so many shelves in each, with codes that count up."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_PLACES: Final = 1_000
"""Places that are made at once; more is a typing mistake."""
MOST_SHELVES: Final = 500
ZONE: Final = re.compile(
    r"(?P<code>[^\s,;]{1,12})(?:[\s,;]+(?P<name>.*?))??(?:[\s,;]+(?P<shelves>\d{1,4}))?[\s,;]*"
)
"""A code, then a name, then a number, with blanks, commas or semicolons between."""


@dataclass(frozen=True)
class Zone:
    """A part of a warehouse: its code, its name, how many shelves it has."""

    code: str
    name: str
    shelves: int


@dataclass(frozen=True)
class PlannedPlace:
    """A place to be made, inside the zone of this code; a zone itself is inside none."""

    code: str
    name: str
    zone: str = ""


class Unreadable(ValueError):
    """A line that says no zone; the message says which, and how one is written."""


def read_zones(text: str) -> list[Zone]:
    """Zones as people write them: code, name and number of shelves, one zone a line.

    `A, Audio, 12` or `A Audio 12`; the name and the shelves may be left out. Raises Unreadable.
    """
    zones = [read_zone(line) for line in text.splitlines() if line.strip()]
    if not zones:
        raise Unreadable("Write one zone a line: A, Audio, 12")
    twice = [code for code, times in Counter(zone.code.casefold() for zone in zones).items() if times > 1]
    if twice:
        raise Unreadable(f"Zone {twice[0].upper()} stands there twice.")
    if sum(zone.shelves + 1 for zone in zones) > MOST_PLACES:
        raise Unreadable(f"These are more than {MOST_PLACES} places: make them in several goes.")
    return zones


def read_zone(line: str) -> Zone:
    """One line. Raises Unreadable."""
    found = ZONE.fullmatch(line.strip())
    shelves = int(found["shelves"] or 0) if found else 0
    if not found or shelves > MOST_SHELVES:
        raise Unreadable(
            f"“{line.strip()}” is no zone: write code, name, number of shelves, like A, Audio, 12"
        )
    return Zone(found["code"], found["name"] or f"Zone {found['code']}", shelves)


def laid_out(zones: Sequence[Zone], prefix: str = "") -> list[PlannedPlace]:
    """All places of these zones: A, A-01, A-02 … with the prefix of the warehouse before them.

    Numbers have as many digits as the last shelf needs, two at least, so that codes sort as they stand.
    """
    places = []
    for zone in zones:
        code = f"{prefix}-{zone.code}" if prefix else zone.code
        places.append(PlannedPlace(code, zone.name))
        digits = max(2, len(str(zone.shelves)))
        numbers = [f"{number:0{digits}d}" for number in range(1, zone.shelves + 1)]
        places += [PlannedPlace(f"{code}-{number}", f"{zone.name} {number}", code) for number in numbers]
    return places
