"""Scanning: each row of the verdict table, counts as sums of rows, and nothing twice."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Asset,
    Condition,
    Event,
    Location,
    LocationKind,
    Notification,
    OutboxRow,
    Product,
    PullLine,
    Repair,
    Reservation,
    Scan,
    ScanMode,
    StockLevel,
    Tracking,
    TransactionKind,
)
from app.queries.availability import availability
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.conditions import Finding, report_condition
from app.services.event_phases import cancel_event
from app.services.events import open_event
from app.services.ledger import Cause, Movement, post
from app.services.locations import add_location
from app.services.losses import mark_lost
from app.services.pull_lines import Wanted, add_lines
from app.services.repair_endings import Ending, close_repair
from app.services.repairs import Damage, open_repair
from app.services.reservations import Overbooking
from app.services.scans import ScanAnswer, ScanRequest, scan, undo
from app.services.stock import receive_stock
from tests import factories
from tests.factories import SOON, me
from tests.people import House


@dataclass
class Hall:
    """A warehouse with two shows at the same time: three spots (two planned here, one there) and some cable."""

    house: House
    here: int = 0
    there: int = 0
    spot: int = 0
    cable: int = 0
    tags: list[str] = field(default_factory=list)

    def scan(
        self, code: str, mode: str = "out", who: str = "Walter", event: int = 0, **more: object
    ) -> ScanAnswer:
        """Somebody scans something."""
        by = self.house.actor(who)
        with self.house.writing():
            more.setdefault("uuid", str(uuid.uuid4()))
            return scan(
                ScanRequest(code=code, mode=ScanMode(mode), event_id=event or self.here, **more), by=by
            )

    def claim(self, product: int, event: int = 0) -> Reservation:
        """The claim of a product on an event."""
        query = select(Reservation).where(
            Reservation.event_id == (event or self.here), Reservation.product_id == product
        )
        return db.session.scalars(query).one()

    def asset(self, place: int) -> Asset:
        """One of the spots."""
        return db.session.scalars(select(Asset).where(Asset.tag == self.tags[place])).one()

    def line(self, product: int) -> PullLine:
        """The line of a product on the event here."""
        query = select(PullLine).where(PullLine.event_id == self.here, PullLine.product_id == product)
        return db.session.scalars(query).one()

    def event(self, name: str, *, days: int, lines: list[Wanted], begins_after_days: int = 0) -> int:
        """Another event."""
        starts_at = SOON + timedelta(days=begins_after_days)
        deal = factories.deal(self.house.warehouse_id, name=name, days=days, starts_at=starts_at)
        row = open_event(deal, by=me())
        add_lines(row, lines, by=me())
        return row.id


@pytest.fixture
def hall(house: House) -> Hall:
    """The warehouse of these tests."""
    return make_hall(house)


def make_hall(house: House) -> Hall:
    """A warehouse with two shows at the same time."""
    made = Hall(house)
    with house.writing():
        spot = factories.product("Spot", tracking=Tracking.SERIALIZED, stock=4, at=house.warehouse_id)
        cable = factories.product("Cable", stock=50, at=house.warehouse_id)
        factories.code_for(cable, "XLR-05M")
        here = open_event(factories.deal(house.warehouse_id, name="Here"), by=me())
        there = open_event(factories.deal(house.warehouse_id, name="There"), by=me())
        add_lines(here, [Wanted(spot.id, 2), Wanted(cable.id, 20)], by=me())
        add_lines(there, [Wanted(spot.id, 1)], by=me())
        made.here, made.there, made.spot, made.cable = here.id, there.id, spot.id, cable.id
        made.tags = list(
            db.session.scalars(select(Asset.tag).where(Asset.product_id == spot.id).order_by(Asset.id))
        )
    return made


def test_planned_and_free_goes_out_and_counts(hall: Hall) -> None:
    answer = hall.scan(hall.tags[0])
    assert (answer.situation, answer.result, answer.judgement.colour) == (
        Situation.PLANNED,
        "applied",
        "green",
    )
    assert answer.counters and answer.counters.of(ScanMode.OUT) == (1, 2)
    with hall.house.reading():
        event = db.session.get_one(Event, hall.here)
        assert (
            db.session.scalars(select(Asset.location_id).where(Asset.tag == hall.tags[0])).one()
            == event.site_id
        )


def test_another_piece_than_was_prepped_is_swapped(hall: Hall) -> None:
    for tag in hall.tags[:2]:
        hall.scan(tag, "prep")
    swapped = hall.scan(hall.tags[2])
    assert swapped.situation is Situation.SWAPPED
    assert f"taken instead of {hall.tags[1]}, which stays here." in swapped.message
    with hall.house.reading():
        claim = hall.claim(hall.spot)
        assert (claim.prepped_quantity, claim.out_quantity) == (2, 1)


def test_not_planned_but_free_is_added_when_agreed(hall: Hall) -> None:
    with hall.house.writing():
        factories.product("Hazer", tracking=Tracking.SERIALIZED)
        hazer = db.session.scalars(select(Product).where(Product.name == "Hazer")).one()
        tag = factories.asset(hazer, at=hall.house.warehouse_id).tag
    asked = hall.scan(tag)
    assert (asked.situation, asked.result, asked.offer) == (Situation.NOT_PLANNED, "refused", "add")
    agreed = hall.scan(tag, accept=True)
    assert agreed.result == "applied"
    with hall.house.reading():
        line = db.session.scalars(select(PullLine).where(PullLine.product_id == agreed.product_id)).one()
        assert line.is_added_at_prep and line.quantity == 1


def test_enough_already_asks_before_an_extra_one(hall: Hall) -> None:
    for tag in hall.tags[:2]:
        hall.scan(tag)
    assert hall.scan(hall.tags[2]).situation is Situation.ALREADY_MET
    extra = hall.scan(hall.tags[2], accept=True)
    assert extra.result == "applied" and extra.counters and extra.counters.planned == 3


def test_claimed_by_another_event_is_red_and_names_it(hall: Hall) -> None:
    with hall.house.writing():
        there = db.session.get_one(Event, hall.there)
        add_lines(there, [Wanted(hall.spot, 1)], by=me())
    for tag in hall.tags[:2]:
        hall.scan(tag)
    refused = hall.scan(hall.tags[2])
    assert refused.situation is Situation.CLAIMED_ELSEWHERE and "There" in refused.message
    assert "may not" in hall.scan(hall.tags[2], who="Bob", override=True).message
    assert hall.scan(hall.tags[2], who="Walter", override=True).result == "applied"


def test_a_piece_prepped_for_another_event_is_taken(hall: Hall) -> None:
    hall.scan(hall.tags[0], "prep", event=hall.there)
    answer = hall.scan(hall.tags[0], "prep")
    assert answer.situation is Situation.CLAIMED_ELSEWHERE and "There" in answer.message


def test_still_out_on_another_event_is_returned_first_and_goes_on(hall: Hall) -> None:
    hall.scan(hall.tags[0], event=hall.there)
    refused = hall.scan(hall.tags[0])
    assert refused.situation is Situation.OUT_ELSEWHERE and refused.offer == "return_first"
    assert hall.scan(hall.tags[0], accept=True).result == "applied"
    with hall.house.reading():
        assert hall.claim(hall.spot, hall.there).returned_quantity == 1
        assert hall.claim(hall.spot).out_quantity == 1


def test_in_repair_is_red_until_somebody_overrides(hall: Hall) -> None:
    by = hall.house.actor("Walter")
    with hall.house.writing():
        asset = db.session.scalars(select(Asset).where(Asset.tag == hall.tags[0])).one()
        open_repair(db.session.get_one(Product, hall.spot), asset, 1, Damage("No light"), by=by)
    refused = hall.scan(hall.tags[0])
    assert refused.situation is Situation.IN_REPAIR and "REP-" in refused.message


def test_the_same_scan_again_is_quiet(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    again = hall.scan(hall.tags[0])
    assert (again.situation, again.result) == (Situation.SAME_AGAIN, "duplicate")
    with hall.house.reading():
        assert hall.claim(hall.spot).out_quantity == 1


def test_the_same_id_twice_is_one_scan_with_the_same_answer(hall: Hall) -> None:
    first = hall.scan(hall.tags[0], uuid="scan-1")
    second = hall.scan(hall.tags[0], uuid="scan-1")
    assert (first.situation, first.scan_id) == (second.situation, second.scan_id)
    with hall.house.reading():
        assert db.session.scalar(select(func.count(Scan.id))) == 1


def test_unknown_is_red_keeps_the_text_and_is_kept(hall: Hall) -> None:
    answer = hall.scan("NO-SUCH-1")
    assert (answer.situation, answer.result) == (Situation.UNKNOWN, "unresolved")
    with hall.house.reading():
        assert db.session.scalars(select(Scan.raw_code)).one() == "NO-SUCH-1"


def test_a_label_of_somebody_else_is_told_as_such(hall: Hall) -> None:
    answer = hall.scan("https://other.example/a/CH-000123")
    assert answer.situation is Situation.UNKNOWN
    assert answer.message.endswith("CH-000123. The label names the web address of somebody else.")
    assert hall.scan("CH-000123").message == "Nothing here is called CH-000123."


def test_counted_goods_go_by_number(hall: Hall) -> None:
    assert hall.scan("12*XLR-05M").counters.out == 12  # type: ignore[union-attr]
    assert hall.scan("XLR-05M", quantity=8).counters.out == 20  # type: ignore[union-attr]
    assert hall.scan("XLR-05M").situation is Situation.ALREADY_MET
    assert hall.scan("60*XLR-05M").situation is Situation.NOT_ON_SHELF


def test_a_number_before_a_single_piece_counts_once_and_says_so(hall: Hall) -> None:
    answer = hall.scan(f"3*{hall.tags[0]}")
    assert answer.counters and answer.counters.out == 1 and "counts once" in answer.message


def test_coming_back_it_is_in_the_warehouse_again(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    answer = hall.scan(hall.tags[0], "in")
    assert answer.result == "applied"
    assert hall.scan(hall.tags[0], "in").situation is Situation.SAME_AGAIN
    with hall.house.reading():
        where = db.session.scalars(select(Asset.location_id).where(Asset.tag == hall.tags[0])).one()
        assert where == hall.house.warehouse_id


def test_what_comes_back_to_the_wrong_event_is_returned_where_it_belongs(hall: Hall) -> None:
    hall.scan(hall.tags[0], event=hall.there)
    asked = hall.scan(hall.tags[0], "in")
    assert asked.situation is Situation.NOT_OUT_HERE and "There" in asked.message
    hall.scan(hall.tags[0], "in", accept=True)
    with hall.house.reading():
        assert hall.claim(hall.spot, hall.there).returned_quantity == 1


def test_what_never_left_cannot_come_back(hall: Hall) -> None:
    assert hall.scan(hall.tags[0], "in").situation is Situation.NOT_OUT
    assert hall.scan("XLR-05M", "in").situation is Situation.NOT_OUT


def test_undo_takes_back_the_last_scan_and_the_ledger_agrees(hall: Hall) -> None:
    hall.scan(hall.tags[0], "prep")
    hall.scan(hall.tags[0])
    hall.scan("5*XLR-05M")
    assert hall.scan("UNDO").situation is Situation.UNDONE
    assert hall.scan("UNDO").situation is Situation.UNDONE
    with hall.house.reading():
        assert (hall.claim(hall.spot).out_quantity, hall.claim(hall.cable).out_quantity) == (0, 0)
        assert hall.claim(hall.spot).prepped_quantity == 1
        event = db.session.get_one(Event, hall.here)
        at_site = select(func.sum(StockLevel.quantity)).where(StockLevel.location_id == event.site_id)
        assert not db.session.scalar(at_site)


def test_any_scan_can_be_taken_back_once(hall: Hall) -> None:
    first = hall.scan(hall.tags[0])
    by = hall.house.actor("Bob")
    with hall.house.writing():
        undo(db.session.get_one(Scan, first.scan_id), by=by, uuid="u-1")
    with pytest.raises(Refused, match="already"), hall.house.writing():
        undo(db.session.get_one(Scan, first.scan_id), by=by, uuid="u-2")


def test_what_came_back_cannot_be_unsent(hall: Hall) -> None:
    first = hall.scan(hall.tags[0])
    hall.scan(hall.tags[0], "in")
    by = hall.house.actor("Bob")
    with pytest.raises(Refused), hall.house.writing():
        undo(db.session.get_one(Scan, first.scan_id), by=by, uuid="u-1")


def test_counts_are_the_sums_of_the_scans(hall: Hall) -> None:
    for code, mode in (
        (hall.tags[0], "prep"),
        (hall.tags[0], "out"),
        ("7*XLR-05M", "out"),
        ("3*XLR-05M", "in"),
    ):
        hall.scan(code, mode)
    hall.scan("UNDO")
    with hall.house.reading():
        for row in db.session.scalars(select(Reservation)):
            summed = {
                mode: db.session.scalar(
                    select(func.coalesce(func.sum(Scan.change), 0)).where(
                        Scan.line_id == row.line_id, Scan.mode == mode
                    )
                )
                for mode in ScanMode
            }
            counted = (row.prepped_quantity, row.out_quantity, row.returned_quantity)
            assert (summed[ScanMode.PREP], summed[ScanMode.OUT], summed[ScanMode.IN]) == counted


def test_damage_opens_a_repair_and_takes_the_piece_out_of_stock(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    back = hall.scan(hall.tags[0], "in")
    by = hall.house.actor("Bob")
    with hall.house.writing():
        row = db.session.get_one(Scan, back.scan_id)
        repair_id = report_condition(row, Finding(Condition.DAMAGED, "Lens cracked"), by=by).repair_id
    with hall.house.reading():
        repair = db.session.get_one(Repair, repair_id)
        assert (repair.note, repair.event_id) == ("Lens cracked", hall.here)
        later = SOON + timedelta(days=300)
        found = availability([hall.spot], hall.house.warehouse_id, later, later + timedelta(days=1))
        assert (found[hall.spot].free, found[hall.spot].total) == (3, 4)
        kinds = db.session.scalars(select(OutboxRow.kind)).all()
        assert "notifications.fan_out" in kinds and not db.session.scalars(select(Notification)).all()
    ended = hall.house.actor("Walter")
    with hall.house.writing():
        close_repair(
            db.session.get_one(Repair, repair_id), Ending(True, "New lens", tested="Works"), by=ended
        )
    with hall.house.reading():
        found = availability([hall.spot], hall.house.warehouse_id, later, later + timedelta(days=1))
        assert found[hall.spot].free == 4
        assert (
            db.session.scalars(select(Asset.condition).where(Asset.tag == hall.tags[0])).one()
            is Condition.GOOD
        )


def test_the_damaged_card_is_about_the_scan_before(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    hall.scan(hall.tags[0], "in")
    assert hall.scan("DAMAGED", "in").repair_id
    with hall.house.reading():
        assert (
            db.session.scalars(select(Asset.condition).where(Asset.tag == hall.tags[0])).one()
            is Condition.DAMAGED
        )


def test_what_is_lost_leaves_stock_with_a_charge(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    by = hall.house.actor("Walter")
    for _ in range(2):
        with hall.house.writing():
            line = db.session.scalars(
                select(PullLine).where(PullLine.product_id == hall.spot, PullLine.event_id == hall.here)
            ).one()
            asset = db.session.scalars(select(Asset).where(Asset.tag == hall.tags[0])).one()
            mark_lost(line, asset, 1, factories.money(120), by=by, uuid="lost-1")
    with hall.house.reading():
        asset = db.session.scalars(select(Asset).where(Asset.tag == hall.tags[0])).one()
        assert (asset.location_id, asset.condition) == (None, Condition.MISSING)
        assert hall.claim(hall.spot).still_out == 0
        found = availability([hall.spot], hall.house.warehouse_id, SOON, SOON + timedelta(days=1))
        assert found[hall.spot].total == 3


def test_scanning_out_costs_a_fixed_number_of_statements(hall: Hall, statements: object) -> None:
    hall.scan(hall.tags[0])
    by = hall.house.actor("Bob")
    with hall.house.writing():
        statements()  # type: ignore[operator]
        scan(ScanRequest(uuid="n", code=hall.tags[1], mode=ScanMode.OUT, event_id=hall.here), by=by)
        taken = statements()  # type: ignore[operator]
    assert len(taken) <= 16, "\n".join(taken)


def test_the_station_shows_verdict_list_and_latest_scans(hall: Hall) -> None:
    browser = hall.house.browser("Bob")
    shown = browser.get(f"/warehouse/events/{hall.here}/scan?mode=out")
    assert shown.status_code == 200 and "Spot" in shown.text and "Ready" in shown.text
    answer = browser.post(
        f"/warehouse/events/{hall.here}/scans",
        data={"code": hall.tags[0], "mode": "out", "scan_id": str(uuid.uuid4())},
        headers={"HX-Request": "true", "HX-Target": "scan-verdict"},
    )
    assert answer.status_code == 200 and "verdict green" in answer.text and 'id="scan-list"' in answer.text
    unknown = browser.post(f"/warehouse/events/{hall.here}/scans", data={"code": "<u>x</u>", "mode": "out"})
    assert unknown.status_code == 200 and "verdict red" in unknown.text and "<u>" not in unknown.text


def test_two_people_see_each_others_counts(hall: Hall) -> None:
    bob, walter = hall.house.browser("Bob"), hall.house.browser("Walter")
    address = f"/warehouse/events/{hall.here}/counts?mode=out&seen=0"
    assert walter.get(address).status_code == 204
    bob.post(f"/warehouse/events/{hall.here}/scans", data={"code": hall.tags[0], "mode": "out"})
    seen = walter.get(address, headers={"HX-Request": "true"})
    assert seen.status_code == 200 and "<b>1</b> / 2" in seen.text


def test_a_count_is_taken_from_several_shelves_in_one_scan(hall: Hall) -> None:
    with hall.house.writing():
        shelf = add_location(
            "Shelf", "S-1", LocationKind.SHELF, db.session.get_one(Location, hall.house.warehouse_id), by=me()
        )
        movement = Movement(hall.cable, 45, None, hall.house.warehouse_id, shelf.id)
        post(TransactionKind.TRANSFER, [movement], Cause(me(), request_id="away"))
    assert hall.scan("20*XLR-05M").result == "applied"
    assert hall.scan("UNDO").situation is Situation.UNDONE


def test_what_is_out_on_a_cancelled_event_still_comes_home(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    with hall.house.writing():
        cancel_event(db.session.get_one(Event, hall.here), "The client is ill.", by=me())
    assert hall.scan(hall.tags[1]).situation is Situation.REFUSED
    assert hall.scan(hall.tags[0], "in").result == "applied"
    with hall.house.reading():
        found = availability([hall.spot], hall.house.warehouse_id, SOON, SOON + timedelta(days=1))
        assert found[hall.spot].free == 3


def test_a_loss_names_the_piece_and_is_not_undone_by_a_card(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    by = hall.house.actor("Walter")
    with pytest.raises(Refused, match="which piece"), hall.house.writing():
        line = db.session.scalars(select(PullLine).where(PullLine.product_id == hall.spot)).first()
        assert line is not None
        mark_lost(line, None, 1, factories.money(0), by=by, uuid="lost-2")
    assert hall.scan("UNDO").situation is Situation.UNDONE


def test_nothing_is_put_away_at_an_event(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    with hall.house.reading():
        site = db.session.get_one(Event, hall.here).site_id
    for place in (site, 999_999):
        assert hall.scan(hall.tags[0], "in", location_id=place).situation is Situation.REFUSED


def test_more_stock_makes_nobody_short(hall: Hall) -> None:
    with hall.house.writing():
        there = db.session.get_one(Event, hall.there)
        add_lines(there, [Wanted(hall.cable, 45)], by=me(), overbook=Overbooking(me(), "promised"))
    with hall.house.writing():
        receive_stock(
            db.session.get_one(Product, hall.cable), 1, db.session.get_one(Location, hall.house.warehouse_id), None,
            by=me(), request_id="one-more",
        )  # fmt: skip
    with hall.house.reading():
        assert (
            hall.claim(hall.cable).overbooked_quantity,
            hall.claim(hall.cable, hall.there).overbooked_quantity,
        ) == (0, 14)


def test_what_the_site_does_not_hold_is_not_counted_back_without_a_word(hall: Hall) -> None:
    hall.scan("5*XLR-05M")
    with hall.house.writing():
        cable, site = db.session.get_one(Product, hall.cable), db.session.get_one(Event, hall.here).site_id
        factories.carry(cable, 2, site, hall.house.warehouse_id)
    assert hall.scan("5*XLR-05M", "in").situation is Situation.REFUSED
    with hall.house.reading():
        assert hall.claim(hall.cable).returned_quantity == 0
    assert hall.scan("3*XLR-05M", "in").situation is Situation.PLANNED
