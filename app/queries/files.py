"""Stored bytes, read whole."""

from app.finding import find
from app.models import Handover, Inspection, Invoice, PurchaseOrder, Quote, RepairSending, StoredFile
from app.refusals import Busy, NotFound

Printed = Quote | Invoice | PurchaseOrder | Handover | RepairSending | Inspection


def document_of(row: Printed) -> StoredFile:
    """The printed form with its content. Raises Busy while it is being set, NotFound for a draft."""
    if row.pdf_id is not None:
        return find(StoredFile, row.pdf_id, StoredFile.content)
    if not isinstance(row, Handover | Inspection | RepairSending) and row.state.value == "draft":
        raise NotFound("A draft has no document yet.")
    raise Busy("The PDF is being prepared. It takes a few seconds: please try again.")
