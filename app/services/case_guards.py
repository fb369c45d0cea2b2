"""What closed cases forbid: nothing goes into or comes out of one that is sealed, or that is out on an event."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Integer, bindparam, literal_column, or_, select

from app.extensions import db
from app.models import Case, CaseState, Location, LocationKind
from app.refusals import Refused

_start = (
    select(Location.id, Location.parent_id, literal_column("0", Integer).label("height"))
    .where(Location.id.in_(bindparam("places", expanding=True)))
    .cte("above", recursive=True)
)
_above = _start.union_all(
    select(Location.id, Location.parent_id, _start.c.height + 1).join(
        _start, Location.id == _start.c.parent_id
    )
)
CLOSED: Final = (
    select(Location.name, Case.sealed_at, Case.state)
    .join(Case, Case.location_id == Location.id)
    .where(
        Location.id.in_(select(_above.c.id)), or_(Case.sealed_at.is_not(None), Case.state == CaseState.OUT)
    )
    .limit(1)
)
SEALED_AROUND: Final = (
    select(Case)
    .join(_above, _above.c.id == Case.location_id)
    .where(Case.sealed_at.is_not(None))
    .order_by(_above.c.height.desc())
    .limit(1)
)


def refuse_closed(places: Collection[int | None], field: str | None = None) -> None:
    """Raises Refused when one of these places is, or lies in, a case that is sealed or out on an event."""
    asked = {place for place in places if place is not None}
    if not asked or not (found := db.session.execute(CLOSED, {"places": sorted(asked)}).first()):
        return
    if found.sealed_at is not None:
        raise Refused(f"{found.name} is sealed: open it first.", field)
    raise Refused(f"{found.name} is out on an event: scan it in first.", field)


def sealed_around(place: Location) -> Case | None:
    """The sealed case that a place lies in: the outermost, which all inside it comes and goes with."""
    if place.parent_id is None:
        return None
    sealed: Case | None = db.session.scalars(SEALED_AROUND, {"places": [place.parent_id]}).first()
    return sealed


def refuse_unmovable(case: Case, place: Location, parent: Location) -> None:
    """What is out on an event comes back by a scan, and goes there by a scan. Raises Refused."""
    if parent.kind is LocationKind.EVENT_SITE:
        raise Refused("To an event it goes by a scan: choose OUT at the event's station.", "parent_id")
    if case.state is CaseState.OUT:
        raise Refused(f"{place.name} is out on an event: scan it in first.", "parent_id")
    if case.event_id is not None and parent.warehouse_id != place.warehouse_id:
        raise Refused(f"{place.name} is packed for an event of this warehouse.", "parent_id")
    if parent.archived_at is not None:
        raise Refused(f"{parent.name} is archived.", "parent_id")
    refuse_closed([place.parent_id, parent.id], "parent_id")
