"""Home: numbers that are right, quick, and only for those who may see them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.extensions import db
from app.models import (
    Event,
    Location,
    LocationKind,
    PullLine,
    Repair,
    Reservation,
    ReservationKind,
    Tracking,
    TransactionKind,
)
from app.queries import dashboard
from app.rules.deals import Stage
from app.rules.phases import Phase
from app.services.ledger import Cause, Movement, post
from tests import factories
from tests.people import House

NOW = datetime(2027, 6, 10, 12, tzinfo=UTC)


def event(house: House, number: int, starts_in: float, days: float = 1, **claim: int) -> Event:
    """An event that starts so many days from NOW, with one line of a product of its own."""
    starts_at = NOW + timedelta(days=starts_in)
    until = starts_at + timedelta(days=days)
    here = house.warehouse_id
    site = Location(
        name="Site", code=f"E{number}", kind=LocationKind.EVENT_SITE, parent_id=here, warehouse_id=here
    )
    db.session.add(site)
    db.session.flush()
    times = {
        "occupied_from": starts_at,
        "occupied_until": until,
        "charged_from": starts_at,
        "charged_until": until,
    }
    row = Event(
        number=f"EV-{number}",
        name=f"Show {number}",
        warehouse_id=here,
        site_id=site.id,
        created_at=NOW,
        **times,
    )
    db.session.add(row)
    db.session.flush()
    product = factories.product(stock=10, at=here)
    line = PullLine(event_id=row.id, product_id=product.id, quantity=10, position=1, created_at=NOW)
    db.session.add(line)
    db.session.flush()
    owner = {"event_id": row.id, "line_id": line.id, "product_id": product.id, "warehouse_id": here}
    counts = {"quantity": 10} | claim
    db.session.add(
        Reservation(
            kind=ReservationKind.EVENT, starts_at=starts_at, ends_at=until, created_at=NOW, **owner, **counts
        )
    )
    db.session.flush()
    return row


def test_late_and_short_events_are_named_with_their_pieces(house: House) -> None:
    with house.writing():
        event(house, 1, -3, out_quantity=10, returned_quantity=4)
        event(house, 2, -3, out_quantity=10, returned_quantity=10)
        event(house, 3, 2, overbooked_quantity=3)
        event(house, 4, 20, overbooked_quantity=3)
        event(house, 5, -1, days=3, out_quantity=10)
    with house.reading():
        found = dashboard.troubles(NOW)
    assert [(e.number, e.pieces) for e in found.late] == [("EV-1", 6)]
    assert [(e.number, e.pieces) for e in found.short] == [("EV-3", 3)]
    assert (found.late_pieces, found.short_pieces) == (6, 3)


def test_the_events_of_seven_days_come_in_order_with_what_is_ready(house: House) -> None:
    with house.writing():
        event(house, 1, 3, prepped_quantity=4)
        event(house, 2, 1, prepped_quantity=10, out_quantity=10)
        event(house, 3, 8)
        event(house, 4, -3)
        event(house, 5, 2).phase = Phase.CANCELLED
    with house.reading():
        found = dashboard.upcoming(NOW)
    assert [(e.number, e.ready, e.planned) for e in found] == [("EV-2", 10, 10), ("EV-1", 4, 10)]


def test_the_pipeline_is_weighted_by_stage_or_by_the_deals_own_probability(house: House) -> None:
    with house.writing():
        for stage, probability, value in (
            (Stage.QUOTED, None, 1000), (Stage.QUOTED, 90, 1000), (Stage.WON, None, 5000), (Stage.ENQUIRY, None, 100),
        ):  # fmt: skip
            deal = factories.deal(house.warehouse_id)
            deal.stage, deal.probability, deal.value = stage, probability, Decimal(value)
    with house.reading():
        found = {stage.stage: (stage.count, stage.value, stage.weighted) for stage in dashboard.pipeline()}
    assert found == {
        Stage.ENQUIRY: (1, Decimal(100), Decimal(10)),
        Stage.QUOTED: (2, Decimal(2000), Decimal(1400)),
    }


def test_utilisation_is_what_is_out_of_what_is_owned(house: House) -> None:
    with house.writing():
        event(house, 1, -1, days=3, out_quantity=10, returned_quantity=5)
        event(house, 2, 1)
    with house.reading():
        found = dashboard.utilisation(NOW)
    assert (found.out, found.total, found.percent) == (5, 20, 25)
    assert (found.ahead[0], found.ahead[1], found.ahead[5]) == (50, 100, 0)


@pytest.mark.parametrize(
    ("stock", "level", "is_low"), [(0, 5, True), (5, 5, True), (6, 5, False), (0, None, False)]
)
def test_a_product_at_or_below_its_level_is_low(
    house: House, stock: int, level: int | None, is_low: bool
) -> None:
    with house.writing():
        levels = {"tracking": Tracking.CONSUMABLE, "reorder_level": level}
        tape = factories.product("Tape", stock=stock + 10, at=house.warehouse_id, **levels)
        less = Movement(tape.id, 10, from_id=house.warehouse_id)
        post(TransactionKind.ISSUE, [less], Cause(factories.me(), request_id="10 rolls"))
    with house.reading():
        assert [row.name for row in dashboard.low_products()] == ["Tape"] * is_low


def test_open_repairs_say_when_they_are_late(house: House) -> None:
    with house.writing():
        product = factories.product("Spot")
        for number, hours in (("R-1", -1), ("R-2", 1)):
            back = datetime.now(UTC) + timedelta(hours=hours)
            db.session.add(
                Repair(number=number, product_id=product.id, note="", reported_at=NOW, expected_back_at=back)
            )
    with house.reading():
        assert [(r.number, r.is_late) for r in dashboard.open_repairs()] == [("R-1", True), ("R-2", False)]


@pytest.mark.parametrize(
    ("name", "sees", "misses"),
    [("Bob", "dashboard-troubles", "dashboard-pipeline"), ("Sally", "dashboard-pipeline", "in repair"),
     ("Cora", "Hello Cora", "dashboard-")],
)  # fmt: skip
def test_everybody_sees_the_widgets_they_may_and_no_other(
    house: House, name: str, sees: str, misses: str
) -> None:
    page = house.browser(name).get("/").text
    assert sees in page and misses not in page


def test_each_widget_refreshes_as_the_part_that_the_page_holds(house: House) -> None:
    ada = house.browser("Ada")
    page = ada.get("/").text
    for name in ("troubles", "upcoming", "pipeline", "utilisation", "stock", "recent"):
        piece = ada.get(f"/dashboard/{name}", headers={"HX-Request": "true"}).text
        assert piece.lstrip().startswith("<section") and f'id="dashboard-{name}"' in piece
        assert f'hx-get="/dashboard/{name}"' in page


def test_the_page_costs_the_same_for_one_event_as_for_twenty(
    house: House, statements: Callable[[], list[str]]
) -> None:
    ada, costs = house.browser("Ada"), []
    for numbers in (range(1), range(1, 20)):
        with house.writing():
            for number in numbers:
                event(house, number, -2 if number % 2 else 1, out_quantity=2 * (number % 2))
        ada.get("/")
        statements()
        ada.get("/")
        costs.append(len([said for said in statements() if said.startswith("SELECT")]))
    assert costs[0] == costs[1] <= 14


def test_a_technician_begins_with_their_own_jobs(house: House) -> None:
    answer = house.browser("Tess").get("/")
    assert (answer.status_code, answer.location) == (303, "/jobs/mine")
