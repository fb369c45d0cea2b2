"""Scans that a device has kept while it had no network: judged late, and decided by a person where that is due."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Decision, Event, Scan, ScanConflict, ScanResult
from app.queries.scan_log import is_undone
from app.refusals import NotFound, Refused
from app.rules.codes import LONGEST_CODE, ScanInput
from app.rules.conflicts import KEPT, needs_decision
from app.rules.verdicts import AT_ONCE, Situation
from app.services.activities import record
from app.services.scan_requests import ScanAnswer, ScanRequest, Thing
from app.services.scan_rows import answer_again, scan_called, write
from app.services.scans import scan, undo
from app.transactions import lock

HANDED_OVER = "{} could not be judged: the device handed it over. {}"
LONGEST_REASON = 300


def scan_late(request: ScanRequest, said: str, sequence: int | None, *, by: Actor) -> ScanAnswer:
    """Judge a scan that a device has kept; `said` is what it told the person meanwhile.

    What was not simply done, or found otherwise, waits for a decision from then on. The same scan again changes
    nothing. Raises what `scan` raises.
    """
    answer = scan(request, by=by)
    if needs_decision(said, answer.situation, answer.verdict):
        note(answer.scan_id, request.event_id, said, sequence)
    return answer


def note(scan_id: int, event_id: int, said: str, sequence: int | None) -> ScanConflict:
    """The conflict of a scan, made when it is not there yet. The event is locked by whoever has scanned."""
    found = db.session.scalars(select(ScanConflict).where(ScanConflict.scan_id == scan_id)).one_or_none()
    if found is None:
        found = ScanConflict(scan_id=scan_id, event_id=event_id, said=said, sequence=sequence)
        db.session.add(found)
        db.session.flush()
    return found


def take_over(request: ScanRequest, reason: str, sequence: int | None, *, by: Actor) -> ScanAnswer:
    """Keep a scan that this server could not even judge, for a person to look at. Once for each id."""
    lock({Event: [request.event_id]})
    if db.session.get(Event, request.event_id) is None:
        raise NotFound("This event does not exist.")
    if (same := scan_called(request.uuid)) is not None:
        answer = answer_again(same)
    else:
        text = request.code.strip()[:LONGEST_CODE] or "?"
        sentence = HANDED_OVER.format(text, reason[:LONGEST_REASON]).strip()
        answer = write(request, Thing(ScanInput(text)), Situation.REFUSED, sentence, by)
    note(answer.scan_id, request.event_id, KEPT, sequence)
    return answer


def decide(conflict: ScanConflict, decision: Decision, *, by: Actor, uuid: str) -> ScanAnswer | None:
    """Do what somebody decided: scan it again, with or without consent, take it back, or leave it as it is.

    What could not be done this time either stays open; the answer says why. Raises Refused when somebody was faster.
    """
    conflict_id, event_id = conflict.id, conflict.event_id
    answer = deed_of(db.session.get_one(Scan, conflict.scan_id), decision, by, uuid)
    if answer is None:
        lock({Event: [event_id]})
    now = db.session.get_one(ScanConflict, conflict_id, populate_existing=True)
    if now.decided_at is not None:
        return answer_of_decided(now, answer)
    if answer is None or is_done(answer):
        close(now, decision, answer, by)
    return answer


def deed_of(row: Scan, decision: Decision, by: Actor, uuid: str) -> ScanAnswer | None:
    """The scan that a decision leads to; none for leaving things as they are."""
    if decision is Decision.IGNORE or (decision is Decision.UNDO and is_undone(row.id)):
        return None
    if decision is Decision.UNDO:
        return undo(row, by=by, uuid=uuid)
    return scan(again(row, decision, uuid), by=by)


def again(row: Scan, decision: Decision, uuid: str) -> ScanRequest:
    """The same reading once more, by whoever decides."""
    request = ScanRequest(
        uuid=uuid, code=row.raw_code, mode=row.mode, event_id=row.event_id or 0, device=row.device,
        scanned_at=row.scanned_at, quantity=row.quantity if row.product_id and not row.asset_id else None,
    )  # fmt: skip
    return replace(request, accept=decision is Decision.ACCEPT, override=decision is Decision.OVERRIDE)


def is_done(answer: ScanAnswer) -> bool:
    """True when nothing is left to decide."""
    return answer.result in (ScanResult.APPLIED, ScanResult.DUPLICATE) or answer.situation in AT_ONCE


def answer_of_decided(conflict: ScanConflict, answer: ScanAnswer | None) -> ScanAnswer | None:
    """The same decision, sent twice. Raises Refused for another one."""
    if answer is not None and conflict.then_id == answer.scan_id:
        return answer
    raise Refused(f"{conflict.decided_by_name} has decided about this already.", "decision")


def close(conflict: ScanConflict, decision: Decision, answer: ScanAnswer | None, by: Actor) -> None:
    """Nobody needs to look any more."""
    conflict.decision, conflict.decided_at = decision, datetime.now(UTC)
    conflict.decided_by_id, conflict.decided_by_name = by.id, by.name
    conflict.then_id = answer.scan_id if answer else None
    event, row = db.session.get_one(Event, conflict.event_id), db.session.get_one(Scan, conflict.scan_id)
    record("scan.decided", event, by=by, label=row.raw_code, decision=str(decision), event_id=event.id)
