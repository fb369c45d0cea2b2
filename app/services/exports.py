"""Lists that leave as files."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.gateways.csv_text import csv_text

BYTE_ORDER_MARK = "\ufeff"


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table as a CSV file that spreadsheets open with the right letters and without running formulas."""
    return (BYTE_ORDER_MARK + csv_text(header, rows)).encode()
