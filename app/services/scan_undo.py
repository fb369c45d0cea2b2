"""Taking a scan back: the ledger gets the opposite movement, the counts go down again."""

from sqlalchemy import select

from app.extensions import db
from app.models import Assignment, AssignmentState, Scan, ScanMode, StockTransaction, TransactionKind
from app.refusals import Refused
from app.services.activities import record
from app.services.ledger import Movement, post
from app.services.scan_effects import Deed, cause


def take_back(deed: Deed, row: Scan) -> None:
    """Undo what a scan did. Raises Refused when something followed that stands in the way."""
    refuse_overtaken(deed, row)
    if row.mode is not ScanMode.PREP:
        reverse_movements(deed, row)
    restore_assignment(deed, row)
    claim = deed.certain_claim
    if row.mode is ScanMode.PREP:
        claim.prepped_quantity -= row.change
    elif row.mode is ScanMode.OUT:
        claim.out_quantity -= row.change
    else:
        claim.returned_quantity -= row.change
    db.session.flush()
    record("scan.undone", row, by=deed.by, label=deed.name, event_id=deed.event.id)


def refuse_overtaken(deed: Deed, row: Scan) -> None:
    """What came back cannot be un-sent, and what left cannot be un-prepped."""
    claim = deed.certain_claim
    if row.mode is ScanMode.OUT and claim.still_out < row.change:
        raise Refused("It has come back already. Take the return back first.", "code")
    if (
        row.mode is ScanMode.PREP
        and deed.asset is None
        and claim.prepped_quantity - row.change < claim.out_quantity
    ):
        raise Refused("It has left already. Take the check-out back first.", "code")


def reverse_movements(deed: Deed, row: Scan) -> None:
    """Post the opposite of every movement of the scan."""
    query = select(StockTransaction).where(StockTransaction.request_id == row.uuid)
    movements = [
        Movement(past.product_id, past.quantity, past.asset_id, past.to_id, past.from_id)
        for past in db.session.scalars(query)
    ]
    if movements:
        post(TransactionKind.TRANSFER, movements, cause(deed))


def restore_assignment(deed: Deed, row: Scan) -> None:
    """Let the asset's assignment stand as before the scan."""
    if deed.asset is None:
        return
    chosen = newest_assignment(deed)
    if row.mode is ScanMode.PREP:
        if chosen.state is not AssignmentState.PREPPED:
            raise Refused("It has left already. Take the check-out back first.", "code")
        chosen.state = AssignmentState.RELEASED
    elif row.mode is ScanMode.OUT:
        chosen.state = AssignmentState.PREPPED if chosen.was_prepped else AssignmentState.RELEASED
    else:
        chosen.state, chosen.returned_at = AssignmentState.OUT, None


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
