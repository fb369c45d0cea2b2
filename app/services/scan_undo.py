"""Taking scans back: the ledger gets the opposite movement, the counts go down again by a row of their own."""

from collections.abc import Sequence

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Event,
    Product,
    PullLine,
    Scan,
    ScanMode,
    StockTransaction,
    Tracking,
    TransactionKind,
)
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.activities import record
from app.services.ledger import Movement, post
from app.services.scan_effects import Deed, cause
from app.services.scan_requests import ScanAnswer
from app.services.scan_rows import (
    answer_again,
    answer_of,
    line_and_claim,
    refuse_finished,
    scan_called,
    write_beside,
)
from app.transactions import lock


def undo(row: Scan, *, by: Actor, uuid: str) -> ScanAnswer:
    """Take a scan back, whoever made it. Raises Refused when something followed that stands in the way."""
    lock({Event: [row.event_id or 0], Product: [row.product_id or 0], Asset: [row.asset_id or 0]})
    if earlier := scan_called(uuid):
        return answer_again(earlier)
    return undo_in(row, uuid, by)


def undo_in(row: Scan, uuid: str, by: Actor) -> ScanAnswer:
    """The same, with the locks held."""
    if db.session.scalar(select(Scan.id).where(Scan.undoes_id == row.id)) or row.change <= 0:
        raise Refused("This was taken back already.", "code")
    if row.situation == Situation.LOST:
        raise Refused("A loss is not taken back here: mark it as found.", "code")
    deed = deed_again(row, row.change, uuid, by)
    refuse_overtaken(deed, row)
    take_back(deed, movements_of(row))
    restore_assignment(deed, row)
    message = f"{deed.name}: {row.mode.value} taken back."
    written = write_beside(deed, uuid, -row.change, Situation.UNDONE, message, undoes_id=row.id)
    record("scan.undone", row, by=by, label=deed.name, event_id=deed.event.id)
    return answer_of(written, deed)


def deed_again(row: Scan, quantity: int, uuid: str, by: Actor) -> Deed:
    """What a scan was about, as it stands now. Raises Refused when the event is finished."""
    event = db.session.get_one(Event, row.event_id)
    refuse_finished(event, row.mode)
    product = db.session.get_one(Product, row.product_id)
    line, claim = line_and_claim(event.id, product.id)
    asset = db.session.get_one(Asset, row.asset_id) if row.asset_id else None
    return Deed(event, product, asset, quantity, row.mode, line, claim, by, uuid)


def refuse_overtaken(deed: Deed, row: Scan) -> None:
    """What came back cannot be un-sent, and what left cannot be un-prepped. Raises Refused."""
    claim = deed.certain_claim
    if row.mode is ScanMode.OUT and claim.still_out < deed.quantity:
        raise Refused("It has come back already. Take the return back first.", "code")
    is_counted = row.mode is ScanMode.PREP and deed.asset is None
    if is_counted and claim.prepped_quantity - deed.quantity < claim.out_quantity:
        raise Refused("It has left already. Take the check-out back first.", "code")


def movements_of(row: Scan) -> Sequence[StockTransaction]:
    """What a scan moved in the ledger."""
    query = select(StockTransaction).where(StockTransaction.request_id == row.uuid)
    return db.session.scalars(query.order_by(StockTransaction.id)).all()


def take_back(deed: Deed, past: Sequence[StockTransaction]) -> None:
    """Move the deed's quantity back the way it came, and count it off."""
    left, movements = deed.quantity, []
    for moved in past:
        pieces = min(left, moved.quantity)
        if pieces and moved.from_id is not None and moved.to_id is not None:
            movements.append(Movement(moved.product_id, pieces, moved.asset_id, moved.to_id, moved.from_id))
            left -= pieces
    if movements:
        post(TransactionKind.TRANSFER, movements, cause(deed))
    claim = deed.certain_claim
    if deed.mode is ScanMode.PREP:
        claim.prepped_quantity -= deed.quantity
    elif deed.mode is ScanMode.OUT:
        claim.out_quantity -= deed.quantity
    else:
        claim.returned_quantity -= deed.quantity
    db.session.flush()


def restore_assignment(deed: Deed, row: Scan) -> None:
    """Let the asset's assignment stand as before the scan. Raises Refused when it has moved on."""
    if deed.asset is None:
        return
    chosen = newest_assignment(deed)
    if row.mode is ScanMode.PREP:
        if chosen.state is not AssignmentState.PREPPED:
            raise Refused("It has left already. Take the check-out back first.", "code")
        chosen.state = AssignmentState.RELEASED
    elif row.mode is ScanMode.OUT:
        chosen.state = AssignmentState.PREPPED if chosen.was_prepped else AssignmentState.RELEASED
        chosen.out_at = None
    else:
        refuse_chosen_elsewhere(deed)
        chosen.state, chosen.returned_at = AssignmentState.OUT, None
    db.session.flush()


def refuse_chosen_elsewhere(deed: Deed) -> None:
    """A return stays when the asset was chosen for another event since. Raises Refused, naming it."""
    assert deed.asset is not None
    query = (
        select(Event.number, Event.name)
        .join(Assignment, Assignment.event_id == Event.id)
        .where(
            Assignment.asset_id == deed.asset.id,
            Assignment.event_id != deed.event.id,
            Assignment.state.in_((AssignmentState.PREPPED, AssignmentState.OUT)),
        )
    )
    if other := db.session.execute(query.limit(1)).one_or_none():
        raise Refused(f"It is on {other.number} {other.name} meanwhile. Take it back there first.", "code")


def newest_assignment(deed: Deed) -> Assignment:
    """The asset's latest assignment on this event."""
    assert deed.asset is not None
    query = (
        select(Assignment)
        .where(Assignment.asset_id == deed.asset.id, Assignment.event_id == deed.event.id)
        .order_by(Assignment.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one()


def one_less(line: PullLine, mode: ScanMode, *, by: Actor, uuid: str) -> ScanAnswer:
    """Take one counted piece of a line back, of whatever was counted last. Raises Refused when none is."""
    lock({Event: [line.event_id], Product: [line.product_id]})
    if earlier := scan_called(uuid):
        return answer_again(earlier)
    product = db.session.get_one(Product, line.product_id)
    if product.tracking is Tracking.SERIALIZED:
        raise Refused(f"{product.name} is followed piece by piece: take its own scan back.", "code")
    row = last_of_line(line, mode)
    deed = deed_again(row, 1, uuid, by)
    refuse_overtaken(deed, row)
    take_back(deed, movements_of(row))
    written = write_beside(deed, uuid, -1, Situation.UNDONE, f"{deed.name}: {mode.value} taken back.")
    record("scan.undone", written, by=by, label=deed.name, event_id=deed.event.id)
    return answer_of(written, deed)


def last_of_line(line: PullLine, mode: ScanMode) -> Scan:
    """The latest scan that counted on a line. Raises Refused when nothing is counted."""
    undone = select(Scan.undoes_id).where(Scan.event_id == line.event_id, Scan.undoes_id.is_not(None))
    query = select(Scan).where(
        Scan.event_id == line.event_id,
        Scan.line_id == line.id,
        Scan.mode == mode,
        Scan.change > 0,
        Scan.situation != Situation.LOST,
        Scan.id.not_in(undone),
    )
    row = db.session.scalars(query.order_by(Scan.id.desc()).limit(1)).one_or_none()
    if row is None:
        raise Refused("Nothing is counted there.", "code")
    return row


__all__ = ["one_less", "undo", "undo_in"]
