"""Locations: the tree, one place with what is in it, and its forms."""

from datetime import UTC, datetime

from flask import Response, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import chosen_place, page_number, whole
from app.edge import actor
from app.fields import Id, Input, LongText, Name
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, part, say
from app.models import Location, LocationKind
from app.permissions import Permission, requires
from app.queries import locations as queries
from app.queries.choices import offered_places, place_options
from app.services.locations import add_location, archive_location, below, change_location

KINDS = [
    (str(kind), kind.replace("_", " ").capitalize())
    for kind in LocationKind
    if kind is not LocationKind.EVENT_SITE
]


class LocationForm(Input):
    """What a person says about a place."""

    name: Name
    code: Name
    kind: LocationKind
    parent_id: Id | None = None
    address: LongText = ""

    def parent(self) -> Location | None:
        """The place around it. Raises Refused when that is gone."""
        return None if self.parent_id is None else chosen_place(self.parent_id, "parent_id")


@blueprint.get("/locations")
@requires(Permission.STOCK_READ)
def locations() -> Response:
    """The tree of places."""
    return page(
        "inventory/locations.html",
        branches=queries.location_tree(),
        sites=queries.sites_with_stock(),
        now=datetime.now(UTC),
    )


@blueprint.get("/locations/offers")
@requires(Permission.STOCK_READ)
def place_offers() -> Response:
    """Places that fit what is being typed, as options of the box."""
    typed = request.args.get("place", "").strip()[:200]
    return part("inventory/_place_offers.html", offers=offered_places(typed))


@blueprint.get("/locations/<int:location_id>")
@requires(Permission.STOCK_READ)
def location(location_id: int) -> Response:
    """One place: what is in it, and the places inside it."""
    row = queries.location_page(location_id)
    contents = queries.contents_of(location_id, page_number())
    return page(
        "inventory/location.html",
        part="inventory/_location_contents.html",
        location=row,
        path=queries.path_of(location_id),
        inner=queries.inner_places(location_id),
        page=contents,
        tags=queries.tags_in(location_id, [line.id for line in contents.items]),
        event=queries.event_at(location_id) if row.kind is LocationKind.EVENT_SITE else None,
    )


@blueprint.get("/locations/new")
@requires(Permission.LOCATIONS_MANAGE)
def location_new() -> Response:
    """The empty form; `inside` in the address chooses the place around it."""
    return form_page(None, whole("inside"))


@blueprint.post("/locations/new")
@requires(Permission.LOCATIONS_MANAGE)
@shown_again_by(location_new)
def create_location() -> Response:
    """Add a place."""
    given = read_form(LocationForm)
    row = add_location(given.name, given.code, given.kind, given.parent(), by=actor(), address=given.address)
    say(f"{row.name} was added.")
    return go_to(url_for("inventory.location", location_id=row.id))


@blueprint.get("/locations/<int:location_id>/edit")
@requires(Permission.LOCATIONS_MANAGE)
def location_edit(location_id: int) -> Response:
    """The form with what is known."""
    row = queries.location_page(location_id)
    return form_page(row, row.parent_id)


@blueprint.post("/locations/<int:location_id>/edit")
@requires(Permission.LOCATIONS_MANAGE)
@shown_again_by(location_edit)
def edit_location(location_id: int) -> Response:
    """Change a place, or move it with all that it holds."""
    row, given = find(Location, location_id), read_form(LocationForm)
    change_location(
        row, given.name, given.code, given.kind, given.parent(), by=actor(), address=given.address
    )
    say(f"{row.name} was saved.")
    return go_to(url_for("inventory.location", location_id=location_id))


def form_page(row: Location | None, parent_id: int | None) -> Response:
    """The form, for a new place or a known one, which cannot go inside itself."""
    inside = below(row.id) if row else set()
    return page(
        "inventory/location_form.html",
        location=row,
        parent_id=parent_id,
        form=current_form(),
        kinds=KINDS,
        place_options=[option for option in place_options() if option[0] not in inside],
    )


@blueprint.post("/locations/<int:location_id>/archival")
@requires(Permission.LOCATIONS_MANAGE)
@shown_again_by(location)
def archive_place(location_id: int) -> Response:
    """Take an empty place out of the lists."""
    row = find(Location, location_id)
    archive_location(row, by=actor())
    say(f"{row.name} was archived.")
    return go_to(url_for("inventory.locations"))
