"""The pieces of an event's sheet: where each stands, and what would stop it here, by the server's own rules."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import and_, bindparam, or_, select

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Case,
    Code,
    Condition,
    Event,
    Location,
    PullLine,
    Reservation,
)
from app.queries.keepers import AROUND, SEALED_IN, by_asset, kept_of_products, untested
from app.queries.rows import AnyRow
from app.queries.warehouse import ACTIVE, StationLine
from app.rules.verdicts import Facts, Situation, going

ELSEWHERE: Final = "elsewhere"
"""How a piece stands that is out on another event."""
ON_SHELF: Final = "shelf"
"""How one stands that no event has had yet: this one has neither prepped it nor taken it out."""
OF_PRODUCTS: Final = Asset.product_id.in_(bindparam("products", expanding=True))
CODES: Final = (
    select(Code.code_key, Asset.id, Asset.product_id, Asset.tag, Asset.location_id)
    .join(Asset, Asset.id == Code.asset_id)
    .where(OF_PRODUCTS)
    .order_by(Asset.id, Code.id)
)
REMARKABLE: Final = (
    select(
        Asset.id.label("asset_id"), Asset.condition, Asset.retired_at, Asset.location_id, Location.warehouse_id,
        SEALED_IN.label("sealed_in_id"),
        Assignment.event_id, Assignment.state,
        and_(
            Assignment.starts_at < Reservation.ends_at, Assignment.ends_at > Reservation.starts_at
        ).label("is_rival"),
    )
    .outerjoin(Location, Location.id == Asset.location_id)
    .outerjoin(Case, Case.location_id == Location.id)
    .outerjoin(AROUND, AROUND.location_id == Location.parent_id)
    .outerjoin(
        PullLine, and_(PullLine.event_id == bindparam("event"), PullLine.product_id == Asset.product_id)
    )
    .outerjoin(Reservation, Reservation.line_id == PullLine.id)
    .outerjoin(
        Assignment,
        and_(
            Assignment.asset_id == Asset.id,
            or_(
                Assignment.state.in_(ACTIVE),
                and_(
                    Assignment.event_id == bindparam("event"), Assignment.state == AssignmentState.RETURNED
                ),
            ),
        ),
    )
    .where(
        OF_PRODUCTS,
        or_(
            Assignment.id.is_not(None), Asset.condition != Condition.GOOD, Asset.retired_at.is_not(None),
            Asset.location_id.is_(None), Location.warehouse_id != bindparam("warehouse"),
            SEALED_IN.is_not(None), Asset.id.in_(bindparam("kept", expanding=True)),
        ),
    )
    .order_by(Asset.id, Assignment.id)
)  # fmt: skip
"""Of what more is to be told than where it lies. Of thousands of pieces most lie on a shelf, kept by nothing."""


def codes_of_pieces(lines: Mapping[int, StationLine], event: Event) -> dict[str, Any]:
    """Code → the piece with its line: three statements."""
    products, told = list(lines), remarkable_pieces(list(lines), event)
    return {
        code: {"line": lines[product_id].id, "tag": tag, "is": ON_SHELF, "at": place} | told.get(asset_id, {})
        for code, asset_id, product_id, tag, place in db.session.execute(CODES, {"products": products})
    }


def remarkable_pieces(product_ids: Sequence[int], event: Event) -> dict[int, dict[str, Any]]:
    """Asset → what is to be told of it besides where it lies, where that is anything."""
    kept = kept_of_products(product_ids, event)
    asked = {
        "products": product_ids, "event": event.id, "warehouse": event.warehouse_id, "kept": list(kept),
    }  # fmt: skip
    rows = by_asset(db.session.execute(REMARKABLE, asked))
    return {asset_id: piece_facts(some, kept.get(asset_id, ()), event) for asset_id, some in rows.items()}


def piece_facts(rows: Sequence[AnyRow], keepers: Sequence[AnyRow], event: Event) -> dict[str, Any]:
    """How a piece stands; what `keeps` it, and whether it is `sealed` in, only where that is so."""
    standing = standing_of(rows, event)
    facts: dict[str, Any] = {"is": standing}
    reason = reason_of(rows, keepers, standing, event)
    if reason is not Situation.PLANNED:
        facts["keeps"] = str(reason)
    return facts | {"sealed": True} if rows[0].sealed_in_id else facts


def standing_of(rows: Sequence[AnyRow], event: Event) -> str:
    """Where its assignments leave a piece, as this event sees it."""
    if rows[0].event_id is None:
        return ON_SHELF
    here = {row.state for row in rows if row.event_id == event.id}
    is_elsewhere = any(row.state is AssignmentState.OUT and row.event_id != event.id for row in rows)
    if is_elsewhere and AssignmentState.OUT not in here:
        return ELSEWHERE
    states = (AssignmentState.OUT, AssignmentState.PREPPED, AssignmentState.RETURNED)
    return str(next((state for state in states if state in here), ON_SHELF))


def reason_of(rows: Sequence[AnyRow], keepers: Sequence[AnyRow], standing: str, event: Event) -> Situation:
    """What would stop a piece that the list has room for, the seal of its case aside; PLANNED for nothing."""
    first, tests = rows[0], untested(keepers, event) if keepers else ()
    others = [row for row in rows if row.event_id not in (None, event.id)] if first.event_id else ()
    is_gone = first.location_id is None
    is_foreign = first.warehouse_id not in (None, event.warehouse_id)
    return stopped_by(
        is_retired=first.retired_at is not None,
        is_lost=is_gone and first.condition is Condition.MISSING,
        is_out_elsewhere=any(row.state is AssignmentState.OUT for row in others),
        has_repair=first.condition is Condition.DAMAGED or any(row.repair_id for row in keepers),
        is_kept_back=any(row.quarantine_id for row in keepers),
        has_failed_inspection=any(test.is_failed for test in tests),
        has_overdue_inspection=bool(tests),
        is_prepped_elsewhere=any(row.is_rival for row in others),
        is_foreign=is_foreign and standing not in ACTIVE,
        on_shelf=0 if is_gone else 1,
    )


@cache
def stopped_by(**found: Any) -> Situation:
    """The rule's word on a piece that the list has room for. Of thousands of pieces most stand alike."""
    return going(Facts(planned=1, held=1, is_prepped_here=True, **found))
