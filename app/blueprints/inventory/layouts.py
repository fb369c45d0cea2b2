"""A warehouse laid out in one go."""

from typing import Annotated

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import chosen_place, whole
from app.edge import actor
from app.fields import Id, Input, LongText, ShortText
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, part, say
from app.models import Location
from app.permissions import Permission, requires
from app.queries.choices import warehouses
from app.refusals import Refused
from app.rules.shelving import PlannedPlace, Unreadable, laid_out, read_zones
from app.services.layouts import lay_out, open_warehouse

EXAMPLE = "A, Audio, 12\nL, Lighting, 16\nR, Rigging, 8"


class LayoutForm(Input):
    """Which warehouse, or a new one by name; its zones; and what stands before their codes."""

    warehouse_id: Id | None = None
    name: ShortText = ""
    code: Annotated[str, Field(max_length=12)] = ""
    prefix: Annotated[str, Field(max_length=12, pattern=r"^[^\s,;]*$")] = ""
    zones: LongText = ""

    def places(self) -> list[PlannedPlace]:
        """Everything that is to be made. Raises Refused."""
        try:
            return laid_out(read_zones(self.zones), self.prefix)
        except Unreadable as error:
            raise Refused(str(error), "zones") from error


@blueprint.get("/locations/layout")
@requires(Permission.LOCATIONS_MANAGE)
def layout() -> Response:
    """The form; `warehouse` in the address chooses which is laid out."""
    known = warehouses()
    return page(
        "inventory/layout.html",
        form=current_form(),
        warehouse_options=known,
        warehouse_id=whole("warehouse") or (known[0][0] if known else None),
        example=EXAMPLE,
    )


@blueprint.get("/locations/layout/preview")
@requires(Permission.LOCATIONS_MANAGE)
def layout_preview() -> Response:
    """What would be made of what is typed so far."""
    try:
        places = laid_out(
            read_zones(request.args.get("zones", "")[:5000]), request.args.get("prefix", "")[:12]
        )
    except Unreadable as error:
        return part("inventory/_layout_preview.html", places=[], trouble=str(error))
    return part("inventory/_layout_preview.html", places=places, trouble="")


@blueprint.post("/locations/layout")
@requires(Permission.LOCATIONS_MANAGE)
@shown_again_by(layout)
def lay_out_now() -> Response:
    """Make them all, and go on to their labels."""
    given = read_form(LayoutForm)
    places = given.places()
    warehouse = chosen_warehouse(given)
    made = lay_out(warehouse, places, by=actor())
    say(f"{len(made)} locations were made in {warehouse.name}. Print their labels next.")
    return go_to(url_for("inventory.labels", of="location", location=warehouse.id))


def chosen_warehouse(given: LayoutForm) -> Location:
    """The one that was chosen, or a new one. Raises Refused."""
    if given.warehouse_id is not None:
        return chosen_place(given.warehouse_id, "warehouse_id")
    if missing := {
        name: value for name, value in {"name": given.name, "code": given.code}.items() if not value
    }:
        raise Refused.many(dict.fromkeys(missing, "Please fill this in, or choose a warehouse."))
    return open_warehouse(given.name, given.code, by=actor())
