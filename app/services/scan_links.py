"""Letting a code that was scanned and names nothing name a thing from now on."""

from app.actors import Actor
from app.extensions import db
from app.models import Asset, CodeKind, Product
from app.permissions import Permission
from app.refusals import Forbidden, NotFound, Refused
from app.services.codes import add_code
from app.transactions import lock

MAY_LINK = {Product: Permission.PRODUCTS_MANAGE, Asset: Permission.ASSETS_MANAGE}


def link(code: str, product_id: int | None, asset_id: int | None, *, by: Actor) -> str:
    """Link a code to one product or asset; what people call it. Raises Refused, Forbidden, NotFound."""
    if (product_id is None) == (asset_id is None):
        raise Refused("Choose a product or a piece.", "code")
    kind: type[Product | Asset] = Product if product_id is not None else Asset
    if not by.may(MAY_LINK[kind]):
        raise Forbidden("You may not say what a code names.")
    thing_id = product_id or asset_id or 0
    lock({kind: [thing_id]})
    thing = db.session.get(kind, thing_id)
    if not isinstance(thing, Product | Asset):
        raise NotFound("This thing does not exist.")
    add_code(thing, code, CodeKind.OTHER, by=by)
    return thing.tag if isinstance(thing, Asset) else thing.name
