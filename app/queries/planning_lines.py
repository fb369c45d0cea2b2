"""The pull list of an event: lines by category, where their stock lies, how far they have come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Event, Location, LocationKind, Product, PullLine, Reservation, StockLevel
from app.models.base import plain_text
from app.queries.availability import Availability, availability
from app.queries.shortages import Explained, explained
from app.queries.standings import short_lines

ON_SHELVES = (LocationKind.WAREHOUSE, LocationKind.ZONE, LocationKind.SHELF, LocationKind.CASE)
WITHOUT_CATEGORY = "Without a category"
MOST_OFFERED = 8


@dataclass(frozen=True)
class Position:
    """So many pieces in one place."""

    name: str
    code: str
    quantity: int


@dataclass(frozen=True)
class LineRow:
    """One line as the pull list shows it."""

    line: PullLine
    product: Product
    category: str
    claim: Reservation | None
    availability: Availability
    positions: tuple[Position, ...]
    short: Explained | None

    @property
    def missing(self) -> int:
        """How many are short."""
        return self.short.missing if self.short else 0

    @property
    def prepped(self) -> int:
        """How many were prepped."""
        return self.claim.prepped_quantity if self.claim else 0

    @property
    def out(self) -> int:
        """How many ever left."""
        return self.claim.out_quantity if self.claim else 0

    @property
    def returned(self) -> int:
        """How many came back."""
        return self.claim.returned_quantity if self.claim else 0

    @property
    def reason(self) -> str:
        """Why the free number is what it is, where it needs a word."""
        if self.short:
            return self.short.sentence
        if self.availability.free < 0:
            return "This event has its pieces. Others that rank lower are short."
        return ""

    @property
    def is_done(self) -> bool:
        """True when all that left is back."""
        return 0 < self.out == self.returned


@dataclass(frozen=True)
class Group:
    """The lines of one category."""

    category: str
    rows: tuple[LineRow, ...]


def pull_list(event: Event, *, line_ids: Collection[int] | None = None) -> list[Group]:
    """The lines of an event by category; statements grow with the times that lines have of their own."""
    query = (
        select(PullLine, Reservation)
        .outerjoin(Reservation, Reservation.line_id == PullLine.id)
        .where(PullLine.event_id == event.id, PullLine.quantity > 0)
        .options(joinedload(PullLine.product).joinedload(Product.category))
        .order_by(PullLine.position, Reservation.id)
    )
    if line_ids is not None:
        query = query.where(PullLine.id.in_(line_ids))
    rows = list({line.id: (line, claim) for line, claim in db.session.execute(query).unique()}.values())
    product_ids = {line.product_id for line, _ in rows}
    if not rows:
        return []
    found = free_for([line for line, _ in rows], event)
    places = positions(product_ids, event.warehouse_id)
    short = {line.line.id: line for line in explained(short_lines(event_ids=[event.id]))}
    return grouped(
        [
            LineRow(
                line, line.product, category_of(line.product), claim, found[line.id],
                places.get(line.product_id, ()), short.get(line.id),
            )
            for line, claim in rows
        ]
    )  # fmt: skip


def free_for(lines: Sequence[PullLine], event: Event) -> dict[int, Availability]:
    """What is free of each line's product in the line's own time, by line: one look for each such time."""
    windows: dict[tuple[datetime, datetime], list[PullLine]] = {}
    for line in lines:
        own = (line.occupied_from or event.occupied_from, line.occupied_until or event.occupied_until)
        windows.setdefault(own, []).append(line)
    found: dict[int, Availability] = {}
    for (starts_at, ends_at), group in windows.items():
        answer = availability({line.product_id for line in group}, event.warehouse_id, starts_at, ends_at)
        found |= {line.id: answer[line.product_id] for line in group}
    return found


def category_of(product: Product) -> str:
    """The category's name."""
    return product.category.name if product.category else WITHOUT_CATEGORY


def grouped(rows: list[LineRow]) -> list[Group]:
    """The lines under their categories, those by name."""
    ordered = sorted(rows, key=lambda row: (row.category == WITHOUT_CATEGORY, row.category.lower()))
    return [Group(name, tuple(inside)) for name, inside in groupby(ordered, key=lambda row: row.category)]


def positions(product_ids: Collection[int], warehouse_id: int) -> dict[int, tuple[Position, ...]]:
    """Where each product lies in a warehouse, most pieces first; not what is out or on the repair bench."""
    query = (
        select(StockLevel.product_id, Location.name, Location.code, StockLevel.quantity)
        .join(Location, Location.id == StockLevel.location_id)
        .where(
            StockLevel.product_id.in_(product_ids),
            StockLevel.is_held,
            Location.warehouse_id == warehouse_id,
            Location.kind.in_(ON_SHELVES),
        )
        .order_by(StockLevel.quantity.desc(), Location.name)
    )
    found: dict[int, tuple[Position, ...]] = {}
    for product_id, name, code, quantity in db.session.execute(query):
        found[product_id] = (*found.get(product_id, ()), Position(name, code, quantity))
    return found


@dataclass(frozen=True)
class Offer:
    """A product that may be meant, with what is free of it for the event."""

    product: Product
    availability: Availability


def offered(event: Event, text: str, *, free_only: bool = False) -> list[Offer]:
    """Products that fit what is being typed, with what is free in the event's time."""
    if not (words := plain_text(text).split()):
        return []
    query = select(Product).where(Product.archived_at.is_(None))
    for word in words:
        query = query.where(Product.search_text.contains(word, autoescape=True))
    begins = Product.search_text.startswith(plain_text(text), autoescape=True)
    products = db.session.scalars(
        query.order_by(begins.desc(), func.lower(Product.name)).limit(MOST_OFFERED)
    ).all()
    return with_availability(event, list(products), free_only=free_only)


def with_availability(event: Event, products: list[Product], *, free_only: bool) -> list[Offer]:
    """The products with what is free of each."""
    if not products:
        return []
    ids = [product.id for product in products]
    found = availability(ids, event.warehouse_id, event.occupied_from, event.occupied_until)
    offers = [Offer(product, found[product.id]) for product in products]
    return [offer for offer in offers if offer.availability.free > 0] if free_only else offers
