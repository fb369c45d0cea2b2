"""While a long list is let in, others write: on SQLite, which has one writer at a time."""

import threading
import time
from collections.abc import Iterator

import pytest

from app.config import Settings
from app.extensions import db
from app.models import ImportRun, Location
from app.scope import organization_scope
from app.services import imports, long_imports
from app.services.long_imports import Unwatched, let_in
from app.transactions import finish
from tests import factories
from tests.people import House

pytestmark = pytest.mark.races

LINES = 1_500


@pytest.fixture(autouse=True)
def one_writer(settings: Settings) -> None:
    """Elsewhere writers do not wait for each other at all."""
    if not settings.is_sqlite:
        pytest.skip("Only SQLite has one writer at a time.")


@pytest.fixture
def run_id(house: House) -> int:
    """A list that waits to be let in."""
    rows = "".join(f"Tape {number},T-{number},{number % 7}\n" for number in range(LINES))
    with house.writing():
        place, by = db.session.get_one(Location, house.warehouse_id), factories.me()
        return imports.start_import("t.csv", f"name,sku,quantity\n{rows}".encode(), place, by=by).id


def test_others_wait_for_a_part_and_not_for_the_whole(house: House, run_id: int) -> None:
    lasted, waits = imported_beside_a_writer(house, run_id)
    assert max(waits) < lasted / 2 and len(waits) > 4, (lasted, waits)


def test_written_as_one_part_it_keeps_the_others_out(
    house: House, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_imports, "PART", LINES)
    lasted, waits = imported_beside_a_writer(house, run_id)
    assert max(waits) > lasted / 2, (lasted, waits)


def imported_beside_a_writer(house: House, run_id: int) -> tuple[float, list[float]]:
    """How long the import takes, and how long somebody waits each time who writes a word meanwhile."""
    is_done, waits = threading.Event(), list[float]()
    other = threading.Thread(target=lambda: waits.extend(written_until(is_done, house)))
    other.start()
    begun = time.perf_counter()
    with house.app.app_context(), organization_scope(house.organization_id):
        let_in(run_id, Unwatched(), by=factories.me())
    finish()
    lasted = time.perf_counter() - begun
    is_done.set()
    other.join()
    with house.reading():
        assert db.session.get_one(ImportRun, run_id).summary["create"] == LINES
    return lasted, waits


def written_until(is_done: threading.Event, house: House) -> Iterator[float]:
    """Write again and again until that; the seconds that each took."""
    while not is_done.is_set():
        begun = time.perf_counter()
        with house.writing():
            factories.company("Meanwhile")
        yield time.perf_counter() - begun
        time.sleep(0.01)
