"""The deeds of the stock room: receive, issue, adjust, transfer. Each locks, moves, and settles the claims."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Location, LocationKind, Organization, Product, StockTransaction, TransactionKind
from app.permissions import Permission
from app.queries.places_named import Place, places_named
from app.refusals import Forbidden, Refused
from app.scope import current_organization_id
from app.services.activities import record
from app.services.assets import refuse_in_use
from app.services.case_guards import refuse_closed
from app.services.ledger import Cause, Entry, Movement, post, post_all, posted_before
from app.services.receipts import Arrival, receive
from app.services.rooms import settle_claims
from app.services.stock_request_rules import entries
from app.services.stock_requests import Known, StockRequest, know
from app.transactions import lock

MOST_AT_ONCE: Final = 10_000
"""Stock transactions in one deed."""
VERBS: Final = {
    TransactionKind.RECEIPT: "stock.received",
    TransactionKind.ISSUE: "stock.issued",
    TransactionKind.ADJUSTMENT: "stock.adjusted",
    TransactionKind.TRANSFER: "stock.transferred",
}
ALLOWED_BY: Final = {
    TransactionKind.RECEIPT: Permission.STOCK_RECEIVE,
    TransactionKind.ISSUE: Permission.STOCK_ISSUE,
    TransactionKind.ADJUSTMENT: Permission.STOCK_ADJUST,
    TransactionKind.TRANSFER: Permission.STOCK_TRANSFER,
}


@dataclass(frozen=True)
class Moved:
    """What a deed did: the ledger's rows, and the numbers of the events that are short because of it."""

    transactions: Sequence[StockTransaction]
    short_events: Sequence[str] = ()


def receive_stock(
    product: Product,
    quantity: int,
    location: Location,
    unit_cost: Decimal | None,
    *,
    by: Actor,
    request_id: str,
    arrival: Arrival | None = None,
) -> Moved:
    """Receive stock as a deed of its own. Raises Refused as `receive` does."""
    lock({Product: [product.id]})
    return receive_in(product, quantity, location, unit_cost, by=by, request_id=request_id, arrival=arrival)


def receive_in(
    product: Product,
    quantity: int,
    location: Location,
    unit_cost: Decimal | None,
    *,
    by: Actor,
    request_id: str,
    arrival: Arrival | None = None,
) -> Moved:
    """The same, with the product locked."""
    rows = receive(product, quantity, location, unit_cost, by=by, request_id=request_id, arrival=arrival)
    settle_claims([product.id], location.warehouse_id, by=by, reason=f"{product.name} was received")
    return Moved(rows)


def post_stock(request: StockRequest, *, by: Actor, request_id: str) -> Moved:
    """Post one stock transaction of a counted product. Raises Refused, naming the field, and Forbidden."""
    return post_together([request], by=by, request_ids=[request_id])


def post_together(requests: Sequence[StockRequest], *, by: Actor, request_ids: Sequence[str]) -> Moved:
    """Post stock transactions in order: all of them, or none. The same requests again change nothing.

    Raises Refused for everything that will not do at once, and Forbidden for a kind that is not theirs.
    """
    refuse_forbidden(requests, by)
    lock({Product: {one.product_id for one in requests}})
    if posted := posted_before(request_ids[0]):
        return Moved(posted)  # they come together, or not at all
    return post_locked(requests, by=by, request_ids=request_ids)


def post_named(
    product_ids: Collection[int],
    names: Collection[str],
    requests_in: Callable[[Mapping[str, Place]], Sequence[StockRequest]],
    *,
    by: Actor,
) -> Moved:
    """The same for requests that call their places by name: these are looked up once the products are locked. Nobody
    has posted them before, and nothing is kept by which they could be known again. Raises the same."""
    lock({Product: product_ids})
    places = places_named(names)
    requests = requests_in(places)
    refuse_forbidden(requests, by)
    return post_locked(requests, by=by, request_ids=[None] * len(requests), places=places.values())


def post_locked(
    requests: Sequence[StockRequest],
    *,
    by: Actor,
    request_ids: Sequence[str | None],
    places: Collection[Place] = (),
) -> Moved:
    """Post what nobody has posted before, with its products locked. `places` were read since. Raises Refused."""
    known = know(requests, places)
    refuse_closed([key for key, place in known.places.items() if place.kind is LocationKind.CASE])
    held = dict(known.levels)
    made = entries(requests, known, by=by, request_ids=request_ids)
    rows = post_all(made, held)
    log(made, known, by)
    return Moved(rows, settle(made, known, by))


def refuse_forbidden(requests: Collection[StockRequest], by: Actor) -> None:
    """Each kind of transaction is for those who may post it. Raises Forbidden."""
    for kind in {one.kind for one in requests}:
        if not by.may(ALLOWED_BY[kind]):
            raise Forbidden(f"You may not post this: {ALLOWED_BY[kind]} is missing.")
    if any(one.takes_anyway for one in requests) and not by.may(Permission.RESERVATIONS_OVERBOOK):
        raise Forbidden("You may not take what others count on.")


def log(made: Sequence[Entry], known: Known, by: Actor) -> None:
    """One activity for a single transaction, and one for many together."""
    if len(made) > 1:
        whole = db.session.get_one(Organization, current_organization_id())
        record("stock.posted", whole, by=by, label=f"{len(made):,} stock transactions", rows=len(made))
        return
    movement, product = made[0].movement, known.products[made[0].movement.product_id]
    names = [known.places[place].name for place in (movement.from_id, movement.to_id) if place]
    facts: dict[str, Any] = {
        "quantity": movement.quantity,
        "location": names[-1],
        "reason": made[0].cause.notes,
    }
    if len(names) > 1:
        facts["origin"] = names[0]
    if made[0].kind is TransactionKind.ADJUSTMENT:
        facts["difference"] = movement.rise
    record(VERBS[made[0].kind], product, by=by, **facts)


def settle(made: Sequence[Entry], known: Known, by: Actor) -> list[str]:
    """Bring the claims in line, warehouse by warehouse; the numbers of the events that are short now."""
    touched: dict[int, set[int]] = {}
    for entry in made:
        movement = entry.movement
        houses = {known.places[place].warehouse_id for place in (movement.from_id, movement.to_id) if place}
        if movement.rise or len(houses) > 1:
            for house in houses:
                touched.setdefault(house, set()).add(movement.product_id)
    reason = reason_of(made)
    return [
        number
        for house, products in touched.items()
        for number in settle_claims(products, house, by=by, reason=reason)
    ]


def reason_of(made: Sequence[Entry]) -> str:
    """Why claims may have become short, in words."""
    if len(made) > 1:
        return "Many stock transactions were posted"
    done = VERBS[made[0].kind].partition(".")[2]
    return f"Stock was {done}{f' ({made[0].cause.notes})' if made[0].cause.notes else ''}"


def adjust_stock(
    product: Product, location: Location, counted: int, reason: str, *, by: Actor, request_id: str
) -> Moved:
    """Set how many of a counted product are in a place; the ledger gets the difference. Raises Refused."""
    request = StockRequest(TransactionKind.ADJUSTMENT, product.id, location.id, counted=counted, notes=reason)
    return post_stock(request, by=by, request_id=request_id)


def issue_stock(
    product: Product, quantity: int, location: Location, reason: str, *, by: Actor, request_id: str
) -> Moved:
    """Take so many of a counted product out of stock for good: used up, sold, given away. Raises Refused."""
    request = StockRequest(TransactionKind.ISSUE, product.id, location.id, quantity=quantity, notes=reason)
    return post_stock(request, by=by, request_id=request_id)


def transfer_stock(
    product: Product,
    quantity: int,
    from_location: Location,
    to_location: Location,
    *,
    by: Actor,
    request_id: str,
    notes: str = "",
) -> Moved:
    """Move so many of a counted product from a place to another. Raises Refused."""
    request = StockRequest(
        TransactionKind.TRANSFER, product.id, from_location.id, to_location.id, quantity=quantity, notes=notes
    )
    return post_stock(request, by=by, request_id=request_id)


def transfer_assets(
    assets: Sequence[Asset], to_location: Location, *, by: Actor, request_id: str, notes: str = ""
) -> Moved:
    """Move assets to a place, each from where it is. Raises Refused for one that is out or retired."""
    lock({Product: {asset.product_id for asset in assets}, Asset: [asset.id for asset in assets]})
    if posted := posted_before(request_id):
        return Moved(posted)
    refuse_in_use([asset.id for asset in assets])
    moving = [asset for asset in assets if asset.location_id != to_location.id]
    refuse_nowhere(moving, to_location)
    origins = {asset.location_id for asset in moving}
    refuse_closed([*origins, to_location.id], "tags")
    movements = [
        Movement(asset.product_id, 1, asset.id, from_id=asset.location_id, to_id=to_location.id)
        for asset in moving
    ]
    rows = post(
        TransactionKind.TRANSFER, movements, Cause(by, "transfer", notes=notes, request_id=request_id)
    )
    for asset in moving:
        record("asset.moved", asset, by=by, location=to_location.name)
    warehouses: set[int | None] = set(
        db.session.scalars(select(Location.warehouse_id).where(Location.id.in_(origins)))
    )
    return Moved(rows, settle_move({asset.product_id for asset in moving}, warehouses, to_location, by=by))


def refuse_nowhere(moving: Sequence[Asset], to_location: Location) -> None:
    """Something must move, and only what is somewhere can. Raises Refused."""
    if not moving:
        raise Refused(f"All of these are in {to_location.name} already.", "to_id")
    for asset in moving:
        if asset.location_id is None:
            raise Refused(f"{asset.tag} is not in stock.", "tags")


def settle_move(
    product_ids: set[int], from_warehouses: set[int | None], to_location: Location, *, by: Actor
) -> list[str]:
    """After a move between warehouses: one has less for its events now, the other more."""
    short: list[str] = []
    for warehouse_id in from_warehouses - {to_location.warehouse_id}:
        short += settle_claims(product_ids, warehouse_id, by=by, reason=f"Moved to {to_location.name}")
        settle_claims(product_ids, to_location.warehouse_id, by=by, reason=f"Moved to {to_location.name}")
    return short
