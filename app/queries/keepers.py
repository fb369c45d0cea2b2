"""What keeps assets from leaving with an event: a repair, a quarantine, inspections, the seal of their case."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    KEEPS_OUT,
    Asset,
    Case,
    Event,
    InspectionPlan,
    InspectionType,
    Organization,
    Quarantine,
    Repair,
)
from app.queries.inspection_standing import ASSET_DUE_ON, IS_BLOCKED, IS_LAST, LAST, USES
from app.queries.rows import AnyRow
from app.rules.calendars import local_day
from app.scope import current_organization_id

KEEPERS: Final = (Repair.id, Repair.number, Quarantine.id, Quarantine.number)
UNTESTED: Final = (
    InspectionType.name.label("test"),
    ASSET_DUE_ON.label("due_on"),
    LAST.passed.label("passed"),
    (InspectionPlan.every_uses <= USES).label("is_worn"),
)


def with_keepers(query: Any) -> Any:
    """A question about assets, with the repair, the quarantine and the inspections that they may not leave with."""
    return (
        query.outerjoin(Repair, and_(Repair.asset_id == Asset.id, KEEPS_OUT))
        .outerjoin(Quarantine, and_(Quarantine.asset_id == Asset.id, Quarantine.released_at.is_(None)))
        .outerjoin(InspectionPlan, InspectionPlan.product_id == Asset.product_id)
        .outerjoin(LAST, IS_LAST)
        .outerjoin(InspectionType, IS_BLOCKED)
    )


AROUND: Final = aliased(Case)
"""The case that the place of an asset lies in, where that place is none itself."""
SEALED_IN: Final = func.coalesce(
    case((Case.sealed_at.is_not(None), Case.id)), case((AROUND.sealed_at.is_not(None), AROUND.id))
)
KEPT_OF_PRODUCTS: Final = with_keepers(
    select(
        Asset.id.label("asset_id"),
        Repair.id.label("repair_id"),
        Quarantine.id.label("quarantine_id"),
        *UNTESTED,
    ).select_from(Asset)
).where(
    Asset.product_id.in_(bindparam("products", expanding=True)),
    or_(Repair.id.is_not(None), Quarantine.id.is_not(None), InspectionType.id.is_not(None)),
)
"""Those assets of some products that anything keeps, and what does."""
ANY_ZONE: Final = timedelta(days=1)
"""How much later than in UTC a day may be. Asked so, what is found is judged by the local day; most find nothing."""


class Untested(NamedTuple):
    """An inspection that keeps an asset from leaving: failed, or overdue since its last day."""

    name: str
    due_on: date | None
    is_failed: bool


def kept_of_products(product_ids: Collection[int], event: Event) -> dict[int, list[AnyRow]]:
    """Asset → what keeps it from leaving with an event, with a row for each inspection, of the kept ones alone."""
    asked = {"products": sorted(product_ids)} | leaving(event)
    return by_asset(db.session.execute(KEPT_OF_PRODUCTS, asked))


def by_asset(rows: Iterable[AnyRow]) -> dict[int, list[AnyRow]]:
    """Rows by their asset."""
    found: dict[int, list[AnyRow]] = {}
    for row in rows:
        found.setdefault(row.asset_id, []).append(row)
    return found


def leaving(event: Event) -> dict[str, date]:
    """The day that inspections must reach, wherever in the world the organization is."""
    latest = moment_of_leaving(event).date() + ANY_ZONE
    return {"on": latest, "soon": latest}


def day_of_leaving(event: Event) -> date:
    """The day on which gear of an event leaves; today when it should be away already."""
    organization = db.session.get_one(Organization, current_organization_id())
    return local_day(moment_of_leaving(event), organization.timezone)


def moment_of_leaving(event: Event) -> datetime:
    """When gear of an event leaves; now when it should be away already."""
    return max(event.occupied_from, datetime.now(UTC))


def untested(rows: Sequence[AnyRow], event: Event) -> list[Untested]:
    """The inspections that keep an asset here, those that failed first."""
    held = [row for row in rows if row.test]
    if not held:
        return []
    leaves_on = day_of_leaving(event)
    found = {
        Untested(row.test, row.due_on, row.passed is False)
        for row in held
        if row.passed is False or row.is_worn or (row.due_on and row.due_on < leaves_on)
    }
    return sorted(found, key=lambda one: (not one.is_failed, one.due_on or date.max, one.name))
