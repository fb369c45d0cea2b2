"""What was counted in and is not there after all: it is still out, and can be marked as lost."""

import uuid

from app.actors import Actor
from app.models import Asset, Product, Scan
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.activities import record
from app.services.scan_deeds import Beside, deed_again
from app.services.scan_rows import refuse_finished, write_beside
from app.services.scan_undo import movements_of, refuse_written_down, take_back


def not_back_after_all(row: Scan, product: Product, asset: Asset | None, pieces: int, by: Actor) -> str:
    """So many counted pieces of a return are out again; the sentence that says so. The locks are held.

    Raises Refused for a piece with a code of its own, which was in somebody's hands, and for what a return note
    says came back.
    """
    if asset is not None:
        raise Refused(
            f"{asset.tag} was scanned, so it is here. Take the scan back if it is not.", "condition"
        )
    deed = deed_again(row, pieces, str(uuid.uuid4()), by)
    refuse_finished(deed.event, row.mode)
    refuse_written_down(row)
    short = take_back(deed, movements_of(row))
    message = " ".join(
        [f"{deed.name} did not come back.", *([f"Short now: {', '.join(short)}."] if short else [])]
    )
    write_beside(Beside(deed, -pieces, Situation.MISSING, message), row.id)
    record("stock.missing", product, by=by, label=deed.name, event_id=row.event_id, quantity=pieces)
    return message
