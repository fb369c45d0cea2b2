"""Scans, for programs: the same deed as on the station."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import select

from app.actors import Actor
from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import fields_called, named
from app.blueprints.api.files import LARGEST_UPLOAD, FileContent, kept_picture
from app.blueprints.warehouse.conditions import ConditionInput
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input, Instant
from app.models import Condition, Event, Scan, ScanMode, ScanResult, Verdict
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import NotFound
from app.rules.verdicts import Situation
from app.services.conditions import Finding, Reported, report_condition
from app.services.scan_conflicts import scan_late
from app.services.scans import ScanAnswer, ScanRequest, scan, undo
from app.transactions import commit, start_writing

MOST_SCANS = 100


class ScanIn(Input):
    """One reading of a code. `id` is the client's own: sent twice, it counts once.

    What comes back goes to `location_id`; `accept` says yes to the offer of the answer before. A device that has kept
    it without a network sends along what it `said` meanwhile, and its own `sequence`.
    """

    id: Annotated[str, Field(min_length=1, max_length=64)]
    code: Annotated[str, Field(min_length=1, max_length=1000)]
    mode: ScanMode
    event_id: Id
    quantity: Annotated[int, Field(ge=1, le=9_999)] | None = None
    condition: Condition | None = None
    notes: Annotated[str, Field(max_length=2_000)] = ""
    location_id: Id | None = None
    scanned_at: Instant | None = None
    device: Annotated[str, Field(max_length=200)] = ""
    accept: bool = False
    override: bool = False
    said: Situation | Literal["kept"] | None = None
    sequence: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None

    def as_request(self) -> ScanRequest:
        """The same as the service takes it."""
        return ScanRequest(uuid=self.id, **self.model_dump(exclude={"id", "said", "sequence"}))

    def judged(self, by: Actor) -> ScanAnswer:
        """The scan done, now or late."""
        if self.said is None:
            return scan(self.as_request(), by=by)
        return scan_late(self.as_request(), self.said, self.sequence, by=by)


class ScanOut(Output):
    """The verdict, with how far the line has come.

    `case_code` names the case that was scanned, or the sealed one that a thing lies in; `location_id` the place that
    holds for the next scans: in PREP, the case that is open. `elsewhere_id` is the event that the message speaks of:
    what was lost there (`offer` is `found`) is put back with its `/finds` or `/piece-finds`.
    """

    scan_id: int
    situation: str
    verdict: Verdict
    result: ScanResult
    message: str
    offer: str | None
    product_id: int | None
    asset_id: int | None
    line_id: int | None
    repair_id: int | None
    elsewhere_id: int | None
    location_id: int | None
    case_code: str
    planned: int | None
    prepped: int | None
    out: int | None
    returned: int | None


@operation(
    "POST",
    "/warehouse/scans",
    permission=Permission.SCANS_WRITE,
    answer=ScanOut,
    body=ScanIn,
    is_idempotent=True,
)
def create_scan(body: ScanIn) -> dict[str, object]:
    """Scan a code for an event: judged, done when it may be, and kept."""
    return facts_of(body.judged(actor()))


class ScansIn(Input):
    """Readings in the order in which they were made."""

    scans: Annotated[list[ScanIn], Field(min_length=1, max_length=MOST_SCANS)]


@operation(
    "POST",
    "/warehouse/scans/batch",
    permission=Permission.SCANS_WRITE,
    answer=ScanOut,
    body=ScansIn,
    is_list=True,
    is_idempotent=True,
)
def create_scans(body: ScansIn) -> list[dict[str, object]]:
    """Scan many codes, each kept by itself: what a device gathered without a network is sent in one go."""
    for event_id in {one.event_id for one in body.scans}:
        named(Event, event_id, "event_id")
    return [kept_by_itself(number, one, actor()) for number, one in enumerate(body.scans)]


def kept_by_itself(number: int, one: ScanIn, by: Actor) -> dict[str, object]:
    """One scan of many in a transaction of its own: a refused one takes nothing of the others back."""
    with fields_called(**{name: f"scans.{number}.{name}" for name in ScanIn.model_fields}):
        facts = facts_of(one.judged(by))
    commit()
    start_writing()
    return facts


def facts_of(answer: ScanAnswer) -> dict[str, object]:
    """The answer as the contract lists it."""
    counters = answer.counters
    return {
        "scan_id": answer.scan_id,
        "situation": answer.situation,
        "verdict": answer.verdict,
        "result": answer.result,
        "message": answer.message,
        "offer": answer.offer,
        "product_id": answer.product_id,
        "asset_id": answer.asset_id,
        "line_id": answer.line_id,
        "repair_id": answer.repair_id,
        "elsewhere_id": answer.elsewhere_id,
        "location_id": answer.location_id,
        "case_code": answer.case_code,
        "planned": counters.planned if counters else None,
        "prepped": counters.prepped if counters else None,
        "out": counters.out if counters else None,
        "returned": counters.returned if counters else None,
    }


@operation(
    "POST",
    "/warehouse/scans/<scan_uuid>/undoing",
    permission=Permission.SCANS_WRITE,
    answer=ScanOut,
    is_idempotent=True,
)
def undo_scan(scan_uuid: str) -> dict[str, object]:
    """Take a scan back as a whole, named by the id that its device gave it."""
    row = scan_of(scan_uuid)
    with fields_called(code="scan_uuid"):
        return facts_of(undo(row, by=actor(), uuid=str(uuid.uuid4())))


def scan_of(scan_uuid: str) -> Scan:
    """The scan that a device gave this id. Raises NotFound."""
    row = db.session.scalars(select(Scan).where(Scan.uuid == scan_uuid)).one_or_none()
    if row is None:
        raise NotFound("There is no scan of this id.")
    return row


class ConditionIn(ConditionInput):
    """In what state a returned thing is; of counted pieces, `quantity` says how many, all when left out."""

    photo: Annotated[FileContent, Field(description="A picture in Base64.")] | None = None


class ConditionOut(Output):
    """What it led to, and the repair that it opened: of damage, and of what needs attention while it is used."""

    message: str
    repair_id: int | None


@operation(
    "POST",
    "/warehouse/scans/<scan_uuid>/condition",
    permission=Permission.SCANS_WRITE,
    answer=ConditionOut,
    body=ConditionIn,
    is_idempotent=True,
    largest_body=LARGEST_UPLOAD,
)
def say_condition(scan_uuid: str, body: ConditionIn) -> Reported:
    """Say in what state a scanned thing came back; counted pieces that are missing after all are out again."""
    row = scan_of(scan_uuid)
    photo_id = None if body.photo is None else kept_picture(body.photo)
    return report_condition(row, Finding(body.condition, body.note, photo_id, body.quantity), by=actor())


class KeptScanOut(Output):
    """A scan as it was kept; `id` is the one that its device gave it."""

    id: Annotated[str, Field(validation_alias="uuid")]
    event_id: int | None
    mode: ScanMode
    code: Annotated[str, Field(validation_alias="raw_code")]
    product_id: int | None
    asset_id: int | None
    line_id: int | None
    quantity: int
    change: int
    situation: str
    verdict: Verdict
    result: ScanResult
    message: str
    condition: Condition | None
    device: str
    by_name: str
    scanned_at: datetime
    recorded_at: datetime


class ScanQuery(Paging):
    """Which scans."""

    event_id: Id | None = None


@operation(
    "GET",
    "/warehouse/scans",
    permission=Permission.SCANS_READ,
    answer=KeptScanOut,
    query=ScanQuery,
    is_list=True,
)
def list_scans(query: ScanQuery) -> Page[Scan]:
    """Scans, newest first; refused ones are kept as well."""
    wanted = select(Scan).order_by(Scan.id.desc())
    if query.event_id is not None:
        wanted = wanted.where(Scan.event_id == query.event_id)
    return paged(wanted, query.page, query.per_page)
