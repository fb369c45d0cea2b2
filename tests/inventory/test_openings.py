"""Opening balances: what there was at the turn of each year, so that nobody reads further back to know it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.models import OpeningBalance, StockTransaction, TransactionKind
from app.queries.month_ends import worth_over_time
from app.queries.opening import averages_at, levels_at
from app.queries.worth import Wanted, worth_at
from app.services.ledger import Cause, Movement, post
from app.services.openings import open_years
from app.services.verify import broken_invariants
from app.transactions import finish, start_writing
from tests import factories
from tests.factories import me
from tests.people import House

THIS_YEAR = datetime.now(UTC).year
TURNS = [datetime(THIS_YEAR - back, 1, 1, tzinfo=UTC) for back in (2, 1, 0)]


def happened(
    house: House, product_id: int, rise: int, at: datetime, cost: str | None = None
) -> StockTransaction:
    """A receipt or an issue that happened at a moment, posted now."""
    here = house.warehouse_id
    ends = {"to_id": here} if rise > 0 else {"from_id": here}
    movement = Movement(product_id, abs(rise), unit_cost=cost and Decimal(cost), **ends)  # type: ignore[arg-type]
    kind = TransactionKind.RECEIPT if rise > 0 else TransactionKind.ISSUE
    return post(kind, [movement], Cause(me(), happened_at=at))[0]


@pytest.fixture
def tape(house: House) -> int:
    """Tape that came and went through three years."""
    with house.writing():
        product_id = factories.product("Tape").id
        happened(house, product_id, 10, TURNS[0] - timedelta(days=30), "1.00")
        happened(house, product_id, 10, TURNS[0] + timedelta(days=30), "3.00")
        happened(house, product_id, -5, TURNS[1] + timedelta(days=30))
        happened(house, product_id, 5, TURNS[2] + timedelta(days=10), "2.00")
    return product_id


def told(house: House, product_id: int, at: datetime) -> tuple[int, Decimal]:
    """How many there were at a moment, and what one cost on average."""
    return levels_at(at)[product_id, house.warehouse_id], averages_at(at)[product_id].cost


MOMENTS = [turn + timedelta(days=days) for turn in TURNS for days in (-1, 0, 29, 31)]


def test_every_turn_of_a_year_is_opened_once_and_holds(house: House, tape: int) -> None:
    for _ in range(2):
        with house.writing():
            open_years()
    with house.reading():
        query = select(OpeningBalance.starts_at, OpeningBalance.quantity).order_by(OpeningBalance.starts_at)
        assert db.session.execute(query).all() == list(zip(TURNS, (10, 20, 15), strict=True))
        assert broken_invariants() == []


def test_the_past_is_the_same_with_and_without_openings(house: House, tape: int) -> None:
    with house.reading():
        before = [told(house, tape, moment) for moment in MOMENTS]
    with house.writing():
        open_years()
    with house.reading():
        assert [told(house, tape, moment) for moment in MOMENTS] == before
    assert [quantity for quantity, _ in before] == [10, 10, 10, 20, 20, 20, 20, 15, 15, 15, 20, 20]


def test_the_worth_of_the_past_is_the_same_with_and_without_openings(house: House, tape: int) -> None:
    with house.reading():
        before = [worth_at("product", Wanted(), moment)[tape] for moment in MOMENTS]
    with house.writing():
        open_years()
    with house.reading():
        assert [worth_at("product", Wanted(), moment)[tape] for moment in MOMENTS] == before


def test_what_is_posted_late_is_in_the_openings_after_it(house: House, tape: int) -> None:
    with house.writing():
        open_years()
        happened(house, tape, 4, TURNS[1] - timedelta(days=3), "9.00")
    with house.reading():
        assert [told(house, tape, turn)[0] for turn in TURNS] == [10, 24, 19]
        assert broken_invariants() == []


def test_no_more_than_a_year_is_read_to_know_the_past(house: House, tape: int) -> None:
    with house.writing():
        open_years()
    finish()
    start_writing()
    way = "DROP TRIGGER stock_transaction_is_kept"
    db.session.execute(text(way if db.is_sqlite else "ALTER TABLE stock_transaction DISABLE TRIGGER USER"))
    db.session.execute(text("DELETE FROM stock_transaction WHERE id IN (1, 4)"))
    db.session.commit()
    finish()
    with house.reading():
        assert levels_at(TURNS[1] + timedelta(days=2))[tape, house.warehouse_id] == 20


def test_an_opening_that_does_not_hold_is_found(house: House, tape: int) -> None:
    with house.writing():
        open_years()
    finish()
    start_writing()
    db.session.execute(text("UPDATE opening_balance SET quantity = quantity + 1"))
    db.session.commit()
    finish()
    assert {found.invariant.id for found in broken_invariants()} == {"I1f", "I1g"}


def test_no_average_of_the_past_is_read_from_before_the_opening(house: House, tape: int) -> None:
    with house.writing():
        open_years()
    finish()
    moments = [TURNS[1] + timedelta(days=2), TURNS[2] + timedelta(days=20)]
    with house.reading():
        before = [worth_at("product", Wanted(), moment)[tape] for moment in moments]
        course = worth_over_time([TURNS[1] + timedelta(days=1), TURNS[1] + timedelta(days=40)], Wanted())
    start_writing()
    way = "DROP TRIGGER stock_transaction_is_kept"
    db.session.execute(text(way if db.is_sqlite else "ALTER TABLE stock_transaction DISABLE TRIGGER USER"))
    db.session.execute(text("DELETE FROM stock_transaction WHERE id <= 2"))
    db.session.execute(text("UPDATE product SET on_hand = on_hand + 1000"))
    db.session.commit()
    finish()
    with house.reading():
        assert [worth_at("product", Wanted(), moment)[tape] for moment in moments] == before
        again = worth_over_time([TURNS[1] + timedelta(days=1), TURNS[1] + timedelta(days=40)], Wanted())
        assert again == course
