"""Shortages are computed, give their reason, and have ways out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import (
    Category,
    EventCost,
    Firmness,
    LostDemand,
    Organization,
    Product,
    PullLine,
    Repair,
    Reservation,
    ReservationKind,
)
from app.queries.availability import holders
from app.queries.shortages import event_shortages, shortage_worklist
from app.services.events import lines_short
from app.services.overdue import overdue_events
from app.services.ways_out import hire_outside, substitute, take_from_tentative
from tests import factories
from tests.factories import SOON
from tests.people import House
from tests.planning.stories import claim_of, event_with, lamps, send_out

HOURS_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)


def sentences(house: House) -> list[str]:
    """The reasons of every line that is short."""
    return [line.sentence for line in shortage_worklist(timedelta(days=900))]


def test_a_shortage_names_the_event_that_was_faster(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        first = event_with(house, {lamp: 3})
        event_with(house, {lamp: 3}, why="hire")
        assert sentences(house) == [f"2 short: 3 taken by {first.number} Summer gala, which ranks higher."]


def test_a_shortage_says_that_there_is_not_enough_stock(house: House) -> None:
    with house.writing():
        event_with(house, {lamps(house): 6}, why="hire")
        assert sentences(house) == ["2 short: not enough stock, we own 4."]


def test_a_late_return_and_a_repair_are_named(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        late = event_with(house, {lamp: 2}, starts_at=HOURS_AGO - timedelta(days=3))
        late.occupied_until = claim_of(late).ends_at = HOURS_AGO
        send_out(late, 2)
        repair = Repair(number="R-7", product_id=lamp.id, note="Dent", reported_at=SOON)
        db.session.add(repair)
        db.session.flush()
        spans = {"starts_at": HOURS_AGO, "ends_at": SOON + timedelta(days=90), "created_at": SOON}
        db.session.add(
            Reservation(
                product_id=lamp.id, warehouse_id=house.warehouse_id, quantity=1, kind=ReservationKind.REPAIR,
                repair_id=repair.id, **spans,
            )
        )  # fmt: skip
        event_with(house, {lamp: 2}, why="hire")
        (sentence,) = sentences(house)
        assert sentence.startswith("1 short:") and "1 in repair R-7" in sentence
        assert f"2 late return from {late.number}" in sentence


def test_who_trusts_planned_returns_has_no_late_ones_anywhere(house: House) -> None:
    with house.writing():
        db.session.scalars(select(Organization)).one().trusts_planned_returns = True
        lamp = lamps(house)
        late = event_with(house, {lamp: 4}, starts_at=HOURS_AGO - timedelta(days=3))
        late.occupied_until = claim_of(late).ends_at = HOURS_AGO
        send_out(late, 4)
        event_with(house, {lamp: 4})
        assert not sentences(house)
        assert [holder.is_late for holder in holders(lamp.id, HOURS_AGO - timedelta(days=1), SOON)] == [False]
        assert not overdue_events(datetime.now(UTC))


def test_two_jobs_on_other_days_of_the_week_do_not_make_a_third_short(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        event_with(house, {lamp: 2}, days=1)
        event_with(house, {lamp: 2}, starts_at=SOON + timedelta(days=2), days=1)
        third = event_with(house, {lamp: 2}, days=7)
        assert not lines_short(third)


def test_a_substitute_of_the_same_category_is_offered_and_taken(house: House) -> None:
    with house.writing():
        lamp, spare = lamps(house), lamps(house, name="Spare lamp")
        from_category(lamp, spare)
        event = event_with(house, {lamp: 6}, why="hire")
        (item,) = event_shortages(event)
        assert [way.product.name for way in item.ways.substitutes] == ["Spare lamp"]
        line_id, spare_id = item.short.line.id, spare.id
    with house.writing():
        line = db.session.get_one(PullLine, line_id)
        (added,) = substitute(line, spare_id, 2, by=factories.me())
        assert (line.quantity, added.quantity, added.note) == (4, 2, "in place of Lamp")


def test_a_substitute_is_judged_and_planned_for_the_time_of_the_line(house: House) -> None:
    with house.writing():
        lamp, spare = lamps(house), lamps(house, name="Spare lamp")
        from_category(lamp, spare)
        other = event_with(house, {spare: 4})
        claim_of(other).ends_at = SOON + timedelta(days=1)
        event = event_with(house, {lamp: 6}, why="hire")
        assert [item.ways.substitutes for item in event_shortages(event)] == [()]
        line = db.session.scalars(select(PullLine).where(PullLine.event_id == event.id)).one()
        line.occupied_from = claim_of(event).starts_at = SOON + timedelta(days=2)
        db.session.flush()
        (item,) = event_shortages(event)
        assert [way.product.name for way in item.ways.substitutes] == ["Spare lamp"]
        line_id, spare_id = line.id, spare.id
    with house.writing():
        (added,) = substitute(db.session.get_one(PullLine, line_id), spare_id, 2, by=factories.me())
        assert added.occupied_from == SOON + timedelta(days=2)


def from_category(*products: Product) -> None:
    """Put products into one category."""
    category = Category(name="Lamps")
    db.session.add(category)
    db.session.flush()
    for product in products:
        product.category_id = category.id
    db.session.flush()


def test_what_a_tentative_event_holds_can_be_taken(house: House) -> None:
    with house.writing():
        lamp = lamps(house)
        hold = claim_of(event_with(house, {lamp: 3}))
        hold.firmness = Firmness.TENTATIVE
        event = event_with(house, {lamp: 3}, why="hire")
        (item,) = event_shortages(event)
        assert [way.quantity for way in item.ways.holds] == [2]
        line_id, hold_id = item.short.line.id, hold.id
    with house.writing():
        line, hold = db.session.get_one(PullLine, line_id), db.session.get_one(Reservation, hold_id)
        take_from_tentative(line, hold, 2, by=factories.me())
        claim = db.session.scalars(select(Reservation).where(Reservation.line_id == line_id)).one()
        assert (hold.quantity, hold.overbooked_quantity, claim.overbooked_quantity) == (3, 2, 0)
        assert [short.event.id for short in shortage_worklist(timedelta(days=900))] == [hold.event_id]


def test_hiring_outside_puts_the_cost_on_the_event(house: House) -> None:
    with house.writing():
        event = event_with(house, {lamps(house): 6}, why="hire")
        line_id = db.session.scalars(select(PullLine.id)).one()
    with house.writing():
        line = db.session.get_one(PullLine, line_id)
        hire_outside(line, 2, "Lichtverleih Nord", Decimal(120), by=factories.me())
        assert db.session.scalars(select(EventCost.planned)).one() == 120
        assert line.quantity == 4 and not lines_short(event)


def test_delivering_a_part_over_the_screen_records_the_lost_demand(house: House) -> None:
    with house.writing():
        event_id = event_with(house, {lamps(house): 6}, why="hire").id
        line_id = db.session.scalars(select(PullLine.id)).one()
    alice = house.browser("Alice")
    assert b"2 of 6 short" in alice.get(f"/planning/events/{event_id}/shortages").data
    url = f"/planning/lines/{line_id}/part"
    assert alice.post(url, data={"quantity": "9", "reason": "client agreed"}).status_code == 422
    assert alice.post(url, data={"quantity": "2", "reason": "client agreed"}).status_code == 303
    with house.reading():
        assert db.session.scalars(select(LostDemand.quantity)).one() == 2
    assert b"Nothing is short" in alice.get("/planning/shortages").data


def test_the_worklist_costs_as_many_statements_for_twenty_lines(
    house: House, statements: Callable[[], list[str]]
) -> None:
    counts = []
    for number in (1, 20):
        with house.writing():
            for _ in range(number):
                event_with(house, {factories.product(stock=1, at=house.warehouse_id): 2}, why="hire")
        with house.reading():
            statements()
            shortage_worklist(timedelta(days=900))
            counts.append(len(statements()))
    assert counts[0] == counts[1]
