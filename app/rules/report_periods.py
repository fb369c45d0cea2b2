"""The days that a report looks at, the period before, and how they are cut into days, weeks or months."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

N = TypeVar("N", int, float)
DAY: Final = timedelta(days=1)
LONGEST: Final = 366 * 8
"""Days; what lies longer back than a company remembers is a slip of the keyboard."""


class Step(StrEnum):
    """How a period is cut."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Span(NamedTuple):
    """Whole days, the last one included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1

    @property
    def until(self) -> date:
        """The day after the last."""
        return self.last + DAY

    @property
    def before(self) -> "Span":
        """The period before: as many whole months where these are whole months, else as many days."""
        if self.first.day == 1 and self.until.day == 1:
            months = (self.until.year - self.first.year) * 12 + self.until.month - self.first.month
            return Span(months_later(self.first, -months), self.first - DAY)
        return Span(self.first - self.days * DAY, self.first - DAY)


def months_later(first: date, months: int) -> date:
    """The first day of a month so many months on, or back."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def cut(span: Span, step: Step) -> list[Span]:
    """The days, weeks (from Monday) or months of a period, the first and the last as far as they lie in it."""
    pieces, first = [], span.first
    while first <= span.last:
        last = min(NEXT[step](first) - DAY, span.last)
        pieces.append(Span(first, last))
        first = last + DAY
    return pieces


NEXT: Final[Mapping[Step, Callable[[date], date]]] = {
    Step.DAY: lambda day: day + DAY,
    Step.WEEK: lambda day: day + timedelta(days=7 - day.weekday()),
    Step.MONTH: lambda day: months_later(day.replace(day=1), 1),
}
"""Where the next piece begins."""


def fitting_step(span: Span) -> Step:
    """What gives a picture that can be read: days up to five weeks, weeks up to half a year, else months."""
    if span.days <= 35:
        return Step.DAY
    return Step.WEEK if span.days <= 190 else Step.MONTH


def summed_by(pieces: Iterable[Span], by_day: Mapping[date, N], zero: N) -> list[N]:
    """The numbers of days, added up for each piece."""
    sums = []
    days = sorted(by_day)
    at = 0
    for piece in pieces:
        total = zero
        while at < len(days) and days[at] < piece.first:
            at += 1
        while at < len(days) and days[at] <= piece.last:
            total += by_day[days[at]]
            at += 1
        sums.append(total)
    return sums


def presets(today: date) -> dict[str, tuple[str, Span]]:
    """Periods that people ask for, by the word in the address: what they are called, and their days."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    last_month, last_year = months_later(month, -1), year.replace(year=year.year - 1)
    return {
        "30_days": ("Last 30 days", Span(today - 29 * DAY, today)),
        "90_days": ("Last 90 days", Span(today - 89 * DAY, today)),
        "this_month": ("This month", Span(month, today)),
        "last_month": ("Last month", Span(last_month, month - DAY)),
        "12_months": ("Last 12 months", Span(months_later(month, -12), month - DAY)),
        "this_year": ("This year", Span(year, today)),
        "last_year": ("Last year", Span(last_year, year - DAY)),
    }


def read_span(since: date | None, until: date | None, preset: str, today: date) -> Span:
    """The days that were asked for; the last 12 whole months when nothing useful was. The end may be left out."""
    known = presets(today)
    if since is None or (until or today) < since or ((until or today) - since).days > LONGEST:
        return known.get(preset, known["12_months"])[1]
    return Span(since, until or max(today, since))


MOST_PIECES: Final = 100
"""More columns than that nobody can tell apart."""


def step_for(span: Span, wanted: Step | None) -> Step:
    """How a period is cut: as wanted, unless there would be too many pieces."""
    return wanted if wanted and len(cut(span, wanted)) <= MOST_PIECES else fitting_step(span)


def change(now: float, before: float) -> float | None:
    """By how many percent something rose; None where there was nothing before."""
    return (now - before) / before * 100 if before > 0 else None
