"""Seeded data in the sizes that the figures are promised for, written in bulk past the services."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from app.models import (
    Asset,
    Base,
    Category,
    Code,
    Event,
    Location,
    Product,
    PullLine,
    Reservation,
    StockLevel,
    StockTransaction,
)
from app.models.base import Instant, Scaled, plain_text
from app.rules.codes import code_key
from app.rules.spans import is_long
from app.statistics import refresh
from migrations.guards import statements

SEED = 20261121
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
CHUNK = 5_000


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    products: int
    assets: int
    locations: int
    events: int
    lines: int
    reservations: int = 0


NOTHING = Size(products=0, assets=0, locations=0, events=0, lines=0)
SMALL = Size(products=2_000, assets=20_000, locations=110, events=1_000, lines=20)
LARGE = Size(products=10_000, assets=0, locations=110, events=0, lines=0, reservations=1_000_000)
SPARSE = Size(products=10_000, assets=0, locations=110, events=0, lines=0, reservations=10_000)


def fill(engine: Engine, organization_id: int, warehouse_id: int, size: Size) -> None:
    """Fill a founded organization with data of this size. The guards rest meanwhile, then stand again."""
    chance = random.Random(SEED)
    with engine.begin() as connection:
        rest_guards(connection)
        writer = Writer(connection, organization_id)
        write_places(writer, warehouse_id, size)
        write_products(writer, chance, size)
        write_stock(writer, chance, warehouse_id, size)
        write_events(writer, chance, warehouse_id, size)
        write_reservations(writer, chance, warehouse_id, size)
        writer.settle_sequences()
        wake_guards(connection)
    look_at_tables(engine)


def look_at_tables(engine: Engine) -> None:
    """Let the database learn what its tables hold now, as it does by and by in an installation."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            refresh(connection)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


class Writer:
    """Bulk inserts with ids given out here, so that rows can refer to each other."""

    def __init__(self, connection: Connection, organization_id: int) -> None:
        self.connection = connection
        self.organization_id = organization_id
        self.next_ids: dict[type[Base], int] = {}

    def ids(self, model: type[Base], count: int) -> range:
        """The next ids of a table."""
        table = model.__table__.name
        if model not in self.next_ids:
            highest = self.connection.execute(text(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')).scalar()
            self.next_ids[model] = int(highest or 0) + 1
        first = self.next_ids[model]
        self.next_ids[model] += count
        return range(first, first + count)

    def write(self, model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows in chunks: by COPY on PostgreSQL, by executemany on SQLite."""
        listed = [{"organization_id": self.organization_id, **row} for row in rows]
        if not listed:
            return
        if self.connection.dialect.name == "postgresql":
            self.copy(model, listed)
            return
        for start in range(0, len(listed), CHUNK):
            self.connection.execute(insert(model.__table__), listed[start : start + CHUNK])

    def copy(self, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
        """PostgreSQL's own bulk road, with our column types bound by hand."""
        table = model.__table__
        filled = [with_defaults(model, row) for row in rows]
        columns = list(filled[0])
        binders = [binder(table.c[name].type) for name in columns]
        names = ", ".join(f'"{name}"' for name in columns)
        cursor = self.connection.connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as stream:
            for row in filled:
                stream.write_row([bind(row[name]) for name, bind in zip(columns, binders, strict=True)])

    def settle_sequences(self) -> None:
        """Let PostgreSQL go on counting behind the ids given out here."""
        if self.connection.dialect.name != "postgresql":
            return
        for model, following in self.next_ids.items():
            name = model.__table__.name
            self.connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), {following})")
            )


def with_defaults(model: type[Base], row: dict[str, Any]) -> dict[str, Any]:
    """A row with the defaults that a bulk copy would leave out."""
    defaults = {
        column.name: column.default.arg
        for column in model.__table__.c
        if column.default is not None and column.default.is_scalar
    }
    return defaults | row


def binder(kind: Any) -> Callable[[Any], Any]:
    """How a value of this column goes into a COPY."""
    if isinstance(kind, Scaled):
        return lambda value: None if value is None else int(value * 10**kind.digits)
    if isinstance(kind, Instant):
        return lambda value: value
    return lambda value: getattr(value, "value", value)


def rest_guards(connection: Connection) -> None:
    """Judging a million rows one by one is not what is measured here."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE reservation DISABLE TRIGGER USER"))
        return
    for name in ("reservation_fits", "reservation_still_fits"):
        connection.execute(text(f"DROP TRIGGER {name}"))


def wake_guards(connection: Connection) -> None:
    """The guards stand again, as the migration made them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE reservation ENABLE TRIGGER USER"))
        return
    for statement in statements("0001", "sqlite"):
        if "CREATE TRIGGER reservation_" in statement:
            connection.exec_driver_sql(statement)


def write_places(writer: Writer, warehouse_id: int, size: Size) -> None:
    """Shelves of one warehouse."""
    writer.write(
        Location,
        (
            {
                "id": place_id,
                "name": f"Shelf {number}",
                "code": f"B-{number:04d}",
                "kind": "shelf",
                "parent_id": warehouse_id,
                "warehouse_id": warehouse_id,
                "search_text": f"shelf {number}",
            }
            for number, place_id in enumerate(writer.ids(Location, size.locations))
        ),
    )


def write_products(writer: Writer, chance: random.Random, size: Size) -> None:
    """Products in twenty categories."""
    categories = writer.ids(Category, 20)
    writer.write(Category, ({"id": key, "name": f"Category {key}"} for key in categories))
    ids = writer.ids(Product, size.products)
    writer.write(Product, (product_row(chance, size, categories, *each) for each in enumerate(ids)))


def product_row(
    chance: random.Random, size: Size, categories: range, number: int, product_id: int
) -> dict[str, Any]:
    """One product, found by what every product is found by."""
    row = {
        "id": product_id,
        "name": f"Product {number} {chance.choice(('spot', 'wash', 'cable', 'truss', 'amp'))}",
        "sku": f"B{number:06d}",
        "manufacturer": chance.choice(("Northlight", "Halden", "Orsa")),
        "category_id": chance.choice(categories),
        "tracking": "serialized" if size.assets else "bulk",
        "day_rate": chance.randint(1, 300),
        "on_hand": each_of(size),
        "was_stocked": True,
        "created_at": START,
    }
    return row | {"search_text": plain_text(" ".join(str(row[name]) for name in Product.found_by))}


def write_stock(writer: Writer, chance: random.Random, warehouse_id: int, size: Size) -> None:
    """Ten of everything: as assets with codes where there are assets, else counted."""
    products = range(writer.next_ids[Product] - size.products, writer.next_ids[Product])
    shelves = range(writer.next_ids[Location] - size.locations, writer.next_ids[Location])
    if size.assets:
        write_assets(writer, chance, products, shelves, size)
    each = each_of(size)
    place_of = {product_id: shelves[product_id % len(shelves)] for product_id in products}
    writer.write(
        StockLevel,
        (
            {"id": level_id, "product_id": product_id, "location_id": place_of[product_id], "quantity": each}
            for level_id, product_id in zip(writer.ids(StockLevel, len(products)), products, strict=True)
        ),
    )


def each_of(size: Size) -> int:
    """How many there are of a product."""
    return max(size.assets // size.products, 1) if size.assets else 10


def write_assets(writer: Writer, chance: random.Random, products: range, shelves: range, size: Size) -> None:
    """Assets with their codes and their first receipts."""
    ids = writer.ids(Asset, size.assets)
    owners = {asset_id: products[number % len(products)] for number, asset_id in enumerate(ids)}
    places = {asset_id: shelves[owner % len(shelves)] for asset_id, owner in owners.items()}
    writer.write(
        Asset,
        (
            {
                "id": asset_id,
                "product_id": owners[asset_id],
                "tag": f"BX-{asset_id:06d}",
                "location_id": places[asset_id],
                "condition": "good",
                "search_text": f"bx-{asset_id:06d}",
                "created_at": START,
            }
            for asset_id in ids
        ),
    )
    writer.write(
        Code,
        (
            {
                "id": code_id,
                "code": f"BX-{asset_id:06d}",
                "code_key": code_key(f"BX-{asset_id:06d}"),
                "kind": "tag",
                "asset_id": asset_id,
            }
            for code_id, asset_id in zip(writer.ids(Code, len(ids)), ids, strict=True)
        ),
    )
    writer.write(
        StockTransaction,
        (
            {
                "id": row_id,
                "product_id": owners[asset_id],
                "asset_id": asset_id,
                "kind": "receipt",
                "quantity": 1,
                "to_id": places[asset_id],
                "total_after": number // len(products) + 1,
                "to_after": number // len(products) + 1,
                "happened_at": START,
                "recorded_at": START,
            }
            for number, (row_id, asset_id) in enumerate(
                zip(writer.ids(StockTransaction, len(ids)), ids, strict=True)
            )
        ),
    )


def write_events(writer: Writer, chance: random.Random, warehouse_id: int, size: Size) -> None:
    """Events over a year, each with its site, its lines and their reservations."""
    products = range(writer.next_ids[Product] - size.products, writer.next_ids[Product])
    for number, event_id in enumerate(writer.ids(Event, size.events)):
        starts_at = START + timedelta(days=365 * number / max(size.events, 1))
        write_event(writer, chance, warehouse_id, event_id, number, starts_at, products, size.lines)


def write_event(
    writer: Writer,
    chance: random.Random,
    warehouse_id: int,
    event_id: int,
    number: int,
    starts_at: datetime,
    products: range,
    lines: int,
) -> None:
    """One event of three days."""
    ends_at = starts_at + timedelta(days=3)
    site = writer.ids(Location, 1)[0]
    writer.write(
        Location,
        [
            {
                "id": site,
                "name": f"Event {number}",
                "code": f"SITE-{number:06d}",
                "kind": "event_site",
                "parent_id": warehouse_id,
                "warehouse_id": warehouse_id,
                "search_text": f"event {number}",
            }
        ],
    )
    window = {"occupied_from": starts_at, "occupied_until": ends_at}
    writer.write(
        Event,
        [
            {
                "id": event_id,
                "number": f"EV-B-{number:06d}",
                "name": f"Event {number}",
                "warehouse_id": warehouse_id,
                "site_id": site,
                "charged_from": starts_at,
                "charged_until": ends_at,
                "phase": "planned",
                "search_text": f"event {number}",
                "created_at": START,
                **window,
            }
        ],
    )
    write_lines(writer, chance, warehouse_id, event_id, starts_at, ends_at, chance.sample(products, lines))


def write_lines(
    writer: Writer,
    chance: random.Random,
    warehouse_id: int,
    event_id: int,
    starts_at: datetime,
    ends_at: datetime,
    chosen: Sequence[int],
) -> None:
    """The pull list of one event, with its claims."""
    line_ids = writer.ids(PullLine, len(chosen))
    rows = list(zip(line_ids, chosen, [chance.randint(1, 3) for _ in chosen], strict=True))
    writer.write(
        PullLine,
        (
            {
                "id": line_id,
                "event_id": event_id,
                "product_id": product_id,
                "quantity": quantity,
                "position": position,
                "created_at": START,
            }
            for position, (line_id, product_id, quantity) in enumerate(rows)
        ),
    )
    claims = zip(writer.ids(Reservation, len(rows)), rows, strict=True)
    writer.write(
        Reservation,
        (
            reservation(claim_id, product_id, warehouse_id, quantity, starts_at, ends_at)
            | {"event_id": event_id, "line_id": line_id}
            for claim_id, (line_id, product_id, quantity) in claims
        ),
    )


def write_reservations(writer: Writer, chance: random.Random, warehouse_id: int, size: Size) -> None:
    """Claims over three years, most of them days long, a few of them months."""
    products = range(writer.next_ids[Product] - size.products, writer.next_ids[Product])
    for start in range(0, size.reservations, 100_000):
        count = min(100_000, size.reservations - start)
        writer.write(
            Reservation,
            (
                random_claim(chance, claim_id, warehouse_id, products)
                for claim_id in writer.ids(Reservation, count)
            ),
        )


def random_claim(chance: random.Random, claim_id: int, warehouse_id: int, products: range) -> dict[str, Any]:
    """One claim somewhere in three years."""
    starts_at = START + timedelta(hours=chance.randrange(3 * 365 * 24))
    days = 60 if chance.random() < 0.01 else chance.randint(1, 5)
    product_id = products[chance.randrange(len(products))]
    return reservation(claim_id, product_id, warehouse_id, 1, starts_at, starts_at + timedelta(days=days))


def reservation(
    claim_id: int, product_id: int, warehouse_id: int, quantity: int, starts_at: datetime, ends_at: datetime
) -> dict[str, Any]:
    """The row of a confirmed claim."""
    return {
        "id": claim_id,
        "product_id": product_id,
        "warehouse_id": warehouse_id,
        "quantity": quantity,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "is_long": is_long(starts_at, ends_at),
        "kind": "event",
        "firmness": "confirmed",
        "created_at": START,
    }
