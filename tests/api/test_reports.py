"""Reports and long work over the API: the same numbers as on screen, to those who may see them."""

from typing import Any

import pytest

from app.queries.reports import REPORTS
from tests.people import House
from tests.reports.test_pages import day, use
from tests.tasks import do_tasks
from tests.walks import token_of


def call(house: House, method: str, path: str, name: str = "Vic", **more: Any) -> Any:
    """Ask as a program with this person's token."""
    headers = {"Authorization": f"Bearer {token_of(house, name)}"}
    return house.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **more)


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_answers_with_its_columns(house: House, name: str) -> None:
    use(house, 2)
    answer = call(house, "GET", f"/reports/{name}").json
    keys = {column["key"] for column in answer["columns"]}
    assert answer["name"] == name and all(row.keys() == keys for row in answer["rows"])


def test_a_report_has_the_numbers_of_the_screen_and_of_the_file(house: House) -> None:
    use(house, 3)
    address = f"/reports/usage?by=job_type&from={day(50)}&until={day(1)}"
    answer = call(house, "GET", address).json
    assert [row["pieces"] for row in answer["rows"]] == [5, 5, 5] and answer["totals"]["pieces"] == 15
    assert answer["rows"][0]["cost"] == "6.2500" and answer["total"] == 3
    assert len(call(house, "GET", f"{address}&per_page=2&page=2").json["rows"]) == 1
    file = call(house, "GET", f"{address}&format=csv")
    screen = house.browser("Vic").get(f"/reports/usage.csv?by=job_type&since={day(50)}&until={day(1)}")
    assert file.data == screen.data and file.mimetype == "text/csv"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("usage?by=moon", "by"), ("usage?from=soon", "from"), ("usage?from=2026-05-01&until=2026-04-01", "until"),
        ("low-stock?product_id=1", "product_id"), ("usage?step=century", "step"), ("usage?format=pdf", "format"),
        ("usage?nonsense=1", "nonsense"),
    ],
)  # fmt: skip
def test_what_a_report_cannot_be_asked_is_refused_beside_its_field(
    house: House, asked: str, field: str
) -> None:
    answer = call(house, "GET", f"/reports/{asked}")
    assert answer.status_code == 422 and field in answer.json["errors"]


def test_costs_are_for_tokens_that_may_see_them(house: House) -> None:
    assert call(house, "GET", "/reports/valuation", "Walter").status_code == 403
    assert call(house, "POST", "/reports/valuation/runs", "Walter", json={}).status_code == 403
    assert call(house, "GET", "/reports/usage", "Bob").status_code == 403
    assert call(house, "GET", "/reports/horoscope").status_code == 404


def test_a_report_is_made_by_the_worker_and_fetched(house: House) -> None:
    use(house, 2)
    answer = call(house, "POST", "/reports/usage/runs", json={"by": "product", "from": day(50)})
    assert answer.status_code == 202 and answer.json["state"] == "waiting"
    address = answer.headers["Location"].removeprefix("/api/v1")
    assert call(house, "GET", address, "Ivy").status_code == 404
    assert call(house, "GET", f"{address}/file").status_code == 404
    do_tasks(house)
    assert call(house, "GET", address).json["state"] == "done"
    assert b"Part 1" in call(house, "GET", f"{address}/file").data


def test_work_is_stopped(house: House) -> None:
    answer = call(house, "POST", "/reports/usage/runs", json={})
    address = answer.headers["Location"].removeprefix("/api/v1")
    assert call(house, "DELETE", address, "Ivy").status_code == 404
    assert call(house, "DELETE", address).status_code == 204
    do_tasks(house)
    assert call(house, "GET", address).json["state"] == "cancelled"
