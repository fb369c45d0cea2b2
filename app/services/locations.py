"""Places that hold stock: a tree, in which every place knows its warehouse."""

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Code, CodeKind, Location, LocationKind
from app.refusals import Refused
from app.rules.codes import code_key
from app.services.activities import record


def add_location(
    name: str, code: str, kind: LocationKind, parent: Location | None, *, by: Actor, address: str = ""
) -> Location:
    """Add a place below another; a warehouse stands at the root. Raises Refused for a taken code."""
    refuse_misplaced(kind, parent)
    refuse_taken_code(code, "code")
    location = Location(
        name=name,
        code=code,
        kind=kind,
        parent_id=parent.id if parent else None,
        warehouse_id=parent.warehouse_id if parent else None,
        address=address,
    )
    db.session.add(location)
    db.session.flush()
    if parent is None:
        location.warehouse_id = location.id
    db.session.add(Code(code=code, code_key=code_key(code), kind=CodeKind.LOCATION, location_id=location.id))
    record("location.added", location, by=by, label=name)
    db.session.flush()
    return location


def refuse_misplaced(kind: LocationKind, parent: Location | None) -> None:
    """Only warehouses stand by themselves."""
    if kind is LocationKind.WAREHOUSE and parent is not None:
        raise Refused("A warehouse stands by itself.", "parent_id")
    if kind is not LocationKind.WAREHOUSE and parent is None:
        raise Refused("Please choose the place that this is in.", "parent_id")


def refuse_taken_code(code: str, field: str) -> None:
    """A code names one thing in an organization. Raises Refused."""
    if not code_key(code):
        raise Refused("Please give it a code.", field)
    if db.session.scalar(select(Code.id).where(Code.code_key == code_key(code))):
        raise Refused(f"The code {code} is taken.", field)
