"""Scans, for programs: the same deed as on the station."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.blueprints.api.contract import Id, Input, Instant, Output, Paging, operation
from app.edge import actor
from app.models import Condition, Repair, RepairState, ScanMode, ScanResult, Verdict
from app.permissions import Permission
from app.queries.paging import Page
from app.queries.repairs import repairs_page
from app.services.scans import ScanAnswer, ScanRequest, scan


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


class RepairOut(Output):
    """A repair."""

    id: int
    number: str
    product_id: int
    asset_id: int | None
    quantity: int
    event_id: int | None
    state: RepairState
    note: str
    reported_at: datetime
    expected_back_at: datetime | None
    closed_at: datetime | None


@operation(
    "GET",
    "/inventory/repairs",
    permission=Permission.REPAIRS_READ,
    answer=RepairOut,
    query=Paging,
    is_list=True,
)
def list_repairs(query: Paging) -> Page[Repair]:
    """Repairs, open ones first."""
    return repairs_page("all", query.page)
