"""Working without a network, for programs: an event's sheet, and what is decided about scans that came late."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.scans import ScanOut, facts_of
from app.edge import actor
from app.fields import Id, Input
from app.finding import find
from app.models import Decision, Event, ScanConflict, ScanMode
from app.permissions import Permission
from app.queries.event_sheet import event_sheet
from app.queries.paging import Page
from app.queries.rows import AnyRow
from app.queries.scan_conflicts import conflicts_of
from app.services.scan_conflicts import decide


class SheetEventOut(Output):
    """Which event a sheet is of."""

    id: int
    number: str
    name: str


class SheetLineOut(Output):
    """How far a line is; `code` names its product, `pieces` is true where every piece has a code of its own."""

    id: int
    product: str
    code: str
    shelf: str
    pieces: bool
    planned: int
    prepped: int
    out: int
    returned: int
    short: int


class SheetCodeOut(Output):
    """What a code means for the event: a line, and for a piece its tag and where it is."""

    line: int
    tag: str | None = None
    standing: Annotated[str | None, Field(validation_alias="is")] = None


class SheetPlaceOut(Output):
    """A shelf where what comes back may be put."""

    id: int
    name: str


class SheetOut(Output):
    """An event's list, and what the codes mean that it may scan, each as codes are compared: small and trimmed."""

    event: SheetEventOut
    is_open: bool
    lines: list[SheetLineOut]
    codes: dict[str, SheetCodeOut]
    places: dict[str, SheetPlaceOut]


@operation("GET", "/warehouse/events/<int:event_id>/sheet", permission=Permission.SCANS_READ, answer=SheetOut)
def get_sheet(event_id: int) -> dict[str, object]:
    """What a device needs to judge most scans of an event by itself while it has no network."""
    return event_sheet(find(Event, event_id))


class ConflictOut(Output):
    """A scan that came late and was not simply done, or judged otherwise than its device had said."""

    id: int
    event_id: int
    scan_id: Annotated[str, Field(validation_alias="scan_uuid")]
    said: str
    sequence: int | None
    mode: ScanMode
    code: Annotated[str, Field(validation_alias="raw_code")]
    quantity: int
    situation: str
    message: str
    by_name: str
    scanned_at: datetime
    decision: Decision | None
    decided_at: datetime | None
    decided_by_name: str


class ConflictQuery(Paging):
    """Which of them."""

    event_id: Id | None = None
    is_open: bool | None = None


@operation(
    "GET",
    "/warehouse/conflicts",
    permission=Permission.SCANS_READ,
    answer=ConflictOut,
    query=ConflictQuery,
    is_list=True,
)
def list_conflicts(query: ConflictQuery) -> Page[AnyRow]:
    """Scans that came late and need a decision, or have got one."""
    return conflicts_of(query.event_id, query.page, query.per_page, is_open=query.is_open)


class DecisionIn(Input):
    """What was decided; `id` is the client's own for the scan that it leads to: sent twice, it counts once."""

    decision: Decision
    id: Annotated[str, Field(min_length=1, max_length=64)] = ""


class DecidedOut(Output):
    """The verdict of the scan that a decision has led to; none where things were left as they are."""

    scan: ScanOut | None


@operation(
    "POST",
    "/warehouse/conflicts/<int:conflict_id>/decision",
    permission=Permission.SCANS_WRITE,
    answer=DecidedOut,
    body=DecisionIn,
    is_idempotent=True,
)
def decide_conflict(conflict_id: int, body: DecisionIn) -> dict[str, object]:
    """Decide about a scan that came late: judge it again, agree, override, take it back, or leave it."""
    conflict = find(ScanConflict, conflict_id)
    answer = decide(conflict, body.decision, by=actor(), uuid=body.id or str(uuid.uuid4()))
    return {"scan": facts_of(answer) if answer else None}
