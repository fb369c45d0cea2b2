"""In what state things came back: good, to be looked at, damaged, or not there after all. Each is said and kept."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Condition, Event, Product, Scan, ScanMode, ScanResult, Verdict
from app.queries.repairs import number_of_open
from app.queries.scan_log import is_undone, pieces_about
from app.refusals import Refused
from app.rules.phases import Phase
from app.rules.verdicts import Situation
from app.services.activities import record
from app.services.case_locks import Locked, boxed
from app.services.case_steps import return_step
from app.services.case_undo import cases_of
from app.services.missing_pieces import not_back_after_all
from app.services.once import is_first
from app.services.repairs import Damage, open_repair_in
from app.transactions import lock

DAMAGED = "Came back damaged."
ATTENTION = "Somebody should look at it."
CLOSED = {
    False: "This event is closed: report the damage on the thing itself.",
    True: "This event is closed: count what is there instead.",
}
"""What helps where the figures stand, for something damaged and for something missing."""
SAID = {
    Condition.DAMAGED: (Situation.REPORTED, DAMAGED),
    Condition.NEEDS_ATTENTION: (Situation.ATTENTION, ATTENTION),
}


@dataclass(frozen=True)
class Finding:
    """What somebody says of what came back. Of counted pieces, `quantity` says how many; left out, all of them.

    `case_id` is the case that somebody looked into when it was missing, and `most` how many should lie in it.
    """

    condition: Condition
    note: str = ""
    photo_id: int | None = None
    quantity: int | None = None
    case_id: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Reported:
    """What a finding led to, in a sentence; the repair that it opened."""

    message: str
    repair_id: int | None = None


def report_condition(row: Scan, finding: Finding, *, by: Actor, request_id: str = "") -> Reported:
    """Say in what state a scanned thing came back; the same request again changes nothing. Raises Refused."""
    lock(touched_by(row, finding))
    if not is_first(request_id, by=by):
        return Reported("This was reported already.")
    return condition_in(row, finding, by)


def touched_by(row: Scan, finding: Finding) -> Locked:
    """What is to be locked: what came back, and where it may be taken out of a case, all that is in that."""
    step = return_step(row) if finding.condition is Condition.MISSING else None
    inside = boxed([case.location_id for case in cases_of(step)]) if step else {}
    wanted: Locked = {Event: {row.event_id or 0}, Product: {row.product_id or 0}, Asset: {row.asset_id or 0}}
    for model, ids in inside.items():
        wanted.setdefault(model, set()).update(ids)
    return wanted


def condition_in(row: Scan, finding: Finding, by: Actor) -> Reported:
    """The same, with the locks held."""
    refuse_no_return(row, finding)
    product = db.session.get_one(Product, row.product_id)
    asset = db.session.get_one(Asset, row.asset_id) if row.asset_id else None
    pieces = pieces_meant(row, finding)
    if finding.condition is Condition.GOOD:
        return find_good(row, product, asset, pieces, by)
    if finding.condition is Condition.MISSING:
        return Reported(not_back_after_all(row, product, asset, pieces, by, finding.case_id))
    return find_faulty(row, product, asset, pieces, finding, by)


def refuse_no_return(row: Scan, finding: Finding) -> None:
    """Only what came back has a condition, and only as long as the event is not closed. Raises Refused."""
    if is_undone(row.id):
        raise Refused("This return was taken back.", "note")
    if row.mode is not ScanMode.IN or row.change <= 0 or row.situation == Situation.LOST:
        raise Refused("Only what came back has a condition.", "note")
    if db.session.get_one(Event, row.event_id).phase is Phase.CLOSED:
        raise Refused(CLOSED[finding.condition is Condition.MISSING], "note")


def pieces_meant(row: Scan, finding: Finding) -> int:
    """How many pieces of a return are spoken of: of each, damage is reported once. Raises Refused."""
    spoken = [Situation.REPORTED, Situation.MISSING]
    if finding.condition is Condition.NEEDS_ATTENTION:
        spoken.append(Situation.ATTENTION)
    left = row.change - pieces_about(row.id, spoken)
    if finding.most is not None:
        left = min(left, finding.most)
    if left < 1:
        raise Refused("This is reported already.", "note")
    if finding.quantity is not None and not 1 <= finding.quantity <= left:
        raise Refused(f"Only {left} of these can be reported.", "quantity")
    return finding.quantity or left


def name_of(product: Product, asset: Asset | None, pieces: int) -> str:
    """What people call what they speak of."""
    return f"{product.name} {asset.tag}" if asset else f"{pieces} × {product.name}"


def find_good(row: Scan, product: Product, asset: Asset | None, pieces: int, by: Actor) -> Reported:
    """Nothing is wrong with it. What is being repaired stays so until somebody ends the repair."""
    name = name_of(product, asset, pieces)
    if asset is not None and (number := number_of_open(asset.id)):
        return Reported(f"{name} looks good, but {number} is open: end it there.")
    if asset is not None:
        asset.condition = Condition.GOOD
    record("condition.found_good", asset or product, by=by, label=name, event_id=row.event_id)
    db.session.flush()
    return Reported(f"{name} is good.")


def find_faulty(
    row: Scan, product: Product, asset: Asset | None, pieces: int, finding: Finding, by: Actor
) -> Reported:
    """Open a repair: of damage it keeps the thing out of stock, of what needs attention it does not."""
    situation, sentence = SAID[finding.condition]
    is_usable = finding.condition is Condition.NEEDS_ATTENTION
    note = finding.note or sentence
    keep_report(row, situation, pieces, finding.condition, note, by)
    repair = open_repair_in(
        product, asset, pieces, Damage(note, row.event_id, finding.photo_id, is_usable=is_usable), by=by
    )
    name = name_of(product, asset, pieces)
    are = "is" if pieces == 1 else "are"
    state = (
        f"{are} to be looked at, and stay{'s' * (pieces == 1)} available"
        if is_usable
        else f"{are} damaged and out of stock"
    )
    return Reported(f"{name} {state}: {repair.number}.", repair.id)


def keep_report(
    row: Scan, situation: Situation, pieces: int, condition: Condition, note: str, by: Actor
) -> None:
    """Keep the report beside the scan that it is about."""
    now = datetime.now(UTC)
    db.session.add(
        Scan(
            uuid=str(uuid.uuid4()), event_id=row.event_id, mode=row.mode, raw_code=row.raw_code,
            product_id=row.product_id, asset_id=row.asset_id, line_id=row.line_id, quantity=pieces,
            situation=situation, verdict=Verdict.WARN, result=ScanResult.APPLIED,
            message=f"{row.message} {note}", notes=note, condition=condition, beside_id=row.id, by_id=by.id,
            by_name=by.name, scanned_at=now, recorded_at=now,
        )
    )  # fmt: skip


__all__ = ["Finding", "Reported", "condition_in", "report_condition"]
