"""Taking things out of a case by hand: one by one, or all at once onto the floor."""

from collections.abc import Sequence

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Base, Case, CaseState, Location, Product, StepKind, TransactionKind
from app.queries.cases import Inside, assets_in, insides
from app.refusals import Refused
from app.services.activities import record
from app.services.case_guards import refuse_closed
from app.services.case_steps import step_called, write_step
from app.services.ledger import Cause, Movement, post, posted_before
from app.services.locations import below
from app.transactions import lock

REFERENCE = "case"


def take_out(
    case: Case, product: Product, asset: Asset | None, quantity: int, *, by: Actor, request_id: str
) -> None:
    """Take a piece, or counted pieces, out of a case and put them on the floor of its warehouse.

    The same request twice takes once. Raises Refused for a closed case, and when it does not hold that many.
    """
    lock({Location: [case.location_id], Product: [product.id], Asset: [asset.id] if asset else []})
    if posted_before(request_id):
        return
    refuse_closed([case.location_id])
    place = db.session.get_one(Location, case.location_id)
    name = f"{product.name} {asset.tag}" if asset else f"{quantity} × {product.name}"
    if asset is not None and asset.location_id != place.id:
        raise Refused(f"{asset.tag} is not in {place.name}.")
    moved = Movement(
        product.id, 1 if asset else quantity, asset.id if asset else None, place.id, place.warehouse_id
    )
    post(TransactionKind.TRANSFER, [moved], cause(place, by, request_id))
    record("case.unpacked", case, by=by, label=place.name, summary=name)


def cause(place: Location, by: Actor, request_id: str) -> Cause:
    """Why it moves, for the ledger."""
    return Cause(by, REFERENCE, place.code, request_id=request_id, is_new=True)


def empty_case(case: Case, *, by: Actor, request_id: str) -> int:
    """Put all that lies in a case, and in the cases inside it, on the floor; how many pieces these were.

    The cases inside it stay where they are. The same request twice empties once. Raises Refused for a closed case.
    """
    lock(contents_touched(case))
    if step_called(request_id):
        return 0
    refuse_closed([case.location_id])
    if case.state is not CaseState.STORED:
        raise Refused("It is packed for an event: scan it in, or take its prep back first.")
    place = db.session.get_one(Location, case.location_id)
    inside = insides([place.id])[place.id]
    refuse_closed([one.location_id for one in inside.cases])
    return empty_in(case, place, inside, by=by, request_id=request_id)


def contents_touched(case: Case) -> dict[type[Base], set[int]]:
    """What is to be locked before all of a case's contents move."""
    places = below(case.location_id)
    inside = insides([case.location_id])[case.location_id]
    return {
        Location: places,
        Product: {row.product_id for row in (*inside.own, *inside.inner)},
        Asset: {asset.id for asset in assets_in(places)},
    }


def empty_in(case: Case, place: Location, inside: Inside, *, by: Actor, request_id: str) -> int:
    """The same, with the locks held."""
    movements = to_floor(inside, place.warehouse_id)
    if movements:
        post(TransactionKind.TRANSFER, movements, cause(place, by, request_id))
    write_step(case, StepKind.EMPTIED, by=by, from_id=place.parent_id, request_id=request_id)
    record("case.emptied", case, by=by, label=place.name, pieces=inside.pieces)
    return inside.pieces


def to_floor(inside: Inside, floor_id: int) -> list[Movement]:
    """Everything in a case onto the floor: pieces with tags one by one, the rest by count."""
    places = {row.location_id for row in (*inside.own, *inside.inner)}
    pieces = assets_in(places)
    tagged = {(asset.location_id, asset.product_id) for asset in pieces}
    return [
        *(Movement(one.product_id, 1, one.id, one.location_id, floor_id) for one in pieces),
        *counted(inside, tagged, floor_id),
    ]


def counted(inside: Inside, tagged: set[tuple[int | None, int]], floor_id: int) -> Sequence[Movement]:
    """The counted pieces among them."""
    return [
        Movement(row.product_id, row.quantity, None, row.location_id, floor_id)
        for row in (*inside.own, *inside.inner)
        if (row.location_id, row.product_id) not in tagged
    ]
