"""Delivery and return notes, for programs: what the next one will say, writing it, and the notes there are."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.files import PDF
from app.blueprints.warehouse.handovers import MOVING, VoidForm, handover_pdf
from app.edge import actor
from app.fields import Input, LongText, Reason, ShortText
from app.finding import find
from app.models import Event, Handover, ScanMode
from app.permissions import Permission
from app.queries import handovers as queries
from app.queries.handover_cases import CaseThen, cases_on_note, noted_cases
from app.queries.paging import Page
from app.queries.rows import AnyRow
from app.rules.discrepancies import DiscrepancySort
from app.services.handovers import Closing, hand_over, void_handover

Direction = Literal["out", "in"]


class MovedOut(Output):
    """An asset, or so many counted pieces, that a note covers."""

    product_id: int
    product: str
    asset_id: int | None
    tag: str | None
    quantity: int


class CaseMovedOut(Output):
    """A case that a note covers, with how many pieces are in it and in the cases inside it."""

    id: int
    code: str
    name: str
    pieces: int


class DifferenceOut(Output):
    """How what moved differs from what was meant to. `key` names it when the reason is given, unless it is known."""

    key: str
    sort: DiscrepancySort
    product_id: int
    product: str
    asset_id: int | None
    quantity: int
    said: str
    known_reason: str


class DraftOut(Output):
    """What the next note will say."""

    moved: list[MovedOut]
    cases: list[CaseMovedOut]
    differences: list[DifferenceOut]


class DirectionQuery(Input):
    """Which way: what goes out, or what comes in."""

    mode: Direction = "out"


@operation(
    "GET",
    "/warehouse/events/<int:event_id>/handover",
    permission=Permission.SCANS_READ,
    answer=DraftOut,
    query=DirectionQuery,
)
def get_next_handover(event_id: int, query: DirectionQuery) -> dict[str, Any]:
    """What has moved since the last note, and what must be explained on the next."""
    span = queries.open_span(find(Event, event_id).id, MOVING[query.mode])
    cases = [CaseThen(one.id, one.code, one.name, one.inside.pieces) for one in noted_cases(span)]
    moved = queries.listed(queries.moved_in(span))
    return {"moved": moved, "cases": cases, "differences": queries.differences_now(span)}


class StatedOut(Output):
    """A difference as it was written down."""

    sort: DiscrepancySort
    product: str
    tag: str | None
    quantity: int
    reason: str


class HandoverOut(Output):
    """A delivery note (out) or a return note (in)."""

    id: int
    number: str
    event_id: int
    mode: ScanMode
    pieces: int
    notes: str
    by_name: str
    made_at: datetime
    voided_at: datetime | None
    voided_reason: str
    moved: list[MovedOut]
    cases: list[CaseMovedOut]
    differences: list[StatedOut]


class HandoverIn(Input):
    """What is said when a movement is closed: a reason for each difference by its key, or one for all."""

    mode: Direction
    reasons: Mapping[Annotated[str, Field(max_length=80)], Reason] = {}
    reason_for_all: Reason = ""
    notes: LongText = ""


@operation(
    "POST",
    "/warehouse/events/<int:event_id>/handover",
    permission=Permission.SCANS_WRITE,
    answer=HandoverOut,
    body=HandoverIn,
    status=201,
    is_idempotent=True,
)
def create_handover(event_id: int, body: HandoverIn) -> dict[str, Any]:
    """Write a delivery or return note for what moved since the last one; it is printed a moment later."""
    closing = Closing(body.reasons, body.reason_for_all, body.notes)
    event = find(Event, event_id)
    row = hand_over(event, MOVING[body.mode], closing, by=actor(), request_id=str(uuid.uuid4()))
    return whole(row)


def whole(row: Handover) -> dict[str, Any]:
    """A note with all that stands on it."""
    beside = {
        "moved": queries.on_note(row),
        "cases": cases_on_note(row),
        "differences": queries.stated(row.id),
    }
    return {name: getattr(row, name) for name in HandoverOut.model_fields.keys() - beside.keys()} | beside


class ListedOut(Output):
    """A note in a list."""

    id: int
    number: str
    event_id: int
    mode: ScanMode
    pieces: int
    by_name: str
    made_at: datetime
    voided_at: datetime | None


class HandoverQuery(Paging):
    """Which notes."""

    q: ShortText = ""
    mode: Direction | None = None


@operation(
    "GET",
    "/warehouse/handovers",
    permission=Permission.SCANS_READ,
    answer=ListedOut,
    query=HandoverQuery,
    is_list=True,
)
def list_handovers(query: HandoverQuery) -> Page[AnyRow]:
    """Delivery and return notes, newest first."""
    mode = MOVING[query.mode] if query.mode else None
    return queries.handover_list(query.q, mode, query.page, query.per_page)


@operation(
    "GET",
    "/warehouse/handovers/<int:handover_id>",
    permission=Permission.SCANS_READ,
    answer=HandoverOut,
)
def get_handover(handover_id: int) -> dict[str, Any]:
    """One note."""
    return whole(find(Handover, handover_id))


@operation(
    "GET",
    "/warehouse/handovers/<int:handover_id>/pdf",
    permission=Permission.SCANS_READ,
    media_types=(PDF,),
)
def get_handover_pdf(handover_id: int) -> Response:
    """A note as it was printed."""
    answer: Response = handover_pdf(handover_id)
    return answer


class VoidIn(VoidForm):
    """Why a note is taken back."""


@operation(
    "POST",
    "/warehouse/handovers/<int:handover_id>/voiding",
    permission=Permission.SCANS_OVERRIDE,
    answer=HandoverOut,
    body=VoidIn,
    is_idempotent=True,
)
def void(handover_id: int, body: VoidIn) -> dict[str, Any]:
    """Take the latest note back: its scans are open again, and the next note covers them."""
    return whole(void_handover(find(Handover, handover_id), body.reason, by=actor()))
