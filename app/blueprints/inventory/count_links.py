"""A code that names nothing, met while counting: linked there and then, so that it counts."""

from typing import Annotated

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.counting import EntrySaid, Linked, refusal_of, verdict
from app.edge import actor
from app.fields import Id, Input
from app.finding import find
from app.forms import read_form
from app.htmx import go_to, part, say, wants_part
from app.models import CountSession
from app.permissions import Permission, can, requires
from app.queries.link_choices import things_to_link
from app.refusals import Refused
from app.services.scan_links import link


class CountLink(Input):
    """A code, the one thing that it is to name, and where the person counts."""

    code: Annotated[str, Field(min_length=1, max_length=256)]
    product_id: Id | None = None
    asset_id: Id | None = None
    case_id: Id | None = None
    location_id: Id | None = None
    q: Annotated[str, Field(max_length=200)] = ""


@blueprint.get("/counts/<int:count_id>/link-choices")
@requires(Permission.COUNTS_WRITE)
def count_link_choices(count_id: int) -> Response:
    """What fits the words that were typed."""
    find(CountSession, count_id)
    typed = request.args.get("q", "")
    return part("warehouse/_scan_link_choices.html", typed=typed, choices=things_to_link(typed, can))


@blueprint.post("/counts/<int:count_id>/links")
@requires(Permission.COUNTS_WRITE)
def count_link(count_id: int) -> Response:
    """Let an unknown code name a product or a piece; it stays in the field, and Enter counts it."""
    found, given = find(CountSession, count_id), read_form(CountLink)
    try:
        name = link(given.code, given.product_id, given.asset_id, given.case_id, by=actor())
    except Refused as refused:
        return refusal_of(found, EntrySaid(location_id=given.location_id), refused)
    if not wants_part():
        say(f"{given.code} is {name} from now on. Scan it again: it counts.")
        return go_to(url_for("inventory.count", count_id=count_id, location=given.location_id))
    return verdict(count_id, given.location_id, linked=Linked(given.code, name))
