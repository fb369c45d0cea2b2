"""What a scan does to claims, assignments and the ledger. The caller holds the locks and has judged."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    CaseState,
    Event,
    Location,
    LocationKind,
    TransactionKind,
)
from app.refusals import Refused
from app.services.activities import record
from app.services.case_checking import end_checking
from app.services.ledger import Cause, Movement, post
from app.services.picking import from_places, places_to_clear
from app.services.pull_lines import Wanted, add_lines, lines_of
from app.services.reservations import Overbooking
from app.services.rooms import settle_claims
from app.services.scan_deeds import Deed, counting


def prepare(deed: Deed) -> None:
    """Choose the asset, or count the pieces, for the event."""
    claim = deed.certain_claim
    if deed.asset is not None:
        db.session.add(assignment(deed, AssignmentState.PREPPED))
    claim.prepped_quantity += deed.quantity
    db.session.flush()
    if deed.pack_id is not None:
        pack(deed)


def pack(deed: Deed) -> None:
    """Put the thing into the case that is open: from where it is, or from the shelves. Raises Refused."""
    assert deed.pack_id is not None
    if deed.asset is None:
        movements = from_shelves(deed, deed.pack_id)
    elif deed.asset.location_id != deed.pack_id:
        movements = [Movement(deed.product.id, 1, deed.asset.id, deed.asset.location_id, deed.pack_id)]
    else:
        movements = []
    if movements:
        post(TransactionKind.TRANSFER, movements, cause(deed))


def assignment(deed: Deed, state: AssignmentState) -> Assignment:
    """The asset as chosen for the event."""
    claim = deed.certain_claim
    assert deed.asset is not None
    return Assignment(
        asset_id=deed.asset.id,
        reservation_id=claim.id,
        event_id=deed.event.id,
        state=state,
        starts_at=claim.starts_at,
        ends_at=claim.ends_at,
        was_prepped=state is AssignmentState.PREPPED,
    )


def check_out(deed: Deed, *, is_swap: bool) -> None:
    """The thing leaves: from where it is to the event's site."""
    claim = deed.certain_claim
    if deed.asset is not None:
        leave_as_asset(deed, is_swap=is_swap)
    else:
        post(TransactionKind.TRANSFER, from_shelves(deed, deed.event.site_id), cause(deed))
    claim.out_quantity += deed.quantity
    record(
        "stock.checked_out",
        deed.product,
        by=deed.by,
        label=deed.name,
        event_id=deed.event.id,
        quantity=deed.quantity,
    )
    if deed.asset is not None and deed.is_foreign:
        settle_both(deed, deed.where.warehouse_id)


def leave_as_asset(deed: Deed, *, is_swap: bool) -> None:
    """Its assignment goes out; one that skipped prep gets its assignment now."""
    assert deed.asset is not None
    movement = Movement(deed.product.id, 1, deed.asset.id, deed.asset.location_id, deed.event.site_id)
    post(TransactionKind.TRANSFER, [movement], cause(deed))
    chosen = deed.chosen_here
    if chosen is None:
        released = release_another(deed) if is_swap else None
        chosen = assignment(deed, AssignmentState.OUT)
        chosen.was_prepped = released is not None
        chosen.in_place_of_id = released.id if released else None
        deed.instead_of = db.session.get_one(Asset, released.asset_id).tag if released else ""
        db.session.add(chosen)
    chosen.state, chosen.out_at = AssignmentState.OUT, datetime.now(UTC)


def release_another(deed: Deed) -> Assignment | None:
    """Another asset of the product takes the place of one that was prepped: that one stays here.

    The number of prepped pieces stays the same: only which ones they are has changed.
    """
    query = select(Assignment).where(
        Assignment.reservation_id == deed.certain_claim.id, Assignment.state == AssignmentState.PREPPED
    )
    row = db.session.scalars(query.order_by(Assignment.id.desc()).limit(1)).one_or_none()
    if row is not None:
        row.state = AssignmentState.RELEASED
        db.session.flush()
    return row


def settle_both(deed: Deed, other_id: int | None) -> None:
    """A piece went from one warehouse to another, or back: who is short now, or short no more, is marked."""
    db.session.flush()
    for warehouse_id in (other_id, deed.event.warehouse_id):
        settle_claims([deed.product.id], warehouse_id, by=deed.by, reason=f"moved for {deed.event.number}")


def cause(deed: Deed) -> Cause:
    """Why it moves, for the ledger."""
    return Cause(
        by=deed.by,
        reference_type="event",
        reference_number=deed.event.number,
        event_id=deed.event.id,
        happened_at=deed.happened_at,
        request_id=deed.uuid,
        is_kept=True,
    )


def is_landing(location: Location, event: Event) -> bool:
    """True for a place where returns can be put: of the event's own warehouse, and no event's site."""
    is_open = location.archived_at is None and location.kind is not LocationKind.EVENT_SITE
    return is_open and location.warehouse_id == event.warehouse_id


def from_shelves(deed: Deed, to_id: int) -> list[Movement]:
    """Take counted pieces from the fullest shelf first. Raises Refused when there are not enough."""
    taken = from_places(deed.product.id, deed.event.warehouse_id, deed.quantity, besides=to_id)
    found = sum(pieces for _, pieces in taken)
    if found < deed.quantity:
        raise Refused(f"Only {found} of {deed.product.name} are on the shelves.", "code")
    return [Movement(deed.product.id, pieces, None, place, to_id) for place, pieces in taken]


def bring_back(deed: Deed) -> None:
    """The thing comes back: from the event's site to where it was told to be put, else to the warehouse."""
    claim = deed.certain_claim
    claim.returned_quantity += deed.quantity
    if chosen := deed.chosen_here:
        chosen.state, chosen.returned_at = AssignmentState.RETURNED, datetime.now(UTC)
    if not deed.event.phase.is_open and not claim.still_out and claim.released_at is None:
        claim.released_at = datetime.now(UTC)
    if movements := coming_back(deed):
        post(TransactionKind.TRANSFER, movements, cause(deed))
    if deed.asset is None or deed.where.case_state is CaseState.CHECKING:
        db.session.flush()
        end_checking(deed.event)
    record(
        "stock.checked_in",
        deed.product,
        by=deed.by,
        label=deed.name,
        event_id=deed.event.id,
        quantity=deed.quantity,
    )


def coming_back(deed: Deed) -> list[Movement]:
    """The way back. What lies in a case that is back already stays in it, and somebody may have carried the asset
    to this very place in the books already: then nothing moves."""
    to_id = deed.to_id or deed.event.warehouse_id
    if deed.asset is None:
        still_out = deed.certain_claim.still_out + deed.quantity
        places = places_to_clear(deed.product.id, deed.event, deed.quantity, still_out)
        return [Movement(deed.product.id, pieces, None, place, to_id) for place, pieces in places]
    stays = deed.where.case_state is CaseState.CHECKING and deed.to_id is None
    if stays or deed.asset.location_id == to_id:
        return []
    return [Movement(deed.product.id, 1, deed.asset.id, deed.asset.location_id, to_id)]


def plan_more(deed: Deed, pieces: int, *, is_override: bool) -> None:
    """Make the list longer for something that was not planned, or not in this number."""
    if deed.claim is not None and not pieces:
        return
    before = {line.id: line.quantity for line in lines_of(deed.event.id).values()}
    lines = add_lines(
        deed.event,
        [Wanted(deed.product.id, pieces or deed.quantity, "added while scanning")],
        by=deed.by,
        overbook=Overbooking(deed.by, "override while scanning") if is_override else None,
        is_added_at_prep=True,
    )
    deed.added = {str(line.id): line.quantity - before.get(line.id, 0) for line in lines}
    deed.line, deed.claim, deed.chosen = counting(deed.event.id, deed.product.id)
