"""From which places of a warehouse counted pieces are taken."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import and_, bindparam, or_, select

from app.extensions import db
from app.models import Case, CaseState, Event, Location, StockLevel
from app.queries.cases import ON_SHELVES

SHELVES: Final = (
    select(StockLevel.location_id, StockLevel.quantity)
    .join(Location, Location.id == StockLevel.location_id)
    .where(StockLevel.product_id == bindparam("product"), ON_SHELVES)
    .order_by(StockLevel.quantity.desc(), StockLevel.location_id)
)


def shelves(product_id: int, warehouse_id: int) -> list[tuple[int, int]]:
    """(place, pieces) where a warehouse holds a product, the fullest first; sites and closed cases are no shelves."""
    asked = {"product": product_id, "warehouse": warehouse_id}
    return [(row.location_id, row.quantity) for row in db.session.execute(SHELVES, asked)]


def from_places(
    product_id: int, warehouse_id: int, quantity: int, *, besides: int | None = None
) -> list[tuple[int, int]]:
    """(place, pieces) to take so many of a product from, the fullest shelf first, and none from `besides`.

    They come to less than was asked for when the shelves hold less: whoever asks says what is missing.
    """
    found = [(place, held) for place, held in shelves(product_id, warehouse_id) if place != besides]
    return taken_from(found, quantity)


def taken_from(held: Iterable[tuple[int, int]], quantity: int) -> list[tuple[int, int]]:
    """So many pieces out of (place, pieces), in their order; as many as there are."""
    left, taken = quantity, []
    for location_id, there in held:
        if pieces := min(left, there):
            taken.append((location_id, pieces))
            left -= pieces
    return taken


OUT_PLACES: Final = (
    select(StockLevel.location_id, StockLevel.quantity, Case.state)
    .outerjoin(Case, and_(Case.location_id == StockLevel.location_id, Case.event_id == bindparam("event")))
    .where(
        StockLevel.product_id == bindparam("product"),
        StockLevel.is_held,
        or_(StockLevel.location_id == bindparam("site"), Case.state.in_((CaseState.OUT, CaseState.CHECKING))),
    )
    .order_by(Case.id.is_not(None), StockLevel.quantity.desc(), StockLevel.location_id)
)


class Left(NamedTuple):
    """Where pieces lie that left for an event: at its site and in cases there, and in cases being checked in."""

    away: list[tuple[int, int]]
    back: list[tuple[int, int]]

    def waiting(self, still_out: int) -> int:
        """How many lie in cases being checked in and have not been counted: what is still out and not away."""
        not_away = max(still_out - sum(pieces for _, pieces in self.away), 0)
        return min(not_away, sum(pieces for _, pieces in self.back))


def left_for(product_id: int, event: Event) -> Left:
    """Where the pieces of a product lie that left for an event: loose at the site first, then the fullest case."""
    asked = {"product": product_id, "event": event.id, "site": event.site_id}
    left = Left([], [])
    for place, quantity, state in db.session.execute(OUT_PLACES, asked):
        (left.back if state is CaseState.CHECKING else left.away).append((place, quantity))
    return left


def out_places(product_id: int, event: Event, quantity: int) -> list[tuple[int, int]]:
    """(place, pieces) of so many counted pieces that left for an event: what lies loose at its site first, then what
    lies in its cases there, then what lies in cases that are being checked in.

    What nobody finds there is taken to be loose at the site: whoever moves it says what is missing.
    """
    left = left_for(product_id, event)
    return with_missing(taken_from([*left.away, *left.back], quantity), quantity, event)


def places_to_clear(product_id: int, event: Event, quantity: int, still_out: int) -> list[tuple[int, int]]:
    """(place, pieces) that so many pieces are carried away from when they are scanned in.

    Whoever opened a case scans what is in it: what waits in cases being checked in counts first, and stays there.
    """
    left = left_for(product_id, event)
    moving = quantity - min(quantity, left.waiting(still_out))
    return with_missing(taken_from(left.away, moving), moving, event)


def with_missing(taken: list[tuple[int, int]], quantity: int, event: Event) -> list[tuple[int, int]]:
    """What is found nowhere is taken to be loose at the site."""
    missing = quantity - sum(pieces for _, pieces in taken)
    return [*taken, (event.site_id, missing)] if missing else taken
