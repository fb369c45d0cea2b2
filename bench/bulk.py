"""Ten thousand stock transactions in one request, as JSON and as a file."""

import json
from collections.abc import Iterator
from uuid import uuid4

from sqlalchemy import select

from app.extensions import db
from app.models import Location, Product
from bench.measure import Call, Calls, Figure, run
from bench.servers import Server, serving
from bench.stage import Stage

ROWS = 10_000
MIXED = ("receipt", "receipt", "issue", "transfer")
FILE_COLUMNS = ("type", "sku", "location", "to_location", "quantity")


def bulk_rows(kind: str, set_up: Stage) -> Iterator[Figure]:
    """Ten thousand stock transactions, with the whole ledger behind them."""
    with set_up.reading():
        products = list(db.session.execute(select(Product.id, Product.sku).order_by(Product.id)))
        house = db.session.scalars(select(Location.code).where(Location.id == set_up.warehouse_id)).one()
        shelf = db.session.scalars(
            select(Location.code).where(Location.id != set_up.warehouse_id).limit(1)
        ).one()
    sorts = {
        "as JSON": (as_json(products, house, shelf), set_up.api_headers),
        "as a file": (as_file(products, house, shelf), set_up.page_headers),
    }
    for sort, (calls, headers) in sorts.items():
        with serving("bench.wsgi:app", set_up.environment, *set_up.database_process) as server:
            yield from sent_once(f"{kind}: {ROWS:,} stock transactions {sort}", server, calls, headers)


def sent_once(name: str, server: Server, calls: Calls, headers: dict[str, str]) -> Iterator[Figure]:
    """One request to a server that has just begun: how long it takes, and the memory that it needs."""
    timing = run(server, calls, headers, connections=1, rounds=1)
    yield Figure(f"{name}, to the answer", timing.p50_ms / 1000, "s", 10)
    yield Figure(f"{name}, processor time", timing.cpu_ms / 1000, "s")
    yield Figure(f"{name}, highest memory of a web process", server.highest_mb(), "MB")


def mixed(products: list[tuple[int, str]], house: str, shelf: str) -> Iterator[dict[str, object]]:
    """Twice something comes in, then some of it is used, and some goes to a shelf: of one product after the other."""
    for number in range(ROWS):
        product_id, sku = products[number // len(MIXED) % len(products)]
        sort = MIXED[number % len(MIXED)]
        row = {"sort": sort, "id": product_id, "sku": sku, "quantity": 2 if sort == "receipt" else 1}
        yield row | {"from": house, "to": shelf if sort == "transfer" else ""}


def as_json(products: list[tuple[int, str]], house: str, shelf: str) -> Calls:
    """As programs send them."""
    rows = [
        {"transaction_type": row["sort"], "product_id": row["id"], "quantity": row["quantity"]}
        | {"location": row["from"]} | ({"to_location": row["to"]} if row["to"] else {})
        for row in mixed(products, house, shelf)
    ]  # fmt: skip
    body = json.dumps({"transactions": rows}).encode()
    return lambda _: Call("POST", "/api/v1/inventory/transactions/bulk", body)


def as_file(products: list[tuple[int, str]], house: str, shelf: str) -> Calls:
    """As people upload them."""
    lines = [
        f"{row['sort']},{row['sku']},{row['from']},{row['to']},{row['quantity']}"
        for row in mixed(products, house, shelf)
    ]
    return uploading(
        "/inventory/transactions/file", "type,sku,location,to_location,quantity\n" + "\n".join(lines)
    )


def uploading(path: str, content: str) -> Calls:
    """A form with a file, as a browser sends it."""
    mark = uuid4().hex
    parts = (
        f'--{mark}\r\nContent-Disposition: form-data; name="request_id"\r\n\r\n{uuid4()}\r\n',
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="rows.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{content}\r\n--{mark}--\r\n",
    )
    return lambda _: Call("POST", path, "".join(parts).encode(), f"multipart/form-data; boundary={mark}")
