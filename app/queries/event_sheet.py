"""An event's list as a device keeps it for when it has no network: how far each line is, and what codes mean."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import and_, bindparam, or_, select

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Code,
    Condition,
    Event,
    Location,
    LocationKind,
    Tracking,
)
from app.queries.rows import AnyRow
from app.queries.warehouse import StationLine, station_lines
from app.rules.gs1 import gtin_forms

ELSEWHERE: Final = "elsewhere"
"""How a piece stands that this event cannot simply have: only the server can judge it."""
OUTWEIGHS: Final = (str(AssignmentState.OUT), ELSEWHERE)
"""What counts of several assignments of one piece, the first first; else the latest."""


def event_sheet(event: Event) -> dict[str, Any]:
    """What a device needs to judge most scans of an event by itself: five statements."""
    lines = station_lines(event.id)
    by_product = {line.product_id: line for line in lines}
    rows = db.session.execute(PRODUCT_CODES, {"products": list(by_product)}).all()
    spoken = {row.product_id: row.code for row in rows}
    return {
        "event": {"id": event.id, "number": event.number, "name": event.name},
        "is_open": event.phase.is_open,
        "lines": [line_facts(line, spoken.get(line.product_id, line.sku)) for line in lines],
        "codes": codes_of_products(rows, by_product) | codes_of_assets(by_product, event),
        "places": codes_of_places(event.warehouse_id),
    }


def line_facts(line: StationLine, code: str) -> dict[str, Any]:
    """A line as the device counts on it, with a code by which its product is ticked off."""
    return {
        "id": line.id,
        "product": line.product,
        "code": code,
        "shelf": line.shelf,
        "pieces": line.tracking is Tracking.SERIALIZED,
        "planned": line.planned,
        "prepped": line.prepped,
        "out": line.out,
        "returned": line.returned,
        "short": line.overbooked,
    }


PRODUCT_CODES: Final = (
    select(Code.code_key, Code.code, Code.product_id)
    .where(Code.product_id.in_(bindparam("products", expanding=True)))
    .order_by(Code.id.desc())
)
ASSET_CODES: Final = (
    select(
        Code.code_key, Asset.id, Asset.product_id, Asset.tag, Asset.condition, Asset.retired_at,
        Location.warehouse_id, Assignment.event_id, Assignment.state,
    )
    .join(Asset, Asset.id == Code.asset_id)
    .outerjoin(Location, Location.id == Asset.location_id)
    .outerjoin(
        Assignment,
        and_(
            Assignment.asset_id == Asset.id,
            or_(
                Assignment.state.in_((AssignmentState.PREPPED, AssignmentState.OUT)),
                and_(
                    Assignment.event_id == bindparam("event"), Assignment.state == AssignmentState.RETURNED
                ),
            ),
        ),
    )
    .where(Asset.product_id.in_(bindparam("products", expanding=True)))
    .order_by(Assignment.id)
)  # fmt: skip
PLACE_CODES: Final = (
    select(Code.code_key, Location.id, Location.name)
    .join(Location, Location.id == Code.location_id)
    .where(
        Location.warehouse_id == bindparam("warehouse"),
        Location.kind != LocationKind.EVENT_SITE,
        Location.archived_at.is_(None),
    )
)


def codes_of_products(rows: Iterable[AnyRow], lines: dict[int, StationLine]) -> dict[str, Any]:
    """Code → its line, a GTIN in each of its lengths."""
    found: dict[str, Any] = {}
    for row in rows:
        for form in (row.code_key, *gtin_forms(row.code_key)):
            found[form] = {"line": lines[row.product_id].id}
    return found


def codes_of_assets(lines: dict[int, StationLine], event: Event) -> dict[str, Any]:
    """Code → its line, its tag, and how the piece stands: shelf, prepped, out or returned here, or elsewhere."""
    found: dict[str, Any] = {}
    for row in db.session.execute(ASSET_CODES, {"products": list(lines), "event": event.id}):
        standing = standing_of(row, event)
        known = found.setdefault(
            row.code_key, {"line": lines[row.product_id].id, "tag": row.tag, "is": standing}
        )
        known["is"] = next((one for one in OUTWEIGHS if one in (known["is"], standing)), standing)
    return found


def standing_of(row: AnyRow, event: Event) -> str:
    """Where one assignment of a piece leaves it, as this event sees it."""
    if row.event_id == event.id:
        return str(row.state)
    is_broken = row.condition in (Condition.DAMAGED, Condition.MISSING)
    is_here = row.warehouse_id == event.warehouse_id
    return "shelf" if is_here and not (row.event_id or row.retired_at or is_broken) else ELSEWHERE


def codes_of_places(warehouse_id: int) -> dict[str, Any]:
    """Code → a shelf of the event's warehouse, where what comes back may be put."""
    rows: Iterable[AnyRow] = db.session.execute(PLACE_CODES, {"warehouse": warehouse_id})
    return {row.code_key: {"id": row.id, "name": row.name} for row in rows}
