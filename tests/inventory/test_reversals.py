"""Taking a movement back: the opposite movement, once, at the cost at which it was made."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Product, StockTransaction, TransactionKind
from app.refusals import Refused
from app.services.ledger import Cause, Movement, post
from app.services.reversals import reverse
from tests import factories
from tests.factories import me
from tests.people import House

D = Decimal


def move(
    product: Product, kind: TransactionKind, quantity: int, at: int, cost: str | None = None
) -> StockTransaction:
    """One movement into a place (receipt) or out of it (issue)."""
    places = {"to_id": at} if kind is TransactionKind.RECEIPT else {"from_id": at}
    movement = Movement(product.id, quantity, unit_cost=D(cost) if cost else None, **places)
    return post(kind, [movement], Cause(me()))[0]


def worth(product: Product) -> Decimal:
    """What the movements of a product sum to, in money."""
    rows = db.session.scalars(select(StockTransaction).where(StockTransaction.product_id == product.id))
    return sum(
        (row.quantity * row.unit_cost * ((row.from_id is None) - (row.to_id is None)) for row in rows), D(0)
    )


def test_a_receipt_that_was_a_mistake_takes_its_cost_out_of_the_average(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape")
        move(tape, TransactionKind.RECEIPT, 10, house.warehouse_id, "2.00")
        wrong = move(tape, TransactionKind.RECEIPT, 10, house.warehouse_id, "5.00")
        assert tape.average_cost == D("3.5")
        (back,) = reverse([wrong], "typed twice", by=me(), request_id="reverse-1")
        assert (back.kind, back.from_id, back.to_id) == (TransactionKind.ADJUSTMENT, house.warehouse_id, None)
        assert (back.reverses_id, back.unit_cost, back.notes) == (wrong.id, D(5), "typed twice")
        assert (tape.on_hand, tape.average_cost, worth(tape)) == (10, D(2), D(20))


def test_an_issue_that_was_a_mistake_comes_back_at_what_it_was_charged(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape")
        move(tape, TransactionKind.RECEIPT, 10, house.warehouse_id, "2.00")
        issued = move(tape, TransactionKind.ISSUE, 4, house.warehouse_id)
        move(tape, TransactionKind.RECEIPT, 6, house.warehouse_id, "4.00")
        reverse([issued], "never left", by=me(), request_id="reverse-1")
        assert (tape.on_hand, tape.average_cost, worth(tape)) == (16, D("2.75"), D(44))


def test_stock_is_worth_what_its_movements_sum_to_although_some_was_used_meanwhile(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape")
        move(tape, TransactionKind.RECEIPT, 10, house.warehouse_id, "1.00")
        wrong = move(tape, TransactionKind.RECEIPT, 10, house.warehouse_id, "9.00")
        move(tape, TransactionKind.ISSUE, 9, house.warehouse_id)  # charged at 5.00 each
        reverse([wrong], "wrong price", by=me(), request_id="reverse-1")
        assert tape.on_hand == 1
        assert tape.average_cost >= 0
        assert worth(tape) == tape.on_hand * tape.average_cost
        rest = move(tape, TransactionKind.RECEIPT, 3, house.warehouse_id, "2.00")
        reverse([rest], "wrong again", by=me(), request_id="reverse-2")
        assert worth(tape) == tape.on_hand * tape.average_cost


def test_a_movement_is_reversed_once_and_the_same_request_is_a_quiet_success(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape")
        row = move(tape, TransactionKind.RECEIPT, 10, house.warehouse_id)
        first = reverse([row], "mistake", by=me(), request_id="reverse-1")
        assert reverse([row], "mistake", by=me(), request_id="reverse-1") == first
        with pytest.raises(Refused, match="reversed already"):
            reverse([row], "mistake", by=me(), request_id="reverse-2")
        assert tape.on_hand == 0


def test_what_is_gone_cannot_be_taken_back(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape")
        row = move(tape, TransactionKind.RECEIPT, 10, house.warehouse_id)
        move(tape, TransactionKind.ISSUE, 4, house.warehouse_id)
        with pytest.raises(Refused, match="holds 6 of Tape, not 10"):
            reverse([row], "mistake", by=me(), request_id="reverse-1")


def test_several_movements_are_taken_back_together_the_last_one_first(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape", stock=10, at=house.warehouse_id)
        rows = [move(tape, TransactionKind.ISSUE, pieces, house.warehouse_id) for pieces in (3, 4)]
        back = reverse(rows, "wrong job", by=me(), request_id="reverse-1")
        assert [row.reverses_id for row in back] == [rows[1].id, rows[0].id]
        assert [row.total_after for row in back] == [7, 10]


def test_without_a_reason_nothing_is_taken_back(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape")
        row = move(tape, TransactionKind.RECEIPT, 10, house.warehouse_id)
        with pytest.raises(Refused, match="say why"):
            reverse([row], "  ", by=me(), request_id="reverse-1")


def test_the_database_itself_lets_a_movement_be_reversed_only_once(house: House) -> None:
    with house.writing():
        tape = factories.product("Tape", stock=10, at=house.warehouse_id)
        row = move(tape, TransactionKind.ISSUE, 3, house.warehouse_id)
    again = Movement(row.product_id, 3, to_id=house.warehouse_id, reverses_id=row.id)
    with pytest.raises(IntegrityError), house.writing():
        for _ in range(2):
            post(TransactionKind.ADJUSTMENT, [again], Cause(me()))
