"""Periods as columns of days: where a bar starts, how many days it covers, in which lane it lies."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

MOST_LANES: Final = 24
"""More claims at once than anybody can tell apart; the rest share the last lane."""
T = TypeVar("T")


class Columns(NamedTuple):
    """The first column (from 1) and how many."""

    start: int
    span: int

    @property
    def end(self) -> int:
        """The column after the last."""
        return self.start + self.span


class Segment(NamedTuple):
    """A part of a claim: getting ready, away, or coming round again."""

    kind: str
    columns: Columns


def columns_of(
    starts_at: datetime, ends_at: datetime, first: date, days: int, zone: ZoneInfo
) -> Columns | None:
    """The columns that a period touches, cut to what is shown; None when it lies outside."""
    begin = (starts_at.astimezone(zone).date() - first).days
    end = ((ends_at - datetime.resolution).astimezone(zone).date() - first).days
    if end < 0 or begin >= days or end < begin:
        return None
    begin, end = max(begin, 0), min(end, days - 1)
    return Columns(begin + 1, end - begin + 1)


def segments(claim: Columns, away: Columns | None) -> list[Segment]:
    """A claim split where the gear leaves and returns; without known times all of it is away."""
    if away is None:
        return [Segment("out", claim)]
    parts = [
        Segment("prep", Columns(claim.start, away.start - claim.start)),
        Segment(
            "out",
            Columns(max(away.start, claim.start), min(away.end, claim.end) - max(away.start, claim.start)),
        ),
        Segment("turnaround", Columns(away.end, claim.end - away.end)),
    ]
    return [part for part in parts if part.columns.span > 0]


def in_lanes(claims: Iterable[tuple[Columns, T]]) -> list[tuple[int, Columns, T]]:
    """Each claim in the first lane that is free where it lies, the earliest first."""
    ends: list[int] = []
    placed: list[tuple[int, Columns, T]] = []
    for columns, thing in sorted(claims, key=lambda claim: claim[0]):
        lane = next((number for number, end in enumerate(ends) if end <= columns.start), len(ends))
        lane = min(lane, MOST_LANES - 1)
        ends[lane : lane + 1] = [columns.end]
        placed.append((lane + 1, columns, thing))
    return placed


def runs_below_zero(values: Sequence[int]) -> list[tuple[Columns, int]]:
    """Where a row of daily numbers is below zero: the columns of each run and its lowest number."""
    runs = []
    for is_below, group in groupby(enumerate(values, 1), key=lambda pair: pair[1] < 0):
        if is_below:
            days = list(group)
            runs.append((Columns(days[0][0], len(days)), min(value for _, value in days)))
    return runs


def days_from(first: date, count: int) -> list[date]:
    """So many days, one after the other."""
    return [first + timedelta(days=number) for number in range(count)]
