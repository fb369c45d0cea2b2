"""Scans as they are kept: append-only rows, whose sums are the counts, and the answers they give."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Code, Event, PullLine, Reservation, Scan, ScanMode, ScanResult, Verdict
from app.refusals import Refused
from app.rules.codes import code_key
from app.rules.phases import Phase
from app.rules.verdicts import TABLE, Situation
from app.services.scan_effects import Deed
from app.services.scan_requests import ScanAnswer, ScanRequest, Thing, counters_of

LONGEST_NOTE = 2_000
NOTED = (Situation.LOCATION, Situation.QUANTITY, Situation.COMMAND, Situation.UNDONE)
"""What moves nothing and still is done."""


def scan_called(uuid: str) -> Scan | None:
    """The scan with this id, if it came before."""
    return db.session.scalars(select(Scan).where(Scan.uuid == uuid)).one_or_none()


def line_and_claim(event_id: int, product_id: int) -> tuple[PullLine | None, Reservation | None]:
    """The event's line of a product, and the claim that counts its way."""
    query = (
        select(PullLine, Reservation)
        .outerjoin(Reservation, Reservation.line_id == PullLine.id)
        .where(PullLine.event_id == event_id, PullLine.product_id == product_id)
    )
    found = db.session.execute(query).one_or_none()
    return (found[0], found[1]) if found else (None, None)


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
        device=request.device[:200],
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


def write_beside(
    deed: Deed, uuid: str, change: int, situation: Situation, message: str, undoes_id: int | None = None
) -> Scan:
    """A row that no device sent: what a scan changes in the counts of another event, or takes back."""
    now = datetime.now(UTC)
    row = Scan(
        uuid=uuid,
        event_id=deed.event.id,
        mode=deed.mode,
        raw_code=deed.asset.tag if deed.asset else deed.product.sku,
        product_id=deed.product.id,
        asset_id=deed.asset.id if deed.asset else None,
        line_id=deed.line.id if deed.line else None,
        quantity=abs(change),
        change=change,
        situation=situation,
        verdict=Verdict.OK,
        result=ScanResult.APPLIED,
        message=message,
        undoes_id=undoes_id,
        by_id=deed.by.id,
        by_name=deed.by.name,
        scanned_at=now,
        recorded_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


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
        offer=TABLE[situation].offer if may_offer else None,
    )


def answer_again(row: Scan) -> ScanAnswer:
    """The quiet answer to a scan that came before: the same verdict, with the counts of now."""
    line, claim = (
        line_and_claim(row.event_id, row.product_id) if row.event_id and row.product_id else (None, None)
    )
    location_id = named_place(row.raw_code) if row.situation == Situation.LOCATION else None
    return replace(answer_of(row, None), counters=counters_of(line, claim), location_id=location_id)


def named_place(code: str) -> int | None:
    """The place that a code names."""
    return db.session.scalar(select(Code.location_id).where(Code.code_key == code_key(code)))


def last_counting(event_id: int, by: Actor) -> Scan | None:
    """This person's last scan on an event that counted and was not taken back."""
    undone = select(Scan.undoes_id).where(Scan.event_id == event_id, Scan.undoes_id.is_not(None))
    query = (
        select(Scan)
        .where(
            Scan.event_id == event_id,
            Scan.by_id == by.id,
            Scan.change > 0,
            Scan.situation != Situation.LOST,
            Scan.id.not_in(undone),
        )
        .order_by(Scan.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def number_before(event_id: int, by: Actor) -> int | None:
    """The number that this person gave by the scan right before; it is for one scan."""
    query = select(Scan.situation, Scan.raw_code).where(Scan.event_id == event_id, Scan.by_id == by.id)
    before = db.session.execute(query.order_by(Scan.id.desc()).limit(1)).one_or_none()
    return int(before.raw_code) if before and before.situation == Situation.QUANTITY else None


def refuse_finished(event: Event, mode: ScanMode) -> None:
    """Nothing moves on a finished event, but what is out on a cancelled one still comes home. Raises Refused."""
    comes_home = event.phase is Phase.CANCELLED and mode is ScanMode.IN
    if not event.phase.is_open and not comes_home:
        raise Refused(f"{event.number} is {event.phase.label.lower()}: its scans stand.", "code")
