"""Whatever is prepped, packed, sent, brought back, damaged, lost, found, mended and undone, in whatever order."""

from collections import Counter
from itertools import count

import pytest
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.extensions import db
from app.models import (
    Asset,
    Condition,
    Event,
    Location,
    Product,
    PullLine,
    Quarantine,
    QuarantineReason,
    Repair,
    Scan,
    ScanMode,
    ScanResult,
)
from app.refusals import Refused
from app.rules.money import ZERO
from app.rules.verdicts import Situation
from app.services.case_absences import look_through
from app.services.case_packing import empty_case, take_out
from app.services.case_seals import seal, unseal
from app.services.cases import move_case
from app.services.conditions import Finding, report_condition
from app.services.losses import mark_found, mark_lost
from app.services.put_away import Hand, put_away
from app.services.quarantines import Doubt, keep_back, let_go
from app.services.repair_endings import Ending, close_repair
from app.services.repairs import start_repair, use_meanwhile
from app.services.scan_requests import ScanAnswer, ScanRequest
from app.services.scan_undo import undo
from app.services.scans import scan
from tests.factories import me
from tests.machines.busy_hall import BusyHall
from tests.machines.rooms import a_request, never_done, one_of, play
from tests.people import found_house

numbers = count(1)
WHICH = st.integers(0, 1)
SPOT = st.integers(0, 3)
PIECES = st.integers(1, 12)
MAYBE = st.integers(0, 12)
"""None is one of the spots."""
CHANCE = st.integers(0, 99)
MODE = st.sampled_from([ScanMode.PREP, ScanMode.OUT, ScanMode.IN])
CONSENT = st.sampled_from(["", "accept", "override"])
FOUND = st.sampled_from(list(Condition))
UNDOES = "UNDO"


class WarehouseMachine(RuleBasedStateMachine):
    """Every deed of the hall, at any moment, for two events that want the same things."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        number = next(numbers)
        self.hall = BusyHall(found_house(self.app, f"House {number}", f"house-{number}"))

    def scans(
        self, name: str, code: str, mode: ScanMode, event: int, consent: str = "", into: int = -1
    ) -> None:
        """Somebody scans a code at one of the two stations, perhaps with a case open there."""

        def deed() -> None:
            request = ScanRequest(
                a_request(), code, mode, self.hall.events[event],
                location_id=self.hall.place_of(into) if into >= 0 else None,
                accept=consent == "accept", override=consent == "override",
            )  # fmt: skip
            refuse_unless_done(scan(request, by=self.hall.boss))

        self.hall.attempt(deed, name)

    @rule(which=SPOT, mode=MODE, event=WHICH, consent=CONSENT)
    def scan_spot(self, which: int, mode: ScanMode, event: int, consent: str) -> None:
        self.scans("scan_spot", self.hall.tags[which], mode, event, consent)

    @rule(pieces=PIECES, mode=MODE, event=WHICH, consent=CONSENT)
    def scan_cable(self, pieces: int, mode: ScanMode, event: int, consent: str) -> None:
        self.scans("scan_cable", f"{pieces}*{BusyHall.CABLE}", mode, event, consent)

    @rule(which=WHICH, mode=MODE, event=WHICH, consent=CONSENT)
    def scan_case(self, which: int, mode: ScanMode, event: int, consent: str) -> None:
        self.scans("scan_case", BusyHall.CASES[which], mode, event, consent)

    @rule(which=SPOT, pieces=PIECES, case=WHICH, event=WHICH, consent=CONSENT)
    def pack(self, which: int, pieces: int, case: int, event: int, consent: str) -> None:
        """A case is opened, a spot and some cable go into it, and it is closed."""
        for code in (BusyHall.CASES[case], self.hall.tags[which], f"{pieces}*{BusyHall.CABLE}"):
            into = -1 if code in BusyHall.CASES else case
            self.scans("pack", code, ScanMode.PREP, event, consent, into)
        self.scans("pack", BusyHall.CASES[case], ScanMode.PREP, event, into=case)

    @rule(outer=WHICH, event=WHICH)
    def pack_case_in_case(self, outer: int, event: int) -> None:
        self.scans("pack_case_in_case", BusyHall.CASES[1 - outer], ScanMode.PREP, event, into=outer)

    @rule(which=SPOT, case=WHICH, event=WHICH, pieces=PIECES, condition=FOUND, regrets=st.booleans())
    def go_and_come_back(
        self, which: int, case: int, event: int, pieces: int, condition: Condition, regrets: bool
    ) -> None:
        """From the shelf to the show and home, and how it came back: chance alone seldom gets that far."""
        codes = (self.hall.tags[which], f"{pieces}*{BusyHall.CABLE}", BusyHall.CASES[case])
        for mode in (ScanMode.OUT, ScanMode.IN):
            for code in codes:
                self.scans("go_and_come_back", code, mode, event, "accept")
        self.reports(-1, condition, 1)
        if regrets:
            self.undoes(-1)

    @rule(event=WHICH)
    def take_last_back(self, event: int) -> None:
        self.scans("take_last_back", UNDOES, ScanMode.OUT, event)

    @rule(chance=CHANCE)
    def undo_any(self, chance: int) -> None:
        self.undoes(chance)

    def undoes(self, chance: int) -> None:
        def deed() -> Counter[int]:
            row = one_of(Scan, chance, Scan.result == ScanResult.APPLIED)
            was_lost = row.situation == Situation.LOST
            pieces, product_id = row.quantity, row.product_id or 0
            undo(row, by=self.hall.boss, uuid=a_request())
            return Counter({product_id: pieces} if was_lost else {})

        self.hall.attempt(deed, "undo_any")

    @rule(chance=CHANCE, condition=FOUND, pieces=PIECES)
    def report(self, chance: int, condition: Condition, pieces: int) -> None:
        self.reports(chance, condition, pieces)

    def reports(self, chance: int, condition: Condition, pieces: int) -> None:
        def deed() -> None:
            row = one_of(Scan, chance, Scan.mode == ScanMode.IN, Scan.change > 0)
            finding = Finding(condition, "Seen", quantity=None if row.asset_id else pieces)
            report_condition(row, finding, by=self.hall.boss, request_id=a_request())

        self.hall.attempt(deed, "report")

    @rule(chance=CHANCE, step=st.sampled_from(["start", "use it meanwhile", "keep it out"]))
    def work_on_repair(self, chance: int, step: str) -> None:
        def deed() -> None:
            repair = one_of(Repair, chance)
            if step == "start":
                start_repair(repair, by=me())
            else:
                use_meanwhile(repair, step == "use it meanwhile", by=me())

        self.hall.attempt(deed)

    @rule(chance=CHANCE, is_mended=st.booleans())
    def end_repair(self, chance: int, is_mended: bool) -> None:
        def deed() -> Counter[int]:
            repair = one_of(Repair, chance)
            close_repair(repair, Ending(is_mended, "Done", tested="Works"), by=self.hall.boss)
            return Counter({} if is_mended else {repair.product_id: -repair.quantity})

        self.hall.attempt(deed)

    @rule(which=SPOT, pieces=MAYBE)
    def quarantine(self, which: int, pieces: int) -> None:
        """A spot, or so many cables."""

        def deed() -> None:
            product = db.session.get_one(Product, self.hall.products[1 if pieces else 0])
            asset = None if pieces else self.hall.spot(which)
            house = db.session.get_one(Location, self.hall.house.warehouse_id)
            keep_back(product, asset, pieces or 1, house, Doubt(QuarantineReason.SUSPICIOUS), by=me())

        self.hall.attempt(deed)

    @rule(chance=CHANCE)
    def release(self, chance: int) -> None:
        def deed() -> None:
            let_go(one_of(Quarantine, chance), "All well", by=me())

        self.hall.attempt(deed)

    @rule(event=WHICH, which=SPOT, pieces=MAYBE)
    def lose(self, event: int, which: int, pieces: int) -> None:
        """A spot, or so many cables, did not come back."""
        self.loses(event, which, pieces)

    @rule(event=WHICH, chance=CHANCE)
    def find(self, event: int, chance: int) -> None:
        self.finds(event, chance)

    @rule(event=WHICH, which=SPOT, pieces=MAYBE, then=st.sampled_from(["nothing", "find", "undo"]))
    def lose_at_once(self, event: int, which: int, pieces: int, then: str) -> None:
        """What is out is lost, and perhaps turns up: chance alone seldom gets that far."""
        code = f"{pieces}*{BusyHall.CABLE}" if pieces else self.hall.tags[which]
        self.scans("lose_at_once", code, ScanMode.OUT, event, "override")
        self.loses(event, which, pieces)
        if then == "find":
            self.finds(event, -1)
        if then == "undo":
            self.undoes(-1)

    def loses(self, event: int, which: int, pieces: int) -> None:
        def deed() -> Counter[int]:
            product_id = self.hall.products[1 if pieces else 0]
            line = one_of(
                PullLine, 0, PullLine.event_id == self.hall.events[event], PullLine.product_id == product_id
            )
            asset = None if pieces else self.hall.spot(which)
            mark_lost(line, asset, pieces or 1, ZERO, by=self.hall.boss, uuid=a_request())
            return Counter({product_id: -(pieces or 1)})

        self.hall.attempt(deed, "lose")

    def finds(self, event: int, chance: int) -> None:
        def deed() -> Counter[int]:
            asset = one_of(Asset, chance, Asset.condition == Condition.MISSING)
            there = db.session.get_one(Event, self.hall.events[event])
            mark_found(asset, there, ZERO, by=self.hall.boss, uuid=a_request())
            return Counter({asset.product_id: 1})

        self.hall.attempt(deed, "find")

    @rule(which=WHICH, opens=st.booleans())
    def seal_case(self, which: int, opens: bool) -> None:
        def deed() -> None:
            (unseal if opens else seal)(self.hall.case(which), by=self.hall.boss, request_id=a_request())

        self.hall.attempt(deed)

    @rule(which=WHICH, deed_of=st.sampled_from(["look", "empty", "carry", "take"]), spot=SPOT)
    def see_to_case(self, which: int, deed_of: str, spot: int) -> None:
        def deed() -> None:
            case = self.hall.case(which)
            if deed_of == "look":
                look_through(case, by=me(), request_id=a_request())
            elif deed_of == "empty":
                empty_case(case, by=me(), request_id=a_request())
            elif deed_of == "carry":
                shelf = db.session.get_one(Location, self.hall.shelves[spot % 2])
                move_case(case, shelf, by=me(), request_id=a_request())
            else:
                asset = self.hall.spot(spot)
                product = db.session.get_one(Product, asset.product_id)
                take_out(case, product, asset, 1, by=me(), request_id=a_request())

        self.hall.attempt(deed)

    @rule(which=SPOT, pieces=MAYBE, place=st.integers(0, 3))
    def put(self, which: int, pieces: int, place: int) -> None:
        """A spot or some cable is put on a shelf, or into a case."""

        def deed() -> None:
            code = f"{pieces}*{BusyHall.CABLE}" if pieces else self.hall.tags[which]
            house = db.session.get_one(Location, self.hall.house.warehouse_id)
            target = db.session.get_one(Location, (*self.hall.shelves, *self.hall.case_places)[place])
            hand = Hand(a_request(), code, house, location=target)
            if not put_away(hand, by=self.hall.boss).put_id:
                raise Refused("Not put away.")

        self.hall.attempt(deed)

    @invariant()
    def there_is_what_was_promised(self) -> None:
        self.hall.judge()


def refuse_unless_done(answer: ScanAnswer) -> None:
    """Count a scan as done only when it did something. Raises Refused, which leaves nothing of it behind."""
    if answer.result is not ScanResult.APPLIED:
        raise Refused(answer.message)


def test_the_hall_holds_in_any_order(app: Flask) -> None:
    play(WarehouseMachine, app, examples=8, steps=25)


@pytest.mark.slow
def test_the_hall_holds_through_many_games(app: Flask) -> None:
    """Named by hand: `pytest tests/machines -m slow`. Every deed must have been done, or nothing was shown of it."""
    play(WarehouseMachine, app, examples=100, steps=100)
    assert not never_done(WarehouseMachine, BusyHall)
