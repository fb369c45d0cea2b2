"""Usage: what was used, by what or for whom, against the period before; and what it cost."""

from collections.abc import Sequence
from typing import Any

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
from app.queries.reports.uses import NAMES, NOT_USED, Used, UsedOn, names_of, used_by, used_by_day
from app.rules.report_periods import Span, change, cut, summed_by

MOST_BARS = 8
GROUPS = {
    "product": "Product", "category": "Category", "job": "Job", "job_type": "Job type",
    "technician": "Technician", "customer": "Customer", "event": "Event", "location": "Location",
    "period": "Period",
}  # fmt: skip
NARROWED_BY = ("product", "category", "location", "job_type", "technician", "customer", "event")
NOBODY = {
    "category": "Without a category", "job": "Not on a job", "job_type": "Not on a job",
    "technician": "Not on a job",
    "customer": "Without a customer", "event": "Not for an event",
}  # fmt: skip
PAGES = {
    "product": "inventory.product", "job": "jobs.job", "customer": "crm.company", "event": "planning.event",
    "location": "inventory.location",
}  # fmt: skip
"""Where the thing itself is shown."""


def usage(asked: Asked) -> Answer:
    """What was used, and the trend. Three statements, or one when grouped by period."""
    by_day = used_by_day(asked, Span(asked.span.before.first, asked.span.last))
    pieces, before = cut(asked.span, asked.step), cut(asked.span.before, asked.step)
    rows = (
        period_rows(asked, pieces, by_day) if asked.by == "period" else group_rows(asked, asked.by, "usage")
    )
    columns = columns_of(asked)
    now = {day: on.pieces for day, on in by_day.items()}
    return Answer(
        columns,
        rows,
        [trend_chart("Pieces used", pieces, before, now), *bars(asked, rows, 1)],
        figures(asked, by_day, rows),
        notes=[
            "A use is an issue of counted stock. What was taken back counts off on the day on which that was done."
        ],
        totals=total_of(columns, rows),
    )


def columns_of(asked: Asked) -> list[Column]:
    """What was used, against before; its cost for whoever may see costs."""
    shown = [
        Column(asked.by, GROUPS[asked.by], "text"),
        Column("pieces", "Used"),
        Column("pieces_before", "Before"),
        Column("change", "Trend", "change", False),
    ]
    costs = [Column("cost", "Cost", "money"), Column("share", "Of the cost", "percent", False)]
    return [*shown, *(costs if asked.sees_costs else [])]


def group_rows(asked: Asked, group: str, report: str) -> list[Row]:
    """A row for each, the most used first."""
    found = used_by(asked, group)
    names = names_of(group, [used.key for used in found])
    cost = sum(float(used.cost) for used in found)
    return [
        Row(
            names.get(used.key or 0, NOBODY.get(group, "Unknown")),
            values_of(asked, used, names.get(used.key or 0, NOBODY.get(group, "Unknown")), cost),
            about=about(group, used.key),
            made_of=made_of(asked, group, used.key, report),
        )
        for used in sorted(found, key=lambda used: (-used.pieces, used.key or 0))
    ]


def values_of(asked: Asked, used: Used, name: str, cost: float) -> list[Any]:
    """What a row shows."""
    shown = [name, used.pieces, used.pieces_before, change(used.pieces, used.pieces_before)]
    share = float(used.cost) / cost * 100 if cost > 0 else None
    return [*shown, *([used.cost, share] if asked.sees_costs else [])]


def about(group: str, key: int | None) -> Link | None:
    """The page of the thing."""
    page = PAGES.get(group)
    names = {"customer": "company_id"}
    return (page, {names.get(group, f"{group}_id"): key}) if page and key is not None else None


def made_of(asked: Asked, group: str, key: int | None, report: str) -> Link | None:
    """Where the number comes from: the issues of a product in the ledger, else the same report one step finer.

    The ledger knows nothing of job types and customers: there the step is the jobs on which it was used, and
    what a job used stands on its page.
    """
    if key is None or group == "job":
        return None
    days = {"since": asked.span.first.isoformat(), "until": asked.span.last.isoformat()}
    if group == "product" and is_plain(asked):
        place = {"location": asked.location} if asked.location else {}
        return ("inventory.transactions", {"product": key, "kind": "issue", **days, **place})
    kept = {name: getattr(asked, name) for name in NARROWED_BY if getattr(asked, name) is not None}
    finer = "job" if group == "product" else "product"
    return ("reports.report", {"report_name": report, "by": finer, **kept, **days, group: key})


def is_plain(asked: Asked) -> bool:
    """True when the ledger can be narrowed just like the report."""
    return not any(getattr(asked, name) for name in NARROWED_BY if name not in ("product", "location"))


def period_rows(asked: Asked, pieces: Sequence[Span], by_day: dict[Any, UsedOn]) -> list[Row]:
    """A row for each day, week or month, against the one before it."""
    used = summed_by(pieces, {day: on.pieces for day, on in by_day.items()}, 0)
    costs = summed_by(pieces, {day: float(on.cost) for day, on in by_day.items()}, 0.0)
    rows, total = [], sum(costs)
    for place, piece in enumerate(pieces):
        before = used[place - 1] if place else None
        days = {"since": piece.first.isoformat(), "until": piece.last.isoformat()}
        shown = [piece, used[place], before, None if before is None else change(used[place], before)]
        share = costs[place] / total * 100 if total > 0 else None
        kept = {name: getattr(asked, name) for name in NARROWED_BY if getattr(asked, name) is not None}
        rows.append(
            Row(
                piece.first.isoformat(),
                [*shown, *([costs[place], share] if asked.sees_costs else [])],
                made_of=("reports.report", {"report_name": "usage", "by": "product", **kept, **days}),
            )
        )
    return rows


def trend_chart(
    caption: str,
    pieces: Sequence[Span],
    before: Sequence[Span],
    by_day: dict[Any, Any],
    unit: str = "pieces",
    is_money: bool = False,
) -> Chart:
    """Columns of this period over a line of the one before, piece by piece."""
    now = [float(value) for value in summed_by(pieces, by_day, 0)]
    then = [float(value) for value in summed_by(before, by_day, 0)]
    series = [Series("this period", now), Series("period before", then[: len(now)], is_before=True)]
    return Chart("columns", caption, pieces, series if any(then) else series[:1], unit, is_money)


def bars(asked: Asked, rows: Sequence[Row], place: int, *, is_money: bool = False) -> list[Chart]:
    """The largest of the rows."""
    if asked.by == "period":
        return []
    most = sorted((row for row in rows if (row.values[place] or 0) > 0), key=lambda row: -row.values[place])
    most = most[:MOST_BARS]
    if len(most) < 2:
        return []
    values = [float(row.values[place]) for row in most]
    unit = "" if is_money else "pieces"
    caption = f"Most by {GROUPS.get(asked.by, asked.by).lower()}"
    return [Chart("bars", caption, [row.label for row in most], [Series("", values)], unit, is_money)]


def figures(asked: Asked, by_day: dict[Any, UsedOn], rows: Sequence[Row]) -> list[Figure]:
    """What is seen first."""
    now, before = total_on(by_day, asked.span), total_on(by_day, asked.span.before)
    shown = [
        Figure(
            "Pieces used",
            now.pieces,
            note=f"{before.pieces:,} in the period before",
            change=change(now.pieces, before.pieces),
        ),
        Figure("A day", now.pieces / asked.span.days, "ratio", note=f"over {asked.span.days} days"),
    ]
    if asked.sees_costs:
        shown.append(
            Figure("Cost of it", now.cost, "money", change=change(float(now.cost), float(before.cost)))
        )
    if asked.by != "period":
        shown.append(Figure(PLURALS[asked.by], sum(1 for row in rows if row.values[1] > 0), note="were used"))
    return shown


PLURALS = {
    "product": "Products", "category": "Categories", "job": "Jobs", "job_type": "Job types",
    "technician": "Technicians", "customer": "Customers", "event": "Events", "location": "Locations",
}  # fmt: skip


def total_on(by_day: dict[Any, UsedOn], span: Span) -> UsedOn:
    """What was used in a time."""
    inside = [on for day, on in by_day.items() if span.first <= day <= span.last]
    return UsedOn(sum(on.pieces for on in inside), sum((on.cost for on in inside), NOT_USED.cost))


assert set(GROUPS) == {*NAMES, "period"}
USAGE = Report(
    "usage", "Usage", "Which parts are used most, by whom and for what?", usage, GROUPS, NARROWED_BY,
    icon="package-minus",
)  # fmt: skip
