"""Lists as files to take away."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Response

from app.services.exports import as_csv


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A CSV file, named after what it holds and the day."""
    return file_answer(name, as_csv(header, rows))


def pdf_answer(name: str, content: bytes) -> Response:
    """A PDF to be looked at and printed."""
    response = Response(content, content_type="application/pdf")
    kept = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in name)
    response.headers["Content-Disposition"] = f'inline; filename="{kept}.pdf"'
    return response


def file_answer(name: str, content: bytes) -> Response:
    """A CSV file of finished bytes."""
    response = Response(content, content_type="text/csv; charset=utf-8")
    day = datetime.now(UTC).date().isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{day}.csv"'
    return response
