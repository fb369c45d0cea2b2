"""Availability: the one place that loads claims and stock, and the one question everybody asks.

Every screen, API, report, task and partner answer goes through here; the arithmetic itself is in
rules/availability.py. Many products cost as many statements as one.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, func, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from app.extensions import db
from app.models import Firmness, Location, PackagePart, Reservation, StockLevel
from app.rules.availability import Claim, effective_claims, free
from app.rules.packages import explode, package_availability
from app.rules.spans import LONGEST_SHORT

Key = tuple[int, int]
"""(product, warehouse)"""

MANY = 900
"""Beyond this many products the query leaves the list out and reads the whole window."""


@dataclass(frozen=True)
class Availability:
    """What there is of a product in a warehouse during a window, in pieces.

    `free` is the lowest number free at any moment and may be negative; `free_elsewhere` is what other
    warehouses could send; `tentative` is how many of the claims at the peak are only holds.
    """

    product_id: int
    total: int
    free: int
    free_if_holds_lapse: int
    free_elsewhere: int = 0


def availability(
    product_ids: Collection[int],
    warehouse_id: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    without_event: int | None = None,
    without_line: int | None = None,
    now: datetime | None = None,
) -> dict[int, Availability]:
    """The availability of products (packages too) in a warehouse during [starts_at, ends_at).

    `without_event` leaves that event's own claims out, so that its lines are not in their own way.
    """
    parts = package_parts()
    wanted = {part for product_id in product_ids for part in explode(product_id, 1, parts)}
    stock = capacities(wanted)
    claims = claims_in(
        wanted, starts_at, ends_at, without_event=without_event, without_line=without_line, now=now
    )
    single = {
        product_id: of_product(product_id, warehouse_id, stock, claims, starts_at, ends_at)
        for product_id in wanted
    }
    return {product_id: of_package(product_id, parts, single) for product_id in product_ids}


def of_product(
    product_id: int,
    warehouse_id: int,
    stock: dict[int, dict[int, int]],
    claims: dict[Key, list[tuple[Claim, bool]]],
    starts_at: datetime,
    ends_at: datetime,
) -> Availability:
    """One product: its total, what is free, and what is free elsewhere."""
    by_warehouse = stock.get(product_id, {})
    frees = {
        place: free(total, [claim for claim, _ in claims.get((product_id, place), ())], starts_at, ends_at)
        for place, total in {warehouse_id: 0, **by_warehouse}.items()
    }
    firm = [claim for claim, is_firm in claims.get((product_id, warehouse_id), ()) if is_firm]
    total = by_warehouse.get(warehouse_id, 0)
    return Availability(
        product_id=product_id,
        total=total,
        free=frees.pop(warehouse_id),
        free_if_holds_lapse=free(total, firm, starts_at, ends_at),
        free_elsewhere=sum(number for number in frees.values() if number > 0),
    )


def of_package(
    product_id: int, parts: dict[int, list[tuple[int, int]]], single: dict[int, Availability]
) -> Availability:
    """A package is as free as its scarcest part; anything else is as free as itself."""
    if product_id not in parts:
        return single[product_id]
    needed = explode(product_id, 1, parts)

    def scarcest(field: str) -> int:
        return package_availability(needed, {part: getattr(single[part], field) for part in needed})

    return Availability(
        product_id,
        scarcest("total"),
        scarcest("free"),
        scarcest("free_if_holds_lapse"),
        scarcest("free_elsewhere"),
    )


def package_parts() -> dict[int, list[tuple[int, int]]]:
    """Package → part → quantity, of every package in the organization: they are few, and may be nested."""
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for package_id, product_id, quantity in db.session.execute(
        select(PackagePart.package_id, PackagePart.product_id, PackagePart.quantity)
    ):
        parts[package_id].append((product_id, quantity))
    return dict(parts)


def capacities(product_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Product → warehouse → how many there are, on shelves, in cases and out at events alike."""
    query = (
        select(StockLevel.product_id, Location.warehouse_id, func.sum(StockLevel.quantity))
        .join(Location, Location.id == StockLevel.location_id)
        .group_by(StockLevel.product_id, Location.warehouse_id)
    )
    if len(product_ids) <= MANY:
        query = query.where(StockLevel.product_id.in_(product_ids))
    stock: dict[int, dict[int, int]] = defaultdict(dict)
    for product_id, warehouse_id, quantity in db.session.execute(query):
        stock[product_id][warehouse_id] = int(quantity)
    return stock


def claims_in(
    product_ids: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    without_event: int | None = None,
    without_line: int | None = None,
    now: datetime | None = None,
) -> dict[Key, list[tuple[Claim, bool]]]:
    """The claims that touch the window, by product and warehouse, each with whether it is firm."""
    moment = now or datetime.now(UTC)
    claims: dict[Key, list[tuple[Claim, bool]]] = defaultdict(list)
    for row in db.session.execute(claim_rows(product_ids, starts_at, ends_at, moment)):
        if without_event is not None and row.event_id == without_event:
            continue
        if without_line is not None and row.line_id == without_line:
            continue
        claim = effective_claims(
            row.starts_at, row.ends_at, row.quantity, row.out_quantity, row.returned_quantity, moment
        )
        if claim is not None:
            key = (row.product_id, row.warehouse_id)
            claims[key].append((claim, row.firmness is Firmness.CONFIRMED))
    return claims


COLUMNS = (
    Reservation.id,
    Reservation.product_id,
    Reservation.warehouse_id,
    Reservation.starts_at,
    Reservation.ends_at,
    Reservation.quantity,
    Reservation.out_quantity,
    Reservation.returned_quantity,
    Reservation.firmness,
    Reservation.event_id,
    Reservation.line_id,
)


def claim_rows(
    product_ids: Collection[int], starts_at: datetime, ends_at: datetime, now: datetime
) -> CompoundSelect[*tuple[object, ...]]:
    """Three narrow readings instead of one wide one, so that years of history cost nothing.

    A short claim that touches the window started within LONGEST_SHORT before it; long ones have an
    index of their own; and so has what is still out past its end, which claims on without an end.
    """
    alive = [Reservation.released_at.is_(None)]
    if len(product_ids) <= MANY:
        alive.append(Reservation.product_id.in_(product_ids))
    short = and_(
        ~Reservation.is_long,
        Reservation.starts_at > starts_at - LONGEST_SHORT,
        Reservation.starts_at < ends_at,
        Reservation.ends_at > starts_at,
    )
    long = and_(Reservation.is_long, Reservation.starts_at < ends_at, Reservation.ends_at > starts_at)
    late = and_(
        Reservation.out_quantity > Reservation.returned_quantity,
        Reservation.starts_at < ends_at,
        Reservation.ends_at <= starts_at,
        Reservation.ends_at <= now,
    )
    return union_all(*(select(*COLUMNS).where(*alive, condition) for condition in (short, long, late)))


@dataclass(frozen=True)
class Holder:
    """Somebody who holds pieces of a product in a window."""

    reservation: Reservation
    claim: Claim


def holders(product_id: int, starts_at: datetime, ends_at: datetime) -> list[Holder]:
    """Who holds a product in a window, earliest first; for timelines and for naming the reason of a shortage."""
    now = datetime.now(UTC)
    ids = [row.id for row in db.session.execute(claim_rows([product_id], starts_at, ends_at, now))]
    query = select(Reservation).where(Reservation.id.in_(ids)).order_by(Reservation.starts_at, Reservation.id)
    rows: Sequence[Reservation] = db.session.scalars(query).all()
    return [Holder(row, claim) for row in rows if (claim := claim_of(row, now)) is not None]


def claim_of(row: Reservation, now: datetime) -> Claim | None:
    """What one reservation claims at this moment's knowledge."""
    return effective_claims(
        row.starts_at, row.ends_at, row.quantity, row.out_quantity, row.returned_quantity, now
    )


__all__ = [
    "Availability", "Holder", "availability", "capacities", "claim_of", "claims_in", "holders", "package_parts",
]  # fmt: skip
