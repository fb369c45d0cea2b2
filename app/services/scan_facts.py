"""What is known about a scanned thing, and what it is judged to be."""

from dataclasses import dataclass, replace

from sqlalchemy import func, select

from app.extensions import db
from app.models import Assignment, AssignmentState, Condition, Organization, ScanMode, Tracking
from app.queries.availability import availability
from app.queries.finds import lost_on
from app.queries.lost_pieces import LostPieces, lost_of
from app.rules.periods import Period
from app.rules.verdicts import Facts, Situation, coming, going, list_grows_by
from app.scope import current_organization_id
from app.services.picking import shelves
from app.services.scan_deeds import Deed, window_of
from app.services.scan_sentences import named_events, out_sentence, sentence


@dataclass(frozen=True)
class Judged:
    """What a scan found, what to say, what the sentence leads to, and by how much the list would grow."""

    situation: Situation
    message: str
    repair_id: int | None = None
    quarantine_id: int | None = None
    elsewhere_id: int | None = None
    grows_by: int = 0


def judge(deed: Deed) -> Judged:
    """What this scan finds, and what to say about it."""
    if is_lost(deed):
        return judge_lost(deed)
    if deed.mode is ScanMode.IN:
        return judge_return(deed)
    facts = facts_of(deed)
    situation = going(facts)
    judged = Judged(situation, sentence(deed, situation, facts.over_plan), grows_by=list_grows_by(facts))
    if situation is Situation.QUARANTINED:
        return replace(judged, quarantine_id=deed.where.quarantine_id)
    return replace(judged, repair_id=deed.where.repair_id) if situation is Situation.IN_REPAIR else judged


def is_lost(deed: Deed) -> bool:
    """True for an asset that was marked as lost: the books have it nowhere."""
    asset = deed.asset
    return asset is not None and asset.condition is Condition.MISSING and asset.location_id is None


def judge_lost(deed: Deed) -> Judged:
    """Somebody holds in their hands what was written off."""
    assert deed.asset is not None
    event_id = lost_on(deed.asset.id)
    said = f"marked as lost on {named_events({event_id})}." if event_id else "missing since it was counted."
    return Judged(Situation.LOST, said, elsewhere_id=event_id)


def judge_lost_pieces(deed: Deed, lost: LostPieces) -> Judged:
    """The same of counted pieces: all that were out are back or written off, so these were written off."""
    said = f"{'only ' if lost.pieces < deed.quantity else ''}{lost.pieces} marked as lost on this event."
    return Judged(Situation.LOST, said, elsewhere_id=deed.event.id)


def facts_of(deed: Deed) -> Facts:
    """The facts of something on its way to an event; availability is asked only where it decides."""
    planned, overbooked = planned_of(deed)
    active = active_pieces(deed)
    leaves_short = deed.mode is ScanMode.OUT and overbooked > 0
    facts = replace(
        own_facts(deed),
        planned=planned,
        held=held_pieces(deed),
        taken=active if deed.mode is ScanMode.PREP else still_out(deed),
        active=active,
        overbooked=overbooked,
        gate=dispatch_gate() if leaves_short else "allow",
        on_shelf=on_shelf(deed),
    )
    return with_rivals(deed, facts) if deed.chosen_elsewhere or facts.unclaimed else facts


def own_facts(deed: Deed) -> Facts:
    """What is known about the thing itself, whatever the list says."""
    asset, here = deed.asset, deed.chosen_here
    return Facts(
        quantity=deed.quantity,
        is_retired=asset is not None and asset.retired_at is not None,
        needs_piece=is_of_pieces(deed),
        is_foreign=asset is not None and deed.is_foreign and here is None,
        has_repair=asset is not None and (asset.condition is Condition.DAMAGED or deed.where.repair_id is not None),
        is_kept_back=deed.where.quarantine_id is not None,
        has_failed_inspection=any(one.is_failed for one in deed.untested),
        has_overdue_inspection=bool(deed.untested),
        is_done_here=here is not None and (deed.mode is ScanMode.PREP or here.state is AssignmentState.OUT),
        is_sealed_in=deed.where.sealed_in_id is not None,
        is_prepped_here=here is not None or asset is None,
        is_out_elsewhere=any(row.state is AssignmentState.OUT for row in deed.chosen_elsewhere),
    )  # fmt: skip


def planned_of(deed: Deed) -> tuple[int, int]:
    """How many are planned, and how many of these were promised although others have them."""
    return (deed.line.quantity if deed.line else 0, deed.claim.overbooked_quantity if deed.claim else 0)


def with_rivals(deed: Deed, facts: Facts) -> Facts:
    """The facts, with what others have chosen and claimed in the time of the event."""
    window = window_of(deed)
    return replace(
        facts,
        is_prepped_elsewhere=any(overlaps(row, window) for row in deed.chosen_elsewhere),
        free=free_for(deed, window) if facts.unclaimed else 0,
    )


def is_of_pieces(deed: Deed) -> bool:
    """True for what cannot be counted by itself: a package, and a product whose pieces have codes of their own."""
    return deed.product.is_package or (deed.asset is None and deed.product.tracking is Tracking.SERIALIZED)


def active_pieces(deed: Deed) -> int:
    """How many are prepped or away now. Of counted pieces, those that left are taken to have been prepped."""
    if deed.claim is None:
        return 0
    if deed.asset is not None:
        return deed.chosen
    return max(deed.claim.prepped_quantity, deed.claim.out_quantity) - deed.claim.returned_quantity


def held_pieces(deed: Deed) -> int:
    """How many the event's claim keeps from others: what came back is free again."""
    claim = deed.claim
    return max(claim.quantity, claim.out_quantity) - claim.returned_quantity if claim else 0


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
    return sum(held for _, held in shelves(deed.product.id, deed.event.warehouse_id))


def judge_return(deed: Deed) -> Judged:
    """What a scan in IN finds."""
    if is_of_pieces(deed):
        return Judged(Situation.NEEDS_PIECE, sentence(deed, Situation.NEEDS_PIECE))
    out_here, out_elsewhere = out_of(deed)
    if out_here >= deed.quantity and deed.where.sealed_in_id is not None:
        return Judged(Situation.SEALED, sentence(deed, Situation.SEALED))
    came_before = out_here < deed.quantity and was_back(deed)
    situation = coming(
        out_here=out_here, out_elsewhere=out_elsewhere, quantity=deed.quantity, was_back=came_before
    )
    lost = lost_here(deed) if situation in (Situation.SAME_AGAIN, Situation.NOT_OUT) else None
    if lost is not None and not out_here:
        return judge_lost_pieces(deed, lost)
    also = f" {lost.pieces} more are marked as lost: scan the others first." if lost else ""
    return Judged(situation, f"{out_sentence(deed, situation, out_here)}{also}")


def lost_here(deed: Deed) -> LostPieces | None:
    """What of counted pieces was written off on this event; an asset is asked for itself."""
    return None if deed.asset is not None else lost_of(deed.event.id, deed.product.id)


def out_of(deed: Deed) -> tuple[int, int]:
    """How many of it are out here, and on other events."""
    if deed.asset is None:
        return still_out(deed), 0
    out = [row.event_id == deed.event.id for row in deed.active if row.state is AssignmentState.OUT]
    return sum(out), len(out) - sum(out)


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


__all__ = [
    "Judged", "active_pieces", "dispatch_gate", "held_pieces", "judge", "overlaps", "own_facts", "planned_of",
    "still_out",
]  # fmt: skip
