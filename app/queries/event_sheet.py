"""An event's list as a device keeps it for when it has no network: how far each line is, and what codes mean."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import bindparam, func, select

from app.extensions import db
from app.models import (
    Code,
    Event,
    Location,
    LocationKind,
    Organization,
    Scan,
    StockLevel,
    Tracking,
)
from app.queries.cases import ON_SHELVES
from app.queries.lost_pieces import pieces_lost
from app.queries.rows import AnyRow
from app.queries.sheet_cases import cases_for
from app.queries.sheet_pieces import codes_of_pieces
from app.queries.warehouse import StationLine, station_lines
from app.rules.gs1 import gtin_forms
from app.scope import current_organization_id


def event_sheet(event: Event, since: int | None = None) -> dict[str, Any]:
    """What a device needs to judge most scans of an event by itself, in as many statements whatever its size.

    `since` is the `latest` of the sheet that it has: then it is told a part, the lines of what was scanned meanwhile,
    with their codes, every case, and which lines there are: it forgets the others.
    """
    latest = db.session.scalar(LATEST, {"event": event.id}) or 0
    listed = {line.product_id: line for line in station_lines(event.id)}
    wanted = listed.keys() if since is None else listed.keys() & scanned_since(event.id, since)
    by_product = {product_id: line for product_id, line in listed.items() if product_id in wanted}
    rows = db.session.execute(PRODUCT_CODES, {"products": list(by_product)}).all()
    pieces, (codes, cases) = codes_of_pieces(by_product, event), cases_for(event, listed)
    organization = db.session.get_one(Organization, current_organization_id())
    return {
        "event": {"id": event.id, "number": event.number, "name": event.name},
        "latest": latest,
        "is_part": since is not None,
        "is_open": event.phase.is_open,
        "gate": str(organization.dispatch_gate),
        "line_ids": [line.id for line in listed.values()],
        "lines": list_of(by_product.values(), rows, event),
        "codes": codes_of_products(rows, by_product) | pieces | codes,
        "places": codes_of_places(event.warehouse_id) if since is None else {},
        "cases": cases,
    }


LATEST: Final = select(func.max(Scan.id)).where(Scan.event_id == bindparam("event"))
SCANNED: Final = (
    select(Scan.product_id)
    .where(Scan.event_id == bindparam("event"), Scan.id > bindparam("since"))
    .distinct()
)
ON_THEIR_WAY: Final = 64
"""So many scans may have begun before the latest and end after it: what they moved is told again."""


def scanned_since(event_id: int, since: int) -> set[int]:
    """The products that were scanned after a scan."""
    found = db.session.scalars(SCANNED, {"event": event_id, "since": since - ON_THEIR_WAY})
    return {product_id for product_id in found if product_id}


def list_of(lines: Iterable[StationLine], codes: Iterable[AnyRow], event: Event) -> list[dict[str, Any]]:
    """The lines with what the device counts on: stock on the shelves, and a code to tick each off."""
    spoken = {row.product_id: row.code for row in codes}
    asked = {"products": [line.product_id for line in lines], "warehouse": event.warehouse_id}
    shelves = {row.product_id: row.pieces for row in db.session.execute(SHELF_STOCK, asked)}
    lost = {one.product_id: one.pieces for one in pieces_lost(event.id)}
    return [
        line_facts(line, spoken.get(line.product_id, line.sku))
        | {"on_shelf": shelves.get(line.product_id, 0), "lost": lost.get(line.product_id, 0)}
        for line in lines
    ]


def line_facts(line: StationLine, code: str) -> dict[str, Any]:
    """A line as the device counts on it, with a code by which its product is ticked off."""
    return {
        "id": line.id,
        "product": line.product,
        "code": code,
        "shelf": line.shelf,
        "pieces": line.tracking is Tracking.SERIALIZED,
        "planned": line.planned,
        "claimed": line.claimed,
        "chosen": line.chosen,
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
SHELF_STOCK: Final = (
    select(StockLevel.product_id, func.sum(StockLevel.quantity).label("pieces"))
    .join(Location, Location.id == StockLevel.location_id)
    .where(StockLevel.product_id.in_(bindparam("products", expanding=True)), ON_SHELVES)
    .group_by(StockLevel.product_id)
)
PLACE_CODES: Final = (
    select(Code.code_key, Location.id, Location.name)
    .join(Location, Location.id == Code.location_id)
    .where(
        Location.warehouse_id == bindparam("warehouse"),
        Location.kind.not_in((LocationKind.EVENT_SITE, LocationKind.CASE)),
        Location.archived_at.is_(None),
    )
    .order_by(Code.id)
)


def codes_of_products(rows: Iterable[AnyRow], lines: dict[int, StationLine]) -> dict[str, Any]:
    """Code → its line, a GTIN in each of its lengths."""
    found: dict[str, Any] = {}
    for row in rows:
        for form in (row.code_key, *gtin_forms(row.code_key)):
            found[form] = {"line": lines[row.product_id].id}
    return found


def codes_of_places(warehouse_id: int) -> dict[str, Any]:
    """Code → a shelf of the event's warehouse, where what comes back may be put."""
    rows: Iterable[AnyRow] = db.session.execute(PLACE_CODES, {"warehouse": warehouse_id})
    return {row.code_key: {"id": row.id, "name": row.name} for row in rows}
