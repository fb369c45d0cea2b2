"""Scanning a case on its way back: with everything that is in it, or open for each thing to be scanned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.extensions import db
from app.models import (
    AssignmentState,
    CaseState,
    CheckInMode,
    Event,
    Location,
    ScanMode,
    StepKind,
    TransactionKind,
)
from app.rules.case_contents import in_words
from app.rules.verdicts import Situation
from app.services.activities import record
from app.services.case_loads import Load, load_of, write_load
from app.services.case_packing import to_floor
from app.services.case_seals import settle_seals
from app.services.case_steps import standing_of, write_step
from app.services.case_within import ask_or_open
from app.services.case_words import counted, tell
from app.services.ledger import Cause, post
from app.services.locations import hang
from app.services.scan_deeds import Beside, Deed
from app.services.scan_requests import ScanAnswer, ScanRequest, Thing

S = Situation


def take_case_back(request: ScanRequest, thing: Thing, load: Load) -> ScanAnswer:
    """A case in IN: it comes back with everything, unless each thing is to be scanned by itself."""
    case = load.case
    if not load.is_ours:
        return back_elsewhere(request, thing, load)
    if case.state is CaseState.PACKED:
        return tell(request, thing, load, S.NOT_OUT, f"{load.name}: it has not left.")
    if case.state is CaseState.CHECKING:
        return tell(request, thing, load, S.EACH, f"{load.name} is back: scan each thing in it.")
    request, answer = ask_or_open(request, thing, load)
    if answer:
        return answer
    if case.check_in is CheckInMode.EACH and load.deeds:
        carry_home(load, request, CaseState.CHECKING)
        return tell(
            request, thing, load, S.EACH, f"{load.name} is back. Scan each thing in it.", applied=True
        )
    deeds = come_back(load, request)
    return told_back(request, thing, load, deeds)


def back_elsewhere(request: ScanRequest, thing: Thing, load: Load) -> ScanAnswer:
    """A case of another event: returned there when somebody agrees."""
    assert load.case.event_id is not None
    there = db.session.get_one(Event, load.case.event_id)
    if load.case.state is CaseState.PACKED:
        text = f"{load.name}: packed for {there.number} {there.name}; it has not left."
        return tell(request, thing, load, S.NOT_OUT, text)
    if not request.accept:
        text = f"{load.name}: out on {there.number} {there.name}. Return it there?"
        return replace(tell(request, thing, load, S.NOT_OUT_HERE, text), elsewhere_id=there.id)
    other, deeds = return_from(load, there, request)
    return tell(
        request, thing, other, S.PLANNED, f"{load.name}: back from {there.number}.", deeds, applied=True
    )


def return_from(load: Load, there: Event, request: ScanRequest) -> tuple[Load, list[Deed]]:
    """Bring a case back from another event with everything; its things know nothing of that event any more."""
    other = load_of(load.place.id, there, replace(request, mode=ScanMode.IN), load.by, f"{load.uuid}/there")
    deeds = come_back(other, request)
    gone = {assignment_of.id for deed in deeds for assignment_of in deed.active}
    for deed in load.deeds:
        deed.active = [row for row in deed.active if row.id not in gone]
    if load.mode is not ScanMode.IN and load.deeds:
        load.deeds[0].beside += [
            Beside(deed, deed.quantity, S.PLANNED, f"{deed.name}: back, scanned at {load.event.number}.")
            for deed in deeds
        ]
    return other, deeds


def come_back(load: Load, request: ScanRequest) -> list[Deed]:
    """Everything that went out in a case is back: counts, assignments, the case on its shelf; what came back."""
    back = [deed for deed in load.deeds if (pieces := out_pieces(deed)) and came(deed, pieces)]
    carry_home(load, request, CaseState.STORED)
    return back


def out_pieces(deed: Deed) -> int:
    """How many of these pieces are out on the event."""
    if deed.claim is None:
        return 0
    if deed.asset is None:
        return min(deed.quantity, deed.claim.still_out)
    here = deed.chosen_here
    return int(here is not None and here.state is AssignmentState.OUT)


def came(deed: Deed, pieces: int) -> bool:
    """Count pieces as back."""
    claim = deed.certain_claim
    deed.quantity = pieces
    claim.returned_quantity += pieces
    if chosen := deed.chosen_here:
        chosen.state, chosen.returned_at = AssignmentState.RETURNED, datetime.now(UTC)
    if not deed.event.phase.is_open and not claim.still_out and claim.released_at is None:
        claim.released_at = datetime.now(UTC)
    return True


def carry_home(load: Load, request: ScanRequest, state: CaseState) -> None:
    """The case goes where returns are put, else to its home, and is for no event any more."""
    before, origin = standing_of(load.cases, load.place), load.place.parent_id
    for case in load.cases:
        case.state = state
        case.event_id = load.event.id if state is CaseState.CHECKING else None
        if case.check_in is CheckInMode.VERIFY and state is CaseState.STORED:
            case.verify_since = datetime.now(UTC)
    write_load(load)
    home = home_of(load, request)
    hang(load.place, home, by=load.by, inside=load.inside.places)
    load.put_at = home.name
    if state is CaseState.STORED:
        dissolve(load)
        sealed = [case for case in load.cases if case.is_sealed]
        settle_seals(sealed, by=load.by, excused=f"{load.name} came back sealed")
    write_step(
        load.case, StepKind.BACK, by=load.by, from_id=origin, to_id=load.place.parent_id, event=load.event,
        before=before, request_id=load.uuid,
    )  # fmt: skip
    record("case.checked_in", load.case, by=load.by, label=load.name, event_id=load.event.id)


def home_of(load: Load, request: ScanRequest) -> Location:
    """Where the case is put: the place that was scanned, its home in this warehouse, or the floor."""
    places = [request.location_id, load.case.home_id]
    inside = {case.location_id for case in load.cases}
    for place_id in places:
        place = db.session.get(Location, place_id) if place_id and place_id not in inside else None
        if place and place.archived_at is None and place.warehouse_id == load.event.warehouse_id:
            return place
    return db.session.get_one(Location, load.event.warehouse_id)


def dissolve(load: Load) -> None:
    """What came in packing containers is put on the floor: they are empty again."""
    dissolving = {case.location_id for case in load.cases if case.dissolves}
    movements = [
        one for one in to_floor(load.inside, load.event.warehouse_id) if one.from_id in dissolving
    ] if dissolving else []  # fmt: skip
    for case in load.cases:
        if case.dissolves:
            case.sealed_at = case.sealed_by_id = None
    if movements:
        cause = Cause(load.by, "event", load.event.number, load.event.id, request_id=load.uuid, is_kept=True)
        post(TransactionKind.TRANSFER, movements, cause)


def told_back(request: ScanRequest, thing: Thing, load: Load, deeds: Sequence[Deed]) -> ScanAnswer:
    """The verdict on a case that is back."""
    pieces = sum(deed.quantity for deed in deeds)
    missing, looks = load.inside.missing, load.case.verify_since is not None
    said = [f"{load.name}: {counted(pieces)} back, put at {load.put_at}."]
    said += [f"Missing in it: {in_words(missing)}."] if missing else []
    said += ["Emptied onto the floor."] if load.case.dissolves else []
    said += ["Look through it when there is time."] if looks else []
    situation = S.INCOMPLETE if missing else S.VERIFY if looks else S.PLANNED
    return tell(request, thing, load, situation, " ".join(said), deeds, applied=True)


__all__ = ["return_from", "take_case_back"]
