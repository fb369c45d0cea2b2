"""Working without a network, for programs: an event's sheet, and what is decided about scans that came late."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.scans import ScanOut, facts_of
from app.edge import actor
from app.fields import BIGGEST_ID, Id, Input
from app.finding import find
from app.models import CaseState, CheckInMode, Decision, Event, Gate, ScanConflict, ScanMode
from app.permissions import Permission
from app.queries.event_sheet import event_sheet
from app.queries.paging import Page
from app.queries.rows import AnyRow
from app.queries.scan_conflicts import conflicts_of
from app.rules.verdicts import Situation
from app.services.scan_conflicts import decide


class SheetEventOut(Output):
    """Which event a sheet is of."""

    id: int
    number: str
    name: str


class SheetLineOut(Output):
    """How far a line is; `code` names its product, `pieces` is true where every piece has a code of its own.

    `claimed` is held for the event, `short` of it promised although others have it; `chosen` single pieces are
    prepped or out, and `on_shelf` counted ones could be taken.
    """

    id: int
    product: str
    code: str
    shelf: str
    pieces: bool
    planned: int
    claimed: int
    prepped: int
    out: int
    returned: int
    short: int
    chosen: int
    on_shelf: int


class SheetCodeOut(Output):
    """What a code means for the event: a line, and for a piece its tag and how it stands; or a case.

    `at` is the place where the piece lies; `keeps` the situation that stops it at prep and out, if any does, and
    `sealed` is true in a sealed case.
    """

    line: int | None = None
    tag: str | None = None
    standing: Annotated[str | None, Field(validation_alias="is")] = None
    at: int | None = None
    keeps: Situation | None = None
    sealed: bool = False
    case: int | None = None


class SheetPlaceOut(Output):
    """A shelf where what comes back may be put."""

    id: int
    name: str


class SheetCaseOut(Output):
    """A case by the id of its location: how far it has come, for this event (here), another (elsewhere) or none.

    `places` are it and all places in it, `around` the cases that it lies in. `holds` and `slots` are pairs of a line
    and its pieces, of counted goods in it and of what belongs into it; `other` and `lacks` say the same of what is
    not on the list.
    """

    id: int
    name: str
    standing: Annotated[CaseState, Field(validation_alias="is")]
    whose: str
    sealed: bool
    check_in: CheckInMode
    places: list[int]
    around: list[int]
    holds: list[tuple[int, int]]
    slots: list[tuple[int, int]]
    other: bool
    lacks: bool


class SheetOut(Output):
    """An event's list, and what the codes mean that it may scan, each as codes are compared: small and trimmed.

    `latest` is the last scan that is counted in it. Asked with it, the next sheet `is_part`: lines and codes of what
    was scanned since take the place of those that are known, and so do all cases; `places` is empty. What is known of
    a line that is not among `line_ids` is to be forgotten.
    """

    event: SheetEventOut
    latest: int
    is_part: bool
    is_open: bool
    gate: Gate
    line_ids: list[int]
    lines: list[SheetLineOut]
    codes: dict[str, SheetCodeOut]
    places: dict[str, SheetPlaceOut]
    cases: list[SheetCaseOut]


class SheetQuery(Input):
    """Which sheet a device has already, by its `latest`."""

    since: Annotated[int, Field(ge=0, le=BIGGEST_ID)] | None = None


@operation(
    "GET",
    "/warehouse/events/<int:event_id>/sheet",
    permission=Permission.SCANS_READ,
    answer=SheetOut,
    query=SheetQuery,
)
def get_sheet(event_id: int, query: SheetQuery) -> dict[str, object]:
    """What a device needs to judge most scans of an event by itself while it has no network."""
    return event_sheet(find(Event, event_id), query.since)


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
