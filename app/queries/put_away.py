"""What lies in a warehouse without a shelf, where it belongs, and what was put away last."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    KEEPS_OUT,
    Asset,
    Location,
    LocationKind,
    Product,
    Repair,
    Reservation,
    StockLevel,
    StockTransaction,
    User,
)
from app.queries.paging import Page, paged
from app.queries.rows import AnyRow

REFERENCE: Final = "put_away"
"""How the ledger calls a movement onto a shelf."""
NO_SHELVES: Final = (LocationKind.WAREHOUSE, LocationKind.EVENT_SITE, LocationKind.REPAIR_BENCH)
RECENT = 12
LOOKED_THROUGH = 500
"""How many of the latest movements are looked through for those onto shelves."""
DAY = timedelta(days=1)
_level = aliased(StockLevel)


class Shelf(NamedTuple):
    """Where a product belongs: where most of it lies, else where some of it has lain."""

    id: int
    code: str
    name: str


def lying(warehouse_id: int, page: int = 1, per_page: int = 25) -> Page[AnyRow]:
    """What came in and has no shelf yet, by product: what the floor of the warehouse holds, and nobody mends."""
    left = StockLevel.quantity - assets_mended(warehouse_id) - pieces_mended(warehouse_id)
    query: Select[*tuple[Any, ...]] = (
        select(
            Product.id.label("product_id"), Product.name.label("product"), Product.sku, Product.unit,
            Product.tracking, left.label("quantity"),
        )
        .join(StockLevel, StockLevel.product_id == Product.id)
        .where(StockLevel.location_id == warehouse_id, StockLevel.is_held, left > 0)
        .order_by(Product.name, Product.id)
    )  # fmt: skip
    return paged(query, page, per_page, scalars=False)


def assets_mended(warehouse_id: int) -> ColumnElement[int]:
    """How many assets of a product are in repair and lie on the floor in the books."""
    query = (
        select(func.count(Asset.id))
        .join(Repair, Repair.asset_id == Asset.id)
        .where(Asset.product_id == Product.id, Asset.location_id == warehouse_id, KEEPS_OUT)
    )
    return query.correlate(Product).scalar_subquery()


def pieces_mended(warehouse_id: int) -> ColumnElement[int]:
    """How many counted pieces of a product are in repair, but for those that the books have on a repair bench.

    They came back to the floor and were carried to the workshop: the end of their repair says where they go.
    """
    mended = (
        select(func.coalesce(func.sum(Repair.quantity), 0))
        .join(Reservation, Reservation.repair_id == Repair.id)
        .where(
            Repair.product_id == Product.id,
            Repair.asset_id.is_(None),
            Reservation.warehouse_id == warehouse_id,
            KEEPS_OUT,
        )
    )
    on_bench = (
        select(func.coalesce(func.sum(_level.quantity), 0))
        .join(Location, Location.id == _level.location_id)
        .where(
            _level.product_id == Product.id,
            Location.warehouse_id == warehouse_id,
            Location.kind == LocationKind.REPAIR_BENCH,
        )
    )
    off_bench = mended.correlate(Product).scalar_subquery() - on_bench.correlate(Product).scalar_subquery()
    return case((off_bench > 0, off_bench), else_=0)


def tags_lying(warehouse_id: int, product_ids: Collection[int]) -> dict[int, list[str]]:
    """Product → the tags of its assets that lie on the floor, and that nobody mends."""
    query = select(Asset.product_id, Asset.tag).where(
        Asset.location_id == warehouse_id,
        Asset.product_id.in_(product_ids),
        Asset.retired_at.is_(None),
        ~select(Repair.id).where(Repair.asset_id == Asset.id, KEEPS_OUT).exists(),
    )
    found: dict[int, list[str]] = {}
    for product_id, tag in db.session.execute(query.order_by(Asset.tag)):
        found.setdefault(product_id, []).append(tag)
    return found


def shelves_of(product_ids: Collection[int], warehouse_id: int) -> dict[int, Shelf]:
    """Product → the shelf where it belongs; nothing for what never lay on one. One statement."""
    rows = db.session.execute(HOMES, {"products": list(product_ids), "warehouse": warehouse_id})
    return {row.product_id: Shelf(row.id, row.code, row.name) for row in rows}


HOMES: Final = (
    select(StockLevel.product_id, Location.id, Location.code, Location.name)
    .join(Location, Location.id == StockLevel.location_id)
    .where(
        StockLevel.product_id.in_(bindparam("products", expanding=True)),
        Location.warehouse_id == bindparam("warehouse"),
        Location.kind.not_in(NO_SHELVES),
        Location.archived_at.is_(None),
    )
    # The last of a product is kept: where most of it lies.
    .order_by(StockLevel.quantity, Location.code.desc())
)


def on_floor(product_ids: Collection[int], warehouse_id: int) -> dict[int, int]:
    """Product → how many counted pieces of it have no shelf; nothing where there are none."""
    query = select(StockLevel.product_id, StockLevel.quantity).where(
        StockLevel.product_id.in_(product_ids), StockLevel.location_id == warehouse_id
    )
    return {row.product_id: row.quantity for row in db.session.execute(query)}


class PutRow(NamedTuple):
    """One movement onto a shelf."""

    request_id: str | None
    by_id: int | None
    by: str | None
    product: str
    tag: str | None
    place: str
    quantity: int
    recorded_at: Any
    is_undone: bool


_back = aliased(StockTransaction)


def put_last(warehouse_id: int, by_id: int | None = None) -> Sequence[PutRow]:
    """What was put away last in a warehouse, by anybody or by one person, the latest first, of the last day: one
    statement."""
    latest = (
        select(StockTransaction.id)
        .where(StockTransaction.recorded_at > datetime.now(UTC) - DAY)
        .order_by(StockTransaction.recorded_at.desc())
        .limit(LOOKED_THROUGH)
    )
    if by_id is not None:
        latest = latest.where(StockTransaction.by_id == by_id)
    is_undone = select(_back.id).where(_back.reverses_id == StockTransaction.id).exists()
    query = (
        select(
            StockTransaction.request_id, StockTransaction.by_id, User.name, Product.name, Asset.tag, Location.name,
            StockTransaction.quantity, StockTransaction.recorded_at, is_undone,
        )
        .select_from(StockTransaction)
        .join(Product, Product.id == StockTransaction.product_id)
        .join(Location, Location.id == StockTransaction.to_id)
        .outerjoin(Asset, Asset.id == StockTransaction.asset_id)
        .outerjoin(User, User.id == StockTransaction.by_id)
        .where(
            StockTransaction.id.in_(latest.scalar_subquery()),
            StockTransaction.recorded_at > datetime.now(UTC) - DAY,
            StockTransaction.reference_type == REFERENCE,
            StockTransaction.reverses_id.is_(None),
            Location.warehouse_id == warehouse_id,
        )
        .order_by(StockTransaction.id.desc())
        .limit(RECENT)
    )  # fmt: skip
    return [PutRow(*row) for row in db.session.execute(query)]
