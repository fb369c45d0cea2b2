"""Alerts on screen and for programs: found, planned, put off, dismissed, one or many, and levels that fit."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Product
from tests.alerts.stock import alerts, issue, receive, said, tape
from tests.api.conftest import Program
from tests.people import House

TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


def low(house: House, count: int = 1) -> list[int]:
    """So many low products; their alerts."""
    for _ in range(count):
        issue(house, tape(house), 15)
    return [alert.id for alert in alerts(house)]


def test_the_list_shows_what_waits_and_the_page_all_about_one(house: House) -> None:
    [alert_id] = low(house)
    ivy = house.browser("Ivy")
    assert "Gaffer tape" in ivy.get("/inventory/alerts").text
    page = ivy.get(f"/inventory/alerts/{alert_id}").text
    for words in ("Reorder level", "On hand, the last 90 days", "Who to call", "Plan"):
        assert words in page
    assert "Gaffer tape" not in ivy.get("/inventory/alerts?state=acknowledged").text
    assert "Nothing fits" in ivy.get("/inventory/alerts?kind=out").text
    assert (
        "Gaffer tape" in ivy.get("/inventory/alerts?q=GAFF&priority=" + alerts(house)[0].priority.value).text
    )
    assert "Gaffer tape" not in ivy.get("/inventory/alerts?older=3").text
    assert "Gaffer tape" in ivy.get("/inventory/alerts.csv").text
    assert "New since yesterday" in ivy.get("/inventory/alerts/review").text
    assert "Overdue returns" in ivy.get("/inventory/alerts/late").text


def test_the_page_of_a_product_says_what_is_low_and_what_is_done_about_it(house: House) -> None:
    [alert_id] = low(house)
    ivy, address = house.browser("Ivy"), f"/inventory/products/{alerts(house)[0].product_id}"
    page = ivy.get(address).text
    assert f'href="/inventory/alerts/{alert_id}">Low stock</a>, nobody has planned yet' in page
    ivy.post(f"/inventory/alerts/{alert_id}/acknowledgement", data={"plan": "20 boxes on Friday"})
    assert "planned: 20 boxes on Friday" in ivy.get(address).text
    receive(house, alerts(house)[0].product_id, 20)
    assert "Low stock" not in ivy.get(address).text


def test_an_alert_that_is_over_says_so_beside_its_name(house: House) -> None:
    [alert_id] = low(house)
    receive(house, alerts(house)[0].product_id, 20)
    page = house.browser("Ivy").get(f"/inventory/alerts/{alert_id}").text
    assert "Resolved" in page[page.index('class="page-head"') : page.index('class="stack"')]
    assert "Nothing: there is enough." in page


def test_planning_needs_words_and_keeps_what_was_typed(house: House) -> None:
    [alert_id] = low(house)
    ivy = house.browser("Ivy")
    assert ivy.post(f"/inventory/alerts/{alert_id}/acknowledgement", data={"plan": " "}).status_code == 422
    assert ivy.post(f"/inventory/alerts/{alert_id}/snooze", data={"until": "2020-01-01"}).status_code == 422
    assert ivy.post(f"/inventory/alerts/{alert_id}/snooze", data={"until": TOMORROW}).status_code == 303
    assert "Gaffer tape" in ivy.get("/inventory/alerts?state=snoozed").text
    assert "Gaffer tape" not in ivy.get("/inventory/alerts").text
    assert (
        ivy.post(f"/inventory/alerts/{alert_id}/acknowledgement", data={"plan": "Friday"}).status_code == 303
    )
    assert "Friday" in ivy.get("/inventory/alerts?state=acknowledged").text
    assert ivy.post(f"/inventory/alerts/{alert_id}/dismissal", data={"reason": "Over"}).status_code == 303
    assert ivy.post(f"/inventory/alerts/{alert_id}/dismissal", data={"reason": "Again"}).status_code == 409
    assert "Over" in ivy.get("/inventory/alerts?state=dismissed").text


def test_several_are_dealt_with_at_once_and_a_mistake_keeps_the_ticks(house: House) -> None:
    ids = low(house, 3)
    ivy = house.browser("Ivy")
    for data in (
        {"deed": "acknowledge", "words": "x"},
        {"deed": "snooze", "ids": ids},
        {"deed": "dismiss", "ids": ids},
    ):
        assert ivy.post("/inventory/alerts/many", data=data).status_code == 422
    shown = ivy.post("/inventory/alerts/many?sort=product", data={"deed": "dismiss", "ids": ids[:2]}).text
    assert shown.count(" checked>") == 2
    done = ivy.post("/inventory/alerts/many", data={"deed": "acknowledge", "ids": ids[:2], "words": "Friday"})
    assert done.status_code == 303
    assert [state for _, state, _ in said(house)] == ["acknowledged", "acknowledged", "open"]
    assert (
        ivy.post(
            "/inventory/alerts/many", data={"deed": "snooze", "ids": ids[2:], "until": TOMORROW}
        ).status_code
        == 303
    )
    assert (
        ivy.post("/inventory/alerts/many", data={"deed": "dismiss", "ids": ids, "words": "Over"}).status_code
        == 303
    )
    assert {state for _, state, _ in said(house)} == {"dismissed"}


@pytest.mark.parametrize(
    ("name", "reads", "works"), [("Walter", 200, 303), ("Vic", 200, 403), ("Sally", 403, 403)]
)
def test_whoever_keeps_stock_decides_and_others_look_or_see_nothing(
    house: House, name: str, reads: int, works: int
) -> None:
    [alert_id] = low(house)
    browser = house.browser(name)
    assert browser.get("/inventory/alerts").status_code == reads
    assert browser.get(f"/inventory/alerts/{alert_id}").status_code == reads
    assert (
        browser.post(f"/inventory/alerts/{alert_id}/acknowledgement", data={"plan": "x"}).status_code == works
    )


def test_levels_that_alert_are_taken_over_with_one_press(house: House) -> None:
    product_id = tape(house, stock=400, level=350, lead_days=4)
    issue(house, product_id, 90)
    other = tape(house, stock=400, level=350, lead_days=4)
    issue(house, other, 180)
    ivy = house.browser("Ivy")
    page = ivy.get("/inventory/alerts/levels").text
    assert "1 a day × 4 days" in page and f'value="{product_id}:6:36"' in page
    assert ivy.post("/inventory/alerts/levels", data={}).status_code == 422
    assert ivy.post("/inventory/alerts/levels", data={"taken": ["7:x:1"]}).status_code == 422
    both = {"only": f"{product_id}:6:36", "taken": [f"{other}:12:72"]}
    assert ivy.post("/inventory/alerts/levels", data=both).status_code == 303
    with house.reading():
        levels = {
            row.id: (row.reorder_level, row.order_up_to, row.lead_days)
            for row in db.session.scalars(select(Product))
        }
    assert levels[product_id] == (6, 36, 4) and levels[other] == (350, None, 4)
    assert sorted(state for _, state, _ in said(house)) == ["open", "resolved"]
    assert ivy.post("/inventory/alerts/levels", data={"taken": [f"{other}:12:72"]}).status_code == 303
    assert {state for _, state, _ in said(house)} == {"resolved"}
    assert "Gaffer tape" in ivy.get("/inventory/alerts/levels.csv").text


@pytest.mark.parametrize(
    "address", ["/inventory/alerts", "/inventory/alerts/review", "/inventory/alerts/levels"]
)
def test_many_alerts_cost_as_many_statements_as_one(
    house: House, statements: Callable[[], list[str]], address: str
) -> None:
    ivy, costs = house.browser("Ivy"), []
    for count in (1, 19):
        low(house, count)
        ivy.get(address)
        statements()
        ivy.get(address)
        costs.append(len([one for one in statements() if one.startswith("SELECT")]))
    assert costs[0] == costs[1]


def test_programs_read_plan_put_off_and_dismiss(house: House) -> None:
    [alert_id] = low(house)
    program, path = Program(house, "Ivy"), f"/inventory/alerts/{alert_id}"
    found = program.get("/inventory/alerts?state=open&kind=low").json
    assert found and [item["id"] for item in found["items"]] == [alert_id]
    shown = program.get(path).json or {}
    assert (shown["product"], shown["on_hand"], shown["reorder_level"], shown["state"]) == (
        "Gaffer tape",
        5,
        5,
        "open",
    )
    assert program.post(f"{path}/acknowledgement", plan="").status_code == 422
    planned = program.ask("POST", f"{path}/acknowledgement", key="one", plan="Friday").json or {}
    assert (planned["state"], planned["plan"], planned["acknowledged_by"]) == (
        "acknowledged",
        "Friday",
        "Ivy",
    )
    again = program.ask("POST", f"{path}/acknowledgement", key="one", plan="Friday")
    assert again.headers["Idempotency-Replayed"] == "true"
    off = program.post(f"{path}/snooze", until=TOMORROW).json or {}
    assert off["snoozed_until"] and program.get("/inventory/alerts?state=snoozed").json["total"] == 1  # type: ignore[index]
    assert program.post(f"{path}/snooze", until="2020-01-01").json["errors"]["until"]  # type: ignore[index]
    gone = program.post(f"{path}/dismissal", reason="Over").json or {}
    assert (gone["state"], gone["reason"]) == ("dismissed", "Over") and gone["closed_at"]
    assert program.post(f"{path}/dismissal", reason="Over").status_code == 409
    assert program.get("/inventory/alerts/4711").status_code == 404
    assert Program(house, "Vic").post(f"{path}/snooze", until=TOMORROW).status_code == 403
