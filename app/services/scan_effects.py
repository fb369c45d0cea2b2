"""What a scan does to claims, assignments and the ledger. The caller holds the locks and has judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Event,
    Location,
    LocationKind,
    Product,
    PullLine,
    Reservation,
    Scan,
    ScanMode,
    StockLevel,
    TransactionKind,
)
from app.refusals import Refused
from app.services.activities import record
from app.services.ledger import Cause, Movement, post
from app.services.pull_lines import Wanted, add_lines
from app.services.reservations import Overbooking

ACTIVE = (AssignmentState.PREPPED, AssignmentState.OUT)


@dataclass
class Deed:
    """One thing on its way to or from an event, with everything that it touches.

    What comes back from another event counts there (`counted_there`) and not here.
    """

    event: Event
    product: Product
    asset: Asset | None
    quantity: int
    mode: ScanMode
    line: PullLine | None
    claim: Reservation | None
    by: Actor
    uuid: str
    to_id: int | None = None
    happened_at: datetime | None = None
    notes: tuple[str, ...] = ()
    counts_here: bool = True
    counted_there: Scan | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return (
            f"{self.product.name} {self.asset.tag}"
            if self.asset
            else f"{self.quantity} × {self.product.name}"
        )

    @property
    def certain_claim(self) -> Reservation:
        """The claim, which a judged deed has."""
        if self.claim is None:
            raise Refused(f"{self.product.name} is not on this list.", "code")
        return self.claim


def assignments_of(asset_id: int) -> Sequence[Assignment]:
    """Where an asset is prepped or out."""
    query = select(Assignment).where(Assignment.asset_id == asset_id, Assignment.state.in_(ACTIVE))
    return db.session.scalars(query).all()


def assignment_here(deed: Deed) -> Assignment | None:
    """The asset's assignment on this event, if it has one."""
    if deed.asset is None:
        return None
    return next((row for row in assignments_of(deed.asset.id) if row.event_id == deed.event.id), None)


def prepare(deed: Deed) -> None:
    """Choose the asset, or count the pieces, for the event."""
    claim = deed.certain_claim
    if deed.asset is not None:
        db.session.add(assignment(deed, AssignmentState.PREPPED))
    claim.prepped_quantity += deed.quantity
    db.session.flush()


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


def release_another(deed: Deed) -> None:
    """Another asset of the product takes the place of one that was prepped: that one stays here.

    The number of prepped pieces stays the same: only which ones they are has changed.
    """
    query = (
        select(Assignment)
        .where(
            Assignment.reservation_id == deed.certain_claim.id, Assignment.state == AssignmentState.PREPPED
        )
        .order_by(Assignment.id.desc())
        .limit(1)
    )
    if row := db.session.scalars(query).one_or_none():
        row.state = AssignmentState.RELEASED
        db.session.flush()


def check_out(deed: Deed, *, is_swap: bool) -> None:
    """The thing leaves: from where it is to the event's site."""
    claim = deed.certain_claim
    if deed.asset is not None:
        leave_as_asset(deed, is_swap=is_swap)
    else:
        post(TransactionKind.TRANSFER, from_shelves(deed), cause(deed))
    claim.out_quantity += deed.quantity
    db.session.flush()
    record(
        "stock.checked_out",
        deed.product,
        by=deed.by,
        label=deed.name,
        event_id=deed.event.id,
        quantity=deed.quantity,
    )


def leave_as_asset(deed: Deed, *, is_swap: bool) -> None:
    """Its assignment goes out; one that skipped prep gets its assignment now."""
    assert deed.asset is not None
    chosen = assignment_here(deed)
    if chosen is None:
        chosen = assignment(deed, AssignmentState.OUT)
        if is_swap:
            release_another(deed)
            chosen.was_prepped = True
        db.session.add(chosen)
    chosen.state, chosen.out_at = AssignmentState.OUT, datetime.now(UTC)
    movement = Movement(deed.product.id, 1, deed.asset.id, deed.asset.location_id, deed.event.site_id)
    post(TransactionKind.TRANSFER, [movement], cause(deed))


def cause(deed: Deed) -> Cause:
    """Why it moves, for the ledger."""
    return Cause(
        by=deed.by,
        reference_type="event",
        reference_number=deed.event.number,
        event_id=deed.event.id,
        happened_at=deed.happened_at,
        request_id=deed.uuid,
    )


def shelves(deed: Deed) -> list[tuple[int, int]]:
    """(place, pieces) where the warehouse holds the product, the fullest first; sites are not shelves."""
    query = (
        select(StockLevel.location_id, StockLevel.quantity)
        .join(Location, Location.id == StockLevel.location_id)
        .where(
            StockLevel.product_id == deed.product.id,
            StockLevel.quantity > 0,
            Location.warehouse_id == deed.event.warehouse_id,
            Location.kind.not_in((LocationKind.EVENT_SITE, LocationKind.REPAIR_BENCH)),
        )
        .order_by(StockLevel.quantity.desc(), StockLevel.location_id)
    )
    return [(row.location_id, row.quantity) for row in db.session.execute(query)]


def is_landing(location: Location, event: Event) -> bool:
    """True for a place where returns can be put: of the event's own warehouse, and no event's site."""
    is_open = location.archived_at is None and location.kind is not LocationKind.EVENT_SITE
    return is_open and location.warehouse_id == event.warehouse_id


def from_shelves(deed: Deed) -> list[Movement]:
    """Take counted pieces from the fullest shelf first. Raises Refused when there are not enough."""
    left, movements = deed.quantity, []
    for location_id, held in shelves(deed):
        taken = min(left, held)
        if taken:
            movements.append(Movement(deed.product.id, taken, None, location_id, deed.event.site_id))
            left -= taken
    if left:
        raise Refused(f"Only {deed.quantity - left} of {deed.product.name} are on the shelves.", "code")
    return movements


def bring_back(deed: Deed) -> None:
    """The thing comes back: from the event's site to where it was told to be put, else to the warehouse."""
    claim = deed.certain_claim
    asset_id = deed.asset.id if deed.asset else None
    from_id = deed.asset.location_id if deed.asset else deed.event.site_id
    to_id = deed.to_id or deed.event.warehouse_id
    # Somebody may have carried the asset to this very place in the books already.
    if from_id != to_id:
        movement = Movement(deed.product.id, deed.quantity, asset_id, from_id, to_id)
        post(TransactionKind.TRANSFER, [movement], cause(deed))
    if chosen := assignment_here(deed):
        chosen.state, chosen.returned_at = AssignmentState.RETURNED, datetime.now(UTC)
    claim.returned_quantity += deed.quantity
    if not deed.event.phase.is_open and not claim.still_out and claim.released_at is None:
        claim.released_at = datetime.now(UTC)
    db.session.flush()
    record(
        "stock.checked_in",
        deed.product,
        by=deed.by,
        label=deed.name,
        event_id=deed.event.id,
        quantity=deed.quantity,
    )


def plan_more(deed: Deed, *, is_override: bool) -> None:
    """Make room on the list for something that was not planned, or not in this number."""
    if deed.claim is not None and not needs_more(deed):
        return
    overbook = Overbooking(deed.by, "override while scanning") if is_override else None
    add_lines(
        deed.event,
        [Wanted(deed.product.id, deed.quantity, "added while scanning")],
        by=deed.by,
        overbook=overbook,
        is_added_at_prep=True,
    )
    find_line_again(deed)


def needs_more(deed: Deed) -> bool:
    """True when the line has no room for these pieces."""
    claim = deed.certain_claim
    counted = claim.prepped_quantity if deed.mode is ScanMode.PREP else claim.out_quantity
    return deed.line is None or counted + deed.quantity > deed.line.quantity


def find_line_again(deed: Deed) -> None:
    """The line and the claim as they are after the list grew."""
    query = select(PullLine).where(PullLine.event_id == deed.event.id, PullLine.product_id == deed.product.id)
    deed.line = db.session.scalars(query).one()
    deed.claim = db.session.scalars(select(Reservation).where(Reservation.line_id == deed.line.id)).one()
