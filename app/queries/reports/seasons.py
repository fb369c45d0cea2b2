"""Seasonal pattern: what is used in which month of the year, over the years."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Final

from app.queries.reports.shape import Answer, Asked, Chart, Column, Figure, Link, Report, Row, Series
from app.queries.reports.usage import NARROWED_BY
from app.queries.reports.uses import used_by_day
from app.rules.report_periods import Span, Step, cut, months_later
from app.rules.seasons import Month, season

YEARS = 5
NAMES: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def seasons(asked: Asked) -> Answer:
    """The whole months of the last five years. One statement."""
    until = asked.today.replace(day=1)
    first = months_later(until, -12 * YEARS)
    by_month: Counter[date] = Counter()
    for day, on in used_by_day(replace(asked, span=Span(first, until)), Span(first, until)).items():
        by_month[day.replace(day=1)] += on.pieces if day < until else 0
    months = season(by_month, begun(by_month, first, until), until)
    years = sorted({year for month in months for year in month.by_year})
    columns = [
        Column("month", "Month", "text"),
        *(Column(str(year), str(year)) for year in years),
        Column("mean", "Mean", "ratio", False),
        Column("index", "Index", "index", False),
    ]
    rows = [row_of(asked, month, years) for month in months]
    totals = [None, *(sum(month.by_year.get(year, 0) for month in months) for year in years), None, None]
    return Answer(columns, rows, charts(months, years), figures(months), [NOTE], totals)


NOTE = (
    "The mean of a month over the years, and as an index: 100 is an average month, 150 half as much again. Only whole"
    " months count, from the first in which something was used; an index needs each month of the year at least once."
)


def begun(by_month: Counter[date], first: date, until: date) -> date:
    """The first month in which something was used."""
    return min(
        (month for month, pieces in by_month.items() if pieces), default=until if not by_month else first
    )


def row_of(asked: Asked, month: Month, years: list[int]) -> Row:
    """One month of the year; the busiest are marked."""
    name = NAMES[month.number - 1]
    values = [name, *(month.by_year.get(year) for year in years), month.mean, month.ratio]
    tone = "amber" if month.ratio is not None and month.ratio >= 125 else ""
    return Row(name, values, made_of=made_of(asked, month), tone=tone)


def made_of(asked: Asked, month: Month) -> Link | None:
    """What was used in the latest of these months."""
    if not month.by_year:
        return None
    first = date(max(month.by_year), month.number, 1)
    piece = cut(Span(first, months_later(first, 1)), Step.MONTH)[0]
    kept = {name: getattr(asked, name) for name in NARROWED_BY if getattr(asked, name) is not None}
    days = {"since": piece.first.isoformat(), "until": piece.last.isoformat()}
    return ("reports.report", {"report_name": "usage", "by": "product", **kept, **days})


def charts(months: list[Month], years: list[int]) -> list[Chart]:
    """A line for each of the last years, and the index as columns."""
    if not years:
        return []
    names = [name[:3] for name in NAMES]
    lines = [
        Series(str(year), [month.by_year.get(year) for month in months], is_before=year != years[-1])
        for year in years[-4:]
    ]
    index = [month.ratio or 0.0 for month in months]
    pictures = (
        [Chart("columns", "Index by month, 100 is an average month", names, [Series("index", index)])]
        if any(index)
        else []
    )
    return [*pictures, Chart("lines", "Pieces used, year by year", names, lines, "pieces")]


def figures(months: list[Month]) -> list[Figure]:
    """What is seen first."""
    known = [month for month in months if month.ratio is not None]
    if not known:
        return []
    busiest, quietest = max(known, key=ratio_of), min(known, key=ratio_of)
    return [
        Figure("Busiest", NAMES[busiest.number - 1], "text", note=f"index {busiest.ratio:.0f}"),
        Figure("Quietest", NAMES[quietest.number - 1], "text", note=f"index {quietest.ratio:.0f}"),
        Figure("Years", max(len(month.by_year) for month in months), note="with whole months"),
    ]


def ratio_of(month: Month) -> float:
    """For finding the highest."""
    return month.ratio or 0.0


SEASONS = Report(
    "seasons", "Seasonal pattern", "Which months need more, year after year?", seasons, filters=NARROWED_BY,
    period="none", icon="calendar-range",
)  # fmt: skip
