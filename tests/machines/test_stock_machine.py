"""Whatever is done in a stockroom, in whatever order: there is what was promised, and every invariant holds."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.extensions import db
from app.models import (
    Alert,
    CountLine,
    CountSession,
    CountState,
    Job,
    JobPart,
    Location,
    OrderLine,
    OrderState,
    Product,
    PurchaseOrder,
    StockTransaction,
)
from app.queries.count_scope import Scope
from app.services.alert_deeds import Dismissal, Plan, Snooze, acknowledge, dismiss, snooze
from app.services.count_entries import count as count_one
from app.services.count_posting import post_count
from app.services.count_reversals import reverse_count
from app.services.count_rows import Said
from app.services.counts import Wanted, cancel_count, finish_count, start_count
from app.services.job_parts import allocate_all, cancel_part, deallocate_part, plan_part, return_part
from app.services.job_states import cancel_job, finish_job, reopen_job
from app.services.job_uses import Use, take_back, use_part
from app.services.levels import LevelsSaid, set_levels
from app.services.order_endings import cancel_order, close_short
from app.services.order_receipts import Delivered, receive_line
from app.services.order_sending import Dispatch, send_order
from app.services.purchase_orders import ask_for, draft_locks
from app.services.reversal_deeds import reverse_by_hand
from app.services.stock import adjust_stock, issue_stock, receive_stock, transfer_stock
from app.transactions import lock
from tests.factories import me
from tests.machines.rooms import a_request, never_done, one_of, play
from tests.machines.stockroom import Stockroom, wanted
from tests.people import found_house

numbers = count(1)
SOME = st.integers(1, 40)
FEW = st.integers(1, 12)
WHICH = st.integers(0, 1)
SCOPE = st.sampled_from(["place", "product", "all"])
CHANCE = st.integers(0, 99)


class StockMachine(RuleBasedStateMachine):
    """Every deed of stock and parts, at any moment."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        number = next(numbers)
        self.room = Stockroom(found_house(self.app, f"House {number}", f"house-{number}"))

    def product(self, which: int) -> Product:
        return db.session.get_one(Product, self.room.products[which])

    def shelf(self, which: int) -> Location:
        return db.session.get_one(Location, self.room.shelves[which])

    @rule(which=WHICH, place=WHICH, pieces=SOME)
    def receive(self, which: int, place: int, pieces: int) -> None:
        def deed() -> Counter[int]:
            product = self.product(which)
            receive_stock(product, pieces, self.shelf(place), None, by=me(), request_id=a_request())
            return Counter({product.id: pieces})

        self.room.attempt(deed)

    @rule(which=WHICH, place=WHICH, pieces=FEW)
    def issue(self, which: int, place: int, pieces: int) -> None:
        def deed() -> Counter[int]:
            product = self.product(which)
            issue_stock(product, pieces, self.shelf(place), "Taken", by=me(), request_id=a_request())
            return Counter({product.id: -pieces})

        self.room.attempt(deed)

    @rule(which=WHICH, place=WHICH, counted=st.integers(0, 40))
    def adjust(self, which: int, place: int, counted: int) -> None:
        def deed() -> Counter[int]:
            product = self.product(which)
            before = product.on_hand
            adjust_stock(product, self.shelf(place), counted, "Looked", by=me(), request_id=a_request())
            return Counter({product.id: product.on_hand - before})

        self.room.attempt(deed)

    @rule(which=WHICH, place=WHICH, pieces=FEW)
    def transfer(self, which: int, place: int, pieces: int) -> None:
        def deed() -> None:
            origin, target = self.shelf(place), self.shelf(1 - place)
            transfer_stock(self.product(which), pieces, origin, target, by=me(), request_id=a_request())

        self.room.attempt(deed)

    @rule(chance=CHANCE)
    def reverse_movement(self, chance: int) -> None:
        def deed() -> Counter[int]:
            row = one_of(StockTransaction, chance)
            return rises(reverse_by_hand(row, "Typed wrongly", by=me(), request_id=a_request()).transactions)

        self.room.attempt(deed)

    @rule(which=WHICH, pieces=FEW)
    def plan(self, which: int, pieces: int) -> None:
        self.plans(which, pieces)

    @rule()
    def allocate(self) -> None:
        self.allocates()

    @rule(which=WHICH, pieces=FEW, regrets=st.booleans())
    def use_at_once(self, which: int, pieces: int, regrets: bool) -> None:
        """From the plan of a part to its use, and perhaps back: chance alone seldom gets that far."""
        self.plans(which, pieces)
        self.allocates()
        self.uses(-1, pieces, False)
        if regrets:
            self.takes_use_back(-1)

    def plans(self, which: int, pieces: int) -> None:
        def deed() -> None:
            job = db.session.get_one(Job, self.room.job_id)
            plan_part(job, wanted(self.room.products[which], pieces), by=me())

        self.room.attempt(deed, "plan")

    def allocates(self) -> None:
        def deed() -> None:
            allocate_all(db.session.get_one(Job, self.room.job_id), by=me())

        self.room.attempt(deed, "allocate")

    @rule(chance=CHANCE)
    def deallocate(self, chance: int) -> None:
        def deed() -> None:
            deallocate_part(one_of(JobPart, chance), by=me())

        self.room.attempt(deed)

    @rule(chance=CHANCE, pieces=FEW, keeps=st.booleans())
    def use(self, chance: int, pieces: int, keeps: bool) -> None:
        self.uses(chance, pieces, keeps)

    @rule(chance=CHANCE)
    def take_use_back(self, chance: int) -> None:
        self.takes_use_back(chance)

    def uses(self, chance: int, pieces: int, keeps: bool) -> None:
        def deed() -> Counter[int]:
            part = one_of(JobPart, chance)
            use_part(part, Use(pieces, keeps_rest=keeps), by=me(), request_id=a_request())
            return Counter({part.product_id: -pieces})

        self.room.attempt(deed, "use")

    def takes_use_back(self, chance: int) -> None:
        def deed() -> Counter[int]:
            used = (StockTransaction.job_part_id.is_not(None), StockTransaction.reverses_id.is_(None))
            row = one_of(StockTransaction, chance, *used)
            part = db.session.get_one(JobPart, row.job_part_id)
            take_back(part, [row], "A mistake", by=me(), request_id=a_request())
            return Counter({row.product_id: row.quantity})

        self.room.attempt(deed, "take_use_back")

    @rule(chance=CHANCE)
    def give_back(self, chance: int) -> None:
        def deed() -> None:
            return_part(one_of(JobPart, chance), by=me())

        self.room.attempt(deed)

    @rule(chance=CHANCE)
    def strike(self, chance: int) -> None:
        def deed() -> None:
            cancel_part(one_of(JobPart, chance), by=me())

        self.room.attempt(deed)

    @rule(ending=st.sampled_from(["finish", "cancel", "reopen"]))
    def end_job(self, ending: str) -> None:
        def deed() -> None:
            job = db.session.get_one(Job, self.room.job_id)
            if ending == "finish":
                finish_job(job, by=me(), rest_returned=True)
            elif ending == "cancel":
                cancel_job(job, "Rained off", by=me())
            else:
                reopen_job(job, by=me())

        self.room.attempt(deed)

    @rule(which=WHICH, pieces=FEW)
    def ask(self, which: int, pieces: int) -> None:
        def deed() -> None:
            product_id = self.room.products[which]
            lock(draft_locks([product_id]))
            ask_for(self.product(which), pieces, by=me())

        self.room.attempt(deed)

    @rule(chance=CHANCE)
    def send(self, chance: int) -> None:
        def deed() -> None:
            send_order(one_of(PurchaseOrder, chance), Dispatch(), by=me())

        self.room.attempt(deed)

    @rule(chance=CHANCE, pieces=FEW, reason=st.sampled_from(["", "They sent more"]))
    def take_delivery(self, chance: int, pieces: int, reason: str) -> None:
        def deed() -> Counter[int]:
            line = one_of(OrderLine, chance)
            delivered = Delivered(pieces, self.shelf(chance % 2), reason=reason)
            receive_line(line, delivered, by=me(), request_id=a_request())
            return Counter({line.product_id: pieces})

        self.room.attempt(deed)

    @rule(chance=CHANCE, short=st.booleans())
    def end_order(self, chance: int, short: bool) -> None:
        def deed() -> None:
            order = one_of(PurchaseOrder, chance, PurchaseOrder.state != OrderState.RECEIVED)
            (close_short if short else cancel_order)(order, "Not any more", by=me())

        self.room.attempt(deed)

    @rule(which=SCOPE, chance=WHICH)
    def begin_count(self, which: str, chance: int) -> None:
        self.begins_count(which, chance)

    @rule(chance=CHANCE, line=CHANCE, pieces=st.integers(0, 40))
    def count_something(self, chance: int, line: int, pieces: int) -> None:
        self.counts_something(chance, line, pieces)

    @rule(chance=CHANCE, rest=st.booleans())
    def hand_in(self, chance: int, rest: bool) -> None:
        self.hands_in(chance, rest)

    @rule(chance=CHANCE, gives_up=st.booleans())
    def settle_count(self, chance: int, gives_up: bool) -> None:
        self.settles_count(chance, gives_up)

    @rule(chance=CHANCE)
    def take_count_back(self, chance: int) -> None:
        self.takes_count_back(chance)

    @rule(which=SCOPE, chance=WHICH, pieces=st.integers(0, 40), regrets=st.booleans())
    def count_at_once(self, which: str, chance: int, pieces: int, regrets: bool) -> None:
        """The deeds of a count one right after the other: chance alone seldom gets to its end."""
        self.begins_count(which, chance)
        self.counts_something(-1, chance, pieces)
        self.hands_in(-1, True)
        self.settles_count(-1, False)
        if regrets:
            self.takes_count_back(-1)

    def begins_count(self, which: str, chance: int) -> None:
        def deed() -> None:
            shelf, product = self.room.shelves[chance], self.room.products[chance]
            scopes = {"place": Scope(shelf), "product": Scope(product_ids=(product,)), "all": Scope()}
            start_count(Wanted(scopes[which]), by=me(), request_id=a_request())

        self.room.attempt(deed, "begin_count")

    def counts_something(self, chance: int, line: int, pieces: int) -> None:
        def deed() -> None:
            session = one_of(CountSession, chance, CountSession.state == CountState.COUNTING)
            chosen = one_of(CountLine, line, CountLine.count_id == session.id)
            count_one(session, Said(a_request(), line_id=chosen.id, quantity=pieces), by=me())

        self.room.attempt(deed, "count_something")

    def hands_in(self, chance: int, rest: bool) -> None:
        def deed() -> None:
            session = one_of(CountSession, chance, CountSession.state == CountState.COUNTING)
            finish_count(session, is_rest_none=rest, by=me())

        self.room.attempt(deed, "hand_in")

    def settles_count(self, chance: int, gives_up: bool) -> None:
        def deed() -> Counter[int]:
            session = one_of(CountSession, chance, CountSession.state == CountState.REVIEW)
            if gives_up:
                cancel_count(session, "Not now", by=me())
                return Counter()
            return rises(post_count(session, by=me()))

        self.room.attempt(deed, "settle_count")

    def takes_count_back(self, chance: int) -> None:
        def deed() -> Counter[int]:
            session = one_of(CountSession, chance, CountSession.state == CountState.POSTED)
            return rises(reverse_count(session, "Counted the wrong shelf", by=me()))

        self.room.attempt(deed, "take_count_back")

    @rule(which=WHICH, level=st.one_of(st.none(), st.integers(0, 25)))
    def change_level(self, which: int, level: int | None) -> None:
        def deed() -> None:
            up_to = None if level is None else level + 10
            said = LevelsSaid(reorder_level=level, order_up_to=up_to, lead_days=3, is_routine=level != 7)
            set_levels({self.room.products[which]: said}, by=me())

        self.room.attempt(deed)

    @rule(chance=CHANCE, deed_of=st.sampled_from(["plan", "put off", "dismiss"]))
    def see_to_alert(self, chance: int, deed_of: str) -> None:
        def deed() -> None:
            alert_ids = [one_of(Alert, chance, Alert.closed_at.is_(None)).id]
            if deed_of == "plan":
                acknowledge(alert_ids, Plan(plan="Ordered"), by=me())
            elif deed_of == "put off":
                tomorrow = datetime.now(UTC).date() + timedelta(days=2)
                snooze(alert_ids, Snooze(until=tomorrow), by=me())
            else:
                dismiss(alert_ids, Dismissal(reason="Not needed any more"), by=me())

        self.room.attempt(deed)

    @invariant()
    def there_is_what_was_promised(self) -> None:
        self.room.judge()


def rises(rows: Sequence[StockTransaction]) -> Counter[int]:
    """By how much there is more of each product after these movements."""
    change: Counter[int] = Counter()
    for row in rows:
        change[row.product_id] += row.quantity * ((row.from_id is None) - (row.to_id is None))
    return change


def test_stock_and_parts_hold_in_any_order(app: Flask) -> None:
    play(StockMachine, app, examples=8, steps=30)


@pytest.mark.slow
def test_stock_and_parts_hold_through_many_games(app: Flask) -> None:
    """Named by hand: `pytest tests/machines -m slow`. Every deed must have been done, or nothing was shown of it."""
    play(StockMachine, app, examples=100, steps=100)
    assert not never_done(StockMachine, Stockroom, "count_at_once", "use_at_once")
