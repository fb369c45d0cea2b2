"""Stored bytes, read whole."""

from app.finding import find
from app.models import Handover, Invoice, PurchaseOrder, Quote, StoredFile
from app.refusals import Busy, NotFound


def document_of(row: Quote | Invoice | PurchaseOrder | Handover) -> StoredFile:
    """The printed form with its content. Raises Busy while it is being set, NotFound for a draft."""
    if row.pdf_id is not None:
        return find(StoredFile, row.pdf_id, StoredFile.content)
    if not isinstance(row, Handover) and row.state.value == "draft":
        raise NotFound("A draft has no document yet.")
    raise Busy("The PDF is being prepared. It takes a few seconds: please try again.")
