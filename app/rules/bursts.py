"""Cutting what arrived in one go into entries: one code each, with the quantity given for it."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

from app.rules.labels import clean

HIGHEST_QUANTITY: Final = 9_999
"""A longer number is a code, or a finger that stayed on the key."""

_ENDS: Final = re.compile(r"[\r\n\t\v\f]+")
_QUANTITY: Final = re.compile(r"([+-]?[0-9]{1,100}) *\* *(\S.*)")
# A number with a zero in front is a tag.
_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,3}")


class Entry(NamedTuple):
    """One code with its quantity, and the whole text they stood in; `is_repeated` when it came twice."""

    text: str
    code: str
    quantity: int = 1
    is_repeated: bool = False


def entries(raw: str) -> list[Entry]:
    """What was scanned or typed, in order. Blanks are left out; one code several times in a row is one."""
    texts = [text for part in _ENDS.split(raw) if (text := clean(part))]
    groups = [list(same) for _, same in groupby(texts, key=str.casefold)]
    return list(_with_numbers([(group[0], len(group) > 1) for group in groups]))


def typed_number(text: str) -> int | None:
    """The number that the whole text is, as somebody types a quantity; None for anything else."""
    return int(text) if _NUMBER.fullmatch(text) else None


def _with_numbers(texts: list[tuple[str, bool]]) -> Iterator[Entry]:
    """Give a number to the code typed after it. A number before another number, or last, is a code."""
    number: tuple[str, bool] | None = None
    for text, is_repeated in texts:
        if typed_number(text) is None:
            yield _entry(f"{number[0]}*{text}" if number else text, is_repeated)
            number = None
            continue
        if number:
            yield _entry(*number)
        number = text, is_repeated
    if number:
        yield _entry(*number)


def _entry(text: str, is_repeated: bool) -> Entry:
    """Split "12*CODE"."""
    given = _QUANTITY.fullmatch(text)
    if given is None:
        return Entry(text, text, is_repeated=is_repeated)
    return Entry(text, given.group(2), int(given.group(1)), is_repeated)
