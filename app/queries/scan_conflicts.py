"""Scans that were judged late, and wait for somebody's decision."""

from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Asset, Product, Scan, ScanConflict
from app.queries.paging import Page, paged
from app.queries.rows import AnyRow
from app.queries.scan_log import IS_UNDOABLE

_then = aliased(Scan)
OPEN: Final = ScanConflict.decided_at.is_(None)


def open_conflicts(event_id: int) -> int:
    """How many wait on an event: one small statement."""
    query = select(func.count(ScanConflict.id)).where(ScanConflict.event_id == event_id, OPEN)
    return db.session.scalar(query) or 0


def conflicts_of(
    event_id: int | None, page: int = 1, per_page: int = 25, *, is_open: bool | None = None
) -> Page[AnyRow]:
    """Conflicts of an event, or of all: those that wait first, in the order in which they were scanned."""
    query: Select[*tuple[Any, ...]] = (
        select(
            ScanConflict.id, ScanConflict.event_id, ScanConflict.said, ScanConflict.sequence, ScanConflict.decision,
            ScanConflict.decided_at, ScanConflict.decided_by_name, Scan.uuid.label("scan_uuid"), Scan.mode,
            Scan.raw_code, Scan.quantity, Scan.situation, Scan.message, Scan.by_name, Scan.device, Scan.scanned_at,
            Scan.recorded_at, Product.name.label("product"), Asset.tag, IS_UNDOABLE.label("is_undoable"),
            _then.message.label("then"),
        )
        .join(Scan, Scan.id == ScanConflict.scan_id)
        .outerjoin(Product, Product.id == Scan.product_id)
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .outerjoin(_then, _then.id == ScanConflict.then_id)
        .order_by(ScanConflict.decided_at.desc().nulls_first(), Scan.scanned_at, ScanConflict.id)
    )  # fmt: skip
    if event_id is not None:
        query = query.where(ScanConflict.event_id == event_id)
    if is_open is not None:
        query = query.where(OPEN if is_open else ~OPEN)
    return paged(query, page, per_page, scalars=False)
