"""Printed forms: the stored PDF for a browser, and the button that waits for it."""

from flask import Response, make_response, request

from app.htmx import part, wants_part
from app.queries.files import Printed, document_of


def document_answer(row: Printed) -> Response:
    """The stored document, shown in the browser; htmx only asks whether it is there."""
    if wants_part():
        return part("layout/_document.html", document_url=request.path, document_id=row.pdf_id)
    file = document_of(row)
    response = make_response(file.content)
    response.content_type = file.media_type
    response.headers["Content-Disposition"] = f'inline; filename="{file.name}"'
    return response
