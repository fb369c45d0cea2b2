"""Photos and documents of products, for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import fields_called
from app.blueprints.api.files import JPEG, LARGEST_UPLOAD, PDF, FileContent
from app.blueprints.inventory.product_files import FileForm, file_answer, of_product
from app.edge import actor
from app.fields import ShortText
from app.finding import find
from app.models import Product, ProductFile
from app.permissions import Permission
from app.queries.products import files_of
from app.queries.rows import AnyRow
from app.services.product_files import keep_file, remove_file, taken_in
from app.transactions import reading_first


class ProductFileOut(Output):
    """A photo or a document of a product."""

    id: int
    title: str
    is_photo: bool
    added_at: datetime


@operation(
    "GET",
    "/inventory/products/<int:product_id>/files",
    permission=Permission.PRODUCTS_READ,
    answer=ProductFileOut,
    is_list=True,
)
def list_product_files(product_id: int) -> Sequence[AnyRow]:
    """The photos and documents of a product, in the order in which they came."""
    return files_of(find(Product, product_id).id)


class ProductFileIn(FileForm):
    """A JPEG, PNG or WebP picture, or a PDF. A picture is kept without anything but the picture."""

    name: ShortText = ""
    content: Annotated[FileContent, Field(description="The file in Base64.")]


@operation(
    "POST",
    "/inventory/products/<int:product_id>/files",
    permission=Permission.PRODUCTS_MANAGE,
    answer=ProductFileOut,
    body=ProductFileIn,
    status=201,
    is_idempotent=True,
    largest_body=LARGEST_UPLOAD,
)
def create_product_file(product_id: int, body: ProductFileIn) -> ProductFile:
    """Add a photo or a document to a product."""
    with reading_first(), fields_called(file="content"):
        find(Product, product_id)
        taken = taken_in(body.name, body.content)
    with fields_called(file="content"):
        return keep_file(find(Product, product_id), taken, body.title, by=actor())


@operation(
    "GET",
    "/inventory/products/<int:product_id>/files/<int:document_id>",
    permission=Permission.PRODUCTS_READ,
    media_types=(JPEG, PDF),
)
def get_product_file(product_id: int, document_id: int) -> Response:
    """One photo or document."""
    return file_answer(of_product(product_id, document_id))


@operation(
    "DELETE",
    "/inventory/products/<int:product_id>/files/<int:document_id>",
    permission=Permission.PRODUCTS_MANAGE,
)
def delete_product_file(product_id: int, document_id: int) -> None:
    """Take a file away from a product."""
    remove_file(find(Product, product_id), of_product(product_id, document_id), by=actor())
