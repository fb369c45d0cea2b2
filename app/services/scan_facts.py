"""What is known about a scanned thing, and the sentence that goes with the judgement."""

from collections.abc import Sequence

from sqlalchemy import func, select

from app.extensions import db
from app.models import Assignment, AssignmentState, Event, Repair, RepairState, ScanMode
from app.queries.availability import availability, holders
from app.rules.verdicts import Facts, Situation, coming, going
from app.services.scan_effects import Deed, assignments_of, shelves

OPEN_REPAIRS = (RepairState.OPEN, RepairState.IN_PROGRESS)
DONE_WORDS = {ScanMode.PREP: "prepped", ScanMode.OUT: "out", ScanMode.IN: "back"}


def judge(deed: Deed) -> tuple[Situation, str]:
    """What this scan finds, and what to say about it."""
    if deed.mode is ScanMode.IN:
        return judge_return(deed)
    active = assignments_of(deed.asset.id) if deed.asset else ()
    repair = open_repair_of(deed) if deed.asset else None
    facts = facts_of(deed, active, has_repair=repair is not None)
    situation = going(facts)
    return situation, sentence(deed, situation, active, repair)


def facts_of(deed: Deed, active: Sequence[Assignment], *, has_repair: bool) -> Facts:
    """The facts of something on its way to an event; availability is asked only where it decides."""
    here = next((row for row in active if row.event_id == deed.event.id), None)
    others = [row for row in active if row.event_id != deed.event.id]
    planned = deed.line.quantity if deed.line else 0
    prepped, out = counts(deed)
    counted = prepped if deed.mode is ScanMode.PREP else out
    has_room = planned > 0 and counted + deed.quantity <= planned
    return Facts(
        quantity=deed.quantity,
        is_retired=deed.asset is not None and deed.asset.retired_at is not None,
        has_repair=has_repair,
        is_done_here=here is not None and (deed.mode is ScanMode.PREP or here.state is AssignmentState.OUT),
        is_prepped_here=here is not None or (deed.asset is None and prepped > out),
        is_out_elsewhere=any(row.state is AssignmentState.OUT for row in others),
        is_prepped_elsewhere=any(overlaps(row, deed) for row in others),
        planned=planned,
        counted=counted,
        chosen=max(prepped, out) if deed.asset else 0,
        free=0 if has_room else free_for(deed),
        on_shelf=on_shelf(deed),
    )


def counts(deed: Deed) -> tuple[int, int]:
    """How many are prepped and how many have left."""
    return (deed.claim.prepped_quantity, deed.claim.out_quantity) if deed.claim else (0, 0)


def overlaps(row: Assignment, deed: Deed) -> bool:
    """True when the asset is prepped for another event in this event's time."""
    return row.starts_at < deed.event.occupied_until and row.ends_at > deed.event.occupied_from


def free_for(deed: Deed) -> int:
    """What nobody claims in the event's window, this event's own claims included."""
    found = availability(
        [deed.product.id], deed.event.warehouse_id, deed.event.occupied_from, deed.event.occupied_until
    )
    return found[deed.product.id].free


def on_shelf(deed: Deed) -> int:
    """How many could be taken now."""
    if deed.asset is not None:
        return 0 if deed.asset.location_id is None else 1
    if deed.mode is ScanMode.PREP:
        return deed.quantity
    return sum(held for _, held in shelves(deed))


def open_repair_of(deed: Deed) -> Repair | None:
    """The repair that keeps an asset here."""
    assert deed.asset is not None
    query = select(Repair).where(Repair.asset_id == deed.asset.id, Repair.state.in_(OPEN_REPAIRS)).limit(1)
    return db.session.scalars(query).one_or_none()


def sentence(deed: Deed, situation: Situation, active: Sequence[Assignment], repair: Repair | None) -> str:
    """What the person should know, in one sentence."""
    match situation:
        case Situation.SAME_AGAIN:
            return f"already {DONE_WORDS[deed.mode]}."
        case Situation.SWAPPED:
            return "taken instead of another piece."
        case Situation.OUT_ELSEWHERE:
            return f"still out on {numbers_of(active, deed)}. Return it from there now?"
        case Situation.IN_REPAIR:
            return f"in repair ({repair.number})." if repair else "in repair."
        case Situation.CLAIMED_ELSEWHERE:
            return f"claimed by {rivals_of(deed, active)}."
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
    prepped = {row.event_id for row in active if row.event_id != deed.event.id}
    if prepped:
        return named_events(prepped)
    found = holders(deed.product.id, deed.event.occupied_from, deed.event.occupied_until)
    ids = {holder.reservation.event_id for holder in found} - {deed.event.id, None}
    return named_events({event_id for event_id in ids if event_id is not None})


def judge_return(deed: Deed) -> tuple[Situation, str]:
    """What a scan in IN finds."""
    active = assignments_of(deed.asset.id) if deed.asset else ()
    out = [row for row in active if row.state is AssignmentState.OUT]
    out_here = sum(row.event_id == deed.event.id for row in out) if deed.asset else still_out(deed)
    out_elsewhere = sum(row.event_id != deed.event.id for row in out)
    situation = coming(
        out_here=out_here, out_elsewhere=out_elsewhere, quantity=deed.quantity, was_back=was_back(deed)
    )
    if situation is Situation.NOT_OUT_HERE:
        return situation, f"out on {numbers_of(active, deed)}. Return it there?"
    if situation is Situation.SAME_AGAIN:
        return situation, "already back."
    if situation is Situation.NOT_OUT:
        return situation, f"only {out_here} are out on this event." if not deed.asset else "not out anywhere."
    return situation, "back."


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


__all__ = ["judge", "named_events", "still_out"]
