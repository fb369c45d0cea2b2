"""Places by what programs and files call them: their code, their name, or plainly the warehouse."""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select

from app.extensions import db
from app.models import Location, LocationKind
from app.queries.rows import AnyRow, AnySelect

WAREHOUSE = "warehouse"


def places_named(names: Collection[str]) -> dict[str, int]:
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
    exact = or_(Location.code.in_(wanted), Location.name.in_(wanted), Location.kind == LocationKind.WAREHOUSE)
    return db.session.execute(open_places().where(exact)).all()


def every_place() -> Sequence[AnyRow]:
    """All places: names differ in letters that databases do not fold alike."""
    return db.session.execute(open_places()).all()


def open_places() -> AnySelect:
    """Places in use, the oldest first."""
    query = select(Location.id, Location.code, Location.name, Location.kind)
    return query.where(Location.archived_at.is_(None)).order_by(Location.id)


def among(places: Sequence[AnyRow], wanted: Collection[str]) -> dict[str, int]:
    """The wanted names with their places: codes go before names, and the oldest place before others."""
    by_code, by_name = {}, {}
    for place in reversed(places):
        by_code[place.code.casefold()] = place.id
        by_name[place.name.casefold()] = place.id
    first = next((place.id for place in places if place.kind is LocationKind.WAREHOUSE), None)
    named = {WAREHOUSE: first} | by_name | by_code
    return {name: found for name in wanted if (found := named.get(name.casefold())) is not None}
