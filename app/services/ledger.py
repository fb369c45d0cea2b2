"""The stock ledger: the only writer of stock transactions, stock levels and where assets are.

Everything is somewhere. A movement takes from a place, gives to a place, or both; levels, what there is
in all, and the assets' places change in the same transaction, and the database refuses less than nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from sqlalchemy import bindparam, insert, select

from app.actors import Actor
from app.extensions import db, upsert
from app.models import (
    Asset,
    Base,
    Location,
    Posting,
    Product,
    Reversal,
    StockLevel,
    StockTransaction,
    TransactionKind,
)
from app.refusals import Refused, Stale
from app.rules.costing import blended, cost_taken_out
from app.scope import current_organization_id
from app.services.alerts import kinds_of, watch
from app.services.openings import correct_openings
from app.signals import stock_changed
from app.transactions import columns_of, locked_rows, told_rows, write_columns

Key = tuple[int, int]
"""A product and a place."""


@dataclass(frozen=True)
class Movement:
    """What is to be moved: so many of a product, or one asset, from a place to a place.

    `unit_cost` is in the organization's currency, per piece; left out, it is the moving average. With it,
    pieces that come or go change the average. `said` is what a person wrote where that was in packs:
    (2, "box"). The last four name what it was done for.
    """

    product_id: int
    quantity: int = 1
    asset_id: int | None = None
    from_id: int | None = None
    to_id: int | None = None
    unit_cost: Decimal | None = None
    said: tuple[int, str] | None = None
    job_part_id: int | None = None
    order_line_id: int | None = None
    count_line_id: int | None = None
    reverses_id: int | None = None

    @property
    def rise(self) -> int:
        """By how much there is more of the product in all: nothing when it only goes from place to place."""
        return self.quantity * ((self.from_id is None) - (self.to_id is None))


@dataclass(frozen=True)
class Cause:
    """Why something is moved: the same for all movements of one deed."""

    by: Actor
    reference_type: str = ""
    reference_number: str = ""
    event_id: int | None = None
    notes: str = ""
    happened_at: datetime | None = None
    request_id: str | None = None
    is_new: bool = False
    """True when the caller has made sure that this request was not posted before."""
    is_kept: bool = False
    """True when the caller writes a row of its own that can be there only once for this request (a scan, a
    reversal): then it is new, and nothing more needs to be kept of it. posted_before() does not know it."""


@dataclass(frozen=True)
class Entry:
    """One movement of the ledger with its kind and its cause."""

    kind: TransactionKind
    movement: Movement
    cause: Cause


def post(kind: TransactionKind, movements: Sequence[Movement], cause: Cause) -> list[StockTransaction]:
    """Write movements into the ledger and bring levels and assets' places along.

    The caller has locked the products (and the assets, which must be moved by themselves). A request
    id that was posted before changes nothing and answers what was posted then. Raises Refused when
    a place does not hold enough or an asset is elsewhere.
    """
    if (
        cause.request_id
        and not (cause.is_new or cause.is_kept)
        and (posted := posted_before(cause.request_id))
    ):
        return posted
    return post_all([Entry(kind, movement, cause) for movement in movements])


def post_all(entries: Sequence[Entry], held: Mapping[Key, int] | None = None) -> list[StockTransaction]:
    """The same for movements of several kinds and causes, in order; their requests are known to be new.

    Many cost as many statements as one. `held` is what their places hold, where the caller has looked since it
    locked the products.
    """
    movements = [entry.movement for entry in entries]
    refuse_elsewhere(movements)
    recorded = note_requests(entries)
    standing = standing_now(movements, held)
    before = kinds_of(standing.products.values())
    values = [row_values(entry, standing, recorded) for entry in entries]
    move_levels(movements, standing.levels)
    move_assets(movements)
    move_totals(standing)
    rows = write_rows(values)
    note_reversals(rows)
    correct_openings(rows)
    for movement in movements:
        stock_changed(movement.product_id, movement.from_id, movement.to_id)
    watch(before, standing.products.values())
    return rows


@dataclass(frozen=True)
class Recorded:
    """When this transaction records: now, or for a request that it has posted something of, as it did then."""

    now: datetime
    requests: Mapping[str, datetime]

    def at(self, request_id: str | None) -> datetime:
        """The moment of recording for a movement of this request."""
        return self.requests.get(request_id or "", self.now)


def note_requests(entries: Iterable[Entry]) -> Recorded:
    """Keep which requests are posted now, in a table of their own: the ledger lies in months, and no key
    reaches across them. Raises Refused when somebody else has posted one of them meanwhile."""
    now, known = datetime.now(UTC), db.session().info.setdefault("posted", {})
    named = {entry.cause.request_id for entry in entries if not entry.cause.is_kept}
    if new := named - {None} - known.keys():
        owner = {"organization_id": current_organization_id(), "recorded_at": now}
        rows = [owner | {"request_id": request_id} for request_id in sorted(new)]
        if len(db.session.scalars(noting(db.is_sqlite), rows).all()) < len(rows):
            raise Stale("This was posted already. Please look again.")
        known.update(dict.fromkeys(new, now))
    return Recorded(now, known)


@cache
def noting(_is_sqlite: bool) -> Any:
    """The statement that keeps a request; of one that was kept already it answers nothing."""
    return upsert(Posting).on_conflict_do_nothing().returning(Posting.request_id)


def note_reversals(rows: Iterable[StockTransaction]) -> None:
    """Keep what was reversed: the key of that table sees to it that it happens once."""
    reversals = [
        {
            "organization_id": row.organization_id,
            "transaction_id": row.reverses_id,
            "recorded_at": row.recorded_at,
        }
        for row in rows
        if row.reverses_id
    ]
    if reversals:
        db.session.execute(insert(Reversal), reversals)


def write_rows(values: Sequence[dict[str, Any]]) -> list[StockTransaction]:
    """Insert the rows of the ledger, in the order in which they were given."""
    if not values:
        return []
    return sorted(db.session.scalars(INSERTED, list(values)), key=lambda row: row.id)


INSERTED: Final = insert(StockTransaction).returning(StockTransaction).execution_options(render_nulls=True)
"""What is empty is written as well: rows that leave out different columns could not go in together."""


def posted_before(request_id: str) -> list[StockTransaction]:
    """What this request wrote when it came the first time; only its month is looked into."""
    asked = {"organization": current_organization_id(), "request": request_id}
    since = db.session.scalar(POSTED, asked)
    if since is None:
        return []
    asked |= {"since": since, "until": since + LONGEST_DEED}
    return list(db.session.scalars(WRITTEN, asked))


POSTED: Final = select(Posting.recorded_at).where(
    Posting.organization_id == bindparam("organization"), Posting.request_id == bindparam("request")
)
WRITTEN: Final = (
    select(StockTransaction)
    .where(
        StockTransaction.request_id == bindparam("request"),
        StockTransaction.recorded_at >= bindparam("since"),
        StockTransaction.recorded_at < bindparam("until"),
    )
    .order_by(StockTransaction.id)
)
LONGEST_DEED: Final = timedelta(hours=1)
"""What one request writes is recorded at one moment; by older versions, within one transaction."""


def refuse_elsewhere(movements: Iterable[Movement]) -> None:
    """An asset moves only from the place where it is."""
    claimed = {movement.asset_id: movement for movement in movements if movement.asset_id}
    if not claimed:
        return
    for asset in locked_rows(Asset, claimed):
        movement = claimed[asset.id]
        if asset.location_id != movement.from_id or asset.product_id != movement.product_id:
            raise Refused(f"{asset.tag} is somewhere else meanwhile. Please look again.", "from_id")


@dataclass
class Standing:
    """What there is while movements are written one after the other: in each place, and in all."""

    products: dict[int, Product]
    levels: dict[Key, int]
    totals: dict[int, int]
    averages: dict[int, Decimal]

    def cost(self, movement: Movement) -> Decimal:
        """What one piece of a movement costs, and what that makes of the average; before follow()."""
        product_id, unit_cost, rise = movement.product_id, movement.unit_cost, movement.rise
        average, on_hand = self.averages[product_id], self.totals[product_id]
        if unit_cost is None or not rise:
            return average
        if rise < 0:
            unit_cost = cost_taken_out(on_hand, average, -rise, unit_cost)
        self.averages[product_id] = blended(on_hand, average, rise, unit_cost)
        return unit_cost

    def follow(self, movement: Movement) -> tuple[int, int | None, int | None]:
        """Let one movement happen; what there is then in all, where it came from, and where it went."""
        self.totals[movement.product_id] += movement.rise
        return (
            self.totals[movement.product_id],
            self.shift(movement.product_id, movement.from_id, -movement.quantity),
            self.shift(movement.product_id, movement.to_id, movement.quantity),
        )

    def shift(self, product_id: int, location_id: int | None, change: int) -> int | None:
        """What a place holds after the change; nothing when there is no place."""
        if location_id is None:
            return None
        key = (product_id, location_id)
        self.levels[key] = self.levels.get(key, 0) + change
        return self.levels[key]


def standing_now(movements: Sequence[Movement], held: Mapping[Key, int] | None) -> Standing:
    """How things stand before the movements; the products are locked, so it stays true."""
    products = {row.id: row for row in locked_rows(Product, {movement.product_id for movement in movements})}
    touched = places_touched(movements)
    return Standing(
        products,
        held_now(touched) if held is None else {key: held.get(key, 0) for key in touched},
        {row.id: row.on_hand for row in products.values()},
        {row.id: row.average_cost for row in products.values()},
    )


def row_values(entry: Entry, standing: Standing, recorded: Recorded) -> dict[str, Any]:
    """The ledger row of one movement; its cost is frozen as it is now."""
    movement, cause = entry.movement, entry.cause
    recorded_at = recorded.at(cause.request_id)
    unit_cost = standing.cost(movement)
    sets_average = movement.unit_cost is not None and movement.rise != 0
    total_after, from_after, to_after = standing.follow(movement)
    said_quantity, said_unit = movement.said or (None, "")
    return {
        "organization_id": current_organization_id(),
        "kind": entry.kind,
        "product_id": movement.product_id,
        "asset_id": movement.asset_id,
        "quantity": movement.quantity,
        "said_quantity": said_quantity,
        "said_unit": said_unit,
        "from_id": movement.from_id,
        "to_id": movement.to_id,
        "total_after": total_after,
        "from_after": from_after,
        "to_after": to_after,
        "unit_cost": unit_cost,
        "average_after": standing.averages[movement.product_id] if sets_average else None,
        "reference_type": cause.reference_type,
        "reference_number": cause.reference_number,
        "event_id": cause.event_id,
        "job_part_id": movement.job_part_id,
        "order_line_id": movement.order_line_id,
        "count_line_id": movement.count_line_id,
        "notes": cause.notes,
        "by_id": cause.by.id,
        "happened_at": cause.happened_at or recorded_at,
        "recorded_at": recorded_at,
        "request_id": cause.request_id,
        "reverses_id": movement.reverses_id,
    }


def places_touched(movements: Iterable[Movement]) -> set[Key]:
    """The (product, location) pairs that movements take from or give to, even when both come to nothing."""
    return {
        (movement.product_id, place_id)
        for movement in movements
        for place_id in (movement.from_id, movement.to_id)
        if place_id is not None
    }


def level_changes(movements: Iterable[Movement]) -> dict[Key, int]:
    """How much each (product, location) level rises or falls."""
    changes: Counter[Key] = Counter()
    for movement in movements:
        if movement.from_id is not None:
            changes[movement.product_id, movement.from_id] -= movement.quantity
        if movement.to_id is not None:
            changes[movement.product_id, movement.to_id] += movement.quantity
    return {key: change for key, change in changes.items() if change}


def move_levels(movements: Iterable[Movement], levels: Mapping[Key, int]) -> None:
    """Write what the places hold now. Raises Refused where one would hold less than nothing."""
    changes = level_changes(movements)
    for key, change in changes.items():
        if levels[key] < 0:
            raise Refused(shortfall(key, levels[key] - change, -change), "quantity")
    rows = [
        {
            "organization_id": current_organization_id(),
            "product_id": product_id,
            "location_id": location_id,
            "quantity": levels[product_id, location_id],
        }
        for product_id, location_id in sorted(changes)
    ]
    if rows:
        db.session.execute(raising(db.is_sqlite), rows if db.is_sqlite else columns_of(rows))


@cache
def raising(is_sqlite: bool) -> Any:
    """The statement that writes levels, new or not; built once for each kind of database. PostgreSQL is told all of
    them at once."""
    statement = upsert(StockLevel)
    if not is_sqlite:
        given = told_rows({name: getattr(StockLevel, name).type for name in LEVEL})
        statement = statement.from_select(LEVEL, select(*(given.c[name] for name in LEVEL)))
    return statement.on_conflict_do_update(
        index_elements=["organization_id", "product_id", "location_id"],
        set_={"quantity": statement.excluded.quantity},
    )


LEVEL: Final = ("organization_id", "product_id", "location_id", "quantity")


def held_now(keys: Iterable[Key]) -> dict[Key, int]:
    """What these (product, location) pairs hold; the products are locked, so it stays true."""
    pairs = set(keys)
    asked = {"products": sorted({pair[0] for pair in pairs}), "places": sorted({pair[1] for pair in pairs})}
    return {(row.product_id, row.location_id): row.quantity for row in db.session.execute(HELD, asked)}


HELD: Final = select(StockLevel.product_id, StockLevel.location_id, StockLevel.quantity).where(
    StockLevel.product_id.in_(bindparam("products", expanding=True)),
    StockLevel.location_id.in_(bindparam("places", expanding=True)),
)


def shortfall(key: Key, held: int, wanted: int) -> str:
    """The sentence that says what is missing where."""
    product = db.session.get_one(Product, key[0])
    location = db.session.get_one(Location, key[1])
    return f"{location.name} holds {held} of {product.name}, not {wanted}."


def move_assets(movements: Iterable[Movement]) -> None:
    """Write each moved asset's new place; an issued asset is nowhere."""
    places = {movement.asset_id: movement.to_id for movement in movements if movement.asset_id}
    for asset in locked_rows(Asset, places) if places else ():
        asset.location_id = places[asset.id]


def move_totals(standing: Standing) -> None:
    """Write how many there are of each product in all, what one costs on average now, and that it was in stock;
    nothing of what only went from place to place."""
    found = {
        product: {
            "average_cost": standing.averages[product_id],
            "on_hand": standing.totals[product_id],
            "was_stocked": True,
        }
        for product_id, product in standing.products.items()
    }
    write_columns({product: values for product, values in found.items() if differs(product, values)})


def differs(row: Base, values: Mapping[str, Any]) -> bool:
    """True when a row says something else than these values."""
    return any(getattr(row, name) != value for name, value in values.items())
