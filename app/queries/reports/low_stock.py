"""Low stock: what is at or below its reorder level, what to order, and how long ago something came."""

from app.queries.replenishment import Suggestion, suggestions
from app.queries.reports.shape import Answer, Asked, Chart, Column, Figure, Report, Row, Series, total_of
from app.rules.calendars import local_day

COLUMNS = [
    Column("product", "Product", "text"),
    Column("on_hand", "On hand"),
    Column("reorder_level", "Level"),
    Column("on_order", "On order"),
    Column("claimed", "Claimed"),
    Column("suggested", "Order"),
    Column("supplier", "Supplier", "text"),
    Column("lead_days", "Lead time", "days", False),
    Column("last_received", "Last received", "days", False),
]
MOST_BARS = 8


def low_stock(asked: Asked) -> Answer:
    """Every product that is at or below its level."""
    low = [
        each
        for each in suggestions()
        if each.reorder_level is not None and each.on_hand <= each.reorder_level
    ]
    low.sort(key=lambda each: (each.on_hand / (each.reorder_level or 1), each.name))
    columns = [*COLUMNS, *([Column("cost", "Cost", "money")] if asked.sees_costs else [])]
    rows = [row_of(asked, each) for each in low]
    return Answer(
        columns, rows, bars(low), figures(asked, low),
        ["Order = order-up-to level − on hand − on order + claimed within the lead time, rounded up to packs."],
        total_of(columns, rows),
    )  # fmt: skip


def row_of(asked: Asked, each: Suggestion) -> Row:
    """A product; red when there is nothing left."""
    received = each.last_received_at
    values = [
        each.name, each.on_hand, each.reorder_level, each.on_order, each.claimed, each.suggested,
        each.supplier.name if each.supplier else None, each.lead_days,
        (asked.today - local_day(received, asked.zone)).days if received else None,
    ]  # fmt: skip
    return Row(
        each.name,
        [*values, *([each.cost] if asked.sees_costs else [])],
        about=("inventory.product", {"product_id": each.product_id}),
        made_of=("inventory.transactions", {"product": each.product_id}),
        tone="red" if each.on_hand <= 0 else "amber",
    )


def bars(low: list[Suggestion]) -> list[Chart]:
    """What should be ordered most urgently, by how many pieces."""
    most = [each for each in low if each.suggested > 0][:MOST_BARS]
    if len(most) < 2:
        return []
    values = Series("", [float(each.suggested) for each in most])
    return [Chart("bars", "To order, the emptiest first", [each.name for each in most], [values], "pieces")]


def figures(asked: Asked, low: list[Suggestion]) -> list[Figure]:
    """What is seen first."""
    shown = [
        Figure("At or below their level", len(low), note="products"),
        Figure("Nothing left", sum(1 for each in low if each.on_hand <= 0), note="products"),
        Figure(
            "To order", sum(1 for each in low if each.suggested > 0), note="products, after what is on order"
        ),
    ]
    if asked.sees_costs:
        costs = [each.cost for each in low if each.cost is not None]
        shown.append(Figure("At the suppliers' prices", sum(costs), "money", note="as far as they are known"))
    return shown


LOW_STOCK = Report(
    "low-stock", "Low stock", "What is running out, and how much should be ordered?", low_stock, period="none",
    icon="triangle-alert",
)  # fmt: skip
