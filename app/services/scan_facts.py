"""What is known about a scanned thing, and the sentence that goes with the judgement."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from app.extensions import db
from app.models import (
    OPEN_REPAIRS,
    Assignment,
    AssignmentState,
    Condition,
    Event,
    Location,
    Organization,
    Repair,
    Scan,
    ScanMode,
    Tracking,
)
from app.queries.availability import availability, holders
from app.rules.periods import Period
from app.rules.verdicts import Facts, Situation, coming, going
from app.scope import current_organization_id
from app.services.reservations import Wish, occupied, working_week
from app.services.scan_effects import Deed, assignments_of, shelves

DONE_WORDS = {ScanMode.PREP: "prepped", ScanMode.OUT: "out", ScanMode.IN: "back"}


@dataclass(frozen=True)
class Judged:
    """What a scan found, what to say, and what the sentence leads to."""

    situation: Situation
    message: str
    repair_id: int | None = None
    elsewhere_id: int | None = None


@dataclass(frozen=True)
class Whereabouts:
    """Where an asset is, and the repair that keeps it."""

    warehouse_id: int
    place: str
    repair_id: int | None = None
    repair_number: str | None = None


def judge(deed: Deed) -> Judged:
    """What this scan finds, and what to say about it."""
    if is_lost(deed):
        return judge_lost(deed)
    if deed.mode is ScanMode.IN:
        return judge_return(deed)
    active = assignments_of(deed.asset.id) if deed.asset else ()
    found = whereabouts(deed)
    situation = going(facts_of(deed, active, found))
    message = sentence(deed, situation, active, found)
    return Judged(situation, message, found.repair_id if found and situation is Situation.IN_REPAIR else None)


def is_lost(deed: Deed) -> bool:
    """True for an asset that was marked as lost: the books have it nowhere."""
    asset = deed.asset
    return asset is not None and asset.condition is Condition.MISSING and asset.location_id is None


def judge_lost(deed: Deed) -> Judged:
    """Somebody holds in their hands what was written off."""
    assert deed.asset is not None
    lost = select(Scan.event_id).where(Scan.asset_id == deed.asset.id, Scan.situation == Situation.LOST)
    event_id = db.session.scalar(lost.order_by(Scan.id.desc()).limit(1))
    on = named_events({event_id}) if event_id else "an event"
    return Judged(Situation.LOST, f"marked as lost on {on}. Mark it as found there.", elsewhere_id=event_id)


def whereabouts(deed: Deed) -> Whereabouts | None:
    """Where the asset is and whether a repair keeps it there: one statement."""
    if deed.asset is None or deed.asset.location_id is None:
        return None
    repairing = and_(Repair.asset_id == deed.asset.id, Repair.state.in_(OPEN_REPAIRS))
    query = (
        select(Location.warehouse_id, Location.name, Repair.id, Repair.number)
        .outerjoin(Repair, and_(Repair.organization_id == Location.organization_id, repairing))
        .where(Location.id == deed.asset.location_id)
    )
    return Whereabouts(*db.session.execute(query.limit(1)).one())


def facts_of(deed: Deed, active: Sequence[Assignment], found: Whereabouts | None) -> Facts:
    """The facts of something on its way to an event; availability is asked only where it decides."""
    asset, here = deed.asset, next((row for row in active if row.event_id == deed.event.id), None)
    others = [row for row in active if row.event_id != deed.event.id]
    planned = deed.line.quantity if deed.line else 0
    prepped, out = counts(deed)
    counted = prepped if deed.mode is ScanMode.PREP else out
    has_room = planned > 0 and counted + deed.quantity <= planned
    overbooked = deed.claim.overbooked_quantity if deed.claim else 0
    leaves_short = deed.mode is ScanMode.OUT and overbooked > 0
    window = window_of(deed) if others or not has_room else None
    return Facts(
        quantity=deed.quantity,
        is_retired=asset is not None and asset.retired_at is not None,
        needs_piece=deed.product.is_package or (asset is None and deed.product.tracking is Tracking.SERIALIZED),
        is_foreign=found is not None and found.warehouse_id != deed.event.warehouse_id,
        has_repair=asset is not None and (asset.condition is Condition.DAMAGED or has_repair(found)),
        is_done_here=here is not None and (deed.mode is ScanMode.PREP or here.state is AssignmentState.OUT),
        is_prepped_here=here is not None or (asset is None and prepped > out),
        is_out_elsewhere=any(row.state is AssignmentState.OUT for row in others),
        is_prepped_elsewhere=window is not None and any(overlaps(row, window) for row in others),
        planned=planned,
        counted=counted,
        chosen=max(prepped, out) if asset else 0,
        overbooked=overbooked,
        gate=dispatch_gate() if leaves_short else "allow",
        free=free_for(deed, window) if window is not None and not has_room else 0,
        on_shelf=on_shelf(deed),
    )  # fmt: skip


def counts(deed: Deed) -> tuple[int, int]:
    """How many are prepped and how many have left."""
    return (deed.claim.prepped_quantity, deed.claim.out_quantity) if deed.claim else (0, 0)


def has_repair(found: Whereabouts | None) -> bool:
    """True when a repair keeps the asset."""
    return found is not None and found.repair_id is not None


def window_of(deed: Deed) -> Period:
    """The time that the claim takes, or would take if it were made, with the product's buffers."""
    if deed.claim is not None:
        return Period(deed.claim.starts_at, deed.claim.ends_at)
    event = deed.event
    wish = Wish(deed.product.id, event.warehouse_id, deed.quantity, event.occupied_from, event.occupied_until)
    return occupied(wish, deed.product, working_week())


def overlaps(row: Assignment, window: Period) -> bool:
    """True when the asset is chosen for another event in this time."""
    return row.starts_at < window.ends_at and row.ends_at > window.starts_at


def dispatch_gate() -> str:
    """What the organization wants to happen when something short leaves."""
    organization = db.session.get_one(Organization, current_organization_id())
    return str(organization.dispatch_gate)


def free_for(deed: Deed, window: Period) -> int:
    """What nobody claims in the window, this event's own claims included."""
    if deed.product.is_package:
        return 0
    found = availability([deed.product.id], deed.event.warehouse_id, window.starts_at, window.ends_at)
    return found[deed.product.id].free


def on_shelf(deed: Deed) -> int:
    """How many could be taken now."""
    if deed.asset is not None:
        return 0 if deed.asset.location_id is None else 1
    if deed.mode is ScanMode.PREP:
        return deed.quantity
    return sum(held for _, held in shelves(deed))


def sentence(
    deed: Deed, situation: Situation, active: Sequence[Assignment], found: Whereabouts | None
) -> str:
    """What the person should know, in one sentence."""
    match situation:
        case Situation.SAME_AGAIN:
            return f"already {DONE_WORDS[deed.mode]}."
        case Situation.SWAPPED:
            return "taken instead of another piece."
        case Situation.SHORT:
            return f"{DONE_WORDS[deed.mode]}, though it was promised to {rivals_of(deed, active)} too."
        case Situation.OUT_ELSEWHERE:
            return f"still out on {numbers_of(active, deed)}. Return it from there now?"
        case Situation.IN_REPAIR:
            return f"in repair ({found.repair_number})." if found and found.repair_id else "damaged."
        case Situation.CLAIMED_ELSEWHERE:
            return f"claimed by {rivals_of(deed, active)}."
        case Situation.OTHER_WAREHOUSE:
            return f"belongs to another warehouse ({found.place if found else 'elsewhere'})."
        case Situation.NEEDS_PIECE if deed.product.is_package:
            return "a package on paper: scan its parts."
        case Situation.NEEDS_PIECE:
            return "followed piece by piece: scan the piece itself."
        case Situation.NOT_PLANNED:
            return "not on this list, but free. Add it?"
        case Situation.ALREADY_MET:
            return "the planned number is complete. Take an extra one?"
        case Situation.NOT_ON_SHELF:
            return "the shelves do not hold that many."
        case Situation.RETIRED:
            return "retired; it does not go out any more."
    return f"{DONE_WORDS[deed.mode]}."


def numbers_of(active: Sequence[Assignment], deed: Deed) -> str:
    """The other events that hold the asset, by number and name."""
    ids = {row.event_id for row in active if row.event_id != deed.event.id}
    return named_events(ids)


def named_events(ids: set[int]) -> str:
    """Events by number and name."""
    query = select(Event.number, Event.name).where(Event.id.in_(ids)).order_by(Event.number)
    return ", ".join(f"{row.number} {row.name}" for row in db.session.execute(query)) or "somebody else"


def rivals_of(deed: Deed, active: Sequence[Assignment]) -> str:
    """Who claims the product in this window: the event that has this piece prepped, else all of them."""
    chosen = {row.event_id for row in active if row.event_id != deed.event.id}
    if chosen:
        return named_events(chosen)
    window = window_of(deed)
    held = holders(deed.product.id, window.starts_at, window.ends_at)
    ids = {holder.reservation.event_id for holder in held} - {deed.event.id}
    return named_events({event_id for event_id in ids if event_id is not None})


def judge_return(deed: Deed) -> Judged:
    """What a scan in IN finds."""
    if deed.product.is_package or (deed.asset is None and deed.product.tracking is Tracking.SERIALIZED):
        return Judged(Situation.NEEDS_PIECE, sentence(deed, Situation.NEEDS_PIECE, (), None))
    active = assignments_of(deed.asset.id) if deed.asset else ()
    out = [row for row in active if row.state is AssignmentState.OUT]
    out_here = sum(row.event_id == deed.event.id for row in out) if deed.asset else still_out(deed)
    out_elsewhere = sum(row.event_id != deed.event.id for row in out)
    came_before = out_here < deed.quantity and was_back(deed)
    situation = coming(
        out_here=out_here, out_elsewhere=out_elsewhere, quantity=deed.quantity, was_back=came_before
    )
    match situation:
        case Situation.NOT_OUT_HERE:
            return Judged(situation, f"out on {numbers_of(out, deed)}. Return it there?")
        case Situation.SAME_AGAIN:
            return Judged(situation, "already back.")
        case Situation.NOT_OUT:
            said = "not out anywhere." if deed.asset else f"only {out_here} are out on this event."
            return Judged(situation, said)
    return Judged(situation, "back.")


def still_out(deed: Deed) -> int:
    """How many pieces have left and not come back."""
    return deed.claim.still_out if deed.claim else 0


def was_back(deed: Deed) -> bool:
    """True when this piece, or all of these pieces, came back from this event before."""
    if deed.asset is None:
        return bool(deed.claim and deed.claim.returned_quantity and not deed.claim.still_out)
    query = select(func.count()).where(
        Assignment.asset_id == deed.asset.id,
        Assignment.event_id == deed.event.id,
        Assignment.state == AssignmentState.RETURNED,
    )
    return bool(db.session.scalar(query))


__all__ = ["Judged", "judge", "named_events", "still_out"]
