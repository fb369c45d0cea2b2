"""What is to be locked before a case moves with everything in it."""

from collections.abc import Collection
from functools import cache
from typing import Any, Final

from sqlalchemy import any_, bindparam, func, literal_column, select, union_all

from app.extensions import db
from app.models import Asset, Assignment, Base, Case, Event, Location, LocationKind, Product, StockLevel
from app.services.case_within import sealed_around_all
from app.services.scan_deeds import ACTIVE
from app.services.scan_requests import ScanRequest, Thing

Locked = dict[type[Base], set[int]]
MODELS: Final[tuple[type[Base], ...]] = (Location, Product, Asset, Event)

_start = (
    select(Location.id)
    .where(Location.id.in_(bindparam("places", expanding=True)), Location.kind == LocationKind.CASE)
    .cte("boxed", recursive=True)
)
_tree = _start.union_all(select(Location.id).join(_start, Location.parent_id == _start.c.id))


@cache
def boxing(is_sqlite: bool) -> Any:
    """The question for everything that moves with cases: places, products, assets, and the events that have any of
    it. Built once for each kind of database."""

    def inside(place: Any) -> Any:
        # PostgreSQL takes a tree for large and reads whole tables to look for it; in a list it looks each place up.
        places = select(_tree.c.id)
        return place.in_(places) if is_sqlite else place == any_(func.array(places.scalar_subquery()))

    return union_all(
        select(literal_column("0").label("model"), _tree.c.id.label("row")),
        select(literal_column("1"), StockLevel.product_id).where(
            inside(StockLevel.location_id), StockLevel.is_held
        ),
        select(literal_column("2"), Asset.id).where(inside(Asset.location_id)),
        select(literal_column("3"), Case.event_id).where(
            inside(Case.location_id), Case.event_id.is_not(None)
        ),
        select(literal_column("3"), Assignment.event_id)
        .join(Asset, Asset.id == Assignment.asset_id)
        .where(inside(Asset.location_id), Assignment.state.in_(ACTIVE)),
    )


def boxed(place_ids: Collection[int]) -> Locked:
    """What goes with these places, where they are cases: one statement."""
    found: Locked = {}
    if place_ids:
        for model, row in db.session.execute(boxing(db.is_sqlite), {"places": sorted(place_ids)}):
            found.setdefault(MODELS[model], set()).add(row)
    return found


def boxed_by(request: ScanRequest, things: Collection[Thing]) -> Locked:
    """What goes with the cases among scanned things, with the case that is open, and with those that one of them is
    taken out of because somebody has agreed to it."""
    places = {thing.location_id for thing in things if thing.location_id}
    if request.accept:
        places |= sealed_around_all(places)
    if request.accept and (assets := {thing.asset_id for thing in things if thing.asset_id}):
        found = db.session.scalars(select(Asset.location_id).where(Asset.id.in_(assets)))
        places |= {place for place in found if place is not None}
    return boxed(places)
