"""The rows of the table: what is asked for, and what it may cost."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Product
from app.queries.availability import availability
from bench.data import LARGE, SMALL, SPARSE, START
from bench.measure import Call, Calls, Figure, Timing, run
from bench.servers import WORKERS, Server, serving
from bench.stage import Stage, stage

MIDDLE = START + timedelta(days=500)
BUSY = 16


@dataclass(frozen=True)
class Row:
    """One kind of request with its goals: processor ms a request, statements, requests a second."""

    name: str
    calls: Calls
    cpu_ms: float | None = None
    statements: int | None = None
    per_second: float | None = None
    is_page: bool = True
    busy: int = BUSY
    can_repeat: bool = True


def small_rows(folder: Path, kind: str) -> Iterator[Figure]:
    """Everything that is promised for a rental house of ordinary size."""
    with stage(folder, kind, SMALL) as set_up:
        floor = measured_floor(set_up)
        yield Figure(f"{kind}: floor (bare Flask, one query, 25 rows)", floor.cpu_ms, "ms")
        with serving("bench.wsgi:app", set_up.environment, *set_up.database_process) as server:
            for row in rows_of(set_up):
                yield from figures_of(kind, row, set_up, server, floor)
            yield Figure(
                f"{kind}: memory of web ({WORKERS} workers) after the run", server.memory_mb(), "MB", 300
            )


def measured_floor(set_up: Stage) -> Timing:
    """What nobody can go below."""
    with serving("bench.floor:app", set_up.environment, *set_up.database_process) as server:
        run(server, lambda _: Call("GET", "/"), {}, connections=1, rounds=30)
        return run(server, lambda _: Call("GET", "/"), {}, connections=1)


def rows_of(set_up: Stage) -> Iterator[Row]:
    """The requests of the table."""
    with set_up.reading():
        products = list(db.session.scalars(select(Product.id).order_by(Product.id).limit(200)))
        assets = list(db.session.scalars(select(Asset.id).order_by(Asset.id).limit(200)))
    yield Row("list of 25 assets", get("/inventory/assets?per_page=25"), 5, 6)
    yield Row("product page", lambda n: Call("GET", f"/inventory/products/{products[n % 200]}"), 4)
    yield Row("asset page", lambda n: Call("GET", f"/inventory/assets/{assets[n % 200]}"), 4)
    yield Row("availability of 20 lines", asking(products[:20]), 4, 5, is_page=False)
    yield Row("dashboard", get("/"), 10)


def get(path: str) -> Calls:
    """The same page again and again."""
    return lambda _: Call("GET", path)


def asking(product_ids: list[int]) -> Calls:
    """Availability of products for three days in the middle of the data."""
    body = {
        "from": MIDDLE.isoformat(),
        "until": (MIDDLE + timedelta(days=3)).isoformat(),
        "lines": [{"product_id": product_id} for product_id in product_ids],
    }
    return lambda _: Call("POST", "/api/v1/inventory/availability", json.dumps(body).encode())


def figures_of(kind: str, row: Row, set_up: Stage, server: Server, floor: Timing) -> Iterator[Figure]:
    """One row: processor time, ratio to the floor, statements, waits at 1 and many connections."""
    headers = set_up.page_headers if row.is_page else set_up.api_headers
    run(server, row.calls, headers, connections=1, rounds=20)
    alone = run(server, row.calls, headers, connections=1, first=20)
    busy = run(server, row.calls, headers, connections=row.busy, first=200)
    name = f"{kind}: {row.name}"
    yield Figure(f"{name}, processor time", alone.cpu_ms, "ms", row.cpu_ms)
    yield Figure(f"{name}, ratio to the floor", alone.cpu_ms / floor.cpu_ms, "×")
    call = row.calls(0)
    sent = {"data": call.body, "content_type": call.kind} if call.body else {}
    yield Figure(f"{name}, statements", set_up.statements(call.method, call.path, **sent), "", row.statements)
    for label, timing in (("1 connection", alone), (f"{row.busy} connections", busy)):
        yield Figure(f"{name}, p50 at {label}", timing.p50_ms, "ms")
        yield Figure(f"{name}, p95 at {label}", timing.p95_ms, "ms")
    yield Figure(f"{name}, requests at {row.busy} connections", busy.per_second, "1/s", row.per_second)


def large_rows(folder: Path, kind: str) -> Iterator[Figure]:
    """A million reservations over three years, beside ten thousand of them."""
    (folder / "sparse").mkdir()
    (folder / "dense").mkdir()
    with stage(folder / "sparse", kind, SPARSE) as set_up:
        sparse = hundred_lines(set_up)
    with stage(folder / "dense", kind, LARGE) as set_up:
        dense = hundred_lines(set_up)
        yield Figure(f"{kind}: availability of 100 lines, 1,000,000 reservations", dense.cpu_ms, "ms", 8)
        ratio = dense.cpu_ms / sparse.cpu_ms
        yield Figure(f"{kind}: the same, ratio to 10,000 reservations", ratio, "×", 1.5)
        yield Figure(f"{kind}: whole catalogue for a week, query layer", whole_catalogue(set_up), "ms", 80)


def hundred_lines(set_up: Stage) -> Timing:
    """Availability of 100 products over HTTP."""
    with set_up.reading():
        products = list(db.session.scalars(select(Product.id).order_by(Product.id).limit(100)))
    with serving("bench.wsgi:app", set_up.environment, *set_up.database_process) as server:
        run(server, asking(products), set_up.api_headers, connections=1, rounds=20)
        return run(server, asking(products), set_up.api_headers, connections=1)


def whole_catalogue(set_up: Stage) -> float:
    """Every product's availability for a week, in ms, the best of five."""
    with set_up.reading():
        products = list(db.session.scalars(select(Product.id)))
        taken = []
        for _ in range(5):
            begun = time.perf_counter()
            availability(products, set_up.warehouse_id, MIDDLE, MIDDLE + timedelta(days=7))
            taken.append(time.perf_counter() - begun)
    return min(taken) * 1000
