"""Stock transactions as they are asked for, and what must be known to judge them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Final

from sqlalchemy import bindparam, select

from app.extensions import db
from app.models import Event, Location, Organization, Product, TransactionKind
from app.queries.availability import single_availability
from app.queries.holdings import Holding, holdings
from app.queries.packs import packs_of
from app.queries.places_named import PLACE, Place
from app.rules.periods import OPEN_END
from app.rules.references import reference_sort
from app.rules.units import is_own
from app.scope import current_organization_id
from app.services.ledger import Key, Movement, held_now
from app.transactions import locked_rows


@dataclass(frozen=True)
class StockRequest:
    """One stock transaction in the words of whoever asks for it.

    `place_id` is where it comes into (a receipt), where it is (an adjustment), or where it comes from (an
    issue, a transfer, which goes to `to_id`). `quantity` is counted in `unit`, and costs are for one such
    unit and for all of them. An adjustment says how many there really are (`counted`, in the product's own
    unit), or by how many there are more or less (`is_more`). `takes_anyway` is the decision to take what
    others count on.
    """

    kind: TransactionKind
    product_id: int
    place_id: int
    to_id: int | None = None
    quantity: int | None = None
    unit: str = ""
    is_more: bool | None = None
    counted: int | None = None
    unit_cost: Decimal | None = None
    total_cost: Decimal | None = None
    reference_type: str = ""
    reference_number: str = ""
    notes: str = ""
    happened_at: datetime | None = None
    takes_anyway: bool = False

    @property
    def leaves(self) -> bool:
        """True for what takes pieces away from a place because somebody wants them."""
        return self.kind in (TransactionKind.ISSUE, TransactionKind.TRANSFER)


@dataclass
class Known:
    """What there is: before the first request, and then after each one that is good."""

    products: Mapping[int, Product]
    places: Mapping[int, Place]
    events: Mapping[str, int]
    notes_required: frozenset[str]
    levels: dict[Key, int]
    free: dict[Key, int]
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def held(self) -> Mapping[Key, Sequence[Holding]]:
        """Who holds what of the products that somebody wants; asked when somebody has to be told."""
        return holdings({product_id for product_id, _ in self.free}, self.now, OPEN_END)

    @cached_property
    def packs(self) -> Mapping[int, Mapping[str, int]]:
        """What the products come in; asked when somebody counts in anything but pieces."""
        return packs_of(self.products.keys())

    def packs_for(self, product: Product, unit: str) -> Mapping[str, int]:
        """The packs among which this unit is to be looked for."""
        return {} if is_own(unit, product.unit) else self.packs[product.id]

    def follow(self, movement: Movement) -> None:
        """Let a movement happen, for those that are judged after it."""
        for place_id, change in ((movement.from_id, -movement.quantity), (movement.to_id, movement.quantity)):
            if place_id is not None:
                self.shift(movement.product_id, self.places[place_id], change)

    def shift(self, product_id: int, place: Place, change: int) -> None:
        """A place has more or less now, and so has its warehouse."""
        key = (product_id, place.id)
        self.levels[key] = self.levels.get(key, 0) + change
        if (of_house := (product_id, place.warehouse_id)) in self.free:
            self.free[of_house] += change


def know(requests: Sequence[StockRequest], read: Collection[Place] = ()) -> Known:
    """What is there, in a constant number of statements for each warehouse. The products are locked.
    `read` are places that were read since."""
    products = {row.id: row for row in locked_rows(Product, {one.product_id for one in requests})}
    places = places_of(requests, {place.id: place for place in read})
    known = [one for one in requests if one.product_id in products and one.place_id in places]
    organization = db.session.get_one(Organization, current_organization_id())
    return Known(
        products,
        places,
        events_named(requests),
        frozenset(organization.notes_required),
        held_now(
            (one.product_id, place)
            for one in known
            for place in (one.place_id, one.to_id)
            if place is not None
        ),
        free_of(known, places),
    )


def places_of(requests: Sequence[StockRequest], read: Mapping[int, Place]) -> dict[int, Place]:
    """The places that requests name; only those are asked for that were not read yet."""
    wanted = {place_id for one in requests for place_id in (one.place_id, one.to_id) if place_id}
    found = {place_id: read[place_id] for place_id in wanted & read.keys()}
    if unknown := sorted(wanted - read.keys()):
        found |= {row.id: Place(*row) for row in db.session.execute(PLACES, {"places": unknown})}
    return found


PLACES: Final = select(*PLACE).where(Location.id.in_(bindparam("places", expanding=True)))


def events_named(requests: Sequence[StockRequest]) -> dict[str, int]:
    """The events that requests refer to, by number."""
    wanted = {one.reference_number for one in requests if reference_sort(one.reference_type) == "event"}
    if not wanted:
        return {}
    query = select(Event.number, Event.id).where(Event.number.in_(wanted))
    return {row.number: row.id for row in db.session.execute(query)}


def free_of(requests: Sequence[StockRequest], places: Mapping[int, Place]) -> dict[Key, int]:
    """How many may leave each warehouse for good without anybody missing them, now or later."""
    wanted: dict[int, set[int]] = {}
    for one in requests:
        if one.leaves:
            wanted.setdefault(places[one.place_id].warehouse_id, set()).add(one.product_id)
    now = datetime.now(UTC)
    return {
        (product_id, warehouse_id): found.free
        for warehouse_id, product_ids in wanted.items()
        for product_id, found in single_availability(product_ids, warehouse_id, now, OPEN_END).items()
    }
