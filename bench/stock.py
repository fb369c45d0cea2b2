"""The rows of stock: two million movements over five years, 10,000 products, 200 locations."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import select

from app.extensions import db
from app.models import Location, Product
from app.services.openings import open_years
from bench.bulk import bulk_rows
from bench.data import NOTHING
from bench.ledger import COUNT, fill_ledger
from bench.measure import Call, Calls, Figure, Timing, run
from bench.rows import Row, get
from bench.servers import Server, serving
from bench.stage import Stage, stage

DEEP = 3
TURNS = 5
LAST_YEAR = datetime.now(UTC).year - 1


def stock_rows(folder: Path, kind: str, movements: int = COUNT) -> Iterator[Figure]:
    """What is promised for the second seed's screens, deeds and reports."""
    with stage(folder, kind, NOTHING) as set_up:
        fill_ledger(db.engine, set_up.organization_id, set_up.warehouse_id, movements)
        with set_up.writing():
            open_years()
        with serving("bench.wsgi:app", set_up.environment, *set_up.database_process) as server:
            for row in rows_of(set_up):
                yield from figures_of(kind, row, set_up, server)
        yield from bulk_rows(kind, set_up)


def rows_of(set_up: Stage) -> Iterator[Row]:
    """The requests of the table."""
    with set_up.reading():
        products = list(db.session.scalars(select(Product.id).order_by(Product.id).limit(200)))
        shelf = db.session.scalars(select(Location.code).where(Location.id == set_up.warehouse_id)).one()
    past = datetime.now(UTC).date() - timedelta(days=900)
    year = f"since={LAST_YEAR}-01-01&until={LAST_YEAR}-12-31"
    yield Row("stock levels page", get("/inventory/stock-levels"), 5)
    for page in (1, DEEP):
        yield Row(f"ledger of a product, page {page}", ledger(products, page), 6)
    yield Row("valuation today, by location", get("/reports/valuation"), 50, rounds=20)
    yield Row("valuation today, by category", get("/reports/valuation?by=category"), 50, rounds=20)
    yield Row("valuation at a past date", get(f"/reports/valuation?at={past}"), 1000, rounds=5)
    yield Row("usage of a year", get(f"/reports/usage?{year}"), 1000, rounds=5)
    yield Row(
        "posting a receipt",
        posting(products, shelf),
        5,
        per_second=150,
        is_page=False,
        busy=8,
    )


def ledger(product_ids: list[int], page: int) -> Calls:
    """The movements of one product after the other, as the links of other screens ask for them."""
    return lambda n: Call(
        "GET", f"/inventory/transactions?product={product_ids[n % len(product_ids)]}&page={page}"
    )


def posting(product_ids: list[int], location: str) -> Calls:
    """One piece comes in, of another product each time."""

    def call(number: int) -> Call:
        body = {
            "transaction_type": "receipt",
            "product_id": product_ids[number % len(product_ids)],
            "quantity": 1,
            "location": location,
        }
        return Call("POST", "/api/v1/inventory/transactions", json.dumps(body).encode())

    return call


def figures_of(kind: str, row: Row, set_up: Stage, server: Server) -> Iterator[Figure]:
    """Processor time of one caller, and where it is promised how many a second several reach: the best of some
    turns, because whatever else the machine does only ever adds."""
    headers, numbers = set_up.page_headers if row.is_page else set_up.api_headers, count(step=row.rounds)

    def turn(connections: int) -> Timing:
        return run(
            server, row.calls, headers, connections=connections, rounds=row.rounds, first=next(numbers)
        )

    run(server, row.calls, headers, connections=1, rounds=min(row.rounds, 20))
    alone = min(turn(1).cpu_ms for _ in range(TURNS))
    yield Figure(f"{kind}: {row.name}, processor time", alone, "ms", row.cpu_ms)
    if row.per_second:
        busy = max(turn(row.busy).per_second for _ in range(TURNS))
        yield Figure(f"{kind}: {row.name}, at {row.busy} connections", busy, "1/s", row.per_second)
