"""Turns and carrying cost: how often the stock is used up in a year, and what it costs to keep it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.queries.month_ends import Course, worth_over_time
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
from app.queries.reports.uses import SCALE, names_of, used_by
from app.queries.worth import Wanted
from app.rules.calendars import start_of_day
from app.rules.money import round_money
from app.rules.report_periods import Span, Step, cut
from app.rules.valuation import carrying_cost, days_in_stock, turns

GROUPS = {"category": "Category", "product": "Product"}


class Turned(NamedTuple):
    """Something with its average worth and what was used of it."""

    key: int | None
    worth: Decimal
    cost: Decimal


def stock_turns(asked: Asked) -> Answer:
    """By category or product; and the worth at the end of each month."""
    months = cut(asked.span, Step.MONTH)
    moments = [start_of_day(day, asked.zone) for day in boundaries(asked, months)]
    courses = worth_over_time(moments, Wanted(asked.product, asked.category))
    turned = turned_over(asked, courses)
    names = names_of(asked.by, [each.key for each in turned])
    columns = columns_of(asked)
    rows = [row_of(asked, each, names.get(each.key or 0, "Without a category")) for each in turned]
    rows.sort(key=lambda row: -row.values[1])
    totals = total_of(columns, rows)
    return Answer(columns, rows, [worth_chart(months, courses)], figures(asked, totals), notes(asked), totals)


def boundaries(asked: Asked, months: Sequence[Span]) -> list[date]:
    """Before the first day, and after the last day of each month, as far as it is over."""
    return [months[0].first, *(month.until for month in months if month.until <= asked.today)]


def turned_over(asked: Asked, courses: Sequence[Course]) -> list[Turned]:
    """The average of the month-end values, and the cost of what was used, by what is asked for."""
    worth: dict[int | None, list[Decimal]] = defaultdict(list)
    for course in courses:
        key = course.category_id if asked.by == "category" else course.product_id
        worth[key].append(Decimal(sum(course.worth)).scaleb(SCALE) / len(course.worth))
    cost = {used.key: used.cost for used in used_by(asked, asked.by)}
    keys = worth.keys() | {key for key, amount in cost.items() if amount}
    return [Turned(key, sum(worth[key], Decimal(0)), cost.get(key, Decimal(0))) for key in keys]


def columns_of(asked: Asked) -> list[Column]:
    """Worth, use, how often the one fits into the other, and what keeping it costs."""
    return [
        Column(asked.by, GROUPS[asked.by], "text"),
        Column("average_worth", "Average worth", "money"),
        Column("cost_of_use", "Used", "money"),
        Column("turns", "Turns a year", "ratio", False),
        Column("days", "Days in stock", "days", False),
        Column("carrying_cost", "Carrying cost", "money"),
    ]


def row_of(asked: Asked, each: Turned, name: str) -> Row:
    """One of them."""
    pace = turns(each.cost, each.worth, asked.span.days)
    days = days_in_stock(pace)
    kept = carrying_cost(each.worth, asked.carrying_percent, asked.span.days)
    values = [name, round_money(each.worth), each.cost, pace, days and int(days), round_money(kept)]
    return Row(name, values, about_of(asked, each.key), made_of(asked, each.key))


def about_of(asked: Asked, key: int | None) -> Link | None:
    """The page of a product."""
    return ("inventory.product", {"product_id": key}) if asked.by == "product" and key else None


def made_of(asked: Asked, key: int | None) -> Link | None:
    """The products of a category; what a product was used for."""
    days = {"since": asked.span.first.isoformat(), "until": asked.span.last.isoformat()}
    if key is None:
        return None
    if asked.by == "category":
        return ("reports.report", {"report_name": "turns", "by": "product", "category": key, **days})
    return ("inventory.transactions", {"product": key, "kind": "issue", **days})


def worth_chart(months: Sequence[Span], courses: Sequence[Course]) -> Chart:
    """What all of it was worth at the end of each month."""
    points = len(courses[0].worth) if courses else 1
    ends = [float(sum(course.worth[place] for course in courses)) * 10**SCALE for place in range(1, points)]
    return Chart(
        "lines", "Worth at the end of each month", months[: len(ends)], [Series("worth", ends)], is_money=True
    )


def figures(asked: Asked, totals: Sequence[Decimal]) -> list[Figure]:
    """What is seen first."""
    worth, cost = Decimal(totals[1] or 0), Decimal(totals[2] or 0)
    pace = turns(cost, worth, asked.span.days)
    return [
        Figure("Turns a year", pace, "ratio", note="cost of goods used ÷ average worth"),
        Figure("Average worth", worth, "money"),
        Figure("Cost of goods used", cost, "money"),
        Figure(
            "Carrying cost",
            totals[5] or 0,
            "money",
            note=f"at {asked.carrying_percent.normalize():f} % a year",
        ),
    ]


def notes(asked: Asked) -> list[str]:
    """What the numbers mean."""
    return [
        "The average worth is the mean of the worth before the first day and at the end of each month that is over."
        " Turns are as if for a whole year. Carrying cost is what capital, room, insurance and spoiling cost:"
        f" {asked.carrying_percent.normalize():f} % of it a year, as the settings say."
    ]


TURNS = Report(
    "turns", "Turns and carrying cost", "How often is the stock used up, and what does keeping it cost?", stock_turns,
    GROUPS, ("product", "category"), needs_costs=True, icon="refresh-cw",
)  # fmt: skip
