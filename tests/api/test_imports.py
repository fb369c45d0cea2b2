"""A program lets a product list in: a dry run first, then the deed, and how it is told no."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import ImportRun, Product, StockLevel
from tests.api.conftest import Program, refuses
from tests.people import House
from tests.tasks import do_tasks

LIST = "sku;name;day_rate;quantity\nC-1;Cable;1,50;20\nL-1;Lamp;40;2\nL-1;Lamp again;40;2\n"
PATH = "/inventory/products/imports"


def counted(house: House) -> tuple[int, int, int]:
    """Products, pieces in stock, and imports."""
    with house.reading():
        pieces = select(func.coalesce(func.sum(StockLevel.quantity), 0))
        tables = (Product, ImportRun)
        products, runs = (db.session.scalar(select(func.count(table.id))) or 0 for table in tables)
        return products, int(db.session.scalar(pieces) or 0), runs


def test_a_dry_run_says_what_each_row_would_do_and_writes_nothing(house: House, program: Program) -> None:
    answer = program.post(PATH, csv=LIST, location_id=house.warehouse_id, dry_run=True)
    assert answer.status_code == 200, answer.text
    assert answer.json["run_id"] is None
    assert {name: answer.json["counts"][name] for name in ("create", "error", "pieces")} == {
        "create": 2, "error": 1, "pieces": 22,
    }  # fmt: skip
    assert [(row["line"], row["verdict"]) for row in answer.json["rows"]] == [
        (2, "create"), (3, "create"), (4, "error"),
    ]  # fmt: skip
    assert answer.json["rows"][2]["reasons"] == ["The same code stands in line 3."]
    assert counted(house) == (0, 0, 0)


def test_the_good_rows_go_in_once_and_the_same_file_changes_nothing(house: House, program: Program) -> None:
    body = {"csv": LIST, "location_id": house.warehouse_id}
    first, again = (program.ask("POST", PATH, key="list-1", **body) for _ in range(2))
    assert first.status_code == 200 and first.json["run_id"] and again.json == first.json, first.text
    assert counted(house) == (2, 22, 1)
    later = program.post(PATH, **body)
    assert later.json["counts"]["unchanged"] == 2 and counted(house)[:2] == (2, 22)


def test_a_change_names_what_was_and_what_will_be(program: Program) -> None:
    program.post(PATH, csv=LIST)
    rows = program.post(PATH, csv="sku;name\nC-1;Long cable\n", dry_run=True).json["rows"]
    assert rows[0]["changes"] == [{"field": "Name", "before": "Cable", "after": "Long cable"}]


def test_columns_can_be_named_and_a_first_one_without_a_name_stays(program: Program) -> None:
    text = "\tWhat\tCode\n1\tCable\tC-1\n"
    answer = program.post(PATH, csv=text, columns={"name": "What", "sku": "Code"}, dry_run=True)
    assert [(row["sku"], row["name"]) for row in answer.json["rows"]] == [("C-1", "Cable")], answer.text


def test_a_list_may_be_larger_than_other_bodies(program: Program) -> None:
    text = "name;notes\n" + 12 * f"Cable;{'x' * 100_000}\n"
    assert program.post(PATH, csv=text, dry_run=True).status_code == 200
    assert program.post("/inventory/products", name="Cable", notes="x" * 1_100_000).status_code == 400


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"csv": "name\n"}, "csv"),
        ({"csv": ""}, "csv"),
        ({"csv": "a;b\n1;2\n"}, "columns"),
        ({"columns": {"name": "nowhere"}}, "columns.name"),
        ({"columns": {"colour": "name"}}, "columns.colour"),
        ({"location_id": 999_999}, "location_id"),
        ({"serialized_rate": "-1"}, "serialized_rate"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_will_not_do_is_named(
    house: House, program: Program, changes: dict[str, Any], field: str, dry_run: bool
) -> None:
    assert refuses(program.post(PATH, **{"csv": LIST, "dry_run": dry_run} | changes), field)
    assert counted(house) == (0, 0, 0)


def test_only_who_may_import_may_try(house: House) -> None:
    assert Program(house, "Walter").post(PATH, csv=LIST, dry_run=True).status_code == 403


def test_a_long_list_is_refused_at_once_and_let_in_by_the_worker(house: House, program: Program) -> None:
    text = "name;sku\n" + "".join(f"Cable {n};C-{n}\n" for n in range(1_100))
    assert refuses(program.post(PATH, csv=text), "csv") and counted(house) == (0, 0, 0)
    assert program.post(PATH, csv=text, dry_run=True).json["counts"]["create"] == 1_100
    asked, again = (program.ask("POST", f"{PATH}/runs", key="long-1", csv=text) for _ in range(2))
    assert (asked.status_code, again.json) == (202, asked.json), asked.text
    assert asked.headers["Location"].endswith(f"/long-work/{asked.json['id']}")
    do_tasks(house)
    work = program.get(f"/long-work/{asked.json['id']}").json
    assert (work["state"], work["outcome"]["counts"]["create"]) == ("done", 1_100), work
    assert counted(house) == (1_100, 0, 1)
