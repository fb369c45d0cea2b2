"""Marking as found, at the scan station, what was written off and is in somebody's hands: with one press."""

from flask import Response

from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.station import UndoInput, refusal, verdict
from app.edge import actor
from app.finding import find
from app.forms import read_form
from app.models import Event, Scan, ScanResult, Verdict
from app.permissions import Permission, requires
from app.queries.finds import Find
from app.refusals import NotFound, Refused
from app.rules.verdicts import Situation
from app.services.finds import find_scanned
from app.services.scans import ScanAnswer
from app.templating import money

NO_SCAN = 0


@blueprint.post("/events/<int:event_id>/scans/<int:scan_id>/find")
@requires(Permission.SCANS_OVERRIDE)
def find_here(event_id: int, scan_id: int) -> Response:
    """Put back what this scan has met; a refusal in red."""
    event, row = find(Event, event_id), find(Scan, scan_id)
    if row.event_id != event_id:
        raise NotFound("This scan belongs to another event.")
    given = read_form(UndoInput).as_scan(row.mode)
    try:
        return verdict(event, given, answer_of(row, find_scanned(row, by=actor())), None)
    except Refused as refused:
        return refusal(event, given, refused)


def answer_of(row: Scan, found: Find) -> ScanAnswer:
    """What was put back, as the station shows it."""
    back = f" The client gets {money(found.credit)} back." if found.credit else ""
    message = f"{found.name}: back in stock, without a shelf yet.{back}"
    return ScanAnswer(
        NO_SCAN, Situation.FOUND, Verdict.OK, ScanResult.APPLIED, message, row.mode, row.raw_code
    )  # fmt: skip
