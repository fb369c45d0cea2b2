"""Everything in one zip that other programs and people can read: nobody is locked in."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Column, Connection, Table, select

from app.config import Settings
from app.extensions import make_engine
from app.gateways.csv_text import cell
from app.models import Base, StoredFile
from app.refusals import Refused
from app.services.archives import keep_as
from app.services.table_rows import AT_ONCE, plain

SECRETS: Mapping[str, frozenset[str]] = {
    "user": frozenset({"password_hash"}),
    "quote": frozenset({"link_token"}),
    "stored_file": frozenset({"content"}),
}
"""Columns that do not leave: what opens a door, and bytes that leave as files."""
INNER = frozenset(
    {"api_token", "heartbeat", "idempotent_request", "one_time_link", "outbox", "sign_in", "sign_in_attempt"}
)
"""Tables that say nothing about the company's work."""
MARK = "\ufeff"
README = """Crosshire export
================

Each table is here twice: json/NAME.jsonl (one JSON object a line) and csv/NAME.csv (UTF-8, for spreadsheets).
Amounts of money, factors and percentages are decimal numbers; in JSON they are strings, so that nothing is
rounded. Moments are in UTC. A column NAME_id holds the id of a row in another table. In CSV, a text that
a spreadsheet would run as a formula has an apostrophe in front. files/ holds documents, photos and
uploads as ID-NAME, for the rows of stored_file. Passwords, tokens and sessions are not included.

Tables
------
"""


def take_out(settings: Settings, target: Path) -> dict[str, int]:
    """Write everything into one zip, as it is at one moment; how many rows of each table. Raises Refused."""
    if target.exists():
        raise Refused(f"{target} exists already.")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    engine = make_engine(settings)
    moment = {} if settings.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    try:
        with (
            engine.connect().execution_options(**moment) as connection,
            zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            written = write_everything(connection, archive)
        keep_as(partial, target)
    finally:
        partial.unlink(missing_ok=True)
        engine.dispose()
    return written


def write_everything(connection: Connection, archive: zipfile.ZipFile) -> dict[str, int]:
    """Write every table, the files and the guide; how many rows of each table."""
    tables = [table for table in sorted(Base.metadata.tables.values(), key=str) if table.name not in INNER]
    written = {table.name: write_table(connection, archive, table) for table in tables}
    write_files(connection, archive)
    archive.writestr("README.txt", README + guide(tables, written))
    return written


def write_table(connection: Connection, archive: zipfile.ZipFile, table: Table) -> int:
    """Write one table in both forms, a few rows in memory at a time; how many there were."""
    columns = readable_columns(table)
    query = select(*columns).order_by(*table.primary_key).execution_options(yield_per=AT_ONCE)
    count = 0
    with text_in(archive, f"json/{table.name}.jsonl") as lines:
        for row in connection.execute(query).mappings():
            lines.write(
                json.dumps({name: plain(value) for name, value in row.items()}, ensure_ascii=False) + "\n"
            )
            count += 1
    with text_in(archive, f"csv/{table.name}.csv") as lines:
        lines.write(MARK)
        sheet = csv.writer(lines, lineterminator="\r\n")
        sheet.writerow([column.name for column in columns])
        sheet.writerows([sheet_cell(value) for value in row] for row in connection.execute(query))
    return count


def readable_columns(table: Table) -> list[Column[Any]]:
    """The columns that leave, the id first."""
    columns = [column for column in table.c if column.name not in SECRETS.get(table.name, ())]
    return sorted(columns, key=lambda column: (column.name != "id", column.name != "organization_id"))


@contextmanager
def text_in(archive: zipfile.ZipFile, name: str) -> Iterator[TextIO]:
    """A text file inside the zip, to be written as it comes."""
    with (
        archive.open(name, "w", force_zip64=True) as raw,
        io.TextIOWrapper(raw, "utf-8", newline="") as lines,
    ):
        yield lines


def sheet_cell(value: Any) -> str:
    """A value in a spreadsheet; what is structured stays JSON."""
    return cell(json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value)


def write_files(connection: Connection, archive: zipfile.ZipFile) -> None:
    """Write the bytes of every stored file under its id and name."""
    columns = (StoredFile.id, StoredFile.name, StoredFile.content)
    for file_id, name, content in connection.execute(select(*columns).execution_options(yield_per=1)):
        archive.writestr(f"files/{file_id}-{harmless(name)}", content)


def harmless(name: str) -> str:
    """A file name without anything that a file system could misread."""
    kept = "".join(letter if letter.isalnum() or letter in "._- " else "_" for letter in name)
    return kept.strip(". ")[-100:] or "file"


def guide(tables: list[Table], written: Mapping[str, int]) -> str:
    """One line for each table: what its rows are, and how many there are."""
    said = {mapper.local_table.name: (mapper.class_.__doc__ or "") for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
    return "".join(
        f"{table.name}: {said.get(table.name, '').strip().splitlines()[0]} ({written[table.name]} rows)\n"
        for table in tables
    )
