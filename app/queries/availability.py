"""Availability: the one place that loads claims and stock, and the one question everybody asks.

Every screen, API, report, task and partner answer goes through here; the arithmetic itself is in
rules/availability.py. Many products cost as many statements as one.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, String, bindparam, func, or_, select, type_coerce, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from app.extensions import db
from app.models import Firmness, Location, Organization, PackagePart, Reservation, StockLevel
from app.models.base import as_stored, from_stored, stored
from app.rules.availability import Claim, effective_claims, first_short, free, peak, pieces_held
from app.rules.packages import explode, package_availability
from app.rules.periods import OPEN_END
from app.rules.spans import LONGEST_SHORT
from app.scope import current_organization_id

Key = tuple[int, int]
"""(product, warehouse)"""

MANY = 900
"""Beyond this many products the query leaves the list out and reads the whole window."""


class Availability(NamedTuple):
    """What there is of a product in a warehouse during a window, in pieces.

    `free` is the lowest number free at any moment and may be negative; `free_if_holds_lapse` is the same
    without tentative claims; `free_elsewhere` is what other warehouses could send.
    """

    product_id: int
    total: int
    free: int
    free_if_holds_lapse: int
    free_elsewhere: int = 0


@dataclass(frozen=True)
class Window:
    """A period as the database keeps time, with what was found to be claimed in it."""

    starts_at: Any
    ends_at: Any
    claims: Mapping[Key, list[tuple[Any, Any, int]]]
    holds: Mapping[Key, list[tuple[Any, Any, int]]]

    def free(self, key: Key, total: int) -> int:
        """The lowest number free in the window."""
        claims = self.claims.get(key)
        return free(total, claims, self.starts_at, self.ends_at) if claims else total

    def free_if_holds_lapse(self, key: Key, total: int) -> int:
        """The same, were every tentative claim given up."""
        holds = self.holds.get(key, ())
        firm = [claim for claim in self.claims.get(key, ()) if claim not in holds]
        return free(total, firm, self.starts_at, self.ends_at)


def availability(
    product_ids: Collection[int],
    warehouse_id: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    without_event: int | None = None,
    without_claims: Collection[int] = (),
    now: datetime | None = None,
) -> dict[int, Availability]:
    """The availability of products (packages too) in a warehouse during [starts_at, ends_at).

    `without_event` leaves that event's own claims out, so that its lines are not in their own way, and
    `without_claims` these reservations.
    """
    parts = package_parts()
    needed = {package: explode(package, 1, parts) for package in product_ids if package in parts}
    wanted = {product_id for product_id in product_ids if product_id not in needed}
    wanted |= {part for exploded in needed.values() for part in exploded}
    single = single_availability(
        wanted,
        warehouse_id,
        starts_at,
        ends_at,
        without_event=without_event,
        without_claims=without_claims,
        now=now,
    )
    return {
        product_id: of_package(product_id, needed[product_id], single)
        if product_id in needed
        else single[product_id]
        for product_id in product_ids
    }


def single_availability(
    product_ids: Collection[int],
    warehouse_id: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    without_event: int | None = None,
    without_claims: Collection[int] = (),
    now: datetime | None = None,
) -> dict[int, Availability]:
    """The same for products of which none is a package."""
    stock = capacities(product_ids)
    window = claims_in(
        product_ids, starts_at, ends_at, without_event=without_event, without_claims=without_claims, now=now
    )
    return {product_id: of_product(product_id, warehouse_id, stock, window) for product_id in product_ids}


def of_product(
    product_id: int, warehouse_id: int, stock: Mapping[int, Mapping[int, int]], window: Window
) -> Availability:
    """One product: its total, what is free, and what is free elsewhere."""
    by_warehouse = stock.get(product_id, NOWHERE)
    key = (product_id, warehouse_id)
    total = by_warehouse.get(warehouse_id, 0)
    number = window.free(key, total)
    return Availability(
        product_id,
        total,
        number,
        window.free_if_holds_lapse(key, total) if key in window.holds else number,
        elsewhere(product_id, warehouse_id, by_warehouse, window) if len(by_warehouse) > 1 else 0,
    )


NOWHERE: Mapping[int, int] = {}


def elsewhere(product_id: int, warehouse_id: int, by_warehouse: Mapping[int, int], window: Window) -> int:
    """What other warehouses could send."""
    others = ((place, total) for place, total in by_warehouse.items() if place != warehouse_id)
    return sum(max(window.free((product_id, place), total), 0) for place, total in others)


def of_package(
    product_id: int, needed: Mapping[int, int], single: Mapping[int, Availability]
) -> Availability:
    """A package is as free as its scarcest part."""
    totals, frees, firm, other = (
        package_availability(needed, {part: single[part][field] for part in needed}) for field in (1, 2, 3, 4)
    )
    return Availability(product_id, totals, frees, firm, other)


PARTS: Final = select(PackagePart.package_id, PackagePart.product_id, PackagePart.quantity)


def package_parts() -> dict[int, list[tuple[int, int]]]:
    """Package → [(part, quantity)] of every package in the organization: they are few, and may be nested."""
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for package_id, product_id, quantity in db.session.execute(PARTS):
        parts[package_id].append((product_id, quantity))
    return dict(parts)


STOCK_OF_ALL: Final = (
    select(StockLevel.product_id, Location.warehouse_id, func.sum(StockLevel.quantity))
    .join(Location, Location.id == StockLevel.location_id)
    .group_by(StockLevel.product_id, Location.warehouse_id)
)
STOCK: Final = STOCK_OF_ALL.where(StockLevel.product_id.in_(bindparam("products", expanding=True)))


def capacities(product_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Product → warehouse → how many there are, on shelves, in cases and out at events alike."""
    is_all = len(product_ids) > MANY
    rows = db.session.execute(
        STOCK_OF_ALL if is_all else STOCK, {} if is_all else {"products": list(product_ids)}
    )
    stock: dict[int, dict[int, int]] = {}
    for product_id, warehouse_id, quantity in rows:
        stock.setdefault(product_id, {})[warehouse_id] = int(quantity)
    return stock


def claims_in(
    product_ids: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    without_event: int | None = None,
    without_claims: Collection[int] = (),
    now: datetime | None = None,
) -> Window:
    """The claims that touch the window, by product and warehouse; those that are only holds again apart."""
    moment = now or datetime.now(UTC)
    dialect = db.engine.dialect.name
    now_stored, open_end = stored(moment, dialect), stored(OPEN_END, dialect)
    trusts_plan = trusts_planned_returns()
    claims: dict[Key, list[tuple[Any, Any, int]]] = defaultdict(list)
    holds: dict[Key, list[tuple[Any, Any, int]]] = defaultdict(list)
    asked = claims_asked(product_ids, starts_at, ends_at, moment)
    for row in db.session.execute(claim_rows(dialect, is_all=len(product_ids) > MANY), asked):
        (
            claim_id,
            product_id,
            warehouse_id,
            begins,
            ends,
            quantity,
            out,
            returned,
            firmness,
            event_id,
            line_id,
            released_at,
        ) = row
        if (without_event and event_id == without_event) or claim_id in without_claims:
            continue
        held, is_endless = pieces_held(
            quantity,
            out,
            returned,
            is_past=ends <= now_stored,
            is_released=released_at is not None,
            is_trusted=trusts_plan and line_id is not None,
        )
        if held > 0:
            claim = (begins, open_end if is_endless else ends, held)
            claims[product_id, warehouse_id].append(claim)
            if firmness == TENTATIVE:
                holds[product_id, warehouse_id].append(claim)
    return Window(stored(starts_at, dialect), stored(ends_at, dialect), dict(claims), dict(holds))


TENTATIVE = Firmness.TENTATIVE.value


@dataclass(frozen=True)
class Ahead:
    """How far to look for what is claimed of a product, and whether what is claimed comes back."""

    ends_at: datetime
    is_used_up: bool


def claimed_ahead(products: Mapping[int, Ahead], now: datetime) -> dict[int, int]:
    """Product → how many are claimed from now until its own moment, over all warehouses.

    Of what comes back the peak counts, of what is used up every claim: two shows that each take 2 rolls on
    different days take 4 rolls, but 2 cases. One statement, however many products.
    """
    if not products:
        return {}
    latest = max(ahead.ends_at for ahead in products.values())
    claims = by_product(claims_in(list(products), now, latest, now=now).claims)
    dialect = db.engine.dialect.name
    starts_at = stored(now, dialect)
    return {
        product_id: claimed_of(claims.get(product_id, ()), starts_at, stored(ahead.ends_at, dialect), ahead)
        for product_id, ahead in products.items()
    }


class Shortage(NamedTuple):
    """How many pieces will be missing, and from when."""

    missing: int
    starts_at: datetime


def short_ahead(products: Mapping[int, tuple[int, Ahead]], now: datetime) -> dict[int, Shortage]:
    """Product → what is claimed beyond so many pieces from now until its own moment; others are left out.

    Asked with (pieces, how far), over all warehouses. One statement, however many products.
    """
    if not products:
        return {}
    latest = max(ahead.ends_at for _, ahead in products.values())
    claims = by_product(claims_in(list(products), now, latest, now=now).claims)
    short = {key: shortage_of(claims.get(key, ()), *asked, now) for key, asked in products.items()}
    return {key: found for key, found in short.items() if found is not None}


def shortage_of(
    claims: Sequence[tuple[Any, Any, int]], pieces: int, ahead: Ahead, now: datetime
) -> Shortage | None:
    """What the claims of one product lack in its window; what is used up is not given back at a claim's end."""
    dialect = db.engine.dialect.name
    starts_at, ends_at = stored(now, dialect), stored(ahead.ends_at, dialect)
    missing = claimed_of(claims, starts_at, ends_at, ahead) - pieces
    if missing <= 0:
        return None
    lasting = [
        (begins, ends_at if ahead.is_used_up else ends, held)
        for begins, ends, held in claims
        if ends > starts_at
    ]
    at = first_short(pieces, lasting, starts_at, ends_at)
    return Shortage(missing, now if at is None else from_stored(at, dialect))


def by_product(claims: Mapping[Key, list[tuple[Any, Any, int]]]) -> dict[int, list[tuple[Any, Any, int]]]:
    """The claims of all warehouses together."""
    together: dict[int, list[tuple[Any, Any, int]]] = defaultdict(list)
    for (product_id, _), found in claims.items():
        together[product_id] += found
    return together


def claimed_of(claims: Sequence[tuple[Any, Any, int]], starts_at: Any, ends_at: Any, ahead: Ahead) -> int:
    """What the claims of one product come to in its window, in pieces; supply takes nothing."""
    if ahead.is_used_up:
        return sum(
            held for begins, ends, held in claims if begins < ends_at and ends > starts_at and held > 0
        )
    return max(peak(claims, starts_at, ends_at), 0) if claims else 0


def trusts_planned_returns() -> bool:
    """True for an organization that does not scan: what should be back from an event counts as back.

    Only the claims of pull lines are trusted. A repair is over when somebody says so.
    """
    return db.session.get_one(Organization, current_organization_id()).trusts_planned_returns


def claim_columns(dialect: str) -> tuple[Any, ...]:
    """What a claim is made of, as the database keeps it: thousands of rows are read at once."""
    return (
        Reservation.id,
        Reservation.product_id,
        Reservation.warehouse_id,
        as_stored(Reservation.starts_at, dialect),
        as_stored(Reservation.ends_at, dialect),
        Reservation.quantity,
        Reservation.out_quantity,
        Reservation.returned_quantity,
        type_coerce(Reservation.firmness, String()),
        Reservation.event_id,
        Reservation.line_id,
        as_stored(Reservation.released_at, dialect),
    )


STILL_OUT: Final = (
    Reservation.out_quantity > Reservation.returned_quantity,
    Reservation.ends_at < OPEN_END + timedelta(days=366),
)
"""That pieces left and are not back. Every end lies before that; saying so leads SQLite to the small index
of what is out instead of through the history."""


@cache
def claim_rows(dialect: str, *, is_all: bool = False) -> CompoundSelect[Any]:
    """Three narrow readings instead of one wide one, so that years of history cost nothing.

    A short claim that touches the window started within LONGEST_SHORT before it; long ones have an
    index of their own; and so has what is still out past its end, or after its claim was given up, which
    claims on without an end. Asked with claims_asked(); built once, because building takes longer than asking.
    """
    wanted = [] if is_all else [Reservation.product_id.in_(bindparam("products", expanding=True))]
    alive = [*wanted, Reservation.released_at.is_(None)]
    columns = claim_columns(dialect)
    starts_at: Any = bindparam("window_starts_at")
    ends_at: Any = bindparam("window_ends_at")
    short = select(*columns).where(
        *alive,
        ~Reservation.is_long,
        Reservation.starts_at > bindparam("earliest_start"),
        Reservation.starts_at < ends_at,
        Reservation.ends_at > starts_at,
    )
    long = select(*columns).where(
        *alive,
        Reservation.is_long,
        Reservation.ends_at > starts_at,
        starts_before("window_ends_at_stored", dialect),
    )
    late = select(*columns).where(
        *wanted,
        *STILL_OUT,
        or_(Reservation.ends_at <= bindparam("late_since"), Reservation.released_at.is_not(None)),
        starts_before("window_ends_at_stored", dialect),
    )
    return union_all(short, long, late)


def starts_before(name: str, dialect: str) -> ColumnElement[bool]:
    """That a claim starts before a moment, asked for as stored(), and said so that SQLite does not choose
    an index for it: too many rows fit."""
    column: Any = Reservation.starts_at
    if dialect == "sqlite":
        column = as_stored(column, dialect).op("+")(0)
    is_before: ColumnElement[bool] = column < bindparam(name)
    return is_before


def claims_asked(
    product_ids: Collection[int], starts_at: datetime, ends_at: datetime, now: datetime
) -> dict[str, Any]:
    """The values that claim_rows() and what is built on it are asked with."""
    wanted = {"products": list(product_ids)} if len(product_ids) <= MANY else {}
    return wanted | {
        "window_starts_at": starts_at,
        "window_ends_at": ends_at,
        "window_ends_at_stored": stored(ends_at, db.engine.dialect.name),
        "earliest_start": starts_at - LONGEST_SHORT,
        "late_since": min(starts_at, now),
    }


@cache
def claimed_ids(dialect: str, *, is_all: bool = False) -> Select[int]:
    """The ids of the same claims, for queries that want more of them than the arithmetic does."""
    return select(claim_rows(dialect, is_all=is_all).subquery().c.id)


@dataclass(frozen=True)
class Holder:
    """Somebody who holds pieces of a product in a window."""

    reservation: Reservation
    claim: Claim

    @property
    def is_late(self) -> bool:
        """True when its pieces should be back and nobody knows when they will be."""
        return self.claim.ends_at >= OPEN_END > self.reservation.ends_at


@cache
def holding(dialect: str, *, is_all: bool) -> Select[Reservation]:
    """The claims of products in a window as they stand.

    In no order: asked for one, SQLite would walk through every claim there is.
    """
    return select(Reservation).where(Reservation.id.in_(claimed_ids(dialect, is_all=is_all)))


def holders(product_id: int, starts_at: datetime, ends_at: datetime) -> list[Holder]:
    """Who holds a product in a window, earliest first; for naming the reason of a shortage."""
    found = holders_of([product_id], starts_at, ends_at, datetime.now(UTC))
    return sorted(found, key=earliest)


def earliest(holder: Holder) -> tuple[datetime, int]:
    """The order in which claims begin."""
    return holder.reservation.starts_at, holder.reservation.id


def holders_of(
    product_ids: Collection[int], starts_at: datetime, ends_at: datetime, now: datetime
) -> list[Holder]:
    """Everybody who holds pieces of these products in a window, the oldest claim first."""
    query = holding(db.engine.dialect.name, is_all=len(product_ids) > MANY)
    rows = db.session.scalars(query, claims_asked(product_ids, starts_at, ends_at, now)).all()
    trusts_plan = trusts_planned_returns()
    found = [Holder(row, claim) for row in rows if (claim := claim_of(row, now, trusts_plan)) is not None]
    return sorted(found, key=lambda holder: holder.reservation.id)


def claim_of(row: Reservation, now: datetime, trusts_plan: bool) -> Claim | None:
    """What one reservation claims at this moment's knowledge."""
    return effective_claims(
        row.starts_at,
        row.ends_at,
        row.quantity,
        row.out_quantity,
        row.returned_quantity,
        now,
        is_released=row.released_at is not None,
        is_trusted=trusts_plan and row.line_id is not None,
    )


__all__ = [
    "STILL_OUT", "Ahead", "Availability", "Holder", "Window", "availability", "capacities", "claim_of",
    "claim_rows", "claimed_ahead", "claimed_ids", "claims_asked", "claims_in", "earliest", "holders",
    "holders_of", "package_parts", "single_availability", "starts_before", "trusts_planned_returns",
]  # fmt: skip
