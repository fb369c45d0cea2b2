"""How repairs end: mended and put back on a shelf, or written off."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    AssignmentState,
    Condition,
    EventCost,
    Location,
    LocationKind,
    Repair,
    RepairSending,
    RepairState,
    TransactionKind,
)
from app.queries.repairs import NO_SHELF, claim_of, event_of, pieces_by_place, shelf_of
from app.refusals import Refused
from app.rules.money import ZERO
from app.services.activities import record
from app.services.ledger import Cause, Movement, post
from app.services.repair_jobs import parts_cost_of
from app.services.repair_sendings import refuse_away as refuse_sent_away
from app.services.repair_tests import see_it_passed
from app.services.repairs import locked_repair
from app.services.reservations import let_in
from app.services.rooms import settle_claims


@dataclass(frozen=True)
class Ending:
    """How a repair ended: mended, or not worth it; what the work cost us and what the client pays.

    `cost` is the labour and whatever else; the parts used and what repairers charged are added to it.
    `shelf` is where the mended thing is put; left out, it goes where it belongs. `tested` says what was tested at the
    end; what is mended needs a test that passed, then or before.
    """

    is_mended: bool
    outcome: str
    cost: Decimal = ZERO
    charge: Decimal | None = None
    shelf: Location | None = None
    tested: str = ""


def close_repair(repair: Repair, ending: Ending, *, by: Actor) -> Location | None:
    """End a repair: on the shelf that is answered and available, or out of stock for good. Raises Refused."""
    locked_repair(repair)
    refuse_sent_away(repair)
    asset = db.session.get(Asset, repair.asset_id) if repair.asset_id else None
    claim = claim_of(repair.id)
    shelf = None
    if ending.is_mended:
        see_it_passed(repair, ending.tested, by)
        shelf = put_back(repair, asset, ending.shelf, claim.warehouse_id, by)
    else:
        write_off(repair, asset, claim.warehouse_id, by)
    repair.state = RepairState.REPAIRED if ending.is_mended else RepairState.WRITTEN_OFF
    repair.outcome, repair.closed_at = ending.outcome, datetime.now(UTC)
    repair.shelf_id = shelf.id if shelf else None
    count_costs(repair, ending.cost)
    let_in(claim, by=by, reason=repair.number)
    settle_cost(repair, ending)
    db.session.flush()
    settle_claims([repair.product_id], claim.warehouse_id, by=by, reason=f"written off ({repair.number})")
    verb = "repair.closed" if ending.is_mended else "repair.written_off"
    record(verb, repair, by=by, event_id=repair.event_id, location=shelf.name if shelf else "")
    db.session.flush()
    return shelf


def count_costs(repair: Repair, labour: Decimal) -> None:
    """All that it cost: the work, the parts, and what repairers outside the house charged."""
    repair.labour_cost = labour
    repair.cost = labour + parts_cost_of(repair) + charged_outside(repair.id)
    db.session.flush()


def charged_outside(repair_id: int) -> Decimal:
    """What repairers charged."""
    query = select(RepairSending.cost).where(
        RepairSending.repair_id == repair_id, RepairSending.cost.is_not(None)
    )
    return sum((cost or ZERO for cost in db.session.scalars(query)), ZERO)


def put_back(
    repair: Repair, asset: Asset | None, chosen: Location | None, warehouse_id: int, by: Actor
) -> Location:
    """Put what was mended on a shelf of its warehouse. Raises Refused for what is not there to be put."""
    if asset is not None:
        refuse_away(asset)
        asset.condition = Condition.GOOD
    shelf = chosen or shelf_of(repair, warehouse_id)
    refuse_elsewhere(shelf, warehouse_id)
    movements = list(carried(repair, asset, shelf, warehouse_id))
    if movements:
        post(TransactionKind.TRANSFER, movements, cause_of(repair, by, "mended"))
    return shelf


def refuse_away(asset: Asset) -> None:
    """A thing that is at a show, or nowhere, cannot be put on a shelf. Raises Refused."""
    if event := event_of(asset.id, [AssignmentState.OUT]):
        raise Refused(f"{asset.tag} is out on {event}: check it in first.")
    if asset.location_id is None:
        raise Refused(f"{asset.tag} is not in stock: mark it as found first, or write it off.", "ending")


def refuse_elsewhere(shelf: Location, warehouse_id: int) -> None:
    """Mended things go where the next job finds them. Raises Refused."""
    if shelf.warehouse_id != warehouse_id or shelf.kind in NO_SHELF or shelf.archived_at is not None:
        raise Refused(f"{shelf.name} is no shelf of the warehouse that this belongs to.", "shelf_id")


def carried(repair: Repair, asset: Asset | None, shelf: Location, warehouse_id: int) -> Iterator[Movement]:
    """What moves to the shelf: the asset from where it is, counted pieces from the repair bench."""
    if asset is not None and asset.location_id != shelf.id:
        yield Movement(repair.product_id, 1, asset.id, asset.location_id, shelf.id)
    if asset is None:
        left = repair.quantity
        for place_id, held in pieces_by_place(repair.product_id, warehouse_id):
            taken = min(held, left)
            if taken and db.session.get_one(Location, place_id).kind is LocationKind.REPAIR_BENCH:
                yield Movement(repair.product_id, taken, None, place_id, shelf.id)
                left -= taken


def write_off(repair: Repair, asset: Asset | None, warehouse_id: int, by: Actor) -> None:
    """Take the thing out of the books, at its cost of this moment. Raises Refused while an event has it."""
    if asset is not None:
        refuse_taken(asset)
        asset.retired_at = datetime.now(UTC)
    movements = list(written_off(repair, asset, warehouse_id))
    if movements:
        post(TransactionKind.ISSUE, movements, cause_of(repair, by, "written off"))


def refuse_taken(asset: Asset) -> None:
    """What an event has, or has chosen, does not leave the books. Raises Refused."""
    if event := event_of(asset.id, [AssignmentState.OUT, AssignmentState.PREPPED]):
        raise Refused(f"{asset.tag} is on {event}: check it in, or take another piece there first.")


def written_off(repair: Repair, asset: Asset | None, warehouse_id: int) -> Iterator[Movement]:
    """What leaves the books: the asset, unless it left before; counted pieces from wherever they lie."""
    if asset is not None:
        if asset.location_id is not None:
            yield Movement(repair.product_id, 1, asset.id, asset.location_id)
        return
    left = repair.quantity
    for place_id, held in pieces_by_place(repair.product_id, warehouse_id):
        if taken := min(held, left):
            yield Movement(repair.product_id, taken, None, place_id)
            left -= taken
    if left:
        raise Refused(f"Only {repair.quantity - left} of these pieces are in the warehouse.", "ending")


def cause_of(repair: Repair, by: Actor, notes: str) -> Cause:
    """Why it moves, for the ledger."""
    return Cause(by, "repair", repair.number, repair.event_id, notes, request_id=f"repair:{repair.id}")


def settle_cost(repair: Repair, ending: Ending) -> None:
    """Bring the event's damage cost to what it really was, but for parts that the event carries by their job."""
    carried_there = ZERO
    if repair.event_id is not None:
        besides = parts_cost_of(repair, besides_event=repair.event_id)
        carried_there = parts_cost_of(repair) - besides
    query = select(EventCost).where(EventCost.repair_id == repair.id)
    for row in db.session.scalars(query):
        row.actual = (repair.cost or ZERO) - carried_there
        if ending.charge is not None:
            row.charge = ending.charge
