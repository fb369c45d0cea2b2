"""The sentence that goes with a judgement: what the person should know, and who else wants the thing."""

from collections.abc import Collection

from sqlalchemy import select

from app.extensions import db
from app.models import AssignmentState, Event, ScanMode
from app.queries.availability import holders
from app.queries.keepers import day_of_leaving
from app.rules.codes import ScanInput
from app.rules.verdicts import Situation
from app.services.scan_deeds import Deed, window_of

DONE_WORDS = {ScanMode.PREP: "prepped", ScanMode.OUT: "out", ScanMode.IN: "back"}
DEED_WORDS = {ScanMode.PREP: "prep", ScanMode.OUT: "check-out", ScanMode.IN: "check-in"}


def not_known(scanned: ScanInput) -> str:
    """What is said of a code that names nothing here, with what can be seen of the code itself."""
    return " ".join((f"Nothing here is called {scanned.text}.", *map(as_sentence, scanned.notes)))


def as_sentence(note: str) -> str:
    """What is to be known about the code, as it stands behind the sentence about the thing."""
    return f"{note[:1].upper()}{note[1:]}".removesuffix(".") + "."


def sentence(deed: Deed, situation: Situation, over_plan: int = 0) -> str:
    """What the person should know about something that goes, in one sentence."""
    match situation:
        case Situation.SAME_AGAIN:
            return f"already {DONE_WORDS[deed.mode]}."
        case Situation.SWAPPED:
            return "taken instead of another piece."
        case Situation.SHORT:
            return f"{DONE_WORDS[deed.mode]}, though it was promised to {rivals_of(deed)} too."
        case Situation.OUT_ELSEWHERE:
            out = {row.event_id for row in deed.chosen_elsewhere if row.state is AssignmentState.OUT}
            return f"still out on {named_events(out)}. Return it from there now?"
        case Situation.IN_REPAIR:
            return f"in repair ({deed.where.repair_number})." if deed.where.repair_id else "damaged."
        case Situation.QUARANTINED:
            return f"in quarantine ({deed.where.quarantine_number})."
        case Situation.INSPECTION_FAILED | Situation.INSPECTION_OVERDUE:
            return not_tested(deed)
        case Situation.CLAIMED_ELSEWHERE:
            return f"claimed by {rivals_of(deed)}."
        case Situation.OTHER_WAREHOUSE:
            return f"belongs to another warehouse ({deed.where.place or 'elsewhere'})."
        case Situation.NEEDS_PIECE if deed.product.is_package:
            return "a package on paper: scan its parts."
        case Situation.NEEDS_PIECE:
            return "followed piece by piece: scan the piece itself."
        case Situation.NOT_PLANNED:
            return "not on this list, but free. Add it?"
        case Situation.ALREADY_MET:
            return (
                "the planned number is complete. Take it too?"
                if deed.asset
                else f"{over_plan} more than planned."
            )
        case Situation.SEALED:
            return f"lies in {deed.where.place}, which is sealed. Scan the whole case, or take it out."
        case Situation.NOT_ON_SHELF:
            return "the shelves do not hold that many."
        case Situation.RETIRED:
            return "retired; it does not go out any more."
    return f"{DONE_WORDS[deed.mode]}."


def not_tested(deed: Deed) -> str:
    """Which inspection keeps an asset here, and since when."""
    test = deed.untested[0]
    if test.is_failed:
        return f"failed {test.name}."
    if test.due_on is None or test.due_on >= day_of_leaving(deed.event):
        return f"{test.name} is due: it has been out often enough."
    return f"{test.name} was due {test.due_on:%d %b %Y}."


def out_sentence(deed: Deed, situation: Situation, out_here: int) -> str:
    """The same for something that comes back."""
    match situation:
        case Situation.NOT_OUT_HERE:
            out = {row.event_id for row in deed.chosen_elsewhere if row.state is AssignmentState.OUT}
            return f"out on {named_events(out)}. Return it there?"
        case Situation.SAME_AGAIN:
            return "already back."
        case Situation.NOT_OUT:
            return "not out anywhere." if deed.asset else f"only {out_here} are out on this event."
    return "back."


def named_events(ids: Collection[int]) -> str:
    """Events by number and name."""
    query = select(Event.number, Event.name).where(Event.id.in_(ids)).order_by(Event.number)
    return ", ".join(f"{row.number} {row.name}" for row in db.session.execute(query)) or "somebody else"


def rivals_of(deed: Deed) -> str:
    """Who claims the product in this time: the event that has chosen this piece, else all of them."""
    if chosen := {row.event_id for row in deed.chosen_elsewhere}:
        return named_events(chosen)
    window = window_of(deed)
    held = holders(deed.product.id, window.starts_at, window.ends_at)
    ids = {holder.reservation.event_id for holder in held} - {deed.event.id}
    return named_events({event_id for event_id in ids if event_id is not None})
