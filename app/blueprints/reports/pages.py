"""The reports on screen, and as files."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import Response, current_app, g, request

from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import page_number, sees_costs
from app.blueprints.reports import blueprint
from app.blueprints.reports.asked import asked_by, not_understood, report_named, today
from app.blueprints.reports.choices import filter_choices
from app.htmx import page, part
from app.permissions import MARK, PUBLIC, SIGNED_IN, Permission, can, requires
from app.queries.paging import PER_PAGE, Page
from app.queries.reports import REPORTS
from app.queries.reports.shape import Answer, Asked, Link, Report, Row
from app.queries.reports.size import is_heavy
from app.rules.charts import labelled, scale
from app.rules.report_periods import Span, presets
from app.services.report_files import file_rows
from app.templating import address


@blueprint.get("")
@requires(Permission.REPORTS_READ)
def reports() -> Response:
    """All reports, each with what it answers and a figure that comes when it is counted."""
    seen = [report for report in REPORTS.values() if sees_costs() or not report.needs_costs]
    return page("reports/reports.html", reports=seen)


@blueprint.get("/<report_name>/figure")
@requires(Permission.REPORTS_READ)
def figure(report_name: str) -> Response:
    """The first figure of a report, over the last 30 days."""
    report = report_named(report_name)
    asked = asked_by(report, {"period": "30_days"})
    answer = report.make(asked)
    figures = answer.figures[:1]
    return part(
        "reports/_report_figure.html", report=report, figures=figures, course=course_of(answer), **WORDS
    )


class Course(NamedTuple):
    """What a small picture shows: values over time, the latest last."""

    caption: str
    values: list[Any]


def course_of(answer: Answer) -> Course | None:
    """The course of what the report is of, not of what it is compared with; months to come have no value yet.

    None where less than two values are known: that is no line.
    """
    chart = next((chart for chart in answer.charts if chart.kind != "bars"), None)
    now = next((series for series in chart.series if not series.is_before), None) if chart else None
    values = [value for value in now.values if value is not None] if now else []
    return Course(chart.caption, values) if chart and len(values) > 1 else None


@blueprint.get("/<report_name>")
@requires(Permission.REPORTS_READ)
def report(report_name: str) -> Response:
    """One report: figures, charts, table. What would take long is offered to the worker instead."""
    chosen = report_named(report_name)
    asked = asked_by(chosen, request.args)
    heavy = is_heavy(chosen, asked)
    answer = None if heavy else chosen.make(asked)
    rows = sorted_rows(answer, request.args.get("sort", "")) if answer else []
    typed = not_understood(chosen, asked, request.args)
    return page(
        "reports/report.html",
        part="reports/_report.html",
        report=chosen,
        asked=asked,
        answer=answer,
        page=page_of(rows, page_number()),
        sort=request.args.get("sort", ""),
        presets=presets(today()),
        choices=filter_choices(chosen, asked),
        kept={name: value for name, value in request.args.items() if name not in ("page", "sort")},
        typed=typed,
        is_narrowed=bool(typed) or any(getattr(asked, name) is not None for name in chosen.filters),
        **WORDS,
    )


def page_of(rows: Sequence[Row], number: int) -> Page[Row]:
    """One page of the table."""
    last = max(1, -(-len(rows) // PER_PAGE))
    number = min(max(number, 1), last)
    return Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(rows))


def sorted_rows(answer: Answer, sort: str) -> Sequence[Row]:
    """The rows by a column, the other way round with a minus; in the report's own order by default."""
    keys = [column.key for column in answer.columns]
    if sort.lstrip("-") not in keys:
        return answer.rows
    place = keys.index(sort.lstrip("-"))
    known = [row for row in answer.rows if row.values[place] is not None]
    unknown = [row for row in answer.rows if row.values[place] is None]
    return [*sorted(known, key=order_by(place), reverse=sort.startswith("-")), *unknown]


def order_by(place: int) -> Callable[[Row], Any]:
    """Text by its letters, everything else by its size."""

    def key(row: Row) -> Any:
        value = row.values[place]
        return value.casefold() if isinstance(value, str) else value

    return key


@blueprint.get("/<report_name>.csv")
@requires(Permission.REPORTS_READ)
def report_csv(report_name: str) -> Response:
    """All rows of a report as a file; what would take long is made by the worker instead."""
    chosen = report_named(report_name)
    asked = asked_by(chosen, request.args)
    answer = chosen.make(asked)
    return csv_answer(chosen.name, answer.header, file_rows(answer))


def leads_to(link: Link | None) -> str:
    """The address of a page that this person may see; nothing else."""
    if link is None:
        return ""
    endpoint, values = link
    known: dict[str, bool] = g.setdefault("opened", {})
    if endpoint not in known:
        known[endpoint] = may_open(endpoint)
    return address(endpoint, **values) if known[endpoint] else ""


def may_open(endpoint: str) -> bool:
    """True where there is such a page, and this person may see it."""
    if endpoint not in current_app.view_functions:
        return False
    mark = getattr(current_app.view_functions[endpoint], MARK, "")
    return mark in (PUBLIC, SIGNED_IN) or can(mark)


def highest(series: Sequence[Any]) -> float:
    """The highest value of a chart."""
    return max((value for one in series for value in one.values if value is not None), default=0.0)


def is_span(value: object) -> bool:
    """True for a piece of time."""
    return isinstance(value, Span)


WORDS: dict[str, Any] = {
    "leads_to": leads_to, "scale": scale, "labelled": labelled, "highest": highest, "is_span": is_span,
}  # fmt: skip
"""What the templates of reports say beside everything else."""
__all__ = ["Asked", "Report", "figure", "report", "report_csv", "reports"]
