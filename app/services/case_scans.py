"""Scanning a case on its way out: prepped or sent with everything that is in it, as one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.actors import Actor
from app.extensions import db
from app.models import Assignment, AssignmentState, CaseState, Event, Location, ScanMode, StepKind
from app.permissions import Permission
from app.queries.cases import case_at
from app.refusals import Refused
from app.rules.case_contents import in_words
from app.rules.verdicts import AT_ONCE, TABLE, Situation, consents
from app.scope import current_organization_id
from app.services.activities import record
from app.services.case_guards import refuse_closed
from app.services.case_loads import Load, Part, counts_of, found_of, judge_load, write_load
from app.services.case_returns import return_from
from app.services.case_seals import settle_seals
from app.services.case_steps import standing_of, write_step
from app.services.case_within import ask_or_open
from app.services.case_words import counted, kilograms, overload, tell
from app.services.locations import hang
from app.services.pull_lines import Wanted, add_lines, lines_of
from app.services.reservations import Overbooking, values_of
from app.services.scan_deeds import Beside, Deed
from app.services.scan_effects import assignment, release_another
from app.services.scan_elsewhere import release_elsewhere
from app.services.scan_requests import ScanAnswer, ScanRequest, Thing
from app.services.scan_rows import write_beside_all
from app.services.scan_sentences import named_events
from app.transactions import add_rows

S = Situation
MOST_NAMED = 3
GOING = {ScanMode.PREP: AssignmentState.PREPPED, ScanMode.OUT: AssignmentState.OUT}
STATE = {ScanMode.PREP: CaseState.PACKED, ScanMode.OUT: CaseState.OUT}
STEP = {ScanMode.PREP: StepKind.PACKED, ScanMode.OUT: StepKind.OUT}
DONE = {ScanMode.PREP: "prepped", ScanMode.OUT: "out"}


def send_case(request: ScanRequest, thing: Thing, load: Load) -> ScanAnswer:
    """A case in PREP or OUT: judged with all that is in it, and done when it may be."""
    if request.mode is ScanMode.PREP and request.location_id == load.place.id:
        return close(request, thing, load)
    if load.is_ours and load.case.state is CaseState.OUT:
        return tell(request, thing, load, S.SAME_AGAIN, f"{load.name}: already out.")
    request, answer = ask_or_open(request, thing, load)
    if answer:
        return answer
    there, is_free = out_on(load), load.case.event_id is None or load.is_ours
    if answer := kept_elsewhere(request, thing, load):
        return answer
    refuse_closed([load.place.parent_id], "code")
    parts = judge_load(load)
    found = found_of(parts)
    agreed = consents(found, accept=request.accept and there is None, override=request.override)
    if found not in AT_ONCE and found is not S.SAME_AGAIN and not agreed:
        return ask(request, thing, load, parts, there)
    if agreed:
        extend(load, parts, request)
    if agreed and request.override and is_free:
        note_override(load, named_parts(parts, found))
    return sent(request, thing, load, parts)


def out_on(load: Load) -> Event | None:
    """The other event that a case is out on, or comes back from."""
    case = load.case
    is_there = case.event_id is not None and not load.is_ours and case.state is not CaseState.PACKED
    return db.session.get_one(Event, case.event_id) if is_there else None


def ask(
    request: ScanRequest, thing: Thing, load: Load, parts: Sequence[Part], there: Event | None
) -> ScanAnswer:
    """Something in the case stands in the way. Whoever agreed to return it from there has not agreed to this, too."""
    found = found_of(parts)
    said = f"returned from {there.number}. " if there else ""
    stands = named_parts(parts, found)
    answer = tell(request, thing, load, found, f"{load.name}: {said}{stands}")
    if there and load.deeds:
        write_beside_all(load.deeds[0].beside, answer.scan_id)
    return answer


def kept_elsewhere(request: ScanRequest, thing: Thing, load: Load) -> ScanAnswer | None:
    """A case that another event has: it is returned from there first, or taken when somebody may override."""
    case = load.case
    if case.event_id is None or load.is_ours:
        return None
    there = db.session.get_one(Event, case.event_id)
    named = f"{there.number} {there.name}"
    if case.state is not CaseState.PACKED:
        if not request.accept:
            text = f"{load.name}: still out on {named}. Return it from there now?"
            return replace(tell(request, thing, load, S.OUT_ELSEWHERE, text), elsewhere_id=there.id)
        return_from(load, there, request)
        return None
    if not request.override:
        return tell(request, thing, load, S.CLAIMED_ELSEWHERE, f"{load.name}: packed for {named}.")
    require_override(load.by)
    note_override(load, f"packed for {named}.")
    take_counted(load, there)
    return None


def note_override(load: Load, stood: str) -> None:
    """Somebody who may has decided: the case goes, and the log says what stood in the way."""
    record("scan.overridden", load.place, by=load.by, label=load.name, event_id=load.event.id, summary=stood)


def take_counted(load: Load, there: Event) -> None:
    """Counted pieces that were prepped for another event with this case are not prepped for it any more."""
    counts = counts_of(there.id, {deed.product.id for deed in load.deeds})
    for deed in load.deeds:
        claim = counts[deed.product.id].claim if deed.asset is None and deed.product.id in counts else None
        if (
            claim is not None
            and (pieces := min(deed.quantity, claim.prepped_quantity - claim.out_quantity)) > 0
        ):
            claim.prepped_quantity -= pieces
            gone = replace(
                deed, event=there, mode=ScanMode.PREP, line=counts[deed.product.id].line, claim=claim,
                quantity=pieces, uuid=f"{deed.uuid}/taken", beside=[], added={},
            )  # fmt: skip
            message = f"{gone.name}: taken for {load.event.number}."
            deed.beside.append(Beside(gone, -pieces, Situation.UNDONE, message))


def require_override(by: Actor) -> None:
    """Raises Refused for who may not override."""
    if not by.may(Permission.SCANS_OVERRIDE):
        raise Refused("You may not do this. Ask somebody who may override.", "code")


def named_parts(parts: Sequence[Part], found: Situation) -> str:
    """What stands in the way, the first of it by name."""
    meant = [part for part in parts if part.situation is found]
    names = [deed.name for part in meant for deed in part.deeds]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    others = {
        deed_row.event_id for part in meant for deed in part.deeds for deed_row in deed.chosen_elsewhere
    }
    on = f" ({named_events(others)})" if others else ""
    reason = f"{REASONS.get(found, TABLE[found].word.lower())}{on}"
    return f"{', '.join(names[:MOST_NAMED])}{more}: {reason}{'' if reason.endswith('?') else '.'}"


REASONS = {
    S.NOT_PLANNED: "not on this list, but free. Add it?",
    S.ALREADY_MET: "more than planned. Take it too?",
    S.CLAIMED_ELSEWHERE: "claimed by others",
    S.OUT_ELSEWHERE: "still out on another event",
}


def extend(load: Load, parts: Sequence[Part], request: ScanRequest) -> None:
    """Make the list longer for what was not planned, once somebody has agreed; who overrides takes it from others."""
    is_override = request.override
    require_override(load.by) if is_override else require_adding(load.by)
    wanted: dict[int, int] = {}
    for part in parts:
        if part.grows_by or part.deeds[0].claim is None:
            product_id = part.deeds[0].product.id
            wanted[product_id] = wanted.get(product_id, 0) + (part.grows_by or part.pieces)
    before = {line.id: line.quantity for line in lines_of(load.event.id).values()}
    if wanted:
        lines = add_lines(
            load.event,
            [Wanted(product_id, pieces, "added while scanning") for product_id, pieces in wanted.items()],
            by=load.by,
            overbook=Overbooking(load.by, "override while scanning") if is_override else None,
            is_added_at_prep=True,
        )
        added = {line.product_id: (str(line.id), line.quantity - before.get(line.id, 0)) for line in lines}
        count_anew(load, parts, added)


def require_adding(by: Actor) -> None:
    """Raises Refused for who may not make lists longer."""
    if not by.may(Permission.LINES_ADD):
        raise Refused("You may not do this. Ask somebody who may override.", "code")


def count_anew(load: Load, parts: Sequence[Part], added: dict[int, tuple[str, int]]) -> None:
    """Let the things know the lines that were made, and the first of each product what it added."""
    counts = counts_of(load.event.id, {deed.product.id for part in parts for deed in part.deeds})
    for part in parts:
        for deed in part.deeds:
            deed.line, deed.claim, deed.chosen = counts[deed.product.id]
            if deed.product.id in added:
                line_id, pieces = added.pop(deed.product.id)
                deed.added = {line_id: pieces}


def sent(request: ScanRequest, thing: Thing, load: Load, parts: Sequence[Part]) -> ScanAnswer:
    """All of it goes: assignments and counts, the case itself, one row for the scan and one for each thing."""
    before = standing_of(load.cases, load.place)
    moving = [part for part in parts if part.situation is not S.SAME_AGAIN]
    deeds = [deed for part in moving for deed in part.deeds]
    chosen = [let_go(deed, is_swap=part.situation is S.SWAPPED) for part in moving for deed in part.deeds]
    origin = load.place.parent_id
    for case in load.cases:
        case.state, case.event_id, case.verify_since = STATE[load.mode], load.event.id, None
    write_load(load)
    write_assignments([row for row in chosen if row is not None])
    settle_seals([case for case in load.cases if case.is_sealed], by=load.by)
    if (target := target_of(load, request)) is not None:
        hang(load.place, target, by=load.by, inside=load.inside.places)
    write_step(
        load.case, STEP[load.mode], by=load.by, from_id=origin, to_id=load.place.parent_id, event=load.event,
        before=before, request_id=load.uuid,
    )  # fmt: skip
    verb = "case.prepped" if load.mode is ScanMode.PREP else "case.checked_out"
    pieces = sum(deed.quantity for deed in deeds)
    record(verb, load.case, by=load.by, label=load.name, event_id=load.event.id, quantity=pieces)
    return told_sent(request, thing, load, parts, deeds)


def target_of(load: Load, request: ScanRequest) -> Location | None:
    """Where the case goes: out to the event's site, or in PREP into the case that is open. Raises Refused."""
    if load.mode is ScanMode.OUT:
        return db.session.get_one(Location, load.event.site_id)
    if request.location_id is None:
        return None
    open_case = case_at(request.location_id)
    if open_case is None or open_case.event_id != load.event.id:
        return None
    refuse_closed([request.location_id], "code")
    return db.session.get_one(Location, request.location_id)


def let_go(deed: Deed, *, is_swap: bool) -> Assignment | None:
    """One thing of a case is prepped, or out, with it; the asset as it is chosen now, where it was not before."""
    claim = deed.certain_claim
    release_elsewhere(deed) if deed.chosen_elsewhere else None
    if deed.mode is ScanMode.PREP:
        claim.prepped_quantity += deed.quantity
    else:
        claim.out_quantity += deed.quantity
    if deed.asset is None:
        return None
    known = deed.chosen_here
    chosen = known or chosen_now(deed, is_swap=is_swap)
    if deed.mode is ScanMode.OUT:
        chosen.state, chosen.out_at = AssignmentState.OUT, datetime.now(UTC)
    return None if known else chosen


def chosen_now(deed: Deed, *, is_swap: bool) -> Assignment:
    """An asset that goes with its case; one that was chosen before in its place is released. Not written yet."""
    released = release_another(deed) if is_swap and deed.mode is ScanMode.OUT else None
    chosen = assignment(deed, GOING[deed.mode])
    chosen.was_prepped = deed.mode is ScanMode.PREP or released is not None
    chosen.in_place_of_id = released.id if released else None
    return chosen


def write_assignments(rows: Sequence[Assignment]) -> None:
    """Insert them in one statement, however many they are."""
    owner = current_organization_id()
    add_rows(Assignment, [values_of(row, owner) for row in rows])


def told_sent(
    request: ScanRequest, thing: Thing, load: Load, parts: Sequence[Part], deeds: Sequence[Deed]
) -> ScanAnswer:
    """The verdict on a case that went: how many pieces, what is missing in it, what to do next."""
    found = found_of(parts)
    pieces = sum(deed.quantity for deed in deeds)
    missing = load.inside.missing
    is_packed_in = load.mode is ScanMode.PREP and load.place.parent_id == request.location_id
    opens = load.mode is ScanMode.PREP and not load.case.is_sealed and not is_packed_in
    situation = shown_as(found, opens, bool(missing))
    said = [
        f"{load.name}: {counted(pieces)} {DONE[load.mode]}." if pieces else f"{load.name}: nothing new in it."
    ]
    if is_packed_in:
        said.append(f"It goes into {db.session.get_one(Location, request.location_id).name}.")
    if opens:
        said = [f"What you scan now goes into {load.name}. {counted(load.inside.pieces)} in it."]
    said += [f"Missing in it: {in_words(missing)}."] if missing else []
    said += [kilograms(load)]
    said += [overload(load)]
    answer = tell(request, thing, load, situation, " ".join(filter(None, said)), deeds, applied=True)
    return replace(answer, location_id=load.place.id if opens else None)


def shown_as(found: Situation, opens: bool, is_missing: bool) -> Situation:
    """What a case that goes is said to be: look where something is worth it, pack where it is open now."""
    if found in (S.SHORT, S.SWAPPED):
        return found
    if opens:
        return S.PACKING
    return S.INCOMPLETE if is_missing else S.PLANNED


def close(request: ScanRequest, thing: Thing, load: Load) -> ScanAnswer:
    """Scanned again, the case that is open is closed: nothing more goes into it unasked."""
    if not load.inside.pieces and load.is_ours and len(load.cases) == 1:
        load.case.state, load.case.event_id = CaseState.STORED, None
    missing = load.inside.missing
    said = [f"{load.name} is closed with {counted(load.inside.pieces)}."]
    said += [kilograms(load)]
    said += [f"Missing in it: {in_words(missing)}."] if missing else []
    answer = tell(request, thing, load, S.CLOSED_CASE, " ".join(filter(None, [*said, overload(load)])))
    return replace(answer, leaves_place=True)


__all__ = ["send_case"]
