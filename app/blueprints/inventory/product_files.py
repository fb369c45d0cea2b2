"""Photos and documents of a product: taken in, shown, removed."""

from typing import Annotated

from flask import Response, make_response, request, url_for
from pydantic import Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.products import product as product_view
from app.edge import POLICY, actor
from app.fields import Input
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, say
from app.models import Product, ProductFile, StoredFile
from app.permissions import Permission, requires
from app.refusals import NotFound
from app.services.product_files import LONGEST_TITLE, keep_file, remove_file, taken_in
from app.transactions import reading_first


class FileForm(Input):
    """What a file is called."""

    title: Annotated[str, Field(max_length=LONGEST_TITLE)] = ""


def of_product(product_id: int, document_id: int) -> ProductFile:
    """A file of a product with its content. Raises NotFound."""
    row = find(ProductFile, document_id, (ProductFile.file, StoredFile.content))
    if row.product_id != product_id:
        raise NotFound("This file does not exist.")
    return row


@blueprint.post("/products/<int:product_id>/files")
@requires(Permission.PRODUCTS_MANAGE)
@shown_again_by(product_view)
def put_file(product_id: int) -> Response:
    """Add a photo or a document."""
    given, upload = read_form(FileForm), request.files.get("file")
    with reading_first():
        find(Product, product_id)
        taken = taken_in(upload.filename or "" if upload else "", upload.read() if upload else b"")
    row = keep_file(find(Product, product_id), taken, given.title, by=actor())
    say(f"{row.title} was added.")
    return go_to(url_for("inventory.product", product_id=product_id, _anchor="files"))


@blueprint.get("/products/<int:product_id>/files/<int:document_id>")
@requires(Permission.PRODUCTS_READ)
def product_file(product_id: int, document_id: int) -> Response:
    """A photo, or a document to keep; neither may do anything in our name."""
    return file_answer(of_product(product_id, document_id))


def file_answer(row: ProductFile) -> Response:
    """The file itself, sandboxed: a photo to be shown, a document to be kept."""
    response = make_response(row.file.content)
    response.headers["Content-Type"] = row.file.media_type
    response.headers["Content-Security-Policy"] = f"{POLICY}; sandbox"
    shown, ending = ("inline", "jpg") if row.is_photo else ("attachment", "pdf")
    response.headers["Content-Disposition"] = (
        f'{shown}; filename="product-{row.product_id}-{row.id}.{ending}"'
    )
    return response


@blueprint.post("/products/<int:product_id>/files/<int:document_id>/removal")
@requires(Permission.PRODUCTS_MANAGE)
def drop_file(product_id: int, document_id: int) -> Response:
    """Take a file away."""
    row = of_product(product_id, document_id)
    remove_file(find(Product, product_id), row, by=actor())
    say(f"{row.title} was removed.")
    return go_to(url_for("inventory.product", product_id=product_id, _anchor="files"))
