"""What was counted in and is not there after all: it is still out, and can be marked as lost."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Case, CaseStep, Location, Product, Scan, StockLevel, TransactionKind
from app.queries.cases import trees
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.activities import record
from app.services.case_guards import refuse_closed
from app.services.case_seals import unseal_in
from app.services.case_steps import return_step
from app.services.case_undo import cases_of
from app.services.ledger import Movement, post
from app.services.picking import taken_from
from app.services.scan_deeds import Beside, Deed, deed_again
from app.services.scan_effects import cause
from app.services.scan_restoring import restore_assignment
from app.services.scan_rows import refuse_finished, write_beside
from app.services.scan_undo import movements_of, refuse_overtaken, refuse_written_down, take_back


def not_back_after_all(
    row: Scan, product: Product, asset: Asset | None, pieces: int, by: Actor, case_id: int | None = None
) -> str:
    """So many pieces of a return are out again; the sentence that says so. The locks are held.

    What came back in a case was in nobody's hands: a piece with a code of its own may be missing from it (`case_id`
    first), and may be found so after the return note is written. Raises Refused for a piece that was scanned itself,
    and for counted ones that were and stand on a return note.
    """
    step = return_step(row)
    if asset is not None and step is None:
        raise Refused(
            f"{asset.tag} was scanned, so it is here. Take the scan back if it is not.", "condition"
        )
    deed = deed_again(row, pieces, str(uuid.uuid4()), by)
    refuse_finished(deed.event, row.mode)
    leave_case(deed, row, step, case_id) if step else refuse_written_down(row)
    short = take_back(deed, movements_of(row))
    message = " ".join(
        [f"{deed.name} did not come back.", *([f"Short now: {', '.join(short)}."] if short else [])]
    )
    write_beside(Beside(deed, -pieces, Situation.MISSING, message), row.id)
    record("stock.missing", product, by=by, label=deed.name, event_id=row.event_id, quantity=pieces)
    return message


def leave_case(deed: Deed, row: Scan, step: CaseStep, case_id: int | None) -> None:
    """What was taken to be in a case is at the event's site in the books again. Raises Refused when it is elsewhere.

    Who knows that it is missing has looked into the case: a seal on it is broken.
    """
    if deed.asset is not None:
        refuse_overtaken(deed, row)
    cases = sorted(cases_of(step), key=lambda case: case.id != case_id)
    movements = out_of_cases(deed, cases)
    open_around({one.from_id for one in movements if one.from_id}, cases, deed)
    restore_assignment(deed, row)
    post(TransactionKind.TRANSFER, movements, cause(deed))


def out_of_cases(deed: Deed, cases: Sequence[Case]) -> list[Movement]:
    """From where it should lie: in the cases, or on the floor that a packing container was emptied onto."""
    site, places = deed.event.site_id, [case.location_id for case in cases]
    places += [deed.event.warehouse_id] if any(case.dissolves for case in cases) else []
    if deed.asset is not None:
        if deed.asset.location_id not in places:
            raise Refused(f"{deed.asset.tag} is at {deed.where.place}, not in the case.", "asset_id")
        return [Movement(deed.product.id, 1, deed.asset.id, deed.asset.location_id, site)]
    held = held_in(places, deed.product.id)
    taken = taken_from(held, deed.quantity)
    if (found := sum(pieces for _, pieces in taken)) < deed.quantity:
        raise Refused(f"Only {found} of {deed.product.name} lie in the case.", "quantity")
    return [Movement(deed.product.id, pieces, None, place, site) for place, pieces in taken]


def held_in(places: Sequence[int], product_id: int) -> list[tuple[int, int]]:
    """(place, pieces) of a product in these places, in their order."""
    query = select(StockLevel.location_id, StockLevel.quantity).where(
        StockLevel.product_id == product_id, StockLevel.location_id.in_(places), StockLevel.is_held
    )
    found = {row.location_id: row.quantity for row in db.session.execute(query)}
    return [(place, found[place]) for place in places if place in found]


def open_around(taken: Collection[int], cases: Sequence[Case], deed: Deed) -> None:
    """Break the seals around these places. Raises Refused where the case is on its way to another event."""
    inside = trees([case.location_id for case in cases])
    for case in cases:
        if not set(taken) & set(inside[case.location_id]):
            continue
        place = db.session.get_one(Location, case.location_id)
        if case.event_id is not None:
            raise Refused(f"{place.name} is packed for an event meanwhile: take its prep back first.", "code")
        unseal_in(case, place, by=deed.by, note=f"{deed.name} was not there", request_id="")
    refuse_closed(taken, "code")
