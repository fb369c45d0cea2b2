"""A long product list is let in by the worker: watched, stopped, once."""

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import LongWork, Product, WorkState
from app.services import imports
from tests.people import House
from tests.tasks import do_tasks

LINES = 30


@pytest.fixture(autouse=True)
def long_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few lines count as many here."""
    monkeypatch.setattr(imports, "AT_ONCE", 10)


def confirmed(house: House) -> str:
    """Upload a list and confirm it; the address of the work."""
    rows = "".join(f"Thing {number},T-{number},2\n" for number in range(LINES))
    ivy = house.actor("Ivy")
    with house.writing():
        run = imports.start_import("list.csv", f"name,sku,day_rate\n{rows}".encode(), None, by=ivy)
    answer = house.browser("Ivy").post(f"/inventory/imports/{run.id}/confirmation")
    assert answer.status_code == 303 and "/long-work/" in answer.location
    return str(answer.location)


def products(house: House) -> int:
    """How many there are."""
    with house.reading():
        return db.session.scalar(select(func.count(Product.id))) or 0


def test_a_long_list_is_let_in_by_the_worker_and_leads_to_what_came_of_it(house: House) -> None:
    address = confirmed(house)
    assert products(house) == 0
    do_tasks(house)
    page = house.browser("Ivy").get(address).text
    assert products(house) == LINES and "30 products were added" in page and "/inventory/imports/" in page


def test_confirmed_twice_it_is_let_in_once(house: House) -> None:
    address = confirmed(house)
    with house.reading():
        run_id = db.session.scalars(select(LongWork.wanted)).one()["run_id"]
    assert house.browser("Ivy").post(f"/inventory/imports/{run_id}/confirmation").status_code == 303
    do_tasks(house)
    assert products(house) == LINES and house.browser("Ivy").get(address).status_code == 200


def test_stopped_it_leaves_nothing_behind(house: House) -> None:
    address = confirmed(house)
    house.browser("Ivy").post(f"{address}/cancellation")
    do_tasks(house)
    with house.reading():
        assert db.session.scalars(select(LongWork.state)).one() is WorkState.CANCELLED
    assert products(house) == 0
