"""Photos and documents of products: checked by their content, kept as they were shown to be."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.gateways.pictures import cleaned_picture
from app.models import Product, ProductFile, StoredFile
from app.refusals import Refused
from app.services.activities import record

LARGEST = 10 * 1024 * 1024
MOST_FILES = 30
LONGEST_TITLE = 120
PDF_BEGINS = b"%PDF-"
JPEG, PDF = "image/jpeg", "application/pdf"


@dataclass(frozen=True)
class Taken:
    """What was uploaded, checked and ready to be kept."""

    name: str
    media_type: str
    content: bytes
    digest: str


def taken_in(name: str, content: bytes) -> Taken:
    """Check what was uploaded by what is in it, whatever it calls itself. Raises Refused.

    A picture is drawn anew without anything but the picture; a PDF stays as it is.
    """
    if not content:
        raise Refused("Please choose a photo or a PDF.", "file")
    if len(content) > LARGEST:
        raise Refused(f"At most {LARGEST // 1024 // 1024} MB, please.", "file")
    if content.startswith(PDF_BEGINS):
        return Taken(name, PDF, content, sha256(content).hexdigest())
    try:
        picture, digest = cleaned_picture(content)
    except Refused as error:
        raise Refused("This is no JPEG, PNG or WebP picture, and no PDF.", "file") from error
    return Taken(name, JPEG, picture, digest)


def keep_file(product: Product, taken: Taken, title: str, *, by: Actor) -> ProductFile:
    """Keep a photo or document with a product. Raises Refused when it has too many."""
    kept = db.session.scalar(select(func.count(ProductFile.id)).where(ProductFile.product_id == product.id))
    if (kept or 0) >= MOST_FILES:
        raise Refused(f"A product keeps {MOST_FILES} files. Remove one first.", "file")
    now, is_photo = datetime.now(UTC), taken.media_type == JPEG
    stored = StoredFile(
        name=taken.name[:200] or "file",
        media_type=taken.media_type,
        sha256=taken.digest,
        content=taken.content,
        created_at=now,
    )
    db.session.add(stored)
    db.session.flush()
    named = (title or taken.name.rpartition(".")[0] or taken.name or "File")[:LONGEST_TITLE]
    row = ProductFile(product_id=product.id, file_id=stored.id, title=named, is_photo=is_photo, added_at=now)
    db.session.add(row)
    db.session.flush()
    record("document.added", product, by=by, title=named)
    return row


def remove_file(product: Product, row: ProductFile, *, by: Actor) -> None:
    """Take a photo or document away from a product."""
    record("document.removed", product, by=by, title=row.title)
    stored = db.session.get(StoredFile, row.file_id)
    db.session.delete(row)
    db.session.flush()
    if stored is not None:
        db.session.delete(stored)
    db.session.flush()
