"""The rows of the table: what is asked for, and what it may cost."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Product
from app.queries.availability import availability
from bench.data import LARGE, SMALL, SPARSE, START, look_at_tables
from bench.deeds import draft_quotes, scannable, sent_quotes
from bench.measure import ROUNDS, Call, Calls, Figure, Timing, run
from bench.servers import Server, installed, serving
from bench.stage import Stage, stage

MIDDLE = START + timedelta(days=500)
BUSY = 16
WARM_UP = 20
TURNS = 3
FEW = 40
"""Rounds of a deed for which much has to be there before."""


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
    rounds: int = ROUNDS


def small_rows(folder: Path, kind: str) -> Iterator[Figure]:
    """Everything that is promised for a rental house of ordinary size."""
    with stage(folder, kind, SMALL) as set_up:
        floor = measured_floor(set_up)
        yield Figure(f"{kind}: floor (bare Flask, one query, 25 rows)", floor.cpu_ms, "ms")
        with serving("bench.wsgi:app", set_up.environment, *set_up.database_process) as server:
            for row in rows_of(set_up):
                yield from figures_of(kind, row, set_up, server, floor)
        yield from installation(kind, folder, set_up)


def installation(kind: str, folder: Path, set_up: Stage) -> Iterator[Figure]:
    """Web, worker and Valkey as they run together: how soon they answer, and what they take after work."""
    environment = set_up.environment | {"REDIS_URL": ""}
    with installed(folder, environment):
        pass
    with installed(folder, environment) as (server, seconds):
        yield Figure(f"{kind}: second start to the first answer", seconds, "s", 2)
        for row in readings(set_up):
            headers = set_up.page_headers if row.is_page else set_up.api_headers
            run(server, row.calls, headers, connections=row.busy, rounds=row.rounds)
        yield Figure(f"{kind}: memory of web, worker and Valkey after the run", server.memory_mb(), "MB", 300)


def measured_floor(set_up: Stage) -> Timing:
    """What nobody can go below."""
    with serving("bench.floor:app", set_up.environment, *set_up.database_process) as server:
        run(server, lambda _: Call("GET", "/"), {}, connections=1, rounds=30)
        return run(server, lambda _: Call("GET", "/"), {}, connections=1)


def rows_of(set_up: Stage) -> Iterator[Row]:
    """The requests of the table."""
    yield from readings(set_up)
    yield from deeds_of(set_up)


def some_products(set_up: Stage) -> list[int]:
    """Enough products for no two requests in a row to ask for the same."""
    with set_up.reading():
        return list(db.session.scalars(select(Product.id).order_by(Product.id).limit(200)))


def readings(set_up: Stage) -> Iterator[Row]:
    """The requests that only read."""
    products = some_products(set_up)
    with set_up.reading():
        assets = list(db.session.scalars(select(Asset.id).order_by(Asset.id).limit(200)))
    yield Row("list of 25 assets", get("/inventory/assets?per_page=25"), 5, 6)
    yield Row("product page", lambda n: Call("GET", f"/inventory/products/{products[n % 200]}"), 4)
    yield Row("asset page", lambda n: Call("GET", f"/inventory/assets/{assets[n % 200]}"), 4)
    yield Row("availability of 20 lines", asking(products[:20]), 4, 5, is_page=False)
    yield Row("dashboard", get("/"), 10)


def deeds_of(set_up: Stage) -> Iterator[Row]:
    """The requests that write; each n has a thing of its own to be done to."""
    products = some_products(set_up)
    drafts = draft_quotes(set_up, 20)
    yield Row("quote builder: add a line", adding(drafts, products), 8)
    sent = sent_quotes(set_up, products[:20], asked_for(FEW))
    yield Row("accept a 20-line quote", accepting(sent), 30, 25, is_page=False, rounds=FEW)
    scans = scannable(set_up, asked_for(ROUNDS))
    yield Row("scan OUT of one asset", scanning(scans), 6, per_second=100, is_page=False, busy=8)


def asked_for(rounds: int) -> int:
    """How many requests a row makes in all: its turns of so many rounds alone and beside others, and one to count its
    statements."""
    return WARM_UP + 2 * TURNS * rounds + 1


def adding(quotes: list[int], products: list[int]) -> Calls:
    """One more line, as the builder posts it."""

    def call(number: int) -> Call:
        body = urlencode({"product_id": products[number % len(products)], "kind": "product"})
        path = f"/crm/quotes/{quotes[number % len(quotes)]}/lines"
        return Call("POST", path, body.encode(), "application/x-www-form-urlencoded")

    return call


def accepting(quotes: list[int]) -> Calls:
    """One acceptance for each sent quote."""
    body = json.dumps({"name": "Lena Brandt"}).encode()
    return lambda n: Call("POST", f"/api/v1/crm/quotes/{quotes[n]}/acceptance", body)


def scanning(things: list[tuple[int, str]]) -> Calls:
    """One check-out for each piece."""

    def call(number: int) -> Call:
        event_id, tag = things[number]
        body = {"id": str(uuid.uuid4()), "code": tag, "mode": "out", "event_id": event_id}
        return Call("POST", "/api/v1/warehouse/scans", json.dumps(body).encode())

    return call


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
    """One row: processor time, ratio to the floor, statements, waits at 1 and many connections. The best of some
    turns, because whatever else the machine does only ever adds; and after the database has looked at its tables, as
    one does that runs for longer than a minute."""
    headers = set_up.page_headers if row.is_page else set_up.api_headers
    numbers = count(WARM_UP, row.rounds)

    def turn(connections: int) -> Timing:
        return run(
            server, row.calls, headers, connections=connections, rounds=row.rounds, first=next(numbers)
        )

    run(server, row.calls, headers, connections=1, rounds=WARM_UP)
    look_at_tables(db.engine)
    alone = min((turn(1) for _ in range(TURNS)), key=lambda timing: timing.cpu_ms)
    busy = max((turn(row.busy) for _ in range(TURNS)), key=lambda timing: timing.per_second)
    name = f"{kind}: {row.name}"
    yield Figure(f"{name}, processor time", alone.cpu_ms, "ms", row.cpu_ms)
    yield Figure(f"{name}, ratio to the floor", alone.cpu_ms / floor.cpu_ms, "×")
    call = row.calls(next(numbers))
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
