"""Photos of damage: taken in, made small and free of metadata, and shown to whoever may see repairs."""

from datetime import UTC, datetime

from flask import Response, make_response
from werkzeug.datastructures import FileStorage

from app.blueprints.warehouse import blueprint
from app.edge import POLICY
from app.extensions import db
from app.finding import find
from app.gateways.pictures import cleaned_picture
from app.models import StoredFile
from app.permissions import Permission, requires
from app.refusals import NotFound
from app.services.product_files import JPEG


def kept_photo(upload: FileStorage | None) -> int | None:
    """Keep an uploaded photo; its id, or nothing where none was chosen. Raises Refused for what is no picture."""
    return keep_picture(upload.read()) if upload is not None and upload.filename else None


def keep_picture(picture: bytes) -> int:
    """Keep a picture, without anything but the picture; its id. Raises Refused for what is none."""
    content, digest = cleaned_picture(picture)
    row = StoredFile(
        name="photo.jpg",
        media_type=JPEG,
        sha256=digest,
        content=content,
        created_at=datetime.now(UTC),
    )
    db.session.add(row)
    db.session.flush()
    return row.id


@blueprint.get("/photos/<int:file_id>")
@requires(Permission.REPAIRS_READ)
def photo(file_id: int) -> Response:
    """One photo."""
    return photo_answer(file_id)


def photo_answer(file_id: int) -> Response:
    """The picture itself, sandboxed. Raises NotFound."""
    row = find(StoredFile, file_id, StoredFile.content)
    if row.media_type != JPEG:
        raise NotFound("This is no photo.")
    response = make_response(row.content)
    response.headers["Content-Type"] = row.media_type
    response.headers["Content-Security-Policy"] = f"{POLICY}; sandbox"
    response.headers["Content-Disposition"] = f'inline; filename="photo-{row.id}.jpg"'
    return response
