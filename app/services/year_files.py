"""A year of the ledger as a file, before it is dropped: CSV with every column, and its fingerprint beside it."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from app.config import Settings
from app.extensions import db
from app.gateways.csv_text import cell
from app.models import StockTransaction
from app.refusals import Refused
from app.rules.months import month_after
from app.scope import system_scope
from app.services.archives import keep_as, sha256_of
from app.services.table_rows import AT_ONCE
from app.transactions import finish, read_in_portions

FOLDER: Final = "ledger"
SUMMED: Final = ("id", "quantity", "total_after")
"""Columns by which what was written is compared with what was read."""


class UnlikeFile(Refused):
    """The file does not hold what the ledger does; nothing was dropped."""


def write_year(settings: Settings, year: datetime) -> int:
    """Write what was recorded in a year into the data folder and read it again; how many lines. Raises UnlikeFile.

    DATA/ledger/2019.csv has all columns, of every company, the oldest line first; 2019.csv.sha256 its fingerprint.
    """
    target = settings.data_dir / FOLDER / f"{year:%Y}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    written = write_lines(partial, year)
    if sums_of(partial) != written:
        raise UnlikeFile(f"{partial} does not hold what the ledger does. Nothing was dropped.")
    mark = target.with_name(f".{target.name}.sha256.partial")
    mark.write_text(f"{sha256_of(partial)}  {target.name}\n")
    keep_as(partial, target)
    keep_as(mark, target.with_name(f"{target.name}.sha256"))
    return written[0]


def write_lines(path: Path, year: datetime) -> tuple[int, ...]:
    """Write the lines; how many they are, and what SUMMED come to in the ledger."""
    finish()
    count, sums = 0, [0] * len(SUMMED)
    with path.open("w", newline="", encoding="utf-8") as file, system_scope("a year of every company"):
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in lines_of(year):
            writer.writerow([cell(value) for value in row.values()])
            count += 1
            sums = [known + row[name] for known, name in zip(sums, SUMMED, strict=True)]
    finish()
    return (count, *sums)


def lines_of(year: datetime) -> Iterator[dict[str, Any]]:
    """What was recorded in a year, a few lines in memory at a time."""
    query = (
        select(*(getattr(StockTransaction, name) for name in COLUMNS))
        .where(StockTransaction.recorded_at >= year, StockTransaction.recorded_at < month_after(year, 12))
        .order_by(StockTransaction.id)
        .execution_options(yield_per=AT_ONCE)
    )
    read_in_portions()
    for row in db.session.execute(query):
        yield row._asdict()


COLUMNS: Final = tuple(column.key for column in StockTransaction.__mapper__.columns)


def sums_of(path: Path) -> tuple[int, ...]:
    """How many lines a file holds, and what SUMMED come to in it."""
    with path.open(newline="", encoding="utf-8") as file:
        count, sums = 0, [0] * len(SUMMED)
        for row in csv.DictReader(file):
            count += 1
            sums = [known + int(row[name]) for known, name in zip(sums, SUMMED, strict=True)]
    return (count, *sums)
