"""Looking through a case that came back as a whole: what is not in it is still out, and the rest is there."""

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Case, Condition, Location, Product, Scan, StepKind
from app.queries.case_checking import came_back
from app.refusals import Refused
from app.services.activities import record
from app.services.case_steps import write_step
from app.services.conditions import Finding, Reported, report_condition
from app.transactions import lock


def say_absent(
    case: Case,
    product: Product,
    asset: Asset | None,
    quantity: int | None,
    *,
    by: Actor,
    request_id: str = "",
) -> Reported:
    """Say that something which came back in a case is not in it: it is still out on its event, as any missing piece.

    Of counted pieces, `quantity` says how many; left out, all that lie in this case. The same request twice says it
    once. Raises Refused when it did not come back in this case, or not so much of it.
    """
    wanted = (product.id, asset.id if asset else None)
    found = next((one for one in came_back(case) if (one.product_id, one.asset_id) == wanted), None)
    if found is None:
        raise Refused(f"{asset.tag if asset else product.name} is not looked for here.", "product_id")
    most = None if asset else found.here
    finding = Finding(Condition.MISSING, quantity=quantity, case_id=case.id, most=most)
    return report_condition(db.session.get_one(Scan, found.scan_id), finding, by=by, request_id=request_id)


def look_through(case: Case, *, by: Actor, request_id: str = "") -> str:
    """Say that somebody has looked through a case since it came back; what was found, in words. Twice is once."""
    place = db.session.get_one(Location, case.location_id)
    lock({Location: [place.id]})
    if case.verify_since is None:
        return f"{place.name} was looked through."
    absent = ", ".join(one.name for one in came_back(case) if one.absent)
    note = f"Not there: {absent}" if absent else ""
    case.verify_since = None
    write_step(case, StepKind.VERIFIED, by=by, note=note, request_id=request_id)
    record("case.verified", case, by=by, label=place.name, summary=note)
    return f"{place.name} is looked through. {note or 'All of it is there'}."
