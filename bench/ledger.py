"""Five years of movements, written in bulk past the services, with levels, totals and averages that hold."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, bindparam, select, update

from app.models import Code, CodeKind, Location, Product, StockLevel, StockTransaction
from app.models.base import UnitCost
from app.rules.codes import code_key
from app.rules.costing import average_cost
from app.rules.months import months_between
from app.services.partitions import make_missing
from bench.data import CHUNK, SEED, Size, Writer, look_at_tables, write_places, write_products

MOVEMENTS = Size(products=10_000, assets=0, locations=200, events=0, lines=0)
COUNT = 2_000_000
YEARS = timedelta(days=5 * 365)
LOW, DELIVERED, MOST_USED = 20, 50, 5
EVERY_NTH_MOVES = 8


@dataclass
class Stock:
    """One product's stock while its movements are made up."""

    places: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    total: int = 0
    average: Decimal = Decimal(0)


def fill_ledger(
    engine: Engine, organization_id: int, warehouse_id: int, count: int = COUNT, size: Size = MOVEMENTS
) -> None:
    """Products, places and so many movements until now."""
    chance, now = random.Random(SEED), datetime.now(UTC)
    with engine.begin() as connection:
        writer = Writer(connection, organization_id)
        write_places(writer, warehouse_id, size)
        write_products(writer, chance, size)
        write_own_codes(writer, size)
        if engine.dialect.name == "postgresql":
            make_missing(connection, set(months_between(now - YEARS, now)))
        products = range(writer.next_ids[Product] - size.products, writer.next_ids[Product])
        shelves = range(writer.next_ids[Location] - size.locations, writer.next_ids[Location])
        stocks: dict[int, Stock] = {product_id: Stock() for product_id in products}
        write_movements(writer, movements(chance, stocks, shelves, now - YEARS, count))
        write_standing(writer, stocks)
        writer.settle_sequences()
    look_at_tables(engine)


def write_own_codes(writer: Writer, size: Size) -> None:
    """What the products are called by, for files and scanners."""
    first = writer.next_ids[Product] - size.products
    table = Product.__table__
    found = writer.connection.execute(select(table.c.id, table.c.sku).where(table.c.id >= first)).all()
    ids = writer.ids(Code, len(found))
    writer.write(
        Code,
        (
            {
                "id": key,
                "code": row.sku,
                "code_key": code_key(row.sku),
                "kind": CodeKind.SKU,
                "product_id": row.id,
            }
            for key, row in zip(ids, found, strict=True)
        ),
    )


def movements(
    chance: random.Random, stocks: dict[int, Stock], shelves: Sequence[int], since: datetime, count: int
) -> Iterator[dict[str, Any]]:
    """Deliveries when little is left, else issues, and now and then a move from shelf to shelf."""
    products = list(stocks)
    for number in range(count):
        product_id = products[number % len(products)]
        row = one_movement(chance, stocks[product_id], shelves)
        at = since + YEARS * (number / count)
        yield {"product_id": product_id, "happened_at": at, "recorded_at": at, "notes": "", **row}


def one_movement(chance: random.Random, stock: Stock, shelves: Sequence[int]) -> dict[str, Any]:
    """What happens next to a product, and what there is after it."""
    if stock.total < LOW:
        place, cost = chance.choice(shelves), Decimal(chance.randint(50, 5000)) / 100
        stock.average = average_cost(stock.total, stock.average, DELIVERED, cost)
        return moved(stock, "receipt", DELIVERED, None, place, cost) | {"average_after": stock.average}
    origin = max(stock.places, key=stock.places.__getitem__)
    quantity = min(chance.randint(1, MOST_USED), stock.places[origin])
    target = chance.choice(shelves)
    if chance.randrange(EVERY_NTH_MOVES) == 0 and target != origin:
        return moved(stock, "transfer", quantity, origin, target, stock.average)
    return moved(stock, "issue", quantity, origin, None, stock.average)


def moved(
    stock: Stock, kind: str, quantity: int, origin: int | None, target: int | None, cost: Decimal
) -> dict[str, Any]:
    """Let it happen; the columns that tell of it."""
    if origin is not None:
        stock.places[origin] -= quantity
    if target is not None:
        stock.places[target] += quantity
    stock.total += quantity * ((origin is None) - (target is None))
    return {
        "kind": kind, "quantity": quantity, "from_id": origin, "to_id": target, "unit_cost": cost,
        "total_after": stock.total, "average_after": None,
        "from_after": None if origin is None else stock.places[origin],
        "to_after": None if target is None else stock.places[target],
    }  # fmt: skip


def write_movements(writer: Writer, rows: Iterator[dict[str, Any]]) -> None:
    """A few at a time, so that two million need little memory."""
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == CHUNK:
            write_some(writer, some)
            some = []
    write_some(writer, some)


def write_some(writer: Writer, rows: list[dict[str, Any]]) -> None:
    """These rows with their ids."""
    ids = writer.ids(StockTransaction, len(rows))
    writer.write(StockTransaction, ({"id": key, **row} for key, row in zip(ids, rows, strict=True)))


def write_standing(writer: Writer, stocks: dict[int, Stock]) -> None:
    """The levels, totals and averages that the movements lead to."""
    levels = [
        {"product_id": product_id, "location_id": place, "quantity": held}
        for product_id, stock in stocks.items()
        for place, held in stock.places.items()
    ]
    ids = writer.ids(StockLevel, len(levels))
    writer.write(StockLevel, ({"id": key, **row} for key, row in zip(ids, levels, strict=True)))
    table = Product.__table__
    told = update(table).where(table.c.id == bindparam("key"))
    writer.connection.execute(
        told.values(
            on_hand=bindparam("total"), was_stocked=True, average_cost=bindparam("average", type_=UnitCost())
        ),
        [{"key": key, "total": one.total, "average": one.average} for key, one in stocks.items()],
    )
