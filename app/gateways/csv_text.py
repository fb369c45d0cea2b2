"""CSV as the outside writes and reads it; what a spreadsheet would run as a formula leaves as text."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
DELIMITERS: Final = ",;\t|"
MOST_ROWS: Final = 50_000


class Unreadable(ValueError):
    """The file is no table; the message says why."""


@dataclass(frozen=True)
class Writing:
    """How a file writes down its cells."""

    encoding: str
    delimiter: str

    def lines(self, content: bytes) -> Iterator[tuple[int, list[str]]]:
        """Its rows with the line on which each ends, read as they are asked for. Raises Unreadable."""
        text = io.TextIOWrapper(io.BytesIO(content), self.encoding, errors="replace", newline="")
        reader = csv.reader(text, delimiter=self.delimiter)
        try:
            yield from ((reader.line_num, row) for row in reader)
        except csv.Error as error:
            raise Unreadable(f"Line {reader.line_num} cannot be read as CSV.") from error


@dataclass(frozen=True)
class Table:
    """A file as rows by column. A long one is never in memory as a whole but as the bytes that it came as."""

    headers: tuple[str, ...]
    count: int
    content: bytes
    writing: Writing

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows, each with the line of the file on which it ends; whoever asks begins with the first."""
        for line, row in filled(self.writing.lines(self.content)):
            yield line, dict(zip(self.headers, map(unguarded, row), strict=False))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The rows as CSV. A text that begins like a formula gets an apostrophe in front; numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell(text) for text in header])
    for row in rows:
        writer.writerow([cell(value) for value in row])
    return out.getvalue()


def cell(value: Any) -> str:
    """One cell as it goes out."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(RISKY) else text


def read_csv(content: bytes) -> Table:
    """The table in a file, whatever its encoding and delimiter, looked through once. Raises Unreadable."""
    writing = writing_of(content)
    _, first = next(writing.lines(content), (0, []))
    headers = header_row(first)
    count = sum(1 for _ in filled(writing.lines(content)))
    if count > MOST_ROWS:
        raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Please split it.")
    if not count:
        raise Unreadable("The file has a header but no rows.")
    return Table(headers, count, content, writing)


def filled(lines: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header that say anything."""
    next(lines, None)
    return ((line, row) for line, row in lines if any(map(str.strip, row)))


def unguarded(text: str) -> str:
    """A cell without the apostrophe that our own export put before a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(RISKY) else text


def writing_of(content: bytes) -> Writing:
    """UTF-8 or UTF-16 as marked, else what German spreadsheets write. Raises Unreadable for what is no text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Writing("utf-16", delimiter(content.decode("utf-16", errors="replace")))
    if b"\0" in content:
        raise Unreadable("This is no text file. Please save the table as CSV.")
    try:
        return Writing("utf-8-sig", delimiter(content.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return Writing("cp1252", delimiter(content.decode("cp1252", errors="replace")))


def delimiter(text: str) -> str:
    """The mark that stands most often in the first line."""
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def header_row(cells: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, each one only once. Raises Unreadable."""
    names: list[str] = []
    for number, text in enumerate(cells, 1):
        name = text.strip() or f"Column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    if not any(text.strip() for text in cells):
        raise Unreadable("The file is empty.")
    return tuple(names)
