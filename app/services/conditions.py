"""In what state things come back: damage opens a repair, what needs attention is noted."""

import uuid
from datetime import UTC, datetime

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Condition, Event, Product, Scan, ScanMode, ScanResult, Verdict
from app.queries.scan_log import is_undone, pieces_reported
from app.refusals import Refused
from app.rules.phases import Phase
from app.rules.verdicts import Situation
from app.services.activities import record
from app.services.once import is_first
from app.services.repairs import Damage, open_repair_in
from app.transactions import lock

WORTH_SAYING = (Condition.NEEDS_ATTENTION, Condition.DAMAGED)
DAMAGED = "Came back damaged."


def report_condition(
    row: Scan,
    condition: Condition,
    note: str,
    photo_id: int | None,
    *,
    by: Actor,
    quantity: int | None = None,
    request_id: str = "",
) -> int | None:
    """Say in what state a scanned thing came back; the repair that damage opened. Raises Refused.

    Of counted pieces, `quantity` says how many; left out, it is all of them.
    """
    lock({Event: [row.event_id or 0], Product: [row.product_id or 0], Asset: [row.asset_id or 0]})
    if not is_first(request_id, by=by):
        return None
    return condition_in(row, condition, note, photo_id, by, quantity)


def condition_in(
    row: Scan, condition: Condition, note: str, photo_id: int | None, by: Actor, quantity: int | None = None
) -> int | None:
    """The same, with the locks held."""
    pieces = pieces_meant(row, quantity)
    product = db.session.get_one(Product, row.product_id)
    asset = db.session.get_one(Asset, row.asset_id) if row.asset_id else None
    if condition is Condition.NEEDS_ATTENTION:
        note_attention(row, product, asset, note, by)
        return None
    damage = Damage(note or DAMAGED, row.event_id, photo_id)
    report(row, pieces, condition, damage.note, by)
    return open_repair_in(product, asset, pieces, damage, by=by).id


def pieces_meant(row: Scan, quantity: int | None) -> int:
    """How many pieces of a return are spoken of: each is reported as damaged once. Raises Refused."""
    refuse_no_return(row)
    left = row.change - pieces_reported(row.id)
    if left < 1:
        raise Refused("This is reported as damaged already.", "note")
    if quantity is not None and not 1 <= quantity <= left:
        raise Refused(f"{left} of this scan can be reported.", "quantity")
    return quantity or left


def report(row: Scan, pieces: int, condition: Condition, note: str, by: Actor) -> None:
    """Keep the report beside the scan that it is about."""
    now = datetime.now(UTC)
    db.session.add(
        Scan(
            uuid=str(uuid.uuid4()), event_id=row.event_id, mode=row.mode, raw_code=row.raw_code,
            product_id=row.product_id, asset_id=row.asset_id, line_id=row.line_id, quantity=pieces,
            situation=Situation.REPORTED, verdict=Verdict.WARN, result=ScanResult.APPLIED,
            message=f"{row.message} {note}", notes=note, condition=condition, beside_id=row.id, by_id=by.id,
            by_name=by.name, scanned_at=now, recorded_at=now,
        )
    )  # fmt: skip


def refuse_no_return(row: Scan) -> None:
    """Only what came back has a condition, and only as long as the event is not closed. Raises Refused."""
    if is_undone(row.id):
        raise Refused("This return was taken back.", "note")
    if row.mode is not ScanMode.IN or row.change <= 0 or row.situation == Situation.LOST:
        raise Refused("Only what came back has a condition.", "note")
    if db.session.get_one(Event, row.event_id).phase is Phase.CLOSED:
        raise Refused("This event is closed: report the damage on the thing itself.", "note")


def note_attention(row: Scan, product: Product, asset: Asset | None, note: str, by: Actor) -> None:
    """Somebody should look at it; it stays available."""
    if asset is not None:
        asset.condition = Condition.NEEDS_ATTENTION
        asset.notes = "\n".join(filter(None, (asset.notes, note)))
    subject = asset or product
    record("condition.noted", subject, by=by, event_id=row.event_id, summary=note or "Needs attention.")
    db.session.flush()
