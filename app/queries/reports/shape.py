"""What every report is made of, whoever shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from app.rules.report_periods import Span, Step

Link = tuple[str, dict[str, Any]]
"""The name of a page, and what its address says."""


@dataclass(frozen=True)
class Asked:
    """What a report is asked for. Days are days of the organization's zone."""

    span: Span
    step: Step
    by: str
    zone: str
    today: date
    at: date
    idle_days: int = 180
    product: int | None = None
    category: int | None = None
    location: int | None = None
    job_type: int | None = None
    technician: int | None = None
    customer: int | None = None
    event: int | None = None
    sees_costs: bool = False
    carrying_percent: Any = 0


class Column(NamedTuple):
    """A column of the table: its word for programs, its heading, and how its values are written.

    Kinds: text, count, money, cost (per piece), percent, change (percent, with its sign), index, days, ratio.
    """

    key: str
    label: str
    kind: str = "count"
    is_summed: bool = True


@dataclass(frozen=True)
class Row:
    """A row of the table: what it is about, where that leads, its values, and where its numbers come from."""

    label: str
    values: Sequence[Any]
    about: Link | None = None
    made_of: Link | None = None
    tone: str = ""


class Series(NamedTuple):
    """One line, or one colour of the columns; None where nothing is known yet."""

    name: str
    values: Sequence[float | None]
    is_before: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture of the report: columns, lines or stacked columns over pieces of time, or bars by name."""

    kind: str
    caption: str
    labels: Sequence[Span | str]
    series: Sequence[Series]
    unit: str = ""
    is_money: bool = False


class Figure(NamedTuple):
    """A number that is seen first."""

    label: str
    value: Any
    kind: str = "count"
    note: str = ""
    change: float | None = None


@dataclass(frozen=True)
class Answer:
    """A report as it came out."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    charts: Sequence[Chart]
    figures: Sequence[Figure]
    notes: Sequence[str] = ()
    totals: Sequence[Any] = field(default_factory=tuple)

    @property
    def header(self) -> list[str]:
        """The headings of a file, in the words that programs read."""
        return [column.key for column in self.columns]


@dataclass(frozen=True)
class Report:
    """One report: what it answers, by what it can be grouped, and what it can be narrowed to."""

    name: str
    title: str
    question: str
    make: Callable[[Asked], Answer]
    groups: dict[str, str] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    period: str = "span"
    """span: from-until; day: at the end of one day; none: now."""
    needs_costs: bool = False
    icon: str = "chart-line"


def total_of(columns: Sequence[Column], rows: Sequence[Row]) -> list[Any]:
    """The sum of each column that can be summed; None for the others."""
    return [
        sum(row.values[place] for row in rows if row.values[place] is not None)
        if column.is_summed and column.kind in ("count", "money")
        else None
        for place, column in enumerate(columns)
    ]
