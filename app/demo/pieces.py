"""What is scanned for an event: tags of single pieces, and codes with a number for what is counted."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from app.demo.places import shelf_of
from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Category,
    Condition,
    Event,
    Location,
    LocationKind,
    Product,
    PullLine,
    Reservation,
    Tracking,
)

AWAY = (LocationKind.EVENT_SITE, LocationKind.REPAIR_BENCH)
ACTIVE = (AssignmentState.PREPPED, AssignmentState.OUT)


class Piece(NamedTuple):
    """What is scanned: a tag, or a product's code with a number; and the shelf where it belongs."""

    text: str
    shelf: str


def to_leave(event_id: int) -> list[Piece]:
    """Every piece of an event's pull list: what was prepped for it, else any that stands on a shelf."""
    query = (
        select(PullLine.product_id, PullLine.quantity, Product.sku, Product.tracking, Category.name)
        .join(Product, Product.id == PullLine.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .where(PullLine.event_id == event_id, PullLine.quantity > 0)
        .order_by(PullLine.position)
    )
    lines = db.session.execute(query).all()
    tags = tags_for(event_id, [line.product_id for line in lines])
    pieces: list[Piece] = []
    for product_id, quantity, sku, tracking, category in lines:
        single = tracking is Tracking.SERIALIZED
        texts = tags[product_id][:quantity] if single else [f"{quantity}*{sku}"]
        pieces += [Piece(text, shelf_of(category or "")) for text in texts]
    return pieces


def tags_for(event_id: int, product_ids: Sequence[int]) -> dict[int, list[str]]:
    """The tags that can leave for an event by product, those prepped for it first."""
    prepped = select(Assignment.asset_id).where(
        Assignment.event_id == event_id, Assignment.state == AssignmentState.PREPPED
    )
    taken = select(Assignment.asset_id).where(Assignment.event_id != event_id, Assignment.state.in_(ACTIVE))
    query = (
        select(Asset.product_id, Asset.tag)
        .join(Location, Location.id == Asset.location_id)
        .join(Event, (Event.id == event_id) & (Event.warehouse_id == Location.warehouse_id))
        .where(
            Asset.product_id.in_(product_ids),
            Asset.condition == Condition.GOOD,
            Location.kind.not_in(AWAY),
            Asset.id.not_in(taken),
        )
        .order_by(Asset.id.in_(prepped).desc(), Asset.id)
    )
    tags: dict[int, list[str]] = defaultdict(list)
    for product_id, tag in db.session.execute(query):
        tags[product_id].append(tag)
    return tags


def to_return(event_id: int) -> list[Piece]:
    """Every piece that is out on an event, single ones first."""
    return [*single_pieces_out(event_id), *counted_pieces_out(event_id)]


def single_pieces_out(event_id: int) -> list[Piece]:
    """The assets that are out."""
    query = (
        select(Asset.tag, Category.name)
        .join(Assignment, Assignment.asset_id == Asset.id)
        .join(Product, Product.id == Asset.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .where(Assignment.event_id == event_id, Assignment.state == AssignmentState.OUT)
        .order_by(Asset.id)
    )
    return [Piece(tag, shelf_of(name or "")) for tag, name in db.session.execute(query)]


def counted_pieces_out(event_id: int) -> list[Piece]:
    """What is out of counted products; what is used up does not come back."""
    query = (
        select(Product.sku, Category.name, Reservation.out_quantity - Reservation.returned_quantity)
        .join(Product, Product.id == Reservation.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .where(
            Reservation.event_id == event_id,
            Reservation.out_quantity > Reservation.returned_quantity,
            Product.tracking == Tracking.BULK,
        )
        .order_by(Reservation.id)
    )
    return [Piece(f"{left}*{sku}", shelf_of(name or "")) for sku, name, left in db.session.execute(query)]
