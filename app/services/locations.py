"""Places that hold stock: a tree, in which every place knows its warehouse."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from app.actors import Actor
from app.extensions import db
from app.models import Case, Code, CodeKind, Location, LocationKind, Product, StepKind, StockLevel
from app.refusals import Refused
from app.rules.codes import code_key
from app.services.activities import record
from app.services.case_guards import refuse_unmovable
from app.services.case_steps import write_step
from app.services.codes import change_own_code
from app.services.codes import refuse_taken as refuse_taken_code
from app.services.rooms import settle_claims
from app.transactions import lock


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
    if kind is LocationKind.CASE:
        db.session.add(Case(location_id=location.id, home_id=location.parent_id))
    db.session.add(Code(code=code, code_key=code_key(code), kind=CodeKind.LOCATION, location_id=location.id))
    record("location.added", location, by=by, label=name)
    db.session.flush()
    return location


def refuse_misplaced(kind: LocationKind, parent: Location | None) -> None:
    """Only warehouses stand by themselves."""
    if kind is LocationKind.WAREHOUSE and parent is not None:
        raise Refused("A warehouse stands by itself.", "parent_id")
    if kind is not LocationKind.WAREHOUSE and parent is None:
        raise Refused("Please choose the location that this is in.", "parent_id")


def change_location(
    location: Location,
    name: str,
    code: str,
    kind: LocationKind,
    parent: Location | None,
    *,
    by: Actor,
    address: str,
) -> None:
    """Change what is said about a place, and move it when it is in another now. Raises Refused."""
    lock_tree(location)
    refuse_changed_kind(location, kind)
    refuse_misplaced(kind, parent)
    if code_key(code) != code_key(location.code) or not code_key(code):
        change_own_code(location, code, CodeKind.LOCATION, "code")
    location.name, location.code, location.kind, location.address = name, code, kind, address
    db.session.flush()
    if parent is not None and parent.id != location.parent_id:
        carry_to(location, parent, by=by)
    record("location.changed", location, by=by, label=name)


def refuse_changed_kind(location: Location, kind: LocationKind) -> None:
    """A warehouse stays one, and an event's site belongs to its event. Raises Refused."""
    fixed = (LocationKind.WAREHOUSE, LocationKind.EVENT_SITE, LocationKind.CASE)
    if kind is not location.kind and (kind in fixed or location.kind in fixed):
        raise Refused("A warehouse, a case or an event's site keeps its kind.", "kind")


def move_location(location: Location, parent: Location, *, by: Actor) -> None:
    """Hang a place, with all that it holds, below another. Raises Refused for a circle."""
    lock_tree(location)
    refuse_misplaced(location.kind, parent)
    carry_to(location, parent, by=by)


def carry_to(
    location: Location, parent: Location, *, by: Actor, request_id: str = "", undoes_id: int | None = None
) -> None:
    """The same, with the locks held: a case keeps the step, and goes only where it may be carried by hand."""
    case = db.session.scalars(select(Case).where(Case.location_id == location.id)).one_or_none()
    origin = location.parent_id
    if case is not None:
        refuse_unmovable(case, location, parent)
    hang_below(location, parent, by=by)
    if case is not None:
        kind = StepKind.UNDONE if undoes_id else StepKind.MOVED
        write_step(
            case, kind, by=by, from_id=origin, to_id=parent.id, request_id=request_id, undoes_id=undoes_id
        )


def lock_tree(location: Location) -> None:
    """Hold the place and the products in it and below it."""
    ids = below(location.id)
    held = select(StockLevel.product_id).where(StockLevel.location_id.in_(ids), StockLevel.is_held)
    lock({Location: ids, Product: set(db.session.scalars(held))})


def hang_below(location: Location, parent: Location, *, by: Actor) -> None:
    """Change the parent and, from another warehouse, the warehouse of all that is inside, and tell of it."""
    origin = location.parent_id
    hang(location, parent, by=by)
    record("location.moved", location, by=by, label=location.name, to=parent.name, from_id=origin)


def hang(location: Location, parent: Location, *, by: Actor, inside: Collection[int] = ()) -> None:
    """The same, told of by whoever asks, who may know already which places are inside, itself among them. Raises
    Refused for a circle."""
    inside = inside or below(location.id)
    if parent.id in inside:
        raise Refused(f"{parent.name} is inside {location.name}.", "parent_id")
    before = location.warehouse_id
    location.parent_id = parent.id
    if before != parent.warehouse_id:
        moved = update(Location).where(Location.id.in_(inside)).values(warehouse_id=parent.warehouse_id)
        db.session.execute(moved, execution_options={"synchronize_session": "fetch"})
        db.session.flush()
        settle_warehouses(inside, {before, parent.warehouse_id}, by=by, reason=f"{location.name} was moved")
    db.session.flush()


def settle_warehouses(
    inside: Collection[int], warehouses: set[int | None], *, by: Actor, reason: str
) -> None:
    """The claims on what lies inside, in the warehouse it left and in the one it came to."""
    held = select(StockLevel.product_id).where(StockLevel.location_id.in_(inside), StockLevel.is_held)
    products = set(db.session.scalars(held.distinct()))
    for warehouse_id in warehouses:
        settle_claims(products, warehouse_id, by=by, reason=reason)


def below(location_id: int) -> set[int]:
    """The ids of a place and all places inside it."""
    return set(db.session.scalars(BELOW, {"place": location_id}))


_tree = select(Location.id).where(Location.id == bindparam("place")).cte("tree", recursive=True)
BELOW: Final = select(_tree.union(select(Location.id).join(_tree, Location.parent_id == _tree.c.id)).c.id)


def archive_location(location: Location, *, by: Actor) -> None:
    """Take an empty place out of the lists. Raises Refused while it holds something."""
    lock_tree(location)
    inside = below(location.id)
    if db.session.scalar(
        select(Location.id)
        .where(Location.id.in_(inside - {location.id}), Location.archived_at.is_(None))
        .limit(1)
    ):
        raise Refused(f"There are locations in {location.name}. Move or archive them first.")
    held = select(StockLevel.id).where(StockLevel.location_id.in_(inside), StockLevel.is_held)
    if db.session.scalar(held.limit(1)):
        raise Refused(f"{location.name} still holds stock. Move it first.")
    location.archived_at = datetime.now(UTC)
    record("location.archived", location, by=by, label=location.name)
    db.session.flush()


__all__ = [
    "add_location",
    "archive_location",
    "below",
    "carry_to",
    "change_location",
    "hang",
    "lock_tree",
    "move_location",
    "refuse_taken_code",
]
