"""Places, for programs."""

from datetime import datetime

from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.inventory.locations import LocationForm
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.models import Location, LocationKind
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.refusals import Refused
from app.services.locations import add_location, archive_location, change_location


class LocationOut(Output):
    """A place that holds stock."""

    id: int
    name: str
    code: str
    kind: LocationKind
    parent_id: int | None
    warehouse_id: int | None
    address: str
    archived_at: datetime | None


class LocationQuery(Paging):
    """Which places: those in another one, or of one kind."""

    parent_id: Id | None = None
    kind: LocationKind | None = None


@operation(
    "GET",
    "/inventory/locations",
    permission=Permission.STOCK_READ,
    answer=LocationOut,
    query=LocationQuery,
    is_list=True,
)
def list_locations(query: LocationQuery) -> Page[Location]:
    """Places, by code."""
    wanted = select(Location).order_by(Location.code, Location.id)
    if query.parent_id is not None:
        wanted = wanted.where(Location.parent_id == query.parent_id)
    if query.kind is not None:
        wanted = wanted.where(Location.kind == query.kind)
    return paged(wanted, query.page, query.per_page)


@operation(
    "GET", "/inventory/locations/<int:location_id>", permission=Permission.STOCK_READ, answer=LocationOut
)
def get_location(location_id: int) -> Location:
    """One place."""
    return find(Location, location_id)


class LocationIn(LocationForm):
    """A place as it shall be; only a warehouse stands by itself, everything else is in something."""


@operation(
    "POST",
    "/inventory/locations",
    permission=Permission.LOCATIONS_MANAGE,
    answer=LocationOut,
    body=LocationIn,
    status=201,
    is_idempotent=True,
)
def create_location(body: LocationIn) -> Location:
    """Add a place."""
    if body.kind is LocationKind.EVENT_SITE:
        raise Refused("An event's site is made with its event.", "kind")
    return add_location(body.name, body.code, body.kind, body.parent(), by=actor(), address=body.address)


@operation(
    "PUT",
    "/inventory/locations/<int:location_id>",
    permission=Permission.LOCATIONS_MANAGE,
    answer=LocationOut,
    body=LocationIn,
)
def replace_location(location_id: int, body: LocationIn) -> Location:
    """Say anew what a place is, and move it with all that it holds when it is in another now."""
    place = find(Location, location_id)
    change_location(place, body.name, body.code, body.kind, body.parent(), by=actor(), address=body.address)
    return place


@operation(
    "POST",
    "/inventory/locations/<int:location_id>/archival",
    permission=Permission.LOCATIONS_MANAGE,
    answer=LocationOut,
    is_idempotent=True,
)
def archive_place(location_id: int) -> Location:
    """Take an empty place out of the lists."""
    place = find(Location, location_id)
    archive_location(place, by=actor())
    return place
