"""What several of inventory's forms ask of a request."""

import re
import uuid

from flask import request

from app.finding import find
from app.models import Location, Product
from app.permissions import Permission, can
from app.queries.choices import place_typed, product_typed
from app.refusals import NotFound, Refused


def new_request_id() -> str:
    """The id of a deed that a form will ask for: sent twice, it is done once."""
    return str(uuid.uuid4())


def chosen_product(text: str, field: str = "product") -> Product:
    """The product that was typed or scanned. Raises Refused."""
    if not text.strip():
        raise Refused("Please fill this in.", field)
    product = product_typed(text)
    if product is None:
        raise Refused(f"No single product fits “{text}”. Choose one from the list.", field)
    return product


def chosen_place(location_id: int, field: str) -> Location:
    """The place that was chosen. Raises Refused when it is gone."""
    try:
        location = find(Location, location_id)
    except NotFound as error:
        raise Refused("This location does not exist any more.", field) from error
    if location.archived_at is not None:
        raise Refused(f"{location.name} is archived.", field)
    return location


def tags_of(text: str) -> list[str]:
    """Tags as typed or scanned: one a line, or with commas or semicolons between."""
    return [tag for line in re.split(r"[\n,;\t]", text) if (tag := line.strip())]


def whole(name: str) -> int | None:
    """A whole number from the address; nothing for anything else."""
    given = request.args.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


def narrowed_place() -> Location | None:
    """The place that a list is narrowed to: by its id in a link, or by what was typed or scanned."""
    if location_id := whole("location"):
        return find(Location, location_id)
    return place_typed(request.args.get("place", "")[:200])


def page_number() -> int:
    """Which page of a list is asked for."""
    return whole("page") or 1


def sees_costs() -> bool:
    """True for people who may see what things cost us."""
    return can(Permission.COSTS_READ)
