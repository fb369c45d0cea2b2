"""What belongs to a product, for programs: parts of a package, accessories, substitutes, codes."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AliasChoices, Field

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import fields_called, named_product
from app.blueprints.inventory.product_parts import belonging
from app.edge import actor
from app.fields import Id, Input, Quantity
from app.finding import find
from app.models import Accessory, AccessoryPer, Code, CodeKind, PackagePart, Product, Substitute
from app.permissions import Permission
from app.queries.products import accessories_of, codes_of, parts_of, substitutes_of
from app.queries.rows import AnyRow
from app.rules.codes import LONGEST_CODE
from app.services.codes import add_code, remove_code
from app.services.packages import (
    add_accessory,
    add_substitute,
    put_in_package,
    remove_accessory,
    remove_substitute,
    take_from_package,
)

OtherId = Annotated[int, Field(validation_alias=AliasChoices("product_id", "accessory_id", "substitute_id"))]
"""The product at the other end, by the name that its table gives it."""


class PartOut(Output):
    """So many of a product in a package; `id` is that of the part."""

    id: int
    product_id: int
    name: str
    sku: str
    quantity: int


@operation(
    "GET",
    "/inventory/products/<int:product_id>/parts",
    permission=Permission.PRODUCTS_READ,
    answer=PartOut,
    is_list=True,
)
def list_parts(product_id: int) -> Sequence[AnyRow]:
    """What a package contains."""
    return parts_of(find(Product, product_id).id)


class PartIn(Input):
    """A product that goes into a package; named again, it has the new quantity."""

    product_id: Id
    quantity: Quantity = 1


@operation(
    "POST",
    "/inventory/products/<int:product_id>/parts",
    permission=Permission.PRODUCTS_MANAGE,
    answer=PartOut,
    body=PartIn,
    status=201,
    is_idempotent=True,
)
def add_part(product_id: int, body: PartIn) -> AnyRow:
    """Let a package contain so many of a product."""
    package, part = find(Product, product_id), named_product(body.product_id)
    with fields_called(product="product_id"):
        row = put_in_package(package, part, body.quantity, by=actor())
    return next(one for one in parts_of(package.id) if one.id == row.id)


@operation(
    "DELETE",
    "/inventory/products/<int:product_id>/parts/<int:part_id>",
    permission=Permission.PRODUCTS_MANAGE,
)
def delete_part(product_id: int, part_id: int) -> None:
    """Take a product out of a package."""
    row = belonging(PackagePart, part_id, product_id, "package_id")
    take_from_package(find(Product, product_id), row, by=actor())


class AccessoryOut(Output):
    """A product that comes along, so many for each piece or once; `id` is that of the accessory."""

    id: int
    product_id: OtherId
    name: str
    sku: str
    quantity: int
    per: AccessoryPer
    is_charged: bool


@operation(
    "GET",
    "/inventory/products/<int:product_id>/accessories",
    permission=Permission.PRODUCTS_READ,
    answer=AccessoryOut,
    is_list=True,
)
def list_accessories(product_id: int) -> Sequence[AnyRow]:
    """What comes along with a product."""
    return accessories_of(find(Product, product_id).id)


class AccessoryIn(Input):
    """A product that comes along; named again, it is as said now."""

    product_id: Id
    quantity: Quantity = 1
    per: AccessoryPer = AccessoryPer.PIECE
    is_charged: bool = False


@operation(
    "POST",
    "/inventory/products/<int:product_id>/accessories",
    permission=Permission.PRODUCTS_MANAGE,
    answer=AccessoryOut,
    body=AccessoryIn,
    status=201,
    is_idempotent=True,
)
def put_accessory(product_id: int, body: AccessoryIn) -> AnyRow:
    """Let a product come along with another."""
    product, other = find(Product, product_id), named_product(body.product_id)
    with fields_called(accessory="product_id"):
        row = add_accessory(product, other, body.quantity, body.per, body.is_charged, by=actor())
    return next(one for one in accessories_of(product.id) if one.id == row.id)


@operation(
    "DELETE",
    "/inventory/products/<int:product_id>/accessories/<int:accessory_id>",
    permission=Permission.PRODUCTS_MANAGE,
)
def delete_accessory(product_id: int, accessory_id: int) -> None:
    """Let an accessory come along no more."""
    row = belonging(Accessory, accessory_id, product_id)
    remove_accessory(find(Product, product_id), row, by=actor())


class SubstituteOut(Output):
    """A product that may stand in; `id` is that of the substitute."""

    id: int
    product_id: OtherId
    name: str
    sku: str


@operation(
    "GET",
    "/inventory/products/<int:product_id>/substitutes",
    permission=Permission.PRODUCTS_READ,
    answer=SubstituteOut,
    is_list=True,
)
def list_substitutes(product_id: int) -> Sequence[AnyRow]:
    """What may stand in for a product."""
    return substitutes_of(find(Product, product_id).id)


class SubstituteIn(Input):
    """A product that may stand in."""

    product_id: Id


@operation(
    "POST",
    "/inventory/products/<int:product_id>/substitutes",
    permission=Permission.PRODUCTS_MANAGE,
    answer=SubstituteOut,
    body=SubstituteIn,
    status=201,
    is_idempotent=True,
)
def put_substitute(product_id: int, body: SubstituteIn) -> AnyRow:
    """Let a product stand in when this one is short."""
    product, other = find(Product, product_id), named_product(body.product_id)
    with fields_called(substitute="product_id"):
        row = add_substitute(product, other, by=actor())
    return next(one for one in substitutes_of(product.id) if one.id == row.id)


@operation(
    "DELETE",
    "/inventory/products/<int:product_id>/substitutes/<int:substitute_id>",
    permission=Permission.PRODUCTS_MANAGE,
)
def delete_substitute(product_id: int, substitute_id: int) -> None:
    """Let a product stand in no more."""
    row = belonging(Substitute, substitute_id, product_id)
    remove_substitute(find(Product, product_id), row, by=actor())


class ProductCodeOut(Output):
    """A code that names a product."""

    id: int
    code: str
    kind: CodeKind


@operation(
    "GET",
    "/inventory/products/<int:product_id>/codes",
    permission=Permission.PRODUCTS_READ,
    answer=ProductCodeOut,
    is_list=True,
)
def list_codes(product_id: int) -> Sequence[AnyRow]:
    """The codes that name a product, its own first."""
    return codes_of(find(Product, product_id).id)


class CodeIn(Input):
    """One more code for a product: a GTIN, or whatever stands on it."""

    code: Annotated[str, Field(min_length=1, max_length=LONGEST_CODE)]
    kind: CodeKind = CodeKind.OTHER


@operation(
    "POST",
    "/inventory/products/<int:product_id>/codes",
    permission=Permission.PRODUCTS_MANAGE,
    answer=ProductCodeOut,
    body=CodeIn,
    status=201,
    is_idempotent=True,
)
def put_code(product_id: int, body: CodeIn) -> Code:
    """Let a code name a product; refused for one that names something already."""
    return add_code(find(Product, product_id), body.code, body.kind, by=actor())


@operation(
    "DELETE",
    "/inventory/products/<int:product_id>/codes/<int:code_id>",
    permission=Permission.PRODUCTS_MANAGE,
)
def delete_code(product_id: int, code_id: int) -> None:
    """Let a code name nothing; a thing's own code stays."""
    remove_code(find(Product, product_id), belonging(Code, code_id, product_id), by=actor())
