"""Trying whether what was mended works: who did, how it went. What fails stays in repair."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Repair, RepairState, RepairTest
from app.queries.repairs import still_tells
from app.refusals import Refused
from app.services.activities import record
from app.services.repairs import locked_repair

UNTESTED = "Nobody has tested it since it was damaged, or came back: say what was tested, or test it first."


def keep_test(repair: Repair, is_passed: bool, note: str, *, by: Actor) -> RepairTest:
    """Keep how a test went. A failed one keeps the repair open, and says what is still wrong. Raises Refused."""
    locked_repair(repair)
    if not is_passed and not note.strip():
        raise Refused("Please say what still fails.", "test_note")
    repair.state = RepairState.IN_PROGRESS
    return write_test(repair, is_passed, note, by)


def write_test(repair: Repair, is_passed: bool, note: str, by: Actor) -> RepairTest:
    """The row of a test."""
    row = RepairTest(
        repair_id=repair.id,
        is_passed=is_passed,
        note=note,
        by_id=by.id,
        by_name=by.name,
        tested_at=datetime.now(UTC),
    )
    db.session.add(row)
    verb = "repair.passed" if is_passed else "repair.failed"
    record(verb, repair, by=by, event_id=repair.event_id, summary=note)
    db.session.flush()
    return row


def last_test(repair_id: int) -> RepairTest | None:
    """The latest test of a repair that still tells something."""
    query = select(RepairTest).where(RepairTest.repair_id == repair_id, still_tells())
    return db.session.scalars(query.order_by(RepairTest.id.desc()).limit(1)).first()


def see_it_passed(repair: Repair, tested: str, by: Actor) -> None:
    """Nothing is mended that failed its last test, or that nobody has tested: `tested` says what was, just now.

    What is said so is kept as a test that passed. Raises Refused.
    """
    last = last_test(repair.id)
    if last is not None and not last.is_passed:
        raise Refused(f"It failed its last test ({last.by_name}): test it again first.", "ending")
    if last is None and not tested.strip():
        raise Refused(UNTESTED, "tested")
    if tested.strip():
        write_test(repair, True, tested.strip(), by)


__all__ = ["keep_test", "last_test", "see_it_passed"]
