"""Parts cost as a share of revenue: per job, customer, technician, job type or month of the job."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, case, func, select, type_coerce

from app.extensions import db
from app.models import Job, JobPart, JobState, StockTransaction
from app.queries.reports.shape import (
    Answer,
    Asked,
    Chart,
    Column,
    Figure,
    Link,
    Report,
    Row,
    Series,
    total_of,
)
from app.queries.reports.uses import SCALE, names_of
from app.queries.rows import AnyRow
from app.rules.calendars import local_day, start_of_day
from app.rules.report_periods import Span, Step, cut

GROUPS = {
    "job": "Job",
    "customer": "Customer",
    "technician": "Technician",
    "job_type": "Job type",
    "month": "Month",
}
NARROWED_BY = ("job_type", "technician", "customer")


class Sum(NamedTuple):
    """What jobs earned, and what their parts cost."""

    jobs: int
    revenue: Decimal
    cost: Decimal

    @property
    def share(self) -> float | None:
        """Cost in percent of revenue; None where nothing was earned."""
        return float(self.cost / self.revenue * 100) if self.revenue > 0 else None


def parts_share(asked: Asked) -> Answer:
    """The jobs of the period. Two statements: the jobs with their costs, and the names."""
    jobs = jobs_with_costs(asked)
    groups = grouped(asked, jobs)
    names = names_of(asked.by, list(groups)) if asked.by in ("customer", "technician", "job_type") else {}
    columns = columns_of(asked)
    rows = [row_of(asked, key, jobs_of, names) for key, jobs_of in groups.items()]
    rows.sort(key=lambda row: row.values[0].first if asked.by == "month" else -(row.values[3] or 0))
    totals = total_of(columns, rows)
    return Answer(
        columns, rows, charts(asked, jobs), figures(asked, jobs),
        ["A job counts in the month in which it begins, with all that was used on it since, at its frozen cost,"
         " less what was taken back. Cancelled jobs are left out."],
        totals,
    )  # fmt: skip


def jobs_with_costs(asked: Asked) -> list[AnyRow]:
    """Each job that begins in the period: what it earns, and what its parts cost."""
    sign = case((StockTransaction.from_id.is_not(None), 1), else_=-1)
    amount = StockTransaction.quantity * sign * type_coerce(StockTransaction.unit_cost, BigInteger)
    since, until = start_of_day(asked.span.first, asked.zone), start_of_day(asked.span.until, asked.zone)
    query = (
        select(
            Job.id, Job.number, Job.title, Job.company_id.label("customer"), Job.starts_at, Job.revenue,
            Job.technician_id.label("technician"), Job.job_type_id.label("job_type"),
            func.coalesce(func.sum(amount), 0).label("cost"),
        )
        .outerjoin(JobPart, JobPart.job_id == Job.id)
        .outerjoin(StockTransaction, StockTransaction.job_part_id == JobPart.id)
        .where(Job.starts_at >= since, Job.starts_at < until, Job.state != JobState.CANCELLED)
    )  # fmt: skip
    for name, column in (
        ("customer", Job.company_id),
        ("technician", Job.technician_id),
        ("job_type", Job.job_type_id),
    ):
        if getattr(asked, name) is not None:
            query = query.where(column == getattr(asked, name))
    return list(db.session.execute(query.group_by(Job.id)))


def grouped(asked: Asked, jobs: Sequence[AnyRow]) -> dict[Any, list[AnyRow]]:
    """The jobs by what is asked for."""
    groups: dict[Any, list[AnyRow]] = {}
    for job in jobs:
        if asked.by == "month":
            key = local_day(job.starts_at, asked.zone).replace(day=1)
        else:
            key = job.id if asked.by == "job" else getattr(job, asked.by)
        groups.setdefault(key, []).append(job)
    return groups


def added_up(jobs: Iterable[AnyRow]) -> Sum:
    """What these earned and cost."""
    listed = list(jobs)
    return Sum(
        len(listed),
        sum((job.revenue for job in listed), Decimal(0)),
        sum((Decimal(int(job.cost)).scaleb(SCALE) for job in listed), Decimal(0)),
    )


def columns_of(asked: Asked) -> list[Column]:
    """Revenue, cost, and the one in percent of the other."""
    return [
        Column(asked.by, GROUPS[asked.by], "text"),
        Column("jobs", "Jobs"),
        Column("revenue", "Revenue", "money"),
        Column("cost", "Parts", "money"),
        Column("share", "Share", "percent", False),
        Column("left", "Left", "money"),
    ]


def row_of(asked: Asked, key: Any, jobs: list[AnyRow], names: dict[int, str]) -> Row:
    """One group; a single job leads to itself."""
    total = added_up(jobs)
    name: Any = names.get(key, "Without one")
    if asked.by == "job":
        name = f"{jobs[0].number} {jobs[0].title}"
    elif asked.by == "month":
        month = Span(key, key)
        name = cut(Span(key, asked.span.last), Step.MONTH)[0] if key <= asked.span.last else month
    values = [name, total.jobs, total.revenue, total.cost, total.share, total.revenue - total.cost]
    tone = "red" if total.cost > total.revenue else ""
    return Row(
        name if isinstance(name, str) else name.first.isoformat(),
        values,
        about(asked, key),
        made_of(asked, key),
        tone,
    )


def about(asked: Asked, key: Any) -> Link | None:
    """The page of the job or the customer."""
    if asked.by == "job":
        return ("jobs.job", {"job_id": key})
    return ("crm.company", {"company_id": key}) if asked.by == "customer" and key else None


def made_of(asked: Asked, key: Any) -> Link | None:
    """The jobs that the numbers add up."""
    if key is None or asked.by == "job":
        return None
    kept = {name: getattr(asked, name) for name in NARROWED_BY if getattr(asked, name) is not None}
    days = {"since": asked.span.first.isoformat(), "until": asked.span.last.isoformat()}
    if asked.by == "month":
        month = cut(Span(key, max(key, asked.span.last)), Step.MONTH)[0]
        days = {"since": month.first.isoformat(), "until": month.last.isoformat()}
    else:
        kept[asked.by] = key
    return ("reports.report", {"report_name": "parts-share", "by": "job", **kept, **days})


def charts(asked: Asked, jobs: Sequence[AnyRow]) -> list[Chart]:
    """The share of each month."""
    months = cut(asked.span, Step.MONTH)
    by_month: dict[date, list[AnyRow]] = {}
    for job in jobs:
        by_month.setdefault(local_day(job.starts_at, asked.zone).replace(day=1), []).append(job)
    shares = [added_up(by_month.get(month.first.replace(day=1), ())).share or 0.0 for month in months]
    return (
        [Chart("columns", "Parts in percent of revenue", months, [Series("share", shares)], "%")]
        if any(shares)
        else []
    )


def figures(asked: Asked, jobs: Sequence[AnyRow]) -> list[Figure]:
    """What is seen first."""
    total = added_up(jobs)
    return [
        Figure("Of the revenue", total.share, "percent", note="went into parts"),
        Figure("Parts", total.cost, "money"),
        Figure("Revenue", total.revenue, "money"),
        Figure("Jobs", total.jobs),
    ]


PARTS_SHARE = Report(
    "parts-share", "Parts and revenue", "How much of what jobs earn goes into their parts?", parts_share, GROUPS,
    NARROWED_BY, needs_costs=True, icon="percent",
)  # fmt: skip
