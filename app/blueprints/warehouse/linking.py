"""An unknown code at the station: linked there and then, so that the next scan of it counts."""

from typing import Annotated

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.station import ScanInput, refusal, standing, waiting
from app.edge import actor
from app.fields import Id, Input
from app.finding import find
from app.forms import read_form
from app.htmx import go_to, part, say, wants_part
from app.models import Event, ScanMode
from app.permissions import Permission, can, requires
from app.queries.link_choices import things_to_link
from app.refusals import Refused
from app.services.scan_links import link


@blueprint.get("/events/<int:event_id>/link-choices")
@requires(Permission.SCANS_WRITE)
def link_choices(event_id: int) -> Response:
    """What fits the words that were typed."""
    find(Event, event_id)
    typed = request.args.get("q", "")
    return part("warehouse/_scan_link_choices.html", typed=typed, choices=things_to_link(typed, can))


class Link(Input):
    """A code, and the one thing that it is to name: a product, an asset or a case."""

    code: Annotated[str, Field(min_length=1, max_length=256)]
    product_id: Id | None = None
    asset_id: Id | None = None
    case_id: Id | None = None


class LinkInput(Link):
    """The same at the station."""

    mode: ScanMode
    q: Annotated[str, Field(max_length=200)] = ""


@blueprint.post("/events/<int:event_id>/links")
@requires(Permission.SCANS_WRITE)
def link_code(event_id: int) -> Response:
    """Let an unknown code name a product, a piece or a case."""
    event, given = find(Event, event_id), read_form(LinkInput)
    try:
        name = link(given.code, given.product_id, given.asset_id, given.case_id, by=actor())
    except Refused as refused:
        return refusal(event, ScanInput(mode=given.mode), refused)
    said = f"{given.code} is {name} from now on. Scan it again: it counts."
    if not wants_part():
        say(said)
        return go_to(url_for("warehouse.scan_station", event_id=event_id, mode=given.mode.value))
    shown = waiting(event) | standing(event, given.mode)
    return part(
        "warehouse/_scan_verdict.html", "warehouse/_scan_next.html", answer=None, linked=said, **shown
    )
