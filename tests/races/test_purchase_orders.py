"""Two people receive the same line at once, and two tasks draft the same need at once: each counts once."""

import threading
import uuid
from collections.abc import Callable

import pytest

from app.extensions import db
from app.models import Location, OrderLine, Product, PurchaseOrder
from app.refusals import Refused
from app.rules.orders import Arrived, excess
from app.services.order_receipts import Delivered, TooMany, receive_line, settle_orders
from app.services.order_sending import Dispatch, send_order
from app.services.receipts import Arrival
from app.services.routine_orders import Chosen, draft_routine, put_on_drafts, routine_needs
from app.services.stock import receive_in
from app.transactions import lock
from tests.factories import me
from tests.inventory import buying
from tests.people import House

pytestmark = pytest.mark.races

ORDERED, CAME = 40, 30
ROUNDS = 5


def make_order(house: House) -> int:
    """The line of an order over so many rolls."""
    with house.writing():
        tape = buying.tape(house.warehouse_id)
        buying.sells(buying.supplier(), tape)
        order = buying.asked(tape, ORDERED)
        line_id: int = db.session.query(OrderLine).filter(OrderLine.order_id == order.id).one().id
        order_id = order.id
    with house.writing():
        send_order(db.session.get_one(PurchaseOrder, order_id), Dispatch(), by=me())
    return line_id


def receive_well(house: House, line_id: int, _start: threading.Barrier) -> None:
    """As the screen does it."""
    with house.writing():
        place = db.session.get_one(Location, house.warehouse_id)
        line = db.session.get_one(OrderLine, line_id)
        receive_line(line, Delivered(CAME, place), by=me(), request_id=str(uuid.uuid4()))


def receive_carelessly(house: House, line_id: int, start: threading.Barrier) -> None:
    """Look whether it fits, and believe it: what fitted when somebody looked is written later."""
    with house.reading():
        line = db.session.get_one(OrderLine, line_id)
        product_id, over = line.product_id, excess(Arrived(line.quantity, line.received_quantity), CAME)
    start.wait(10)
    if over:
        raise Refused("too many")
    with house.writing():
        lock({Product: [product_id]})
        place = db.session.get_one(Location, house.warehouse_id)
        moved = receive_in(
            db.session.get_one(Product, product_id), CAME, place, None, by=me(), request_id=str(uuid.uuid4()),
            arrival=Arrival(order_line_id=line_id),
        )  # fmt: skip
        settle_orders(moved.transactions, by=me())


def together(deed: Callable[[threading.Barrier], None]) -> list[BaseException]:
    """Two people do it at once; what they were told no with."""
    start, refused = threading.Barrier(2), []  # type: ignore[var-annotated]

    def attempt() -> None:
        start.wait(10)
        try:
            deed(start)
        except Refused as error:
            refused.append(error)

    people = [threading.Thread(target=attempt) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return refused


def came(house: House, line_id: int) -> int:
    """How many of a line are counted as received."""
    with house.reading():
        return db.session.get_one(OrderLine, line_id).received_quantity


def test_of_two_who_receive_the_same_line_at_once_the_second_is_asked(house: House) -> None:
    for _ in range(ROUNDS):
        line_id = make_order(house)
        refused = together(lambda start, line_id=line_id: receive_well(house, line_id, start))  # type: ignore[misc]
        assert [type(error) for error in refused] == [TooMany]
        assert came(house, line_id) == CAME


def test_the_race_is_real_who_looks_before_the_lock_receives_too_many(house: House) -> None:
    line_id = make_order(house)
    assert together(lambda start: receive_carelessly(house, line_id, start)) == []
    assert came(house, line_id) > ORDERED


def routine_tape(house: House) -> None:
    """Tape that is low and ordered by routine."""
    with house.writing():
        buying.sells(buying.supplier(), buying.tape(house.warehouse_id, is_routine=True))


def on_drafts(house: House) -> list[int]:
    """The quantities on drafts."""
    with house.reading():
        return [line.quantity for line in db.session.query(OrderLine).all()]


def draft_well(house: House, _start: threading.Barrier) -> None:
    """As the worker does it."""
    with house.writing():
        draft_routine()


def draft_carelessly(house: House, start: threading.Barrier) -> None:
    """Look what is needed, and believe it."""
    with house.reading():
        chosen = [Chosen(one.product_id, one.suggested) for one in routine_needs(None)]
    start.wait(10)
    with house.writing():
        put_on_drafts(chosen, by=me(), is_automatic=True)


def test_a_need_that_two_tasks_find_at_once_is_drafted_once(house: House) -> None:
    routine_tape(house)
    assert together(lambda start: draft_well(house, start)) == []
    assert on_drafts(house) == [35]


def test_the_race_is_real_who_believes_what_was_needed_before_orders_twice(house: House) -> None:
    routine_tape(house)
    together(lambda start: draft_carelessly(house, start))
    assert sum(on_drafts(house)) == 70
