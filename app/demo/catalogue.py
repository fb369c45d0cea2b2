"""The demo's stock: the whole catalogue imported, put on its shelves, a part of it in the second warehouse."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.actors import Actor
from app.demo.files import content_of
from app.demo.places import GOODS_IN, SECOND, shelf_of
from app.extensions import db
from app.models import (
    Asset,
    Category,
    Location,
    Product,
    StockLevel,
    Tracking,
    TransactionKind,
)
from app.services.activities import record
from app.services.imports import ImportReport, import_catalogue
from app.services.ledger import Cause, Movement, post
from app.services.stock import transfer_assets, transfer_stock
from app.transactions import lock

SOUTH: tuple[tuple[str, int, str], ...] = (
    ("AR24", 6, "S1"),
    ("AR533", 6, "S1"),
    ("AR773", 8, "S1"),
    ("AR374", 8, "S1"),
    ("AR874", 8, "S1"),
    ("AR121", 8, "S1"),
    ("AR129", 30, "S1"),
    ("AR666", 30, "S1"),
    ("AR783", 4, "S2"),
    ("AR35", 8, "S2"),
    ("AR339", 8, "S2"),
    ("AR224", 3, "S2"),
    ("AR192", 15, "S2"),
    ("AR435", 20, "S2"),
)
"""Code, pieces, and their shelf in the second warehouse; nothing that the pull lists need in full."""


def import_everything(place: Location, *, by: Actor) -> ImportReport:
    """The catalogue, as it was published, with its quantities as the opening stock of a place."""
    return import_catalogue(content_of("catalogue.csv"), by=by, location=place, name="catalogue.csv")


def product_called(sku: str) -> Product:
    """The product with this code."""
    return db.session.scalars(select(Product).where(Product.sku == sku)).one()


def held_by_shelf(place_id: int) -> dict[str, list[Movement]]:
    """What a place holds, as movements away from it, by the shelf where it belongs."""
    held = (
        select(Product.id, Product.tracking, Category.name, StockLevel.quantity)
        .join(StockLevel, StockLevel.product_id == Product.id)
        .join(Category, Category.id == Product.category_id)
        .where(StockLevel.location_id == place_id, StockLevel.is_held)
    )
    assets = assets_at(place_id)
    by_shelf: dict[str, list[Movement]] = defaultdict(list)
    for product_id, tracking, category, quantity in db.session.execute(held):
        single = tracking is Tracking.SERIALIZED
        moves = [Movement(product_id, 1, asset_id, from_id=place_id) for asset_id in assets[product_id]]
        by_shelf[shelf_of(category)] += (
            moves if single else [Movement(product_id, quantity, from_id=place_id)]
        )
    return dict(by_shelf)


def assets_at(place_id: int) -> dict[int, list[int]]:
    """The assets in a place, by product."""
    found: dict[int, list[int]] = defaultdict(list)
    query = select(Asset.product_id, Asset.id).where(Asset.location_id == place_id).order_by(Asset.id)
    for product_id, asset_id in db.session.execute(query):
        found[product_id].append(asset_id)
    return found


def put_away(moves: Sequence[Movement], shelf: Location, *, by: Actor) -> None:
    """Bring everything that belongs on a shelf there, in one deed."""
    products = {move.product_id for move in moves}
    lock({Product: products, Asset: [move.asset_id for move in moves if move.asset_id]})
    moved = [replace(move, to_id=shelf.id) for move in moves]
    post(
        TransactionKind.TRANSFER,
        moved,
        Cause(by, "put-away", GOODS_IN, notes="Opening stock", request_id=str(uuid.uuid4())),
    )
    record(
        "stock.transferred", shelf, by=by, quantity=sum(move.quantity for move in moves), origin="Goods-in"
    )


def send_south(sku: str, pieces: int, shelf: Location, *, by: Actor) -> None:
    """Move some of a product to the second warehouse."""
    product = product_called(sku)
    deed: dict[str, Any] = {"by": by, "request_id": str(uuid.uuid4()), "notes": f"For {SECOND}"}
    if product.tracking is Tracking.SERIALIZED:
        assets = select(Asset).where(Asset.product_id == product.id).order_by(Asset.id.desc()).limit(pieces)
        transfer_assets(db.session.scalars(assets).all(), shelf, **deed)
        return
    from_id = select(StockLevel.location_id).where(
        StockLevel.product_id == product.id, StockLevel.quantity >= pieces
    )
    transfer_stock(product, pieces, db.session.get_one(Location, db.session.scalar(from_id)), shelf, **deed)
