"""In what state things came back: one tap beside the verdict, then a note and a photo where they help."""

import uuid
from typing import Annotated, Any

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.photos import kept_photo
from app.blueprints.warehouse.station import ScanInput, verdict
from app.edge import actor
from app.fields import Id, Input, LongText
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, part, say, wants_part
from app.models import Condition, Event, Repair, Scan, ScanMode, ScanResult, Verdict
from app.permissions import Permission, requires
from app.queries.scan_log import pieces_about
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.conditions import Finding, Reported, report_condition
from app.services.repairs import describe
from app.services.scans import ScanAnswer

SHOWN = {
    Condition.GOOD: Situation.PLANNED,
    Condition.NEEDS_ATTENTION: Situation.ATTENTION,
    Condition.DAMAGED: Situation.REPORTED,
    Condition.MISSING: Situation.MISSING,
}
"""How a condition that was said fills the screen."""


@blueprint.get("/scans/<int:scan_id>/condition")
@requires(Permission.SCANS_WRITE)
def condition_form(scan_id: int) -> Response:
    """The form for what came back, with note and photo at once."""
    row = find(Scan, scan_id)
    return page("warehouse/condition.html", row=row, left=left_of(row), request_id=str(uuid.uuid4()))


def left_of(row: Scan) -> int:
    """Of how many pieces of a return nothing final was said yet."""
    return row.change - pieces_about(row.id, [Situation.REPORTED, Situation.MISSING])


class ConditionInput(Input):
    """In what state something came back; of counted pieces, how many."""

    condition: Condition
    note: LongText = ""
    quantity: Annotated[int, Field(ge=1, le=9_999)] | None = None


class ConditionForm(ConditionInput):
    """The same in a form; `place` goes along because the station holds one."""

    request_id: Annotated[str, Field(max_length=64)] = ""
    location_id: Id | None = None


@blueprint.post("/scans/<int:scan_id>/condition")
@requires(Permission.SCANS_WRITE)
@shown_again_by(condition_form)
def condition(scan_id: int) -> Response:
    """Say in what state a scanned thing came back: on the station the verdict, else back to it."""
    row, given = find(Scan, scan_id), read_form(ConditionForm)
    finding = Finding(
        given.condition, given.note, kept_photo(request.files.get("photo")), quantity=given.quantity
    )
    if not wants_part():
        return back_to_station(row, report_condition(row, finding, by=actor(), request_id=given.request_id))
    event, as_scan = (
        find(Event, row.event_id or 0),
        ScanInput(mode=ScanMode.IN, location_id=given.location_id),
    )
    try:
        reported = report_condition(row, finding, by=actor(), request_id=given.request_id)
    except Refused as refused:
        return verdict(event, as_scan, None, refused, left=left_of(row), again=returned(row))
    return verdict(event, as_scan, answer_of(row, finding, reported), None, left=left_of(row))


def returned(row: Scan) -> ScanAnswer:
    """The return itself: its buttons stay where what was asked for could not be."""
    return ScanAnswer(
        row.id, Situation.PLANNED, Verdict.WARN, ScanResult.REFUSED, row.message, row.mode, row.raw_code,
        product_id=row.product_id, asset_id=row.asset_id, quantity=row.quantity,
    )  # fmt: skip


def back_to_station(row: Scan, reported: Reported) -> Response:
    """The answer without JavaScript."""
    say(reported.message)
    if reported.repair_id:
        return go_to(url_for("warehouse.repair", repair_id=reported.repair_id))
    return go_to(url_for("warehouse.scan_station", event_id=row.event_id, mode="in"))


def answer_of(row: Scan, finding: Finding, reported: Reported) -> ScanAnswer:
    """What was said about a scan, as the station shows it."""
    return ScanAnswer(
        row.id, SHOWN[finding.condition], Verdict.WARN, ScanResult.APPLIED, reported.message, row.mode,
        row.raw_code, product_id=row.product_id, asset_id=row.asset_id, quantity=row.quantity,
        repair_id=reported.repair_id,
    )  # fmt: skip


class DescriptionInput(Input):
    """What is wrong with something in repair, in words."""

    note: LongText = ""


@blueprint.post("/repairs/<int:repair_id>/description")
@requires(Permission.REPAIRS_MANAGE)
def describe_repair(repair_id: int) -> Response:
    """Add a note and a photo to a repair that one tap has opened."""
    repair, given = find(Repair, repair_id), read_form(DescriptionInput)
    describe(repair, given.note, kept_photo(request.files.get("photo")), by=actor())
    said: dict[str, Any] = {"kept": f"Kept with {repair.number}.", "repair_id": repair_id}
    if wants_part():
        return part("warehouse/_scan_described.html", **said)
    say(said["kept"])
    return go_to(url_for("warehouse.repair", repair_id=repair_id))
