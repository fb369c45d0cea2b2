"""Slow and dead stock: what lies on the shelf, how long it has not been wanted, and what it binds."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, and_, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Product, StockTransaction, TransactionKind
from app.queries.reports.shape import Answer, Asked, Chart, Column, Figure, Report, Row, Series, total_of
from app.queries.reports.uses import SCALE
from app.queries.rows import AnyRow
from app.queries.usage import used
from app.rules.calendars import local_day, start_of_day
from app.rules.money import round_money

LONG_COVER = 365
"""Days; what would last longer at the pace at which it goes is slow."""
MOST_BARS = 8
COLUMNS = [
    Column("product", "Product", "text"),
    Column("state", "State", "text"),
    Column("on_hand", "On hand"),
    Column("used", "Used"),
    Column("cover", "Lasts", "days", False),
    Column("last_wanted", "Last wanted", "days", False),
    Column("last_received", "Last received", "days", False),
    Column("worth", "Binds", "money"),
]


def idle_stock(asked: Asked) -> Answer:
    """What nobody wanted for so many days, and what would last more than a year. Two statements."""
    since = start_of_day(asked.today - timedelta(days=asked.idle_days - 1), asked.zone)
    until = start_of_day(asked.today + timedelta(days=1), asked.zone)
    pace = used(since, until)
    rows = [row for stocked in on_shelves(asked, since) if (row := row_of(asked, stocked, pace, since))]
    rows.sort(key=lambda row: -row.values[7])
    return Answer(
        COLUMNS, rows, bars(rows), figures(asked, rows),
        [
            f"Dead: nothing of it was issued or taken to an event in {asked.idle_days} days, nor did any come."
            " Slow: it is used, but what there is would last more than a year at the pace of these days."
        ],
        total_of(COLUMNS, rows),
    )  # fmt: skip


def on_shelves(asked: Asked, since: datetime) -> list[AnyRow]:
    """Every product that there is something of, with when it was last wanted and last came."""
    query = select(
        Product.id, Product.name, Product.on_hand,
        type_coerce(Product.average_cost, BigInteger).label("average"),
        last(wanted).label("wanted_at"), last(came).label("received_at"),
    ).where(Product.on_hand > 0, Product.is_package.is_(False))  # fmt: skip
    if asked.category is not None:
        query = query.where(Product.category_id == asked.category)
    return list(db.session.execute(query))


def last(which: Any) -> Any:
    """When a product last moved in this way."""
    row = aliased(StockTransaction)
    newest = select(row.happened_at).where(row.product_id == Product.id, which(row))
    return newest.order_by(row.happened_at.desc()).limit(1).correlate(Product).scalar_subquery()


def wanted(row: Any) -> Any:
    """Somebody had a use for it: issued, or taken to an event."""
    taken = and_(row.kind == TransactionKind.TRANSFER, row.event_id.is_not(None))
    return or_(row.kind == TransactionKind.ISSUE, taken)


def came(row: Any) -> Any:
    """It was received."""
    return row.kind == TransactionKind.RECEIPT


def row_of(asked: Asked, stocked: AnyRow, pace: dict[int, int], since: datetime) -> Row | None:
    """A product that is slow or dead; nothing for others."""
    pieces = max(pace.get(stocked.id, 0), 0)
    is_dead = not is_since(stocked.wanted_at, since) and not is_since(stocked.received_at, since)
    cover = stocked.on_hand * asked.idle_days // pieces if pieces else None
    if not is_dead and (cover is None or cover <= LONG_COVER):
        return None
    worth = round_money(Decimal(stocked.on_hand * int(stocked.average)).scaleb(SCALE))
    values = [
        stocked.name, "Dead" if is_dead else "Slow", stocked.on_hand, pieces, cover,
        days_ago(asked, stocked.wanted_at), days_ago(asked, stocked.received_at), worth,
    ]  # fmt: skip
    link = {"product_id": stocked.id}
    tone = "red" if is_dead else "amber"
    return Row(
        stocked.name,
        values,
        ("inventory.product", link),
        ("inventory.transactions", {"product": stocked.id}),
        tone,
    )


def is_since(moment: datetime | None, since: datetime) -> bool:
    """True when it was in the time looked at."""
    return moment is not None and moment >= since


def days_ago(asked: Asked, moment: datetime | None) -> int | None:
    """How many days ago it was."""
    return None if moment is None else (asked.today - local_day(moment, asked.zone)).days


def bars(rows: list[Row]) -> list[Chart]:
    """What binds the most."""
    most = [row for row in rows if row.values[7] > 0][:MOST_BARS]
    if len(most) < 2:
        return []
    values = Series("", [float(row.values[7]) for row in most])
    return [Chart("bars", "What binds the most", [row.label for row in most], [values], is_money=True)]


def figures(asked: Asked, rows: list[Row]) -> list[Figure]:
    """What is seen first."""
    everything = db.session.scalar(
        select(func.coalesce(func.sum(Product.on_hand * type_coerce(Product.average_cost, BigInteger)), 0))
    )
    worth = Decimal(int(everything or 0)).scaleb(SCALE)
    dead = sum((row.values[7] for row in rows if row.values[1] == "Dead"), Decimal(0))
    slow = sum((row.values[7] for row in rows if row.values[1] == "Slow"), Decimal(0))
    part = f"{dead / worth * 100:.0f} % of all that is in stock" if worth and asked.category is None else ""
    return [
        Figure("Bound in dead stock", dead, "money", note=part),
        Figure("Bound in slow stock", slow, "money"),
        Figure("Dead", sum(1 for row in rows if row.values[1] == "Dead"), note="products"),
        Figure("Slow", sum(1 for row in rows if row.values[1] == "Slow"), note="products"),
    ]


IDLE = Report(
    "idle-stock", "Slow and dead stock", "What lies here that nobody wants, and what does it bind?", idle_stock,
    filters=("category",), period="idle", needs_costs=True, icon="hourglass",
)  # fmt: skip
