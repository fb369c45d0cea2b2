"""Many things, a few hundred at a time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

Thing = TypeVar("Thing")
CHUNK: Final = 900
"""Ids in one question: well below what either database takes."""


def chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The values, some hundreds at a time."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def groups(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """The same of things that come one after the other, and never all of them in memory."""
    coming = iter(things)
    while some := list(islice(coming, size)):
        yield some
