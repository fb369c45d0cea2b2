"""Worth at any past day, from the database, is what the rule makes of the movements until then."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import Location, LocationKind, StockTransaction
from app.queries.month_ends import worth_over_time
from app.queries.worth import NOTHING, Held, Wanted, ledger_worth, worth_at, worth_now
from app.rules.calendars import start_of_day
from app.rules.valuation import Line, rounding_bound, worth_after
from app.services.categories import category_named
from app.services.reversals import reverse
from tests.factories import me
from tests.people import House, found_house
from tests.reports import ledger

FIRST = date(2026, 1, 5)
ZONE = "Europe/Berlin"
MOVES = 40


def test_worth_at_every_day_is_the_rule_over_the_ledger_and_the_sum_of_its_movements(house: House) -> None:
    with house.writing():
        product_id = happen(house, random.Random(7))
    with house.reading():
        rows = db.session.scalars(
            select(StockTransaction)
            .where(StockTransaction.product_id == product_id)
            .order_by(StockTransaction.id)
        ).all()
        moments = [start_of_day(FIRST + timedelta(days=day), ZONE) for day in range(MOVES + 2)]
        moments.append(datetime.now(UTC) + timedelta(days=1))
        course = next(one for one in worth_over_time(moments, Wanted()) if one.product_id == product_id)
        for place, moment in enumerate(moments):
            lines = [line_of(row) for row in rows if row.happened_at < moment]
            found = worth_at("product", Wanted(), moment).get(product_id, NOTHING)
            expected = worth_after(lines)
            assert (found.pieces, Decimal(found.worth).scaleb(-4)) == (expected.on_hand, expected.amount)
            assert (course.pieces[place], course.worth[place]) == (found.pieces, found.worth)
            booked = Decimal(ledger_worth(product_id, moment)).scaleb(-4)
            assert abs(booked - expected.amount) <= rounding_bound(lines)
        assert worth_now("product", Wanted())[product_id] == found


def test_what_lies_in_places_is_worth_what_our_own_products_cost(house: House) -> None:
    other = found_house(house.app, "Other Lights", "other")
    bought = (
        (other, "7"),
        (house, "2.50"),
        (other, "4000"),
        (other, "0.0001"),
        (house, "123456.7891"),
        (other, "1"),
    )
    for number, (each, cost) in enumerate(bought):
        with each.writing():
            ledger.receive(ledger.consumable(f"No. {number}"), 4, cost, each.warehouse_id, FIRST.isoformat())
    for each in (house, other, house):
        worth = sum(round(float(cost) * 10_000) * 4 for buyer, cost in bought if buyer is each)
        pieces = 4 * sum(buyer is each for buyer, _ in bought)
        with each.reading():
            for group in ("location", "warehouse"):
                assert worth_now(group, Wanted()) == {each.warehouse_id: Held(pieces, worth)}


def test_a_company_without_products_has_nothing_of_worth(house: House) -> None:
    with house.reading():
        assert worth_now("location", Wanted()) == {}


def test_what_lies_in_a_place_is_told_of_one_product_and_of_one_category(house: House) -> None:
    with house.writing():
        here = house.warehouse_id
        tape, glue = ledger.consumable("Tape"), ledger.consumable("Glue")
        glue.category = category_named("Sticky")
        ledger.receive(tape, 4, "2.50", here, FIRST.isoformat())
        ledger.receive(glue, 3, "1.25", here, FIRST.isoformat())
        tape_id, glue_id, sticky = tape.id, glue.id, glue.category.id
    with house.reading():
        assert worth_now("product", Wanted(location=here)) == {
            tape_id: Held(4, 100_000),
            glue_id: Held(3, 37_500),
        }
        assert worth_now("category", Wanted(location=here)) == {
            None: Held(4, 100_000),
            sticky: Held(3, 37_500),
        }
        assert worth_now("location", Wanted(product=tape_id)) == {here: Held(4, 100_000)}
        assert worth_now("location", Wanted(category=sticky)) == {here: Held(3, 37_500)}


def happen(house: House, chance: random.Random) -> int:
    """Forty days of receipts, issues, transfers and reversals of one product, one a day; its id."""
    here = house.warehouse_id
    shelf = Location(name="Shelf", code="S", kind=LocationKind.SHELF, parent_id=here, warehouse_id=here)
    db.session.add(shelf)
    db.session.flush()
    tape = ledger.consumable("Tape")
    held = 0
    for number in range(MOVES):
        day = (FIRST + timedelta(days=number)).isoformat()
        taken = chance.randint(1, 9)
        if held < 20 or chance.random() < 0.3:
            ledger.receive(tape, taken * 5, f"{chance.uniform(0.01, 30):.4f}", here, day)
            held += taken * 5
        else:
            ledger.issue(tape, taken, here, day)
            held -= taken
        if number == MOVES - 1:
            undo(tape.id)
    ledger.move(tape, 3, here, shelf.id, day)
    return tape.id


def undo(product_id: int) -> None:
    """The first receipt and the last movement are taken back."""
    rows = db.session.scalars(
        select(StockTransaction)
        .where(StockTransaction.product_id == product_id)
        .order_by(StockTransaction.id)
    ).all()
    for number, row in enumerate((rows[-1], rows[0])):
        reverse([row], "wrong", by=me(), request_id=f"undo-{number}")


def line_of(row: StockTransaction) -> Line:
    """A movement as valuation sees it."""
    rise = row.quantity * ((row.from_id is None) - (row.to_id is None))
    return Line(rise, row.unit_cost, row.average_after is not None)
