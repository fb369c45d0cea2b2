"""Scans as they are kept: append-only rows, whose sums are the counts, and the answers they give."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, or_, select

from app.actors import Actor
from app.extensions import db
from app.models import Code, Event, Location, LocationKind, Scan, ScanMode, ScanResult, Verdict
from app.queries.rows import AnyRow
from app.queries.scan_log import IS_UNDOABLE
from app.refusals import Refused
from app.rules.codes import code_key
from app.rules.phases import Phase
from app.rules.verdicts import TABLE, Situation
from app.services.scan_deeds import Beside, Counting, Deed, counting
from app.services.scan_requests import ScanAnswer, ScanRequest, Thing, counters_of
from app.transactions import add_rows

LONGEST_NOTE = 2_000
LONGEST_DEVICE = 200
LEAVES_NUMBER = (Situation.UNKNOWN, Situation.UNREADABLE, Situation.LOCATION, Situation.REFUSED)
"""What uses up no number that was given before."""
NOTED = (Situation.LOCATION, Situation.QUANTITY, Situation.COMMAND, Situation.UNDONE)
"""What moves nothing and still is done."""
SETS_PLACE = (Situation.LOCATION, Situation.PACKING)
"""What says where the things go that are scanned next."""


RECALLED: Final = select(Scan).where(Scan.uuid == bindparam("uuid"))
BEFORE: Final = (
    select(Scan.id)
    .where(
        Scan.event_id == bindparam("event"),
        Scan.by_id == bindparam("by"),
        Scan.device == bindparam("device"),
        Scan.situation.not_in(LEAVES_NUMBER),
    )
    .order_by(Scan.id.desc())
    .limit(1)
    .scalar_subquery()
)
REMEMBERED: Final = select(Scan.id, Scan.uuid, Scan.situation, Scan.raw_code).where(
    or_(Scan.uuid == bindparam("uuid"), Scan.id == BEFORE)
)


class Memory(NamedTuple):
    """What the log knows before a scan: the same scan, had it come before, and a number that waits for its code."""

    same: Scan | None
    number: int | None


def recall(request: ScanRequest, by: Actor) -> Memory:
    """Look into the log for a scan that has come: one statement."""
    asked = {
        "uuid": request.uuid, "event": request.event_id, "by": by.id, "device": kept_device(request.device),
    }  # fmt: skip
    rows = db.session.execute(REMEMBERED, asked).all()
    numbers = [
        row.raw_code for row in rows if row.situation == Situation.QUANTITY and row.uuid != request.uuid
    ]
    is_same = any(row.uuid == request.uuid for row in rows)
    return Memory(scan_called(request.uuid) if is_same else None, int(numbers[0]) if numbers else None)


def scan_called(uuid: str) -> Scan | None:
    """The scan with this id, if it came before."""
    return db.session.scalars(RECALLED, {"uuid": uuid}).one_or_none()


def number_before(event_id: int, by: Actor, device: str) -> int | None:
    """The number that this person gave on this device, until it is used or taken back."""
    row = db.session.execute(
        select(Scan.situation, Scan.raw_code).where(Scan.id == BEFORE),
        {"event": event_id, "by": by.id, "device": kept_device(device)},
    ).one_or_none()
    return int(row.raw_code) if row and row.situation == Situation.QUANTITY else None


def kept_device(device: str) -> str:
    """A device's name, as long as it is kept."""
    return device[:LONGEST_DEVICE]


def write(
    request: ScanRequest,
    thing: Thing,
    situation: Situation,
    message: str,
    by: Actor,
    *,
    deed: Deed | None = None,
    applied: bool = False,
) -> ScanAnswer:
    """Keep the scan as it came, with what was found and done."""
    now = datetime.now(UTC)
    row = Scan(
        uuid=request.uuid,
        event_id=request.event_id,
        mode=request.mode,
        raw_code=thing.scanned.text,
        product_id=deed.product.id if deed else None,
        asset_id=deed.asset.id if deed and deed.asset else None,
        line_id=deed.line.id if deed and deed.line else None,
        quantity=deed.quantity if deed else 1,
        change=deed.quantity if deed and applied and deed.counts_here else 0,
        situation=situation,
        verdict=Verdict(TABLE[situation].verdict),
        result=result_of(situation, applied),
        message=message,
        condition=request.condition,
        notes=request.notes[:LONGEST_NOTE],
        device=kept_device(request.device),
        added=deed.added if deed else {},
        by_id=by.id,
        by_name=by.name,
        scanned_at=request.scanned_at or now,
        recorded_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return answer_of(row, deed)


def result_of(situation: Situation, applied: bool) -> ScanResult:
    """What became of it, for programs."""
    if applied or situation in NOTED:
        return ScanResult.APPLIED
    if situation is Situation.SAME_AGAIN:
        return ScanResult.DUPLICATE
    return ScanResult.UNRESOLVED if situation is Situation.UNKNOWN else ScanResult.REFUSED


def write_beside(beside: Beside, beside_id: int | None, undoes_id: int | None = None) -> Scan:
    """A row that no device sent: what a scan changes in the counts of another event, or takes back."""
    row = Scan(**values_beside(beside, beside_id, undoes_id))
    db.session.add(row)
    db.session.flush()
    return row


def write_beside_all(rows: Sequence[Beside], beside_id: int) -> None:
    """Many of them, in as many statements as one."""
    add_rows(Scan, [values_beside(one, beside_id) for one in rows])


def write_undone(row: Scan, message: str, uuid: str, by: Actor) -> Scan:
    """The row that takes the scan of a case back."""
    now = datetime.now(UTC)
    written = Scan(
        uuid=uuid, event_id=row.event_id, mode=row.mode, raw_code=row.raw_code, situation=Situation.UNDONE,
        verdict=Verdict.OK, result=ScanResult.APPLIED, message=message, undoes_id=row.id, by_id=by.id,
        by_name=by.name, scanned_at=now, recorded_at=now,
    )  # fmt: skip
    db.session.add(written)
    db.session.flush()
    return written


def values_beside(beside: Beside, beside_id: int | None, undoes_id: int | None = None) -> dict[str, Any]:
    """What such a row says."""
    deed, now = beside.deed, datetime.now(UTC)
    return {
        "uuid": deed.uuid,
        "event_id": deed.event.id,
        "mode": deed.mode,
        "raw_code": deed.asset.tag if deed.asset else deed.product.sku,
        "product_id": deed.product.id,
        "asset_id": deed.asset.id if deed.asset else None,
        "line_id": deed.line.id if deed.line else None,
        "quantity": deed.quantity or 1,
        "change": beside.change,
        "situation": beside.situation,
        "verdict": Verdict.OK,
        "result": ScanResult.APPLIED,
        "message": beside.message,
        "added": deed.added,
        "undoes_id": undoes_id,
        "beside_id": beside_id,
        "by_id": deed.by.id,
        "by_name": deed.by.name,
        "scanned_at": now,
        "recorded_at": now,
    }


def answer_of(row: Scan, deed: Deed | None) -> ScanAnswer:
    """What a kept scan says to the person."""
    situation = Situation(row.situation)
    may_offer = row.result in (ScanResult.REFUSED, ScanResult.UNRESOLVED)
    return ScanAnswer(
        scan_id=row.id,
        situation=situation,
        verdict=row.verdict,
        result=row.result,
        message=row.message,
        mode=row.mode,
        code=row.raw_code,
        counters=counters_of(deed.line, deed.claim) if deed else None,
        product_id=row.product_id,
        asset_id=row.asset_id,
        line_id=row.line_id,
        quantity=row.quantity,
        offer=TABLE[situation].offer if may_offer else None,
    )


def answer_again(row: Scan) -> ScanAnswer:
    """The quiet answer to a scan that came before: the same verdict, with the counts of now."""
    if row.product_id is None:
        return about_place(row)
    found = counting(row.event_id, row.product_id) if row.event_id else Counting()
    return replace(answer_of(row, None), counters=counters_of(found.line, found.claim))


def about_place(row: Scan) -> ScanAnswer:
    """The same for a scan that named no product: a place is set again, a case open or closed as it was then."""
    answer, named = answer_of(row, None), named_place(row.raw_code)
    if named is None:
        return answer
    return replace(
        answer,
        location_id=named.id if answer.situation in SETS_PLACE else None,
        case_code=named.code if named.kind is LocationKind.CASE else "",
        leaves_place=answer.situation is Situation.CLOSED_CASE,
    )


def named_place(code: str) -> AnyRow | None:
    """The place that a code names."""
    query = select(Location.id, Location.code, Location.kind).join(Code, Code.location_id == Location.id)
    return db.session.execute(query.where(Code.code_key == code_key(code))).one_or_none()


def last_counting(event_id: int, by: Actor, number: int = 1) -> Sequence[Scan]:
    """This person's last scans on an event that did something and were not taken back, the latest first."""
    query = select(Scan).where(
        Scan.event_id == event_id, Scan.by_id == by.id, Scan.beside_id.is_(None), IS_UNDOABLE
    )
    return db.session.scalars(query.order_by(Scan.id.desc()).limit(number)).all()


def may_move(event: Event, mode: ScanMode) -> bool:
    """Nothing moves on a finished event, but what is out on a cancelled one still comes home."""
    return event.phase.is_open or (event.phase is Phase.CANCELLED and mode is ScanMode.IN)


def refuse_finished(event: Event, mode: ScanMode) -> None:
    """Raises Refused where nothing moves any more."""
    if not may_move(event, mode):
        raise Refused(f"{event.number} is {event.phase.label.lower()}: its scans stand.", "code")
