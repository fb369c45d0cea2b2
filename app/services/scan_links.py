"""Letting a code that was scanned and names nothing name a thing from now on."""

from typing import Final

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Case, CodeKind, Location, Product
from app.permissions import Permission
from app.refusals import Forbidden, NotFound, Refused
from app.services.codes import Named, add_code
from app.transactions import lock

MAY_LINK: Final[dict[type[Named], Permission]] = {
    Product: Permission.PRODUCTS_MANAGE,
    Asset: Permission.ASSETS_MANAGE,
    Location: Permission.LOCATIONS_MANAGE,
}


def link(
    code: str, product_id: int | None, asset_id: int | None, case_id: int | None = None, *, by: Actor
) -> str:
    """Link a code to one product, asset or case; what people call it. Raises Refused, Forbidden, NotFound."""
    wanted: dict[type[Named], int | None] = {
        Product: product_id, Asset: asset_id, Location: place_of(case_id),
    }  # fmt: skip
    given = [(kind, thing_id) for kind, thing_id in wanted.items() if thing_id is not None]
    if len(given) != 1:
        raise Refused("Choose a product, a piece or a case.", "code")
    [(kind, thing_id)] = given
    if not by.may(MAY_LINK[kind]):
        raise Forbidden("You may not say what a code names.")
    lock({kind: [thing_id]})
    thing = db.session.get(kind, thing_id)
    if not isinstance(thing, Product | Asset | Location):
        raise NotFound("This thing does not exist.")
    add_code(thing, code, CodeKind.OTHER, by=by)
    return thing.tag if isinstance(thing, Asset) else thing.name


def place_of(case_id: int | None) -> int | None:
    """The location that a case is. Raises NotFound."""
    if case_id is None:
        return None
    case = db.session.get(Case, case_id)
    if case is None:
        raise NotFound("This case does not exist.")
    return case.location_id
