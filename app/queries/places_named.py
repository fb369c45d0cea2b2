"""Places by what programs and files call them: their code, their name, or plainly the warehouse."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, bindparam, or_, select

from app.extensions import db
from app.models import Location, LocationKind
from app.queries.rows import AnyRow

WAREHOUSE = "warehouse"


class Place(NamedTuple):
    """What judging a movement needs to know of a location."""

    id: int
    name: str
    kind: LocationKind
    warehouse_id: int
    archived_at: datetime | None


PLACE: Final = (Location.id, Location.name, Location.kind, Location.warehouse_id, Location.archived_at)


def places_named(names: Collection[str]) -> dict[str, Place]:
    """Name → the place with this code, else with this name; “warehouse” is the first warehouse.

    A name that no place has is not in the answer. Letter case does not matter.
    """
    wanted = {name.strip() for name in names if name and name.strip()}
    found = among(likely(wanted), wanted)
    if len(found) < len(wanted):
        found = among(every_place(), wanted)
    return {name: found[name.strip()] for name in names if name and name.strip() in found}


def likely(wanted: Collection[str]) -> Sequence[AnyRow]:
    """The places that are called exactly so, and the warehouses."""
    return db.session.execute(LIKELY, {"wanted": sorted(wanted)}).all()


def every_place() -> Sequence[AnyRow]:
    """All places: names differ in letters that databases do not fold alike."""
    return db.session.execute(IN_USE).all()


IN_USE: Final = select(*PLACE, Location.code).where(Location.archived_at.is_(None)).order_by(Location.id)
CALLED: Final[BindParameter[Any]] = bindparam("wanted", expanding=True)
LIKELY: Final = IN_USE.where(
    or_(Location.code.in_(CALLED), Location.name.in_(CALLED), Location.kind == LocationKind.WAREHOUSE)
)
"""Built once: building it takes longer than asking it."""


def among(rows: Sequence[AnyRow], wanted: Collection[str]) -> dict[str, Place]:
    """The wanted names with their places: codes go before names, and the oldest place before others."""
    by_code, by_name = {}, {}
    for *columns, code in reversed(rows):
        place = Place(*columns)
        by_code[code.casefold()] = place
        by_name[place.name.casefold()] = place
    first = next((Place(*row[:-1]) for row in rows if row.kind is LocationKind.WAREHOUSE), None)
    named = {WAREHOUSE: first} | by_name | by_code
    return {name: found for name in wanted if (found := named.get(name.casefold())) is not None}
