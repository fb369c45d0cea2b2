"""The seasonal pattern of a number: how each month of the year compares with an average month."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple


class Month(NamedTuple):
    """A month of the year: its numbers by year, their mean, and the index as a ratio (100 is an average month)."""

    number: int
    by_year: dict[int, int]
    mean: float | None
    ratio: float | None


def season(by_month: Mapping[date, int], first: date, until: date) -> list[Month]:
    """The twelve months over the years from `first` to just before `until`, both first days of a month.

    The index of a month is the mean of that month over the years, divided by the mean of the twelve means, times
    100. Each month of the year weighs the same, however many years have it; with one missing there is no index.
    """
    rows = [month_of(number, by_month, first, until) for number in range(1, 13)]
    means = [row.mean for row in rows if row.mean is not None]
    overall = sum(means) / 12 if len(means) == 12 else 0
    return [
        row._replace(ratio=row.mean / overall * 100 if overall > 0 and row.mean is not None else None)
        for row in rows
    ]


def month_of(number: int, by_month: Mapping[date, int], first: date, until: date) -> Month:
    """One month of the year over the years; months without any number count as none."""
    years = [year for year in range(first.year, until.year + 1) if first <= date(year, number, 1) < until]
    by_year = {year: by_month.get(date(year, number, 1), 0) for year in years}
    return Month(number, by_year, sum(by_year.values()) / len(by_year) if by_year else None, None)
