"""What a scan here does to another event: gear comes back from it, or a chosen piece is taken from it.

Each gets a scan row of its own over there, so that every event's counts stay the sums of its rows.
"""

from dataclasses import replace

from app.extensions import db
from app.models import Assignment, AssignmentState, Event, PullLine, Reservation, ScanMode
from app.rules.verdicts import Situation
from app.services.scan_effects import Deed, assignments_of, bring_back
from app.services.scan_rows import write_beside


def return_elsewhere(deed: Deed) -> str:
    """Return the asset from the event that it is still out on; the sentence that says so."""
    assert deed.asset is not None
    chosen = next(row for row in assignments_of(deed.asset.id) if row.state is AssignmentState.OUT)
    there = over_there(deed, chosen, ScanMode.IN)
    bring_back(there)
    db.session.refresh(deed.asset)
    message = f"{deed.name}: back, scanned at {deed.event.number}."
    deed.counted_there = write_beside(there, there.uuid, 1, Situation.PLANNED, message)
    return f"Returned from {there.event.number}."


def over_there(deed: Deed, chosen: Assignment, mode: ScanMode) -> Deed:
    """The same thing as a deed of the other event."""
    claim = db.session.get_one(Reservation, chosen.reservation_id)
    return replace(
        deed,
        event=db.session.get_one(Event, chosen.event_id),
        mode=mode,
        line=db.session.get(PullLine, claim.line_id) if claim.line_id else None,
        claim=claim,
        uuid=f"{deed.uuid}/there",
        to_id=deed.to_id or deed.event.warehouse_id,
    )


def release_elsewhere(deed: Deed) -> None:
    """Somebody overrode: an overlapping event that had chosen this piece must choose another."""
    claim = deed.certain_claim
    for row in assignments_of(deed.asset.id) if deed.asset else ():
        is_rival = row.event_id != deed.event.id and row.state is AssignmentState.PREPPED
        if is_rival and row.starts_at < claim.ends_at and row.ends_at > claim.starts_at:
            row.state = AssignmentState.RELEASED
            there = over_there(deed, row, ScanMode.PREP)
            there.certain_claim.prepped_quantity -= 1
            message = f"{deed.name}: taken for {deed.event.number}."
            write_beside(there, f"{deed.uuid}/{there.event.id}", -1, Situation.UNDONE, message)
    db.session.flush()
