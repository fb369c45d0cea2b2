"""Taking scans back: the ledger gets the opposite movement, the counts go down again by a row of their own.

A scan is taken back as a whole: what it changed on other events, and the pieces that it put on the list, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Base,
    Case,
    CaseStep,
    Event,
    Location,
    Product,
    PullLine,
    Repair,
    RepairState,
    Scan,
    ScanMode,
    StockTransaction,
    TransactionKind,
)
from app.queries.handovers import covering
from app.queries.scan_log import beside, is_undone, pieces_about, pieces_reported
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.activities import record
from app.services.case_steps import step_called
from app.services.case_undo import places_moved, step_back
from app.services.ledger import LONGEST_DEED, Movement, post
from app.services.scan_deeds import Beside, Deed, deed_again
from app.services.scan_effects import cause, settle_both
from app.services.scan_requests import ScanAnswer
from app.services.scan_restoring import choose_again, count_as_out_again, restore_assignment, take_off_list
from app.services.scan_rows import (
    answer_again,
    answer_of,
    refuse_finished,
    scan_called,
    write_beside,
    write_undone,
)
from app.services.scan_sentences import DEED_WORDS
from app.transactions import lock


def undo(row: Scan, *, by: Actor, uuid: str) -> ScanAnswer:
    """Take a scan back, whoever made it. Raises Refused when something followed that stands in the way."""
    lock(touched_by(row))
    if earlier := scan_called(uuid):
        return answer_again(earlier)
    return undo_in(row, uuid, by)


def touched_by(row: Scan) -> Mapping[type[Base], Iterable[int]]:
    """What is to be locked before a scan is taken back: its events, its products, its asset."""
    whole = whole_of(row)
    rows: list[Any] = [
        row,
        whole,
        *db.session.execute(select(*TOUCHED).where(Scan.beside_id == whole.id)).all(),
    ]
    added = {int(line_id) for one in rows for line_id in one.added}
    lines = select(PullLine.product_id).where(PullLine.id.in_(added))
    return {
        Event: {one.event_id or 0 for one in rows},
        Product: {*(one.product_id or 0 for one in rows), *(db.session.scalars(lines) if added else ())},
        Asset: {one.asset_id or 0 for one in rows},
        Location: places_moved(whole),
    }


TOUCHED: Final = (Scan.event_id, Scan.product_id, Scan.asset_id, Scan.added)


def whole_of(row: Scan) -> Scan:
    """The scan that a row belongs to: one that only returned gear for another event is one with its row there."""
    if row.beside_id is None:
        return row
    cause_of_it = db.session.get_one(Scan, row.beside_id)
    return row if cause_of_it.change else cause_of_it


def undo_in(row: Scan, uuid: str, by: Actor) -> ScanAnswer:
    """The same, with the locks held."""
    row = whole_of(row)
    if row.situation == Situation.LOST:
        raise Refused("A loss is not taken back here: mark it as found.", "code")
    elsewhere = beside(row.id)
    step = step_called(row.uuid) if row.product_id is None else None
    left = row.change - pieces_about(row.id, [Situation.MISSING])
    is_nothing = left <= 0 and not elsewhere and step is None and row.situation != Situation.PACKED
    if is_undone(row.id) or is_nothing:
        raise Refused("This was taken back already.", "code")
    if row.product_id is None:
        return undo_case(row, step, elsewhere, uuid, by)
    deed = deed_again(row, left, uuid, by)
    said = [f"{deed.name}: {DEED_WORDS[row.mode]} taken back.", *take_back_here(deed, row)]
    for number, one in enumerate(reversed(elsewhere)):
        said.append(take_back_there(one, f"{uuid}/{number}", by))
    written = write_beside(Beside(deed, -left, Situation.UNDONE, " ".join(filter(None, said))), None, row.id)
    record("scan.undone", row, by=by, label=deed.name, event_id=deed.event.id)
    return answer_of(written, deed)


def undo_case(row: Scan, step: CaseStep | None, things: Sequence[Scan], uuid: str, by: Actor) -> ScanAnswer:
    """Take the scan of a case back, with everything that went with it. Raises Refused when something followed."""
    event = db.session.get_one(Event, row.event_id)
    refuse_finished(event, row.mode)
    refuse_written_down(row)
    if step is not None:
        step_back(step, f"{uuid}/case", by)
    for number, one in enumerate(reversed(things)):
        take_back_there(one, f"{uuid}/{number}", by)
    name = db.session.scalar(
        select(Location.name).join(Case, Case.location_id == Location.id).where(Case.id == step.case_id)
    ) if step else row.raw_code  # fmt: skip
    message = f"{name}: {DEED_WORDS[row.mode]} taken back."
    written = write_undone(row, message, uuid, by)
    record("scan.undone", row, by=by, label=name or row.raw_code, event_id=event.id)
    return answer_of(written, None)


def take_back_here(deed: Deed, row: Scan) -> list[str]:
    """Undo what a scan did on its own event; who is short because of it, in words."""
    if row.situation == Situation.PACKED:
        deed.quantity = row.quantity
        carry_back(deed, movements_of(row))
    if not row.change:
        return []
    refuse_finished(deed.event, row.mode)
    refuse_written_down(row)
    refuse_overtaken(deed, row)
    origin = deed.where.warehouse_id
    restore_assignment(deed, row)
    short = take_back(deed, movements_of(row))
    if row.added:
        take_off_list(row.added)
        db.session.refresh(deed.line)
    if deed.asset is not None and moved_house(deed, origin):
        settle_both(deed, moved_house(deed, origin))
    return [f"Short now: {', '.join(short)}."] if short else []


def moved_house(deed: Deed, origin: int | None) -> int | None:
    """The warehouse that has the asset again, when it is another than it was taken back from."""
    assert deed.asset is not None
    db.session.refresh(deed.asset)
    place = deed.asset.location_id
    now = db.session.scalar(select(Location.warehouse_id).where(Location.id == place)) if place else None
    return now if now != origin else None


def take_back_there(row: Scan, uuid: str, by: Actor) -> str:
    """Undo what a scan changed on another event: gear is out there again, or a piece chosen there again."""
    pieces = abs(row.change) - pieces_about(row.id, [Situation.MISSING])
    if not pieces:
        return ""
    deed = deed_again(row, pieces, uuid, by)
    if row.change < 0:
        if deed.asset is None:
            deed.certain_claim.prepped_quantity -= row.change
        elif not choose_again(deed):
            return ""
        message = f"{deed.name}: chosen again."
    else:
        take_back_here(deed, row)
        message = f"{deed.name}: {DEED_WORDS[row.mode]} taken back."
    change = pieces if row.change < 0 else -pieces
    write_beside(Beside(deed, change, Situation.UNDONE, message), None, row.id)
    return f"{deed.event.number} has it again."


def refuse_written_down(row: Scan) -> None:
    """A movement is closed once it stands on a delivery or return note. Raises Refused, with what helps."""
    if number := covering(row.event_id or 0, row.mode, row.id):
        if row.beside_id is not None:
            raise Refused(f"Its return from another event stands on {number}: that stands.", "code")
        way = "Scan it in instead" if row.mode is ScanMode.OUT else "Scan it out instead"
        raise Refused(f"It stands on {number}. {way}, or take the note back.", "code")


def refuse_overtaken(deed: Deed, row: Scan) -> None:
    """What came back cannot be un-sent, and what left cannot be un-prepped. Raises Refused."""
    claim = deed.certain_claim
    if row.mode is ScanMode.OUT and claim.still_out < deed.quantity:
        raise Refused("It has come back already. Take the return back first.", "code")
    if row.mode is ScanMode.IN and (number := repair_of(deed, row)):
        raise Refused(
            f"Damage was reported on it: the return stands, unless {number} ends as mended.", "code"
        )
    is_counted = row.mode is ScanMode.PREP and deed.asset is None
    if is_counted and claim.prepped_quantity - deed.quantity < claim.out_quantity:
        raise Refused("It has left already. Take the check-out back first.", "code")


def repair_of(deed: Deed, row: Scan) -> str:
    """The repair that counts on what came back being here: one that has mended it counts on nothing more.

    Of counted pieces, those of this return are meant that were reported as damaged.
    """
    if deed.asset is not None:
        return deed.where.repair_number if deed.where.repair_id else ""
    query = select(Repair.number).where(
        Repair.event_id == deed.event.id,
        Repair.product_id == deed.product.id,
        Repair.asset_id.is_(None),
        Repair.state != RepairState.REPAIRED,
    )
    return (db.session.scalar(query.limit(1)) or "") if pieces_reported(row.id) else ""


def movements_of(row: Scan) -> Sequence[StockTransaction]:
    """What a scan moved in the ledger."""
    query = select(StockTransaction).where(
        StockTransaction.request_id == row.uuid,
        StockTransaction.recorded_at >= row.recorded_at - LONGEST_DEED,
        StockTransaction.recorded_at < row.recorded_at + LONGEST_DEED,
    )
    return db.session.scalars(query.order_by(StockTransaction.id)).all()


def take_back(deed: Deed, past: Sequence[StockTransaction]) -> list[str]:
    """Move the deed's quantity back the way it came, and count it off; the events that are short because of it."""
    carry_back(deed, past)
    claim = deed.certain_claim
    if deed.mode is ScanMode.IN:
        return count_as_out_again(deed)
    if deed.mode is ScanMode.PREP:
        claim.prepped_quantity -= deed.quantity
    else:
        claim.out_quantity -= deed.quantity
    db.session.flush()
    return []


def carry_back(deed: Deed, past: Sequence[StockTransaction]) -> None:
    """Move the deed's quantity back the way it came."""
    left, movements = deed.quantity, []
    for moved in past:
        pieces = min(left, moved.quantity)
        if pieces and moved.from_id is not None and moved.to_id is not None:
            movements.append(Movement(moved.product_id, pieces, moved.asset_id, moved.to_id, moved.from_id))
            left -= pieces
    if movements:
        post(TransactionKind.TRANSFER, movements, cause(deed))


__all__ = ["touched_by", "undo", "undo_in"]
