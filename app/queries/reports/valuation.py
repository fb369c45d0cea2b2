"""Valuation: what the stock is worth, today and at the end of any past day."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
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
from app.queries.reports.uses import SCALE, names_of
from app.queries.worth import Held, Wanted, ledger_worth, worth_at, worth_now
from app.rules.calendars import start_of_day
from app.rules.money import round_money

GROUPS = {"location": "Location", "warehouse": "Warehouse", "category": "Category", "product": "Product"}
MOST_BARS = 8
RULE = (
    "Worth is on hand × moving average cost. It equals what came at its cost less what went at its cost, but for"
    " rounding: the average is kept to four decimal places, so each receipt can move the worth by at most"
    " 0.00005 for each piece that is there. Each row is rounded to cents, the total from the exact sum."
)


def valuation(asked: Asked) -> Answer:
    """What there is and what it is worth. Two statements for today, six for a past day."""
    found = held(asked)
    names = names_of("location" if asked.by == "warehouse" else asked.by, list(found))
    columns = columns_of(asked)
    rows = rows_of(asked, found, names)
    totals = total_of(columns, rows)
    totals[2] = money(sum(each.worth for each in found.values()))
    return Answer(columns, rows, bars(asked, rows), figures(asked, found), [RULE], totals)


def held(asked: Asked) -> dict[int | None, Held]:
    """What is asked of, today or at the end of the day."""
    wanted = Wanted(asked.product, asked.category, asked.location)
    if asked.at >= asked.today:
        return worth_now(asked.by, wanted)
    return worth_at(asked.by, wanted, start_of_day(asked.at + timedelta(days=1), asked.zone))


def money(raw: int) -> Decimal:
    """Ten-thousandths as money."""
    return round_money(Decimal(raw).scaleb(SCALE))


def columns_of(asked: Asked) -> list[Column]:
    """What there is, its worth, and what part of all that is."""
    return [
        Column(asked.by, GROUPS[asked.by], "text"),
        Column("pieces", "Pieces"),
        Column("worth", "Worth", "money"),
        Column("share", "Of the worth", "percent", False),
    ]


def rows_of(asked: Asked, found: Mapping[int | None, Held], names: Mapping[int, str]) -> list[Row]:
    """A row for each, the most valuable first."""
    everything = sum(each.worth for each in found.values())
    rows = []
    for key, each in sorted(found.items(), key=lambda pair: (-pair[1].worth, pair[0] or 0)):
        name = names.get(key or 0, "Without a category")
        share = each.worth / everything * 100 if everything else None
        values = [name, each.pieces, money(each.worth), share]
        rows.append(Row(name, values, about=about(asked.by, key), made_of=made_of(asked, key)))
    return rows


def about(group: str, key: int | None) -> Link | None:
    """The page of the thing."""
    if key is None or group == "category":
        return None
    page = "inventory.product" if group == "product" else "inventory.location"
    return (page, {"product_id" if group == "product" else "location_id": key})


def made_of(asked: Asked, key: int | None) -> Link | None:
    """The products that a place or category holds; the movements of a product until that day."""
    if key is None:
        return None
    if asked.by == "product":
        place = {"location": asked.location} if asked.location else {}
        return ("inventory.transactions", {"product": key, "until": asked.at.isoformat(), **place})
    kept: dict[str, Any] = {"location": asked.location, "category": asked.category}
    kept["location" if asked.by == "warehouse" else asked.by] = key
    narrowed = {name: value for name, value in kept.items() if value}
    return (
        "reports.report",
        {"report_name": "valuation", "by": "product", "at": asked.at.isoformat(), **narrowed},
    )


def bars(asked: Asked, rows: list[Row]) -> list[Chart]:
    """Where the most of the worth lies; one bar where all of it lies in one place."""
    most = [row for row in rows if row.values[2] > 0][:MOST_BARS]
    if not most:
        return []
    values = Series("", [float(row.values[2]) for row in most])
    caption = f"Most worth by {GROUPS[asked.by].lower()}"
    return [Chart("bars", caption, [row.label for row in most], [values], is_money=True)]


def figures(asked: Asked, found: Mapping[int | None, Held]) -> list[Figure]:
    """What is seen first; of a single product also the proof from the ledger."""
    worth, pieces = sum(each.worth for each in found.values()), sum(each.pieces for each in found.values())
    shown = [
        Figure(
            "Worth", money(worth), "money", note="now" if asked.at >= asked.today else "at the end of the day"
        ),
        Figure("Pieces", pieces),
        Figure(
            PLURALS[asked.by],
            len(found),
            note="hold stock" if asked.by in ("location", "warehouse") else "in stock",
        ),
    ]
    if asked.product is None or asked.location is not None or asked.category is not None:
        return shown
    booked = ledger_worth(asked.product, start_of_day(asked.at + timedelta(days=1), asked.zone))
    difference = Decimal(worth - booked).scaleb(SCALE)
    return [
        *shown,
        Figure("Sum of its movements", money(booked), "money", note=f"rounding makes {difference:+f}"),
    ]


PLURALS = {
    "location": "Locations",
    "warehouse": "Warehouses",
    "category": "Categories",
    "product": "Products",
}
VALUATION = Report(
    "valuation", "Valuation", "What is the stock worth, today or at the end of any day?", valuation, GROUPS,
    ("product", "category", "location"), period="day", needs_costs=True, icon="coins",
)  # fmt: skip
