"""The numbers of the reports, on examples that are counted by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.extensions import db
from app.models import Category, Location, LocationKind
from app.queries.reports import REPORTS
from app.queries.reports.shape import Answer, Asked
from app.rules.report_periods import Span, Step
from tests import factories
from tests.people import House
from tests.reports import ledger

TODAY = date(2027, 4, 15)
QUARTER = Span(date(2027, 1, 1), date(2027, 3, 31))
ASKED = Asked(
    QUARTER,
    Step.MONTH,
    "product",
    "Europe/Berlin",
    TODAY,
    TODAY,
    sees_costs=True,
    carrying_percent=Decimal(20),
)


@pytest.fixture
def story(house: House) -> dict[str, Any]:
    """Tape at 2.00, then at 3.00; wire at 5.00; two jobs and an event use them; one issue was wrong."""
    here = house.warehouse_id
    with house.writing():
        audio = Category(name="Audio")
        shelf = Location(name="Shelf", code="S", kind=LocationKind.SHELF, parent_id=here, warehouse_id=here)
        db.session.add_all([audio, shelf])
        db.session.flush()
        client = factories.company("Halle 7")
        tape, wire = ledger.consumable("Tape", category_id=audio.id), ledger.consumable("Wire")
        tess = house.people["Tess"]
        one = ledger.job("J-1", "2027-02-10", here, revenue="100", technician_id=tess, company_id=client.id)
        two = ledger.job("J-2", "2027-03-10", here, revenue="50", kind="Repair")
        first = ledger.part(one, tape)
        ledger.receive(tape, 100, "2.00", here, "2026-12-01")
        ledger.issue(tape, 20, here, "2026-12-20")
        ledger.receive(wire, 10, "5.00", here, "2026-12-01")
        ledger.issue(tape, 30, here, "2027-02-10", part=first)
        ledger.receive(tape, 50, "3.00", shelf.id, "2027-02-20")
        second = ledger.part(two, tape)
        wrong = ledger.issue(tape, 10, shelf.id, "2027-03-10", part=second)
        ledger.take_back(tape, 10, "2.50", shelf.id, "2027-03-11", wrong, part=second)
        ledger.issue(wire, 4, here, "2027-03-15", part=ledger.part(two, wire))
        ledger.move(tape, 5, here, shelf.id, "2027-03-20")
        return {
            "tape": tape.id, "wire": wire.id, "audio": audio.id, "shelf": shelf.id, "here": here, "one": one.id,
            "client": client.id, "tess": tess, "installation": one.job_type_id, "two": two.id,
        }  # fmt: skip


def made(house: House, name: str, **asked: Any) -> Answer:
    """A report."""
    with house.reading():
        return REPORTS[name].make(replace(ASKED, **asked))


def table(answer: Answer, *keys: str) -> dict[Any, tuple[Any, ...]]:
    """Row → the columns of these names."""
    places = [answer.header.index(key) for key in keys]
    return {row.values[0]: tuple(row.values[place] for place in places) for row in answer.rows}


def test_usage_by_part_counts_off_what_was_taken_back_and_compares_with_the_period_before(
    house: House, story: dict[str, Any]
) -> None:
    answer = made(house, "usage")
    assert table(answer, "pieces", "pieces_before", "cost") == {
        "Tape": (30, 20, Decimal("60.00")),
        "Wire": (4, 0, Decimal("20.00")),
    }
    assert table(answer, "change")["Tape"] == (50.0,) and table(answer, "change")["Wire"] == (None,)
    assert answer.totals[1:3] == [34, 20]


@pytest.mark.parametrize(
    ("group", "pieces"),
    [
        ("job_type", {"Installation": 30, "Repair": 4}),
        ("technician", {"Tess": 30, "Not on a job": 4}),
        ("customer", {"Halle 7": 30, "Without a customer": 4}),
        ("category", {"Audio": 30, "Without a category": 4}),
        ("event", {"Not for an event": 34}),
        ("location", {"Main warehouse": 34, "Shelf": 0}),
    ],
)
def test_usage_by_whatever_else_adds_up_to_the_same(
    house: House, story: dict[str, Any], group: str, pieces: dict[str, int]
) -> None:
    found = {
        name: count for name, (count,) in table(made(house, "usage", by=group), "pieces").items() if count
    }
    expected = {name: count for name, count in pieces.items() if count}
    assert sum(found.values()) == 34
    if group == "location":
        assert sorted(found.values()) == sorted(expected.values())
    elif group in ("technician", "customer", "event"):
        assert found[next(iter(expected))] == next(iter(expected.values()))
    else:
        assert found == expected


def test_usage_by_month_runs_along_the_months(house: House, story: dict[str, Any]) -> None:
    answer = made(house, "usage", by="period")
    assert [row.values[1] for row in answer.rows] == [0, 30, 4]
    assert list(answer.charts[0].series[0].values) == [0, 30, 4]
    assert list(answer.charts[0].series[1].values) == [0, 0, 20]


@pytest.mark.parametrize(
    ("narrowing", "pieces"),
    [
        ({"product": "tape"}, 30), ({"category": "audio"}, 30), ({"location": "shelf"}, 0),
        ({"location": "here"}, 34),
        ({"technician": "tess"}, 30), ({"customer": "client"}, 30), ({"job_type": "installation"}, 30),
    ],
)  # fmt: skip
def test_usage_can_be_narrowed(
    house: House, story: dict[str, Any], narrowing: dict[str, str], pieces: int
) -> None:
    chosen = {name: story[word] for name, word in narrowing.items()}
    for by in ("product", "period"):
        assert made(house, "usage", by=by, **chosen).totals[1] == pieces
    assert made(house, "usage", **chosen).figures[0].value == pieces


def test_cost_of_goods_is_what_issues_cost_when_they_were_made(house: House, story: dict[str, Any]) -> None:
    answer = made(house, "cost-of-goods", by="category")
    assert table(answer, "cost", "a_piece") == {
        "Audio": (Decimal("60"), Decimal("2")),
        "Without a category": (Decimal("20"), Decimal("5")),
    }
    months = made(house, "cost-of-goods", by="period")
    assert [float(row.values[1]) for row in months.rows] == [0.0, 60.0, 20.0]


def test_valuation_at_any_day_is_what_there_was_times_what_it_cost_then(
    house: House, story: dict[str, Any]
) -> None:
    worth = {
        "2026-11-30": {},
        "2026-12-01": {"Tape": (100, Decimal("200.00")), "Wire": (10, Decimal("50.00"))},
        "2027-02-15": {"Tape": (50, Decimal("100.00")), "Wire": (10, Decimal("50.00"))},
        "2027-02-20": {"Tape": (100, Decimal("250.00")), "Wire": (10, Decimal("50.00"))},
        "2027-04-14": {"Tape": (100, Decimal("250.00")), "Wire": (6, Decimal("30.00"))},
        "2027-04-15": {"Tape": (100, Decimal("250.00")), "Wire": (6, Decimal("30.00"))},
    }
    for day, expected in worth.items():
        answer = made(house, "valuation", at=date.fromisoformat(day))
        assert table(answer, "pieces", "worth") == expected, day
    assert answer.totals[2] == Decimal("280.00")


@pytest.mark.parametrize("day", ["2027-04-14", "2027-04-15"])
def test_valuation_by_place_and_category_adds_up_to_the_same(
    house: House, story: dict[str, Any], day: str
) -> None:
    moment = date.fromisoformat(day)
    by_place = table(made(house, "valuation", by="location", at=moment), "pieces", "worth")
    assert by_place["Shelf"] == (55, Decimal("137.50")) and sum(row[1] for row in by_place.values()) == 280
    assert table(made(house, "valuation", by="category", at=moment), "worth")["Audio"] == (Decimal("250.00"),)
    assert len(table(made(house, "valuation", by="warehouse", at=moment), "worth")) == 1
    inside = made(house, "valuation", location=story["shelf"], at=moment)
    assert table(inside, "pieces") == {"Tape": (55,)}


def test_the_worth_of_a_product_stands_beside_the_sum_of_its_movements(
    house: House, story: dict[str, Any]
) -> None:
    answer = made(house, "valuation", product=story["tape"])
    assert answer.figures[-1].value == Decimal("250.00") and "+0" in answer.figures[-1].note


def test_turns_divide_what_was_used_by_the_mean_of_the_month_ends(
    house: House, story: dict[str, Any]
) -> None:
    answer = made(house, "turns", by="product")
    # Tape at the start of January and the ends of January, February, March: 160, 160, 250, 250.
    assert table(answer, "average_worth", "cost_of_use")["Tape"] == (Decimal("205.00"), Decimal("60"))
    pace = Decimal(60) / 205 * 365 / 90
    assert table(answer, "turns")["Tape"] == (pace,)
    assert table(answer, "carrying_cost")["Tape"] == (Decimal("10.11"),)
    assert [round(value, 2) for value in answer.charts[0].series[0].values] == [210.0, 300.0, 280.0]


def test_parts_are_a_share_of_what_jobs_earn(house: House, story: dict[str, Any]) -> None:
    answer = made(house, "parts-share", by="job")
    assert table(answer, "revenue", "cost", "share") == {
        "J-1 Work": (Decimal(100), Decimal(60), 60.0),
        "J-2 Work": (Decimal(50), Decimal(20), 40.0),
    }
    assert round(answer.figures[0].value, 2) == 53.33
    assert [row.values[4] for row in made(house, "parts-share", by="month").rows] == [60.0, 40.0]
    assert table(made(house, "parts-share", by="customer"), "share")["Halle 7"] == (60.0,)


def test_low_stock_names_what_to_order_and_how_long_ago_something_came(
    house: House, story: dict[str, Any]
) -> None:
    with house.writing():
        low = ledger.consumable("Fuse", reorder_level=10, order_up_to=40)
        ledger.receive(low, 3, "1", house.warehouse_id, "2027-04-05")
        ledger.consumable("Out", reorder_level=1)
        ledger.receive(ledger.consumable("Fine", reorder_level=2), 9, "1", house.warehouse_id, "2027-04-05")
    answer = made(house, "low-stock")
    assert table(answer, "on_hand", "reorder_level", "suggested", "last_received")["Fuse"] == (3, 10, 37, 10)
    assert list(table(answer, "on_hand")) == ["Out", "Fuse"] and answer.figures[1].value == 1


def test_idle_stock_is_what_nobody_wanted(house: House, story: dict[str, Any]) -> None:
    with house.writing():
        old = ledger.consumable("Old")
        ledger.receive(old, 8, "4", house.warehouse_id, "2026-01-05")
        young = ledger.consumable("Young")
        ledger.receive(young, 8, "4", house.warehouse_id, "2027-04-01")
        slow = ledger.consumable("Slow")
        ledger.receive(slow, 500, "1", house.warehouse_id, "2026-01-05")
        ledger.issue(slow, 10, house.warehouse_id, "2027-03-01")
    answer = made(house, "idle-stock", idle_days=180)
    found = table(answer, "state", "used", "cover", "last_wanted", "worth")
    assert found["Old"] == ("Dead", 0, None, None, Decimal("32.00"))
    assert found["Slow"] == ("Slow", 10, 8820, 45, Decimal("490.00"))
    assert "Young" not in found and "Tape" not in found


def test_seasons_compare_each_month_with_an_average_one(house: House) -> None:
    with house.writing():
        tape = ledger.consumable("Tape")
        ledger.receive(tape, 1000, "1", house.warehouse_id, "2025-01-01")
        for month in range(1, 13):
            ledger.issue(tape, 20 if month == 6 else 10, house.warehouse_id, f"2025-{month:02}-15")
            ledger.issue(tape, 40 if month == 6 else 10, house.warehouse_id, f"2026-{month:02}-15")
    answer = made(house, "seasons", today=date(2027, 1, 10))
    found = table(answer, "2025", "2026", "mean", "index")
    assert found["June"][:3] == (20, 40, 30.0) and round(found["June"][3], 2) == 257.14
    assert round(found["May"][3], 2) == 85.71 and answer.figures[0].value == "June"


def test_days_are_days_of_the_organization(house: House) -> None:
    with house.writing():
        tape = ledger.consumable("Tape")
        ledger.receive(tape, 9, "1", house.warehouse_id, "2026-01-01")
        moment = ledger.at("2027-01-31").replace(hour=23, minute=30)
        ledger.write(
            ledger.TransactionKind.ISSUE, ledger.Movement(tape.id, 1, from_id=house.warehouse_id), moment
        )
    assert [row.values[1] for row in made(house, "usage", by="period").rows] == [0, 1, 0]
    assert [row.values[1] for row in made(house, "usage", by="period", zone="UTC").rows] == [1, 0, 0]
