"""Gear on its way: prepped, sent out and taken back by scans, as hands in the warehouse do it."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select

from app.actors import Actor
from app.demo.places import shelf_of
from app.demo.stage import Stage
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
    ScanMode,
    Tracking,
)
from app.services.scans import ScanRequest, scan

BURST = 40
"""A scanner that was out of reach sends what it has kept in one go."""
AWAY = (LocationKind.EVENT_SITE, LocationKind.REPAIR_BENCH)


class Piece(NamedTuple):
    """What is scanned: a tag, or a product's code with a number; and the shelf where it belongs."""

    text: str
    shelf: str


@dataclass(frozen=True)
class Gate:
    """Where somebody scans for an event: in which mode, when, and in whose name."""

    stage: Stage
    event_id: int
    mode: ScanMode
    at: datetime
    by: Actor

    def read(self, text: str, **more: object) -> None:
        """Scan what a device sends, in a transaction of its own."""
        now = datetime.now(UTC)
        with self.stage.deed():
            request = ScanRequest(
                str(uuid.uuid4()), text, self.mode, self.event_id,
                scanned_at=min(self.at, now), device="Scanner 1", **more,  # type: ignore[arg-type]
            )  # fmt: skip
            scan(request, by=self.by)

    def read_all(self, pieces: Iterable[Piece]) -> None:
        """Scan pieces, some at a time."""
        for some in in_batches([piece.text for piece in pieces]):
            self.read("\n".join(some))


def in_batches(texts: Sequence[str]) -> Iterable[Sequence[str]]:
    """The texts, as many at a time as a scanner keeps."""
    return [texts[start : start + BURST] for start in range(0, len(texts), BURST)]


def prep(gate: Gate, share: float = 1) -> None:
    """Choose and count what is to leave, or the first part of it."""
    pieces = to_leave(gate)
    gate.read_all(pieces[: round(len(pieces) * share)])


def send_out(gate: Gate, share: float = 1) -> None:
    """Scan what leaves, or the first part of it."""
    prep(gate, share)


def to_leave(gate: Gate) -> list[Piece]:
    """Every piece of an event's pull list: what was prepped for it, else any that stands on a shelf."""
    with gate.stage.deed():
        query = (
            select(PullLine.product_id, PullLine.quantity, Product.sku, Product.tracking, Category.name)
            .join(Product, Product.id == PullLine.product_id)
            .outerjoin(Category, Category.id == Product.category_id)
            .where(PullLine.event_id == gate.event_id, PullLine.quantity > 0)
            .order_by(PullLine.position)
        )
        lines = db.session.execute(query).all()
        tags = tags_for(gate.event_id, [line.product_id for line in lines])
    pieces = []
    for product_id, quantity, sku, tracking, category in lines:
        shelf = shelf_of(category or "")
        if tracking is Tracking.SERIALIZED:
            pieces += [Piece(tag, shelf) for tag in tags[product_id][:quantity]]
        else:
            pieces.append(Piece(f"{quantity}*{sku}", shelf))
    return pieces


def tags_for(event_id: int, product_ids: Sequence[int]) -> dict[int, list[str]]:
    """The tags that can leave for an event by product, those prepped for it first."""
    active = (AssignmentState.PREPPED, AssignmentState.OUT)
    prepped = select(Assignment.asset_id).where(
        Assignment.event_id == event_id, Assignment.state == AssignmentState.PREPPED
    )
    taken = select(Assignment.asset_id).where(Assignment.event_id != event_id, Assignment.state.in_(active))
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


def take_back(gate: Gate, share: float = 1, damaged: int = 0) -> None:
    """Scan what comes back onto its shelves, or the first part of it; the first so many pieces damaged."""
    pieces = to_return(gate)
    pieces = pieces[: round(len(pieces) * share)]
    for piece in pieces[:damaged]:
        note = gate.stage.chance.choice(DAMAGE)
        gate.read(piece.text, condition=Condition.DAMAGED, notes=note, location_id=shelf_ids(gate)["BENCH"])
    by_shelf: dict[str, list[str]] = defaultdict(list)
    for piece in pieces[damaged:]:
        by_shelf[piece.shelf].append(piece.text)
    shelves = shelf_ids(gate)
    for shelf, texts in by_shelf.items():
        for some in in_batches(texts):
            gate.read("\n".join(some), location_id=shelves[shelf])


DAMAGE = (
    "Fell from the tailboard, housing cracked.",
    "No output any more after the second night.",
    "Connector torn out.",
    "Wet inside, smells burnt.",
)


def to_return(gate: Gate) -> list[Piece]:
    """Every piece that is out on an event, single ones first; what is used up does not come back."""
    with gate.stage.deed():
        out = (
            select(Asset.tag, Category.name)
            .join(Assignment, Assignment.asset_id == Asset.id)
            .join(Product, Product.id == Asset.product_id)
            .outerjoin(Category, Category.id == Product.category_id)
            .where(Assignment.event_id == gate.event_id, Assignment.state == AssignmentState.OUT)
            .order_by(Asset.id)
        )
        counted = (
            select(Product.sku, Category.name, Reservation.out_quantity - Reservation.returned_quantity)
            .join(Product, Product.id == Reservation.product_id)
            .outerjoin(Category, Category.id == Product.category_id)
            .where(
                Reservation.event_id == gate.event_id,
                Reservation.out_quantity > Reservation.returned_quantity,
                Product.tracking == Tracking.BULK,
            )
            .order_by(Reservation.id)
        )
        single = [Piece(tag, shelf_of(name or "")) for tag, name in db.session.execute(out)]
        bulk = [
            Piece(f"{left}*{sku}", shelf_of(name or "")) for sku, name, left in db.session.execute(counted)
        ]
    return single + bulk


def shelf_ids(gate: Gate) -> dict[str, int]:
    """Places by code."""
    with gate.stage.deed():
        return dict(db.session.execute(select(Location.code, Location.id)).all())  # type: ignore[arg-type]
