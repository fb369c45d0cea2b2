"""What the rows of a product list are compared with: products, codes, places, and what the ledger knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select

from app.extensions import db
from app.models import (
    Category,
    Code,
    Location,
    LocationKind,
    Organization,
    Product,
    StockTransaction,
    Tracking,
)
from app.models.base import plain_text
from app.queries.chunks import chunks
from app.rules.codes import code_key
from app.scope import current_organization_id

COMPARED = (
    "name", "category", "manufacturer", "day_rate", "week_rate", "replacement_value", "weight_kg",
    "length_mm", "width_mm", "height_mm", "power_w", "unit", "reorder_level", "order_up_to", "lead_days",
    "source", "notes",
)  # fmt: skip


class Known(NamedTuple):
    """What is known of a product that the file may name."""

    id: int
    tracking: Tracking
    is_package: bool
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Knowledge:
    """All that some rows are compared with, loaded at once."""

    products: Mapping[str, Known]
    codes: Mapping[str, int | None]
    moved: frozenset[int]
    places: Mapping[str, int]


def organization_currency() -> str:
    """The currency of our own amounts."""
    query = select(Organization.currency).where(Organization.id == current_organization_id())
    return db.session.scalars(query).one()


def knowledge(named: Sequence[str]) -> Knowledge:
    """What is known of these codes: three questions for each few hundred."""
    keys = sorted({code_key(code) for code in named if code})
    codes: dict[str, int | None] = {}
    for part in chunks(keys):
        query = select(Code.code_key, Code.product_id).where(Code.code_key.in_(part))
        codes |= {row.code_key: row.product_id for row in db.session.execute(query)}
    products = known_products([product_id for product_id in codes.values() if product_id is not None])
    moved = moved_products([product.id for product in products.values()])
    return Knowledge(products, codes, moved, places_by_name())


def places_by_name() -> dict[str, int]:
    """Places by code and by name, as both are compared; a code wins, and of equal names the first."""
    query = select(Location.id, Location.code, Location.name).where(
        Location.archived_at.is_(None), Location.kind != LocationKind.EVENT_SITE
    )
    rows = db.session.execute(query.order_by(Location.id.desc())).all()
    by_name = {plain_text(row.name): row.id for row in rows}
    return by_name | {plain_text(row.code): row.id for row in rows}


def known_products(ids: Sequence[int]) -> dict[str, Known]:
    """Products by the key of their own code, with the values that a file may change."""
    columns = [getattr(Product, name) for name in COMPARED if name != "category"]
    found: dict[str, Known] = {}
    for part in chunks(sorted(ids)):
        query = (
            select(
                Product.id,
                Product.sku,
                Product.tracking,
                Product.is_package,
                Category.name.label("category"),
                *columns,
            )
            .outerjoin(Category, Category.id == Product.category_id)
            .where(Product.id.in_(part))
        )
        for row in db.session.execute(query).mappings():
            values = {name: row[name] for name in COMPARED} | {"category": row["category"] or ""}
            found[code_key(row["sku"])] = Known(row["id"], row["tracking"], row["is_package"], values)
    return found


def moved_products(ids: Sequence[int]) -> frozenset[int]:
    """Which of these the ledger knows: they have their opening stock."""
    moved: set[int] = set()
    for part in chunks(sorted(ids)):
        query = select(StockTransaction.product_id).where(StockTransaction.product_id.in_(part)).distinct()
        moved.update(db.session.scalars(query))
    return frozenset(moved)
