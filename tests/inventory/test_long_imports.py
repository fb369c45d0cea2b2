"""A long product list is let in by the worker, part after part: watched, stopped, gone on with, once."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.extensions import db
from app.models import (
    Activity,
    Alert,
    Asset,
    ImportRun,
    Location,
    LongWork,
    Product,
    StockLevel,
    StockTransaction,
    WorkState,
)
from app.queries.import_plans import ImportRules
from app.services import imports, long_imports
from app.services.long_imports import parts
from app.services.long_work import cancel_work
from app.services.verify import broken_invariants
from app.transactions import finish
from tests import factories
from tests.people import House
from tests.tasks import do_tasks

LINES = 30


@pytest.fixture(autouse=True)
def long_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few lines count as many here."""
    monkeypatch.setattr(imports, "AT_ONCE", 10)
    monkeypatch.setattr(long_imports, "PART", 8)
    monkeypatch.setattr("app.services.long_work.SAID_EVERY", 0)


def confirmed(house: House) -> str:
    """Upload a list and confirm it; the address of the work."""
    rows = "".join(f"Thing {number},T-{number},2,3\n" for number in range(LINES))
    ivy = house.actor("Ivy")
    with house.writing():
        place = db.session.get_one(Location, house.warehouse_id)
        run = imports.start_import("list.csv", f"name,sku,day_rate,quantity\n{rows}".encode(), place, by=ivy)
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


def test_the_database_learns_meanwhile_that_its_tables_are_no_longer_empty(house: House) -> None:
    confirmed(house)
    do_tasks(house)
    known = "SELECT stat FROM sqlite_stat1 WHERE tbl = 'product'" if db.is_sqlite else (
        "SELECT CAST(CAST(reltuples AS integer) AS text) FROM pg_class WHERE relname = 'product'"
    )  # fmt: skip
    with house.reading():
        counted = [int(stat.split()[0]) for stat in db.session.scalars(text(known))]
    assert counted and min(counted) >= LINES // 2


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


After = Callable[[int], None]


@pytest.fixture
def after_part(monkeypatch: pytest.MonkeyPatch) -> Callable[[After], None]:
    """Have something done after each part, which is told how many rows are in."""
    written = long_imports.write_part

    def arrange(deed: After) -> None:
        def write_part(run_id: int, judge: Any, part: Any, **by: Any) -> None:
            written(run_id, judge, part, **by)
            deed(part[-1].number)

        monkeypatch.setattr(long_imports, "write_part", write_part)

    return arrange


def work(house: House) -> SimpleNamespace:
    """The last work as it stands."""
    with house.reading():
        last = db.session.scalars(select(LongWork).order_by(LongWork.id.desc()).limit(1)).one()
        return SimpleNamespace(**vars(last))


def stop(house: House) -> None:
    """Ask the work to stop."""
    with house.writing():
        cancel_work(db.session.scalars(select(LongWork)).one())


def test_after_each_part_what_is_in_is_kept_and_somebody_else_can_write(
    house: House, after_part: Callable[[After], None]
) -> None:
    seen: list[tuple[int, int]] = []

    def write(rows: int) -> None:
        with house.writing():
            factories.company(f"Meanwhile {rows}")
        seen.append((rows, products(house)))

    address = confirmed(house)
    after_part(write)
    do_tasks(house)
    assert seen == [(8, 8), (16, 16), (24, 24), (30, 30)]
    assert work(house).state is WorkState.DONE and "30 products" in house.browser("Ivy").get(address).text
    with house.reading():
        assert db.session.scalar(select(func.sum(StockLevel.quantity))) == 3 * LINES
        told = db.session.scalars(select(Activity).where(Activity.verb == "catalogue.imported")).one()
        assert (told.facts["create"], told.facts["rows"], told.facts["pieces"]) == (30, 30, 90)


def test_stopped_it_says_how_many_rows_are_in_and_confirmed_again_it_lets_in_the_rest(
    house: House, after_part: Callable[[After], None]
) -> None:
    address = confirmed(house)
    after_part(lambda rows: stop(house) if rows == 16 else None)
    do_tasks(house)
    stopped = work(house)
    assert (stopped.state, products(house)) == (WorkState.CANCELLED, 16)
    assert stopped.message.startswith("16 of 30 rows went in")
    page = house.browser("Ivy").get(address).text
    assert "16 of 30 rows" in page and f"/inventory/imports/{stopped.wanted['run_id']}" in page
    run = f"/inventory/imports/{stopped.wanted['run_id']}"
    preview = house.browser("Ivy").get(run).text
    assert "16 of 30 rows went in" in preview and "Import 14 products" in preview
    assert "Imported in part" in house.browser("Ivy").get("/inventory/imports").text
    assert house.browser("Ivy").post(f"{run}/rules", data={"column_name": "name"}).status_code == 422
    assert house.browser("Ivy").post(f"{run}/confirmation").status_code == 303
    do_tasks(house)
    assert products(house) == LINES and work(house).outcome["counts"]["create"] == LINES
    with house.reading():
        assert db.session.scalar(select(func.sum(StockTransaction.quantity))) == 3 * LINES


def test_a_stop_that_comes_when_all_is_in_is_too_late(
    house: House, after_part: Callable[[After], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(house)
    monkeypatch.setattr("app.services.long_work.SAID_EVERY", 60)
    after_part(lambda rows: stop(house) if rows == LINES else None)
    do_tasks(house)
    assert (work(house).state, products(house)) == (WorkState.DONE, LINES)


def test_a_worker_that_dies_between_two_parts_is_followed_by_one_that_goes_on(
    house: House, after_part: Callable[[After], None]
) -> None:
    died: list[int] = []

    def die(rows: int) -> None:
        if rows == 16 and not died:
            died.append(products(house))
            raise SystemExit

    confirmed(house)
    after_part(die)
    with pytest.raises(SystemExit):
        do_tasks(house)
    do_tasks(house)
    assert died == [16] and products(house) == LINES
    with house.reading():
        assert db.session.scalars(select(ImportRun.summary)).one()["create"] == LINES
        assert db.session.scalar(select(func.sum(StockTransaction.quantity))) == 3 * LINES
    finish()
    with house.app.app_context():
        assert broken_invariants() == []


def test_another_worker_that_was_faster_leaves_nothing_to_be_done_twice(
    house: House, after_part: Callable[[After], None]
) -> None:
    confirmed(house)
    with house.reading():
        run_id = db.session.scalars(select(ImportRun.id)).one()
    ivy, begun = house.actor("Ivy"), list[int]()

    def other(rows: int) -> None:
        if not begun:
            begun.append(rows)
            with house.writing():
                imports.confirm_import(db.session.get_one(ImportRun, run_id), by=ivy)

    after_part(other)
    do_tasks(house)
    assert begun == [8] and products(house) == LINES and work(house).outcome["counts"]["create"] == LINES


def test_a_part_is_as_large_as_what_it_brings(house: House) -> None:
    rows = "".join(f"Desk {number},D-{number},100,{3 if number < 4 else 0}\n" for number in range(12))
    by = house.actor("Ivy")
    with house.writing():
        place = db.session.get_one(Location, house.warehouse_id)
        run = imports.start_import("d.csv", f"name,sku,day_rate,quantity\n{rows}".encode(), place, by=by)
        judge = imports.judge_of_run(run)
        assert [len(part) for part in parts(judge.said(), ImportRules())] == [2, 2, 8]


def test_no_tag_that_is_made_up_takes_a_code_that_the_file_names_later(house: House) -> None:
    things = "".join(f"Thing {number},T-{number},2,0\n" for number in range(20))
    text = f"name,sku,day_rate,quantity\nDesk,D-1,100,2\n{things}Case,D-1-01,2,0\n"
    by = house.actor("Ivy")
    with house.writing():
        place = db.session.get_one(Location, house.warehouse_id)
        imports.begin_import(imports.start_import("d.csv", text.encode(), place, by=by), by=by)
    do_tasks(house)
    with house.reading():
        assert products(house) == 22
    with house.reading():
        assert sorted(db.session.scalars(select(Asset.tag))) == ["D-1-02", "D-1-03"]


@pytest.mark.parametrize("quantity", [0, 3])
def test_many_rows_take_as_many_statements_as_a_few(
    house: House, statements: Callable[[], list[str]], quantity: int
) -> None:
    def cost(prefix: str, count: int) -> int:
        rows = "".join(f"{prefix} {n},{prefix}-{n},Tape,24,{quantity},{prefix}{n:08}\n" for n in range(count))
        text = f"name,sku,category,reorder_level,quantity,barcode\n{rows}"
        with house.writing():
            place = db.session.get_one(Location, house.warehouse_id)
            run = imports.start_import("d.csv", text.encode(), place, by=by)
            statements()
            imports.confirm_import(run, by=by)
            return len(statements())

    by = house.actor("Ivy")
    cost("A", 1)
    few, many = cost("B", 2), cost("C", 40)
    assert many == few, f"{few} statements for 2 rows, {many} for 40"
    with house.reading():
        told = len(db.session.scalars(select(Alert.id)).all())
    assert told == (43 if quantity else 0), "what was never in stock has not run out"
