"""Closing a movement with a delivery or return note, and the notes there are."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.crm.documents import document_answer
from app.blueprints.inventory.fields import page_number
from app.blueprints.warehouse import blueprint
from app.edge import actor
from app.fields import Input, LongText, Name, Reason
from app.finding import find
from app.forms import form_values, read_form, shown_again_by, validate
from app.htmx import go_to, page, say
from app.models import Event, Handover, ScanMode
from app.permissions import Permission, requires
from app.queries import handovers as queries
from app.queries.handover_cases import cases_on_note, noted_cases
from app.refusals import Refused
from app.rules.discrepancies import REASONS
from app.services.handovers import Closing, hand_over, void_handover
from app.services.scan_rows import may_move

MOVING = {"out": ScanMode.OUT, "in": ScanMode.IN}
REASON_BOX = "reasons."


@blueprint.get("/events/<int:event_id>/handover")
@requires(Permission.SCANS_READ)
def handover_form(event_id: int) -> Response:
    """What the next note will say, and what has to be explained on it."""
    event, mode = find(Event, event_id), mode_meant()
    span = queries.open_span(event_id, mode)
    return page(
        "warehouse/handover_form.html",
        event=event,
        mode=mode,
        moved=queries.listed(queries.moved_in(span)),
        cases=noted_cases(span),
        differences=queries.differences_now(span),
        reasons=REASONS,
        earlier=queries.handovers_of(event_id),
        request_id=request.form.get("request_id") or str(uuid.uuid4()),
    )


def mode_meant() -> ScanMode:
    """The direction that the address or the form names, else out."""
    return MOVING.get(request.values.get("mode", ""), ScanMode.OUT)


class HandoverForm(Input):
    """What is said when a movement is closed; the boxes of the reasons are called by their differences."""

    mode: ScanMode = ScanMode.OUT
    reasons: Mapping[Annotated[str, Field(max_length=80)], Reason] = {}
    reason_for_all: Reason = ""
    notes: LongText = ""
    request_id: Annotated[str, Field(min_length=1, max_length=64)]


@blueprint.post("/events/<int:event_id>/handover")
@requires(Permission.SCANS_WRITE)
@shown_again_by(handover_form)
def make_handover(event_id: int) -> Response:
    """Write the note, and have it printed."""
    event, given = find(Event, event_id), validate(HandoverForm, typed())
    if given.mode is ScanMode.PREP:
        raise Refused("What is prepped has not moved yet.", "mode")
    closing = Closing(given.reasons, given.reason_for_all, given.notes)
    row = hand_over(event, given.mode, closing, by=actor(), request_id=given.request_id)
    say(f"{row.title} {row.number} is written.")
    return go_to(url_for("warehouse.handover", handover_id=row.id))


def typed() -> dict[str, Any]:
    """The form with its reasons by the key of their difference."""
    boxes = request.form.items()
    reasons = {name.removeprefix(REASON_BOX): text for name, text in boxes if name.startswith(REASON_BOX)}
    return form_values(HandoverForm, request.form) | {"reasons": reasons}


@blueprint.get("/handovers")
@requires(Permission.SCANS_READ)
def handovers() -> Response:
    """All delivery and return notes."""
    words, mode = request.args.get("q", ""), MOVING.get(request.args.get("mode", ""))
    return page(
        "warehouse/handovers.html",
        part="warehouse/_handover_list.html",
        page=queries.handover_list(words, mode, page_number()),
        words=words,
        mode=mode,
    )


@blueprint.get("/handovers/<int:handover_id>")
@requires(Permission.SCANS_READ)
def handover(handover_id: int) -> Response:
    """One note: what is on it, how it differed, and its PDF."""
    row = find(Handover, handover_id, Handover.event)
    return page("warehouse/handover.html", **shown(row))


def shown(row: Handover) -> dict[str, Any]:
    """A note with its rows; only the latest of its kind can be taken back."""
    is_latest = queries.open_span(row.event_id, row.mode).after == row.last_scan_id
    return {
        "row": row,
        "event": row.event,
        "moved": queries.on_note(row),
        "cases": cases_on_note(row),
        "differences": queries.stated(row.id),
        "may_be_voided": row.stands and is_latest and may_move(row.event, row.mode),
    }


@blueprint.get("/handovers/<int:handover_id>/pdf")
@requires(Permission.SCANS_READ)
def handover_pdf(handover_id: int) -> Response:
    """The stored note."""
    return document_answer(find(Handover, handover_id))


class VoidForm(Input):
    """Why a note is taken back."""

    reason: Name


@blueprint.post("/handovers/<int:handover_id>/voiding")
@requires(Permission.SCANS_OVERRIDE)
@shown_again_by(handover)
def void(handover_id: int) -> Response:
    """Take the latest note back: its scans are open again."""
    row = void_handover(find(Handover, handover_id), read_form(VoidForm).reason, by=actor())
    say(f"{row.number} is taken back. The next note covers what was on it.")
    return go_to(url_for("warehouse.handover", handover_id=row.id))
