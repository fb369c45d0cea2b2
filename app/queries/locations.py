"""Places as the tree and their pages show them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.finding import find
from app.models import Asset, Event, Location, LocationKind, Product, StockLevel
from app.queries.choices import Inside, Place, in_order, inside_of
from app.queries.paging import PER_PAGE, Page
from app.queries.rows import AnyRow


class Branch(NamedTuple):
    """A place of the tree, with what it holds itself and with all that lies inside it."""

    place: Place
    held: int
    inside: int


def location_tree() -> list[Branch]:
    """All places but events' sites, each below its parent."""
    query = select(Location.id, Location.name, Location.code, Location.kind, Location.parent_id)
    query = query.where(Location.archived_at.is_(None), Location.kind != LocationKind.EVENT_SITE)
    below = inside_of(db.session.execute(query.order_by(Location.name)))
    held = pieces_by_place()
    return [
        Branch(place, held.get(place.id, 0), total_inside(place.id, below, held))
        for place in in_order(below, None, 0, [])
    ]


def total_inside(place_id: int, below: Inside, held: dict[int, int]) -> int:
    """What a place holds with all that lies inside it."""
    return held.get(place_id, 0) + sum(
        total_inside(place.id, below, held) for place in below.get(place_id, ())
    )


def pieces_by_place() -> dict[int, int]:
    """How many pieces lie in each place."""
    query = select(StockLevel.location_id, func.sum(StockLevel.quantity)).where(StockLevel.is_held)
    return {
        place: int(pieces) for place, pieces in db.session.execute(query.group_by(StockLevel.location_id))
    }


def sites_with_stock() -> Sequence[AnyRow]:
    """The events' sites where something of ours is now."""
    query = (
        select(
            Location.id, Location.name, func.sum(StockLevel.quantity).label("pieces"),
            Event.id.label("event_id"), Event.number, Event.name.label("event"), Event.occupied_until,
        )
        .join(StockLevel, StockLevel.location_id == Location.id)
        .outerjoin(Event, Event.site_id == Location.id)
        .where(Location.kind == LocationKind.EVENT_SITE, StockLevel.is_held)
        .group_by(Location.id, Location.name, Event.id, Event.number, Event.name, Event.occupied_until)
        .order_by(Event.occupied_until, Location.name)
    )  # fmt: skip
    return db.session.execute(query).all()


def location_page(location_id: int) -> Location:
    """A place with its parent. Raises NotFound."""
    return find(Location, location_id, Location.parent)


def path_of(location_id: int) -> Sequence[AnyRow]:
    """The places around one, the warehouse first."""
    start = select(Location.id, Location.name, Location.parent_id, func.coalesce(0, 0).label("depth"))
    tree = start.where(Location.id == location_id).cte("path", recursive=True)
    above = aliased(Location)
    tree = tree.union_all(
        select(above.id, above.name, above.parent_id, tree.c.depth + 1).join(
            tree, above.id == tree.c.parent_id
        )
    )
    query = select(tree.c.id, tree.c.name).where(tree.c.depth > 0).order_by(tree.c.depth.desc())
    return db.session.execute(query).all()


def inner_places(location_id: int) -> Sequence[AnyRow]:
    """The places directly inside one, with how many pieces each holds itself."""
    query = (
        select(
            Location.id, Location.name, Location.code, Location.kind,
            func.coalesce(func.sum(StockLevel.quantity), 0).label("pieces"),
        )
        .outerjoin(StockLevel, StockLevel.location_id == Location.id)
        .where(
            Location.parent_id == location_id, Location.archived_at.is_(None),
            Location.kind != LocationKind.EVENT_SITE,
        )
        .group_by(Location.id, Location.name, Location.code, Location.kind)
        .order_by(Location.name)
    )  # fmt: skip
    return db.session.execute(query).all()


def contents_of(location_id: int, page: int = 1, per_page: int = PER_PAGE) -> Page[AnyRow]:
    """One page of what lies in a place itself."""
    held = (StockLevel.location_id == location_id, StockLevel.is_held)
    total = db.session.scalar(select(func.count(StockLevel.id)).where(*held)) or 0
    page = min(max(page, 1), max(1, -(-total // per_page)))
    query = (
        select(Product.id, Product.name, Product.sku, Product.tracking, StockLevel.quantity)
        .join(Product, Product.id == StockLevel.product_id)
        .where(*held)
        .order_by(Product.name, Product.id)
    )
    rows = db.session.execute(query.limit(per_page).offset((page - 1) * per_page))
    return Page(rows.all(), page, per_page, total)


def tags_in(location_id: int, product_ids: Sequence[int]) -> dict[int, list[AnyRow]]:
    """The assets of these products in a place, by product."""
    query = select(Asset.id, Asset.tag, Asset.product_id).where(
        Asset.location_id == location_id, Asset.product_id.in_(product_ids)
    )
    found: dict[int, list[AnyRow]] = {}
    for row in db.session.execute(query.order_by(Asset.tag)):
        found.setdefault(row.product_id, []).append(row)
    return found


def event_at(location_id: int) -> AnyRow | None:
    """The event whose site a place is."""
    query = select(Event.id, Event.number, Event.name, Event.occupied_until).where(
        Event.site_id == location_id
    )
    return db.session.execute(query).first()
