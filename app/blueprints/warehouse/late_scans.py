"""What a station needs for when it has no network, and what is decided about the scans that came late."""

import hashlib
import uuid
from typing import Annotated, Any

from flask import Response, json, make_response, request, url_for
from pydantic import Field

from app.blueprints.inventory.fields import page_number, whole
from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.station import OFFERS, ScanInput, verdict
from app.edge import actor
from app.fields import Input
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Decision, Event, ScanConflict
from app.permissions import Permission, can, requires
from app.queries.event_sheet import event_sheet
from app.queries.scan_conflicts import conflicts_of
from app.rules.conflicts import KEPT
from app.rules.devices import device_name
from app.rules.verdicts import TABLE, Offer, Situation
from app.services.scan_conflicts import decide, take_over

DECISIONS = {
    Offer.ADD: (Decision.ACCEPT, Permission.LINES_ADD),
    Offer.EXTRA: (Decision.ACCEPT, Permission.LINES_ADD),
    Offer.RETURN_FIRST: (Decision.ACCEPT, Permission.SCANS_WRITE),
    Offer.RETURN_THERE: (Decision.ACCEPT, Permission.SCANS_WRITE),
    Offer.OVERRIDE: (Decision.OVERRIDE, Permission.SCANS_OVERRIDE),
}
"""What the offer of a situation comes to, and who may agree to it."""


@blueprint.get("/events/<int:event_id>/sheet")
@requires(Permission.SCANS_READ)
def sheet(event_id: int) -> Response:
    """The event's list and codes for the device, or what was scanned `since`; nothing when it has these already."""
    body = json.dumps(event_sheet(find(Event, event_id), whole("since")))
    response = make_response(body)
    response.content_type = "application/json"
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:16])
    response.make_conditional(request)
    return response


@blueprint.get("/events/<int:event_id>/conflicts")
@requires(Permission.SCANS_READ)
def conflicts(event_id: int) -> Response:
    """What was judged otherwise than the device had said, and what was refused while nobody looked."""
    return page(
        "warehouse/conflicts.html",
        part="warehouse/_conflict_list.html",
        event=find(Event, event_id),
        page=conflicts_of(event_id, page_number()),
        KEPT=KEPT,
        judgement_of=lambda situation: TABLE[Situation(situation)],
        choices_of=choices_of,
        device_name=device_name,
        new_id=lambda: str(uuid.uuid4()),
    )


def choices_of(row: Any) -> list[tuple[str, str]]:
    """What this person can decide about a conflict, and in which words; the likeliest first."""
    situation = Situation(row.situation)
    decision, permission = DECISIONS.get(
        TABLE[situation].offer or Offer.LINK, (Decision.AGAIN, Permission.SCANS_WRITE)
    )
    if row.is_undoable:
        return [(Decision.IGNORE, "It is right so"), (Decision.UNDO, "Take it back")]
    if TABLE[situation].verdict == "ok":
        return [(Decision.IGNORE, "It is right so")]
    words = OFFERS.get(str(TABLE[situation].offer), "Judge it again")
    return [*([(decision, words)] if can(permission) else []), (Decision.IGNORE, "Leave it")]


class DecisionInput(Input):
    """What was decided, with an id of its own so that it is done once."""

    decision: Decision
    scan_id: Annotated[str, Field(min_length=1, max_length=64)]


def list_again(conflict_id: int) -> Response:
    """The list that the conflict stands in."""
    return conflicts(find(ScanConflict, conflict_id).event_id)


@blueprint.post("/conflicts/<int:conflict_id>/decision")
@requires(Permission.SCANS_WRITE)
@shown_again_by(list_again)
def decide_conflict(conflict_id: int) -> Response:
    """Decide about one."""
    row, given = find(ScanConflict, conflict_id), read_form(DecisionInput)
    event_id = row.event_id
    answer = decide(row, given.decision, by=actor(), uuid=given.scan_id)
    if answer is None:
        say("Left as it is.")
    else:
        say(answer.message, "ok" if answer.judgement.verdict == "ok" else "warn")
    return go_to(url_for("warehouse.conflicts", event_id=event_id))


class HandedOver(ScanInput):
    """A scan that could not be judged, with what the device was told instead."""

    reason: Annotated[str, Field(max_length=2_000)] = ""


@blueprint.post("/events/<int:event_id>/handed-over")
@requires(Permission.SCANS_WRITE)
def hand_scan_over(event_id: int) -> Response:
    """Keep a scan that cannot be judged, so that a person looks at it."""
    event, given = find(Event, event_id), read_form(HandedOver)
    answer = take_over(given.as_request(event_id), given.reason, given.sequence, by=actor())
    return verdict(event, given, answer, None)
