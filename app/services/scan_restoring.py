"""Letting things stand as before a scan: assignments, lines that it made longer, pieces that are out again."""

from collections.abc import Mapping

from sqlalchemy import select

from app.extensions import db
from app.models import Assignment, AssignmentState, Event, PullLine, Scan, ScanMode
from app.queries.availability import availability, capacities
from app.refusals import Refused
from app.services.overbookings import lift_marks
from app.services.pull_lines import claims_of
from app.services.reservations import Overbooking, change, mark_overbooked
from app.services.rooms import settle_claims
from app.services.scan_deeds import ACTIVE, Deed, assignments_of


def count_as_out_again(deed: Deed) -> list[str]:
    """What was scanned in did not come back after all; the numbers of the events that are short because of it.

    A fact is not refused: whoever booked the pieces meanwhile is marked as short and hears of it.
    """
    claim, event = deed.certain_claim, deed.event
    window = (claim.starts_at, claim.ends_at)
    free = availability([deed.product.id], event.warehouse_id, *window)[deed.product.id].free
    missing = max(deed.quantity - max(free, 0), 0)
    reason = f"not back from {event.number} after all"
    claim.returned_quantity -= deed.quantity
    if missing:
        excused = min(claim.overbooked_quantity + missing, claim.quantity)
        mark_overbooked(claim, excused, Overbooking(deed.by, reason))
    db.session.flush()
    return settle_claims([deed.product.id], event.warehouse_id, by=deed.by, reason=reason) if missing else []


def restore_assignment(deed: Deed, row: Scan) -> None:
    """Let the asset's assignment stand as before the scan. Raises Refused when it has moved on."""
    if deed.asset is None:
        return
    chosen = newest_assignment(deed)
    if row.mode is ScanMode.PREP:
        if chosen.state is AssignmentState.RELEASED:
            raise Refused("It is not chosen here any more.", "code")
        if chosen.state is not AssignmentState.PREPPED:
            raise Refused("It has left already. Take the check-out back first.", "code")
        chosen.state = AssignmentState.RELEASED
    elif row.mode is ScanMode.OUT:
        unsend(chosen)
    else:
        refuse_chosen_elsewhere(deed)
        chosen.state, chosen.returned_at = AssignmentState.OUT, None
    db.session.flush()


def unsend(chosen: Assignment) -> None:
    """What left stays: prepped if it was, and one whose place it took is prepped again if it can be."""
    chosen.out_at = None
    first = db.session.get_one(Assignment, chosen.in_place_of_id) if chosen.in_place_of_id else None
    if first is not None and is_free_again(first):
        chosen.state, first.state = AssignmentState.RELEASED, AssignmentState.PREPPED
    else:
        chosen.state = AssignmentState.PREPPED if chosen.was_prepped else AssignmentState.RELEASED


def is_free_again(released: Assignment) -> bool:
    """True for an asset that nobody has chosen since in the time for which it was chosen before."""
    others = assignments_of(released.asset_id)
    return released.state is AssignmentState.RELEASED and not any(
        row.starts_at < released.ends_at and row.ends_at > released.starts_at for row in others
    )


def choose_again(deed: Deed) -> bool:
    """Give an event back the piece that was taken from it, unless it has chosen another or is finished."""
    claim, chosen = deed.certain_claim, newest_assignment(deed)
    wants_it = deed.event.phase.is_open and claim.prepped_quantity < claim.quantity
    if not wants_it or not is_free_again(chosen):
        return False
    chosen.state = AssignmentState.PREPPED
    claim.prepped_quantity += 1
    db.session.flush()
    return True


def newest_assignment(deed: Deed) -> Assignment:
    """The asset's latest assignment on this event."""
    assert deed.asset is not None
    query = select(Assignment).where(
        Assignment.asset_id == deed.asset.id, Assignment.event_id == deed.event.id
    )
    return db.session.scalars(query.order_by(Assignment.id.desc()).limit(1)).one()


def refuse_chosen_elsewhere(deed: Deed) -> None:
    """A return stays when the asset was chosen for another event since. Raises Refused, naming it."""
    assert deed.asset is not None
    query = (
        select(Event.number, Event.name)
        .join(Assignment, Assignment.event_id == Event.id)
        .where(
            Assignment.asset_id == deed.asset.id,
            Assignment.event_id != deed.event.id,
            Assignment.state.in_(ACTIVE),
        )
    )
    if other := db.session.execute(query.limit(1)).one_or_none():
        raise Refused(f"It is on {other.number} {other.name} meanwhile. Take it back there first.", "code")


def take_off_list(added: Mapping[str, int]) -> None:
    """Shorten the lines that a scan made longer, but for what was counted on them since."""
    claims = claims_of([int(line_id) for line_id in added])
    for line_id, claim in claims.items():
        line = db.session.get_one(PullLine, line_id)
        counted = max(claim.out_quantity, claim.prepped_quantity)
        left = max(line.quantity - added[str(line_id)], counted, 0)
        if left < line.quantity:
            change(claim, quantity=left)
            line.quantity = left
    db.session.flush()
    products = {claim.product_id for claim in claims.values()}
    lift_marks(products, capacities(products))
