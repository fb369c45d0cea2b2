"""A ledger of five years, posted as if each movement had been recorded on its day, and what is read of it."""

import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.extensions import db
from app.models import Location, LocationKind, Tracking
from app.queries.reports import REPORTS
from app.services import ledger as posting
from app.services.partitions import make_ahead
from app.whole_ledger import archive_beside
from tests import factories
from tests.people import House
from tests.reports import ledger

THIS_YEAR = datetime.now(UTC).year
YEARS = range(THIS_YEAR - 4, THIS_YEAR + 1)


class Day(datetime):
    """A clock that stands at the day that a test is in."""

    stands_at = datetime(YEARS[0], 1, 1, tzinfo=UTC)

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return cls.stands_at


def work_through_years(house: House, patch: pytest.MonkeyPatch) -> dict[str, int]:
    """Five years of receipts, issues, transfers and a correction, a few of each; the ids that tests ask for."""
    patch.setattr(posting, "datetime", Day)
    with house.writing():
        known = things(house)
        for year in YEARS:
            for month in (1, 4, 7, 10):
                known |= quarter(known, house.warehouse_id, f"{year}-{month:02d}-11")
    patch.undo()
    with house.writing():
        make_ahead()
    return known


def things(house: House) -> dict[str, int]:
    """A shelf, two products that are used up, and an asset that stays where it came to."""
    here = house.warehouse_id
    shelf = Location(name="Shelf", code="S", kind=LocationKind.SHELF, parent_id=here, warehouse_id=here)
    db.session.add(shelf)
    db.session.flush()
    Day.stands_at = ledger.at(f"{YEARS[0]}-01-05")
    desk = factories.product("Desk", tracking=Tracking.SERIALIZED, stock=1, at=here)
    tape, gel = ledger.consumable("Tape"), ledger.consumable("Gel")
    return {"tape": tape.id, "gel": gel.id, "shelf": shelf.id, "desk": desk.id}


def quarter(known: dict[str, int], here: int, day: str) -> dict[str, int]:
    """What happens in a quarter of a year, and the receipt of tape in it."""
    Day.stands_at = ledger.at(day)
    cost = f"{1 + int(day[5:7]) / 10 + int(day[3]) / 4:.2f}"
    received = 0
    for name, came, went in (("tape", 20, 7), ("gel", 12, 12)):
        product = db.session.get_one(factories.Product, known[name])
        row_id = ledger.receive(product, came, cost, here, day)
        received = received or row_id
        ledger.move(product, 2, here, known["shelf"], day)
        ledger.issue(product, went - 2, here, day)
        ledger.issue(product, 2, known["shelf"], day)
    return {f"receipt {day[:7]}": received}


def everything_read(house: House, known: dict[str, int]) -> dict[str, str]:
    """Every page and file that tells of the ledger, by its address."""
    browser = house.browser("Ada")
    return {address: told(browser, address) for address in addresses(known)}


def told(browser: Any, address: str) -> str:
    """What is answered, without what differs from one answer to the next."""
    answer = browser.get(address)
    assert answer.status_code == 200, address
    lines = answer.get_data(as_text=True).splitlines()
    return "\n".join(line for line in lines if "csrf" not in line and "request_id" not in line)


def addresses(known: dict[str, int]) -> list[str]:
    """Ledger, products, movements, and reports over the years, by every other of their groups."""
    tape, shelf, first = known["tape"], known["shelf"], known[f"receipt {YEARS[0]}-01"]
    ledger_of = (
        "",
        f"?product={tape}",
        f"?location={shelf}",
        f"?product={tape}&until={YEARS[1]}-06-30",
        "?page=2",
    )
    span = f"since={YEARS[0]}-01-01&until={YEARS[-1]}-12-31"
    reports = [
        f"/reports/{name}{kind}?{span}&by={group}&at={YEARS[1]}-05-05"
        for name, report in REPORTS.items()
        for group in list(report.groups)[::2]
        for kind in ("", ".csv")
    ]
    return [
        *(f"/inventory/transactions{asked}" for asked in ledger_of),
        f"/inventory/transactions.csv?product={tape}",
        f"/inventory/transactions/{first}",
        f"/inventory/products/{tape}",
        f"/reports/valuation?product={tape}&by=product&at={YEARS[0]}-08-01",
        *reports,
    ]  # fmt: skip


def in_each_file(database: Path) -> tuple[int, int]:
    """How many lines lie in the database itself, and how many in its archive."""
    return lines_in(database), lines_in(archive_beside(database))


def lines_in(path: Path) -> int:
    """How many lines of the ledger a file holds; none when it is not there."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as file:
        has_table = file.execute("SELECT 1 FROM sqlite_master WHERE name = 'stock_transaction'").fetchone()
        return file.execute("SELECT COUNT(*) FROM stock_transaction").fetchone()[0] if has_table else 0


def new_request() -> str:
    """A request id of its own."""
    return str(uuid.uuid4())


def days_ago(count: int) -> datetime:
    """So many days before now."""
    return datetime.now(UTC) - timedelta(days=count)
