"""Laying a warehouse out: all its zones and shelves in one deed."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from app.actors import Actor
from app.extensions import db
from app.models import Code, CodeKind, Location, LocationKind
from app.models.base import plain_text
from app.refusals import Refused
from app.rules.codes import code_key
from app.rules.shelving import PlannedPlace
from app.scope import current_organization_id
from app.services.activities import record
from app.services.locations import add_location
from app.transactions import lock

MOST_NAMED = 5


def lay_out(warehouse: Location, places: Sequence[PlannedPlace], *, by: Actor) -> list[Location]:
    """Make these places inside a warehouse. What is there already stays. Raises Refused for codes that name
    something else, and when nothing is left to be made."""
    lock({Location: [warehouse.id]})
    known = places_of(warehouse, places)
    refuse_taken(places, known)
    missing = [place for place in places if code_key(place.code) not in known]
    if not missing:
        raise Refused("All of these are there already.", "zones")
    zones = make(warehouse, [place for place in missing if not place.zone], LocationKind.ZONE, known)
    shelves = make(
        warehouse, [place for place in missing if place.zone], LocationKind.SHELF, known | by_key(zones)
    )
    record("location.laid_out", warehouse, by=by, label=warehouse.name, places=len(missing))
    db.session.flush()
    return [*zones, *shelves]


def open_warehouse(name: str, code: str, *, by: Actor, address: str = "") -> Location:
    """A new warehouse, to be laid out. Raises Refused for a taken code."""
    return add_location(name, code, LocationKind.WAREHOUSE, None, by=by, address=address)


def places_of(warehouse: Location, places: Sequence[PlannedPlace]) -> dict[str, Location]:
    """Which of the planned places the warehouse has already, by code."""
    keys = {code_key(place.code) for place in places}
    query = select(Code.code_key, Location).join(Location, Location.id == Code.location_id)
    found = db.session.execute(query.where(Code.code_key.in_(keys), Location.warehouse_id == warehouse.id))
    return {row.code_key: row.Location for row in found}


def refuse_taken(places: Sequence[PlannedPlace], known: dict[str, Location]) -> None:
    """A code names one thing. Raises Refused, naming the codes that are taken."""
    keys = {code_key(place.code): place.code for place in places if code_key(place.code) not in known}
    taken = [keys[key] for key in db.session.scalars(select(Code.code_key).where(Code.code_key.in_(keys)))]
    if taken:
        named = ", ".join(sorted(taken)[:MOST_NAMED]) + (" …" if len(taken) > MOST_NAMED else "")
        raise Refused(
            f"These codes name something else already: {named}. A prefix tells them apart.", "prefix"
        )


def make(
    warehouse: Location, places: Sequence[PlannedPlace], kind: LocationKind, known: dict[str, Location]
) -> list[Location]:
    """Places with their codes, in few statements however many they are."""
    if not places:
        return []
    owner = {"organization_id": current_organization_id()}
    rows = [
        owner
        | {
            "name": place.name,
            "code": place.code,
            "kind": kind,
            "parent_id": known[code_key(place.zone)].id if place.zone else warehouse.id,
            "warehouse_id": warehouse.id,
            "search_text": plain_text(f"{place.name} {place.code}"),
        }
        for place in places
    ]
    made = db.session.scalars(insert(Location).returning(Location), rows).all()
    named = [
        owner
        | {"code": row.code, "code_key": code_key(row.code), "kind": CodeKind.LOCATION, "location_id": row.id}
        for row in made
    ]
    db.session.execute(insert(Code), named)
    return sorted(made, key=lambda row: row.id)


def by_key(rows: Sequence[Location]) -> dict[str, Location]:
    """Places by how their codes are compared."""
    return {code_key(row.code): row for row in rows}
