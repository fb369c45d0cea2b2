"""What belongs to a product: parts, accessories, substitutes, codes."""

from typing import TypeVar

from flask import Response, url_for
from pydantic import Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import chosen_product
from app.blueprints.inventory.products import product as product_view
from app.edge import actor
from app.fields import Input, Quantity
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, say
from app.models import Accessory, AccessoryPer, Base, Code, CodeKind, PackagePart, Product, Substitute
from app.permissions import Permission, requires
from app.refusals import NotFound
from app.services.codes import add_code, remove_code
from app.services.packages import (
    add_accessory,
    add_substitute,
    put_in_package,
    remove_accessory,
    remove_substitute,
    take_from_package,
)

Row = TypeVar("Row", bound=Base)


class PartForm(Input):
    """A product that goes into a package."""

    product: str = Field(min_length=1)
    quantity: Quantity = 1


class AccessoryForm(Input):
    """A product that comes along."""

    accessory: str = Field(min_length=1)
    pieces: Quantity = 1
    per: AccessoryPer = AccessoryPer.PIECE
    is_charged: bool = False


class SubstituteForm(Input):
    """A product that may stand in."""

    substitute: str = Field(min_length=1)


class CodeForm(Input):
    """A code of a product."""

    code: str = Field(min_length=1, max_length=256)
    kind: CodeKind = CodeKind.OTHER


def belonging(model: type[Row], row_id: int, product_id: int, owner: str = "product_id") -> Row:
    """A row that belongs to this very product. Raises NotFound."""
    row = find(model, row_id)
    if getattr(row, owner) != find(Product, product_id).id:
        raise NotFound("This does not belong to the product.")
    return row


def back(product_id: int, anchor: str) -> Response:
    """To the card of the product's page where this was done."""
    return go_to(url_for("inventory.product", product_id=product_id, _anchor=anchor))


@blueprint.post("/products/<int:product_id>/parts")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(product_view)
def put_part(product_id: int) -> Response:
    """Let a package contain so many of a product."""
    package, given = find(Product, product_id), read_form(PartForm)
    part = chosen_product(given.product)
    put_in_package(package, part, given.quantity, by=actor())
    say(f"{package.name} contains {given.quantity} × {part.name}.")
    return back(product_id, "parts")


@blueprint.post("/products/<int:product_id>/parts/<int:part_id>/removal")
@requires(Permission.PRODUCTS_MANAGE)
def drop_part(product_id: int, part_id: int) -> Response:
    """Take a product out of a package."""
    row = belonging(PackagePart, part_id, product_id, "package_id")
    take_from_package(find(Product, product_id), row, by=actor())
    say("The part was taken out.")
    return back(product_id, "parts")


@blueprint.post("/products/<int:product_id>/accessories")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(product_view)
def put_accessory(product_id: int) -> Response:
    """Let a product come along."""
    given = read_form(AccessoryForm)
    other = chosen_product(given.accessory, "accessory")
    add_accessory(find(Product, product_id), other, given.pieces, given.per, given.is_charged, by=actor())
    say(f"{other.name} comes along.")
    return back(product_id, "accessories")


@blueprint.post("/products/<int:product_id>/accessories/<int:accessory_id>/removal")
@requires(Permission.PRODUCTS_MANAGE)
def drop_accessory(product_id: int, accessory_id: int) -> Response:
    """Let an accessory come along no more."""
    row = belonging(Accessory, accessory_id, product_id)
    remove_accessory(find(Product, product_id), row, by=actor())
    say("The accessory was removed.")
    return back(product_id, "accessories")


@blueprint.post("/products/<int:product_id>/substitutes")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(product_view)
def put_substitute(product_id: int) -> Response:
    """Let a product stand in when this one is short."""
    given = read_form(SubstituteForm)
    other = chosen_product(given.substitute, "substitute")
    add_substitute(find(Product, product_id), other, by=actor())
    say(f"{other.name} may stand in.")
    return back(product_id, "substitutes")


@blueprint.post("/products/<int:product_id>/substitutes/<int:substitute_id>/removal")
@requires(Permission.PRODUCTS_MANAGE)
def drop_substitute(product_id: int, substitute_id: int) -> Response:
    """Let a product stand in no more."""
    row = belonging(Substitute, substitute_id, product_id)
    remove_substitute(find(Product, product_id), row, by=actor())
    say("The substitute was removed.")
    return back(product_id, "substitutes")


@blueprint.post("/products/<int:product_id>/codes")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(product_view)
def put_code(product_id: int) -> Response:
    """Let a code name a product."""
    given = read_form(CodeForm)
    add_code(find(Product, product_id), given.code, given.kind, by=actor())
    say(f"A scanner that reads {given.code} finds this product now.")
    return back(product_id, "codes")


@blueprint.post("/products/<int:product_id>/codes/<int:code_id>/removal")
@requires(Permission.PRODUCTS_MANAGE)
def drop_code(product_id: int, code_id: int) -> Response:
    """Let a code name nothing."""
    row = belonging(Code, code_id, product_id)
    remove_code(find(Product, product_id), row, by=actor())
    say(f"{row.code} names nothing now.")
    return back(product_id, "codes")
