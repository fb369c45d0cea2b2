"""What is scanned and moves nothing: command cards, places to put things, numbers for the code to come."""

from dataclasses import replace

from app.actors import Actor
from app.extensions import db
from app.models import Condition, Event, Location, LocationKind, ScanMode
from app.refusals import Refused
from app.rules.codes import Command
from app.rules.verdicts import Situation
from app.services.case_guards import refuse_closed
from app.services.conditions import Finding, condition_in
from app.services.scan_effects import is_landing
from app.services.scan_requests import ScanAnswer, ScanRequest, Thing
from app.services.scan_rows import last_counting, number_before, write
from app.services.scan_undo import undo_in

DONE = {
    ScanMode.PREP: "Done. What is still missing stands in the list below.",
    ScanMode.OUT: "Done. What has not left stands in the list below.",
    ScanMode.IN: "Done. What has not come back stands in the list below.",
}


def command(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """A command card. UNDO and DAMAGED are about the last scan; the others are for the screen to follow."""
    match thing.scanned.command:
        case Command.UNDO:
            return undo_last(request, thing, event, by)
        case Command.DAMAGED:
            return damaged_last(request, thing, event, by)
    word = str(thing.scanned.command)
    said = DONE[request.mode] if word == Command.DONE else f"Now scanning {word}."
    return replace(write(request, thing, Situation.COMMAND, said, by), command=word)


def undo_last(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """Take back what this person scanned last: a number that waits for its code, else what counted."""
    if number_before(event.id, by, request.device):
        return write(request, thing, Situation.COMMAND, "The number is taken back.", by)
    last = last_counting(event.id, by)
    if not last:
        return write(request, thing, Situation.COMMAND, "There is nothing to undo.", by)
    return undo_in(last[0], request.uuid, by)


def damaged_last(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """What this person scanned in last came back damaged."""
    last = next(iter(last_counting(event.id, by)), None)
    if last is None or last.mode is not ScanMode.IN:
        return write(request, thing, Situation.COMMAND, "Scan the damaged thing in first.", by)
    reported = condition_in(last, Finding(Condition.DAMAGED), by)
    answer = write(request, thing, Situation.COMMAND, f"{last.message} Reported as damaged.", by)
    return replace(answer, repair_id=reported.repair_id)


def place(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """A shelf or case: what comes in next is put there."""
    location = db.session.get_one(Location, thing.location_id)
    if not is_landing(location, event):
        text = f"{location.name} is no place of this warehouse: nothing is put there."
        return write(request, thing, Situation.REFUSED, text, by)
    try:
        refuse_closed([location.id])
    except Refused as refused:
        return write(request, thing, Situation.REFUSED, refused.message, by)
    if request.mode is not ScanMode.IN:
        text = f"{location.name} is a place. It matters when things come back: what goes is found by itself."
        return write(request, thing, Situation.LOCATION, text, by)
    answer = write(request, thing, Situation.LOCATION, f"What comes back now is put at {location.name}.", by)
    case_code = location.code if location.kind is LocationKind.CASE else ""
    return replace(answer, location_id=location.id, case_code=case_code)


def number(request: ScanRequest, thing: Thing, by: Actor) -> ScanAnswer:
    """A number by itself: it is for the code to come."""
    if not thing.scanned.number or thing.scanned.number < 1:
        return write(request, thing, Situation.REFUSED, "A number must be at least 1.", by)
    text = f"{thing.scanned.number} of what is scanned next."
    return write(request, thing, Situation.QUANTITY, text, by)
