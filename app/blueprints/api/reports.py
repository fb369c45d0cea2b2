"""Reports, for programs: the same numbers as on screen, as JSON or CSV, at once or made by the worker."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BeforeValidator, Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.work import WorkOut, accepted
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.reports.asked import asked_by, report_named
from app.edge import actor
from app.fields import Id, Input
from app.permissions import Permission
from app.queries.reports.shape import Answer, Asked, Report
from app.queries.reports.size import is_heavy
from app.refusals import Refused
from app.rules.report_periods import Span, Step
from app.services.report_files import begin_report, file_rows

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2099, 12, 31))]
Group = Annotated[str, Field(max_length=20)]
IdleDays = Annotated[int, Field(ge=1, le=3_650)]


class ReportAsked(Input):
    """What a report is asked for; what it cannot be narrowed to is refused.

    `from` and `until` are days of the organization's zone, both included; left out, the last 12 whole months.
    `at` is the day at whose end stock is valued, `days` how long without use makes it dead. `by` groups the rows.
    """

    since: Day | None = Field(None, alias="from")
    until: Day | None = None
    at: Day | None = None
    days: IdleDays | None = None
    by: Group | None = None
    step: Step | None = None
    product_id: Id | None = None
    category_id: Id | None = None
    location_id: Id | None = None
    job_type_id: Id | None = None
    technician_id: Id | None = None
    customer_id: Id | None = None
    event_id: Id | None = None


class ReportQuery(Paging, ReportAsked):
    """What a report is asked for, as which format, and which page of its rows; a file holds all of them."""

    format: Literal["json", "csv"] = "json"


def plain(value: Any) -> Any:
    """A value of a report as JSON has it: amounts as decimal strings, pieces of time by their first day."""
    if isinstance(value, Span):
        return value.first.isoformat()
    return str(value) if isinstance(value, Decimal) else value


Plain = Annotated[str | int | float | None, BeforeValidator(plain)]


class ColumnOut(Output):
    """A column of the rows: its word, its heading, and what its values are."""

    key: str
    label: str
    kind: str


class FigureOut(Output):
    """A number that is seen first."""

    label: str
    value: Plain
    kind: str
    note: str


class ReportOut(Output):
    """A report: figures, columns, one page of rows by the words of the columns, and their totals."""

    name: str
    title: str
    figures: list[FigureOut]
    columns: list[ColumnOut]
    rows: list[dict[str, Plain]]
    totals: dict[str, Plain]
    notes: list[str]
    page: int
    per_page: int
    total: int


@operation(
    "GET",
    "/reports/<report_name>",
    permission=Permission.REPORTS_READ,
    answer=ReportOut,
    query=ReportQuery,
    media_types=("text/csv",),
)
def get_report(report_name: str, query: ReportQuery) -> dict[str, Any] | Response:
    """One report at once. One that would take long is refused: have it made by the worker."""
    report = report_named(report_name)
    asked = asked_for(report, query)
    if is_heavy(report, asked):
        raise Refused(
            "These are too many movements to be added up at once: POST …/runs, or ask for less.", "from"
        )
    answer = report.make(asked)
    if query.format == "csv":
        return csv_answer(report.name, answer.header, file_rows(answer))
    return facts(report, answer, query)


def asked_for(report: Report, said: ReportAsked) -> Asked:
    """What the body or the address says. Raises Refused for what this report cannot be asked."""
    if said.by is not None and said.by not in report.groups:
        raise Refused(f"This report can be grouped by: {', '.join(report.groups) or 'nothing'}.", "by")
    if said.since and said.until and said.until < said.since:
        raise Refused("The last day is before the first.", "until")
    things = {name: getattr(said, f"{name}_id") for name in THINGS}
    for name, chosen in things.items():
        if chosen is not None and name not in report.filters:
            raise Refused("This report cannot be narrowed to that.", f"{name}_id")
    given = {
        "since": said.since,
        "until": said.until,
        "at": said.at,
        "days": said.days,
        "by": said.by,
    } | things
    return asked_by(report, {**given, "step": said.step.value if said.step else None})


THINGS = ("product", "category", "location", "job_type", "technician", "customer", "event")


def facts(report: Report, answer: Answer, query: ReportQuery) -> dict[str, Any]:
    """A report as the contract lists it."""
    first = (query.page - 1) * query.per_page
    return {
        "name": report.name,
        "title": report.title,
        "figures": answer.figures,
        "columns": answer.columns,
        "rows": [named(answer, row.values) for row in answer.rows[first : first + query.per_page]],
        "totals": {key: value for key, value in named(answer, answer.totals).items() if value is not None},
        "notes": answer.notes,
        "page": query.page,
        "per_page": query.per_page,
        "total": len(answer.rows),
    }


def named(answer: Answer, values: Sequence[Any]) -> dict[str, Any]:
    """Values by the words of their columns."""
    return dict(zip(answer.header, values, strict=False))


@operation(
    "POST",
    "/reports/<report_name>/runs",
    permission=Permission.REPORTS_READ,
    answer=WorkOut,
    body=ReportAsked,
    status=202,
    is_idempotent=True,
)
def create_report_run(report_name: str, body: ReportAsked) -> Response:
    """Have a report made as a file by the worker; the answer says where to ask how far it is."""
    report = report_named(report_name)
    return accepted(begin_report(report.name, asked_for(report, body), by=actor()))
