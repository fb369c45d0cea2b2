"""Reports and the ledger as files: at once, or made by the worker."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from app.actors import Actor
from app.models import LongWork
from app.permissions import Permission
from app.queries.reports import REPORTS
from app.queries.reports.shape import Answer, Asked
from app.refusals import Forbidden
from app.rules.report_periods import Span, Step
from app.services.exports import as_csv
from app.services.long_work import Made, Progress, begin_work

DAYS = ("today", "at")


def file_rows(answer: Answer) -> Iterator[list[Any]]:
    """The values of every row; a piece of time by its first day."""
    for row in answer.rows:
        yield [value.first if isinstance(value, Span) else value for value in row.values]


def begin_report(name: str, asked: Asked, *, by: Actor) -> LongWork:
    """Have a report made by the worker, as a file."""
    wanted = {"name": name, "asked": plain(asked)}
    span = f"{asked.span.first:%Y-%m-%d} – {asked.span.last:%Y-%m-%d}"
    title = f"{REPORTS[name].title}, {span}" if REPORTS[name].period == "span" else REPORTS[name].title
    return begin_work("report", title, wanted, by=by)


def plain(asked: Asked) -> dict[str, Any]:
    """What is asked, in values that JSON can carry."""
    kept = asdict(asked)
    kept["span"] = [day.isoformat() for day in asked.span]
    kept["carrying_percent"] = str(asked.carrying_percent)
    return kept | {name: kept[name].isoformat() for name in DAYS}


def asked_again(kept: dict[str, Any]) -> Asked:
    """The same, read back."""
    first, last = map(date.fromisoformat, kept["span"])
    days = {name: date.fromisoformat(kept[name]) for name in DAYS}
    more = {
        "span": Span(first, last),
        "step": Step(kept["step"]),
        "carrying_percent": Decimal(kept["carrying_percent"]),
    }
    return Asked(**{**kept, **days, **more})


def make_report(wanted: dict[str, Any], progress: Progress, by: Actor) -> Made:
    """A report as a file, for whoever may still see it. Raises Forbidden."""
    report, asked = REPORTS[wanted["name"]], asked_again(wanted["asked"])
    if asked.sees_costs and not by.may(Permission.COSTS_READ):
        raise Forbidden("You may not see costs any more.")
    progress.begin(3, "Adding up")
    answer = report.make(asked)
    progress.step(2, "Writing the file")
    content = as_csv(answer.header, file_rows(answer))
    said = f"{len(answer.rows):,} rows. " + " · ".join(first_figures(answer))
    return Made({"said": said}, f"{report.name}-{asked.today.isoformat()}.csv", content=content)


def first_figures(answer: Answer) -> Sequence[str]:
    """What is seen first, as words."""
    return [
        f"{figure.label}: {figure.value:,}" for figure in answer.figures if isinstance(figure.value, int)
    ][:3]
