"""Documents: what they say is frozen with the deed; the worker sets them later, while nobody waits for a lock."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from app.extensions import db
from app.gateways.pdf import typeset
from app.models import (
    Delivery,
    Handover,
    Inspection,
    Invoice,
    PurchaseOrder,
    Quote,
    RepairSending,
    StoredFile,
)
from app.outbox import Errand, enqueue
from app.queries.files import Printed
from app.services.deliveries import note_failed, post
from app.transactions import lock

PRINTED: Final[dict[str, type[Printed]]] = {
    "quote": Quote, "invoice": Invoice, "purchase_order": PurchaseOrder, "handover": Handover,
    "repair_sending": RepairSending,
    "inspection": Inspection,
}  # fmt: skip
"""Template → what it prints: both have the name of the table."""


@dataclass(frozen=True)
class Sheet:
    """A template, and what is to stand on it."""

    template: str
    content: Mapping[str, Any]


def order_document(
    row: Printed, name: str, content: Mapping[str, Any], *, letter: Delivery | None = None
) -> None:
    """Have a document set after the commit, as these words say it; a letter goes out with it."""
    template = row.__tablename__
    enqueue(
        "documents.typeset",
        dedupe_key=f"{template}:{row.id}",
        template=template,
        row_id=row.id,
        name=name,
        content=dict(content),
        delivery_id=letter.id if letter else None,
    )


def sheet_to_set(template: str, row_id: int, content: Mapping[str, Any], **_: object) -> Sheet | None:
    """What is to be set; nothing when it is there already."""
    is_there = printed(template, row_id).pdf_id is not None
    return None if is_there else Sheet(template, content)


def printed(template: str, row_id: int) -> Printed:
    """What a document is of."""
    row: Printed = db.session.get_one(PRINTED[template], row_id)  # type: ignore[assignment]
    return row


def set_sheet(sheet: Sheet) -> bytes:
    """The document's bytes."""
    return typeset(sheet.template, sheet.content)


def keep_document(
    made: bytes | None,
    template: str,
    row_id: int,
    name: str,
    delivery_id: int | None = None,
    **_: object,
) -> None:
    """Store a document for good, the first time, and let its letter go."""
    lock({PRINTED[template]: [row_id]})
    row = printed(template, row_id)
    if row.pdf_id is not None or made is None:
        return
    file = StoredFile(
        name=name,
        media_type="application/pdf",
        sha256=hashlib.sha256(made).hexdigest(),
        content=made,
        created_at=datetime.now(UTC),
    )
    db.session.add(file)
    db.session.flush()
    row.pdf_id = file.id
    if delivery_id is not None:
        post(db.session.get_one(Delivery, delivery_id), file)


def give_document_up(error: str, delivery_id: int | None = None, **_: object) -> None:
    """It cannot be set, however often we tried: its letter says so where people look."""
    if delivery_id is not None:
        note_failed(delivery_id, error)


TYPESET = Errand(sheet_to_set, set_sheet, keep_document, give_document_up)
"""Setting one document while no transaction is open."""

__all__ = ["TYPESET", "Printed", "order_document"]
