"""Months and years in UTC, as the ledger is kept in them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

LEDGER: Final = "stock_transaction"
REST: Final = f"{LEDGER}_rest"
"""The partition that takes what no month was made for."""
OF_A_MONTH: Final = re.compile(rf"{LEDGER}_\d{{4}}_\d\d")


def month_of(moment: datetime) -> datetime:
    """The beginning of the month that a moment lies in."""
    there = moment.astimezone(UTC)
    return datetime(there.year, there.month, 1, tzinfo=UTC)


def month_after(month: datetime, count: int = 1) -> datetime:
    """The beginning of the month so many months later."""
    years, months = divmod(month.month - 1 + count, 12)
    return datetime(month.year + years, months + 1, 1, tzinfo=UTC)


def months_between(first: datetime, last: datetime) -> Iterator[datetime]:
    """The months from that of the first moment to that of the last, both included."""
    month = month_of(first)
    while month <= last:
        yield month
        month = month_after(month)


def partition_of(month: datetime) -> str:
    """The name of a month's part of the ledger."""
    return f"{LEDGER}_{month:%Y_%m}"


def is_month(table: str) -> bool:
    """True for the part of a month."""
    return OF_A_MONTH.fullmatch(table) is not None


def month_in(table: str) -> datetime:
    """The month that a part is of."""
    return datetime.strptime(table.removeprefix(f"{LEDGER}_"), "%Y_%m").replace(tzinfo=UTC)


def is_partition(table: str) -> bool:
    """True for a table that is only a part of the ledger."""
    return table == REST or is_month(table)


def turns_of_years(first: datetime, last: datetime) -> list[datetime]:
    """The beginnings of the years that lie between two moments."""
    return [datetime(year, 1, 1, tzinfo=UTC) for year in range(first.year + 1, last.astimezone(UTC).year + 1)]


def begin_of_year(moment: datetime, years_before: int = 0) -> datetime:
    """The beginning of the year that a moment lies in, or of one so many years before."""
    return datetime(moment.astimezone(UTC).year - years_before, 1, 1, tzinfo=UTC)
