"""What a scan here does to another event: gear comes back from it, or a chosen piece is taken from it.

Each gets a scan row of its own over there, beside the scan that caused it, so that every event's counts
stay the sums of its rows and both can be taken back together.
"""

from dataclasses import replace

from app.extensions import db
from app.models import Assignment, AssignmentState, Event, PullLine, Reservation, ScanMode
from app.rules.verdicts import Situation
from app.services.scan_deeds import Beside, Deed, look_around
from app.services.scan_effects import bring_back, settle_both


def return_elsewhere(deed: Deed) -> str:
    """Return the asset from the event that it is still out on; the sentence that says so."""
    chosen = next(row for row in deed.chosen_elsewhere if row.state is AssignmentState.OUT)
    there = over_there(deed, chosen, ScanMode.IN, f"{deed.uuid}/there")
    bring_back(there)
    db.session.flush()
    message = f"{deed.name}: back, scanned at {deed.event.number}."
    deed.beside.append(Beside(there, 1, Situation.PLANNED, message))
    if there.event.warehouse_id != deed.event.warehouse_id:
        settle_both(deed, there.event.warehouse_id)
    look_around(deed)
    return f"Returned from {there.event.number}."


def over_there(deed: Deed, chosen: Assignment, mode: ScanMode, uuid: str) -> Deed:
    """The same thing as a deed of the other event."""
    claim = db.session.get_one(Reservation, chosen.reservation_id)
    return replace(
        deed,
        event=db.session.get_one(Event, chosen.event_id),
        mode=mode,
        line=db.session.get(PullLine, claim.line_id) if claim.line_id else None,
        claim=claim,
        uuid=uuid,
        to_id=deed.to_id or deed.event.warehouse_id,
        beside=[],
        added={},
    )


def release_elsewhere(deed: Deed) -> None:
    """Somebody overrode: an overlapping event that had chosen this piece must choose another."""
    claim = deed.certain_claim
    for row in deed.chosen_elsewhere:
        is_rival = row.state is AssignmentState.PREPPED
        if is_rival and row.starts_at < claim.ends_at and row.ends_at > claim.starts_at:
            row.state = AssignmentState.RELEASED
            there = over_there(deed, row, ScanMode.PREP, f"{deed.uuid}/{row.event_id}")
            there.certain_claim.prepped_quantity -= 1
            message = f"{deed.name}: taken for {deed.event.number}."
            deed.beside.append(Beside(there, -1, Situation.UNDONE, message))
    db.session.flush()
