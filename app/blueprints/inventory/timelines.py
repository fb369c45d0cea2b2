"""The timeline of a product in the words of the timeline's macro."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, g, request, url_for

from app.queries.product_timeline import DAYS, Bar, ProductTimeline, WarehouseRow, product_timeline

WEEKEND = 5
AHEAD = timedelta(days=7)
"""How far the head of a product's page looks ahead; the list does so too, unless told otherwise."""


def today() -> date:
    """The day it is for the organization."""
    return datetime.now(ZoneInfo(g.organization.timezone)).date()


def first_day() -> date:
    """The first day shown: as asked, or today."""
    try:
        return min(max(date.fromisoformat(request.args.get("from", "")), date(2000, 1, 3)), date(2099, 1, 1))
    except ValueError:
        return today()


def claims_on(product_id: int) -> ProductTimeline:
    """The claims on a product in the weeks that the address asks for."""
    return product_timeline(product_id, first_day(), g.organization.timezone, AHEAD)


def shown(found: ProductTimeline) -> dict[str, Any]:
    """What the timeline's part needs."""
    first = found.days[0]
    return {
        "days": day_heads(found.days),
        "rows": [row_of(row) for row in found.rows],
        "first": first,
        "last": found.days[-1],
        "earlier": first - timedelta(days=DAYS // 2),
        "later": first + timedelta(days=DAYS // 2),
        "shortages": shortages(found),
    }


def day_heads(days: Sequence[date]) -> list[dict[str, Any]]:
    """The heads of the columns; the month stands over its first day."""
    now = today()
    return [
        {
            "label": day.day,
            "weekend": day.weekday() >= WEEKEND,
            "today": day == now,
            "month": f"{day:%b}" if day.day == 1 or number == 0 else None,
        }
        for number, day in enumerate(days)
    ]


def row_of(row: WarehouseRow) -> dict[str, Any]:
    """One warehouse."""
    return {
        "label": row.name,
        "url": url_for("inventory.location", location_id=row.warehouse_id),
        "note": f"{row.total}",
        "lanes": row.lanes,
        "bars": [bar_of(bar) for bar in row.bars],
        "shortages": [
            {"start": gap.columns.start, "span": gap.columns.span, "label": f"−{-gap.lowest}"}
            for gap in row.gaps
        ],
    }


def bar_of(bar: Bar) -> dict[str, Any]:
    """One part of a claim, with the way to what it is for."""
    return {
        "start": bar.columns.start, "span": bar.columns.span, "lane": bar.lane, "kind": bar.kind,
        "tone": bar.tone, "tentative": bar.tentative, "title": bar.title, "url": purpose_url(bar),
        "label": bar.label if bar.kind == "out" else "",
    }  # fmt: skip


def purpose_url(bar: Bar) -> str:
    """The page of the event or repair behind a claim; the timeline itself where there is none."""
    if bar.event_id is not None and "planning.event" in current_app.view_functions:
        return url_for("planning.event", event_id=bar.event_id)
    if bar.repair_id is not None and "warehouse.repair" in current_app.view_functions:
        return url_for("warehouse.repair", repair_id=bar.repair_id)
    return "#timeline"


def shortages(found: ProductTimeline) -> list[tuple[str, date, date, int]]:
    """The days on which more is claimed than there is, as sentences need them."""
    return [
        (row.name, found.days[gap.columns.start - 1], found.days[gap.columns.end - 2], -gap.lowest)
        for row in found.rows
        for gap in row.gaps
    ]
