"""Scans, for programs: the same deed as on the station."""

import uuid
from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import fields_called
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input, Instant
from app.models import Condition, Scan, ScanMode, ScanResult, Verdict
from app.permissions import Permission
from app.refusals import NotFound
from app.services.scans import ScanAnswer, ScanRequest, scan, undo


class ScanIn(Input):
    """One reading of a code. `id` is the client's own: sent twice, it counts once."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    code: Annotated[str, Field(min_length=1, max_length=1000)]
    mode: ScanMode
    event_id: Id
    quantity: Annotated[int, Field(ge=1, le=9_999)] | None = None
    condition: Condition | None = None
    notes: Annotated[str, Field(max_length=2_000)] = ""
    scanned_at: Instant | None = None
    device: Annotated[str, Field(max_length=200)] = ""
    accept: bool = False
    override: bool = False


class ScanOut(Output):
    """The verdict, with how far the line has come."""

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
    values = body.model_dump(exclude={"id"})
    return facts_of(scan(ScanRequest(uuid=body.id, **values), by=actor()))


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
    row = db.session.scalars(select(Scan).where(Scan.uuid == scan_uuid)).one_or_none()
    if row is None:
        raise NotFound("There is no scan of this id.")
    with fields_called(code="scan_uuid"):
        return facts_of(undo(row, by=actor(), uuid=str(uuid.uuid4())))
