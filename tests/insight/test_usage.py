"""What counts as used, and when."""

import uuid
from datetime import UTC, datetime

from app.models import TransactionKind
from app.queries.usage import used
from app.services.ledger import Cause, Movement, post
from tests import factories
from tests.factories import me
from tests.people import House

MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))


def issue(product_id: int, quantity: int, place: int, at: datetime, *, reverses: int | None = None) -> int:
    """Pieces leave for good at a time, or come back because that was wrong; the row's id."""
    kind = TransactionKind.ADJUSTMENT if reverses else TransactionKind.ISSUE
    ends = {"to_id": place} if reverses else {"from_id": place}
    movement = Movement(product_id, quantity, reverses_id=reverses, **ends)
    return post(kind, [movement], Cause(me(), happened_at=at, request_id=str(uuid.uuid4())))[0].id


def test_what_was_used_is_what_was_issued_less_what_was_taken_back(house: House) -> None:
    here = house.warehouse_id
    with house.writing():
        tape = factories.product("Tape", stock=100, at=here)
        wire = factories.product("Wire", stock=100, at=here)
        idle = factories.product("Idle", stock=5, at=here)
        first = issue(tape.id, 7, here, MAY)
        issue(tape.id, 5, here, JUNE)
        issue(tape.id, 7, here, JUNE, reverses=first)
        issue(wire.id, 3, here, JULY)
        ids = tape.id, wire.id, idle.id
    with house.reading():
        assert used(MAY, JUNE) == {ids[0]: 7}
        assert used(JUNE, JULY) == {ids[0]: -2}
        assert used(MAY, datetime(2027, 1, 1, tzinfo=UTC)) == {ids[0]: 5, ids[1]: 3}
        assert used(MAY, datetime(2027, 1, 1, tzinfo=UTC), [ids[1]]) == {ids[1]: 3}
        assert used(MAY, datetime(2027, 1, 1, tzinfo=UTC), []) == {}


def test_a_lost_asset_a_transfer_and_a_correction_are_no_use(house: House) -> None:
    here = house.warehouse_id
    with house.writing():
        lamp = factories.product("Lamp")
        factories.lose(factories.asset(lamp, at=here))
        tape = factories.product("Tape", stock=10, at=here)
        movement = Movement(tape.id, 4, from_id=here)
        post(TransactionKind.ADJUSTMENT, [movement], Cause(me(), request_id=str(uuid.uuid4())))
    with house.reading():
        assert used(datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)) == {}
