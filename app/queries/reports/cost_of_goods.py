"""Cost of goods used: what was issued at the cost it had then, less what was taken back."""

from decimal import Decimal

from app.queries.reports.shape import Answer, Asked, Column, Figure, Report, Row, total_of
from app.queries.reports.usage import (
    GROUPS,
    NARROWED_BY,
    bars,
    group_rows,
    period_rows,
    total_on,
    trend_chart,
)
from app.queries.reports.uses import used_by_day
from app.rules.report_periods import Span, change, cut

NOTE = (
    "Each issue keeps the moving average cost that the product had at that moment; later purchases do not change it."
    " A reversal counts off the same cost, on the day on which it was made."
)


def cost_of_goods(asked: Asked) -> Answer:
    """What was used, at its frozen cost."""
    by_day = used_by_day(asked, Span(asked.span.before.first, asked.span.last))
    pieces, before = cut(asked.span, asked.step), cut(asked.span.before, asked.step)
    used = (
        period_rows(asked, pieces, by_day)
        if asked.by == "period"
        else group_rows(asked, asked.by, "cost-of-goods")
    )
    rows = [as_cost(row) for row in used]
    if asked.by != "period":
        rows.sort(key=lambda row: -(row.values[1] or 0))
    columns = columns_of(asked)
    costs = {day: float(on.cost) for day, on in by_day.items()}
    return Answer(
        columns,
        rows,
        [
            trend_chart("Cost of goods used", pieces, before, costs, unit="", is_money=True),
            *bars(asked, rows, 1, is_money=True),
        ],
        figures(asked, total_on(by_day, asked.span).cost, total_on(by_day, asked.span.before).cost),
        [NOTE],
        total_of(columns, rows),
    )


def columns_of(asked: Asked) -> list[Column]:
    """The cost, what part of all that is, and of how many pieces."""
    return [
        Column(asked.by, GROUPS[asked.by], "text"),
        Column("cost", "Cost", "money"),
        Column("share", "Of the cost", "percent", False),
        Column("pieces", "Pieces"),
        Column("a_piece", "A piece", "cost", False),
    ]


def as_cost(row: Row) -> Row:
    """A row of the usage report with its cost in front."""
    name, pieces, _, _, cost, share = row.values
    each = Decimal(str(cost)) / pieces if pieces else None
    return Row(row.label, [name, cost, share, pieces, each], row.about, row.made_of)


def figures(asked: Asked, now: Decimal, before: Decimal) -> list[Figure]:
    """What is seen first."""
    months = Decimal(asked.span.days) / Decimal("30.4375")
    return [
        Figure("Cost of goods used", now, "money", change=change(float(now), float(before))),
        Figure("The period before", before, "money"),
        Figure("A month", now / months, "money", note="on average"),
    ]


COST_OF_GOODS = Report(
    "cost-of-goods", "Cost of goods used", "What did the parts cost that we used?", cost_of_goods,
    {name: label for name, label in GROUPS.items() if name != "location"} | {"location": "Location"}, NARROWED_BY,
    needs_costs=True, icon="receipt-text",
)  # fmt: skip
