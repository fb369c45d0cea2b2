"""Cases at the station: packed in PREP, out and in with one scan, asked for when sealed, taken back as one."""

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Activity,
    Assignment,
    AssignmentState,
    Case,
    CaseState,
    CheckInMode,
    Event,
    Location,
    LocationKind,
    Product,
    PullLine,
    Scan,
    StockLevel,
    StockTransaction,
    Tracking,
)
from app.queries.availability import availability
from app.refusals import Refused
from app.rules.verdicts import Offer, Situation
from app.services.case_seals import seal
from app.services.cases import CaseFacts, add_case, move_case, set_slot
from app.services.ledger import Cause, Movement, post
from app.services.locations import add_location
from app.services.losses import mark_lost
from app.services.pull_lines import Wanted, add_lines
from app.services.repairs import Damage, open_repair
from app.services.scans import undo
from app.services.verify import broken_invariants
from tests import factories
from tests.factories import SOON, me
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall"]
S = Situation


@pytest.fixture
def packed(hall: Hall) -> Hall:
    """The hall with two empty cases."""
    return with_cases(hall)


def with_cases(hall: Hall) -> Hall:
    """The hall with empty cases on a shelf; two spots and twenty cables are planned here."""
    with hall.house.writing():
        root = db.session.get_one(Location, hall.house.warehouse_id)
        shelf = add_location("Shelf A-1", "A-1", LocationKind.SHELF, root, by=me())
        add_case(CaseFacts(name="Case 1", code="CASE-1", home_id=shelf.id), by=me())
        add_case(CaseFacts(name="Case 2", code="CASE-2", home_id=shelf.id), by=me())
    return hall


def case_of(code: str = "CASE-1") -> Case:
    """A case by its code."""
    query = select(Case).join(Location, Location.id == Case.location_id).where(Location.code == code)
    return db.session.scalars(query).one()


def state_of(hall: Hall, code: str = "CASE-1") -> tuple[CaseState, int | None]:
    """How far a case has come, and for which event."""
    with hall.house.reading():
        row = case_of(code)
        return row.state, row.event_id


def place_of(hall: Hall, code: str = "CASE-1") -> str:
    """Where a case is."""
    with hall.house.reading():
        location = db.session.get_one(Location, case_of(code).location_id)
        return db.session.get_one(Location, location.parent_id).code


def held(hall: Hall, code: str = "CASE-1") -> dict[int, int]:
    """What lies in a case."""
    with hall.house.reading():
        query = select(StockLevel.product_id, StockLevel.quantity).where(
            StockLevel.location_id == case_of(code).location_id, StockLevel.quantity > 0
        )
        return {row.product_id: row.quantity for row in db.session.execute(query)}


def counts(hall: Hall, product: int, event: int = 0) -> tuple[int, int, int]:
    """Prepped, out and back."""
    with hall.house.reading():
        claim = hall.claim(product, event)
        return claim.prepped_quantity, claim.out_quantity, claim.returned_quantity


def agree(hall: Hall) -> None:
    """The books agree, and counts are the sums of their rows."""
    with hall.house.reading():
        assert broken_invariants() == []
        for mode, column in (("prep", 0), ("out", 1), ("in", 2)):
            for product in (hall.spot, hall.cable):
                query = select(func.coalesce(func.sum(Scan.change), 0)).where(
                    Scan.event_id == hall.here, Scan.product_id == product, Scan.mode == mode
                )
                claim = hall.claim(product)
                kept = (claim.prepped_quantity, claim.out_quantity, claim.returned_quantity)
                assert db.session.scalar(query) == kept[column], (mode, product)


def pack(hall: Hall, code: str = "CASE-1") -> int:
    """Two spots and eight cables are prepped into a case, which is closed then."""
    opened = hall.scan(code, "prep")
    assert opened.situation is S.PACKING and opened.location_id
    for thing in (hall.tags[0], hall.tags[1], "8*XLR-05M"):
        assert hall.scan(thing, "prep", location_id=opened.location_id).situation is S.PLANNED
    closed = hall.scan(code, "prep", location_id=opened.location_id)
    assert closed.situation is S.CLOSED_CASE and closed.leaves_place
    return opened.location_id


def test_what_is_prepped_goes_into_the_case_that_is_open(packed: Hall) -> None:
    pack(packed)
    assert held(packed) == {packed.spot: 2, packed.cable: 8}
    assert counts(packed, packed.spot) == (2, 0, 0) and counts(packed, packed.cable) == (8, 0, 0)
    assert state_of(packed) == (CaseState.PACKED, packed.here)
    agree(packed)


def test_one_scan_takes_everything_out_and_one_brings_it_back(packed: Hall) -> None:
    pack(packed)
    moved = transactions(packed)
    out = packed.scan("CASE-1")
    assert out.situation is S.PLANNED and "10 pieces out" in out.message
    assert counts(packed, packed.spot) == (2, 2, 0) and counts(packed, packed.cable) == (8, 8, 0)
    assert place_of(packed) == site(packed) and held(packed) == {packed.spot: 2, packed.cable: 8}
    assert transactions(packed) == moved  # one parent changed; what is in it stays booked in it
    assert packed.scan("CASE-1").situation is S.SAME_AGAIN
    agree(packed)
    back = packed.scan("CASE-1", "in")
    assert back.situation is S.PLANNED and "10 pieces back" in back.message
    assert counts(packed, packed.spot) == (2, 2, 2) and counts(packed, packed.cable) == (8, 8, 8)
    assert (place_of(packed), state_of(packed)) == ("A-1", (CaseState.STORED, None))
    agree(packed)


def transactions(hall: Hall) -> int:
    """How long the ledger is."""
    with hall.house.reading():
        return db.session.scalar(select(func.count(StockTransaction.id))) or 0


def site(hall: Hall) -> str:
    """The code of the event's site."""
    with hall.house.reading():
        return db.session.get_one(Location, db.session.get_one(Event, hall.here).site_id).code


def test_a_scan_sent_twice_moves_once(packed: Hall) -> None:
    pack(packed)
    for mode in ("out", "in"):
        first, second = (packed.scan("CASE-1", mode, uuid=f"twice-{mode}") for _ in range(2))
        assert (first.scan_id, first.message) == (second.scan_id, second.message)
    assert counts(packed, packed.cable) == (8, 8, 8)
    agree(packed)


@pytest.mark.parametrize("scans", [("prep",), ("prep", "out"), ("prep", "out", "in")], ids="-".join)
def test_the_scan_of_a_case_is_taken_back_as_one(packed: Hall, scans: tuple[str, ...]) -> None:
    fill(packed)
    before = everything(packed)
    for mode in scans[:-1]:
        packed.scan("CASE-1", mode)
    middle = everything(packed)
    last = packed.scan("CASE-1", scans[-1])
    assert everything(packed) != middle
    by = packed.house.actor("Walter")
    with packed.house.writing():
        undo(db.session.get_one(Scan, last.scan_id), by=by, uuid=str(uuid.uuid4()))
    assert everything(packed) == middle
    agree(packed)
    assert packed.scan("UNDO", scans[-1]).situation is (S.UNDONE if len(scans) > 1 else S.COMMAND)
    assert len(scans) > 2 or everything(packed) == before


def fill(hall: Hall) -> None:
    """A case that was packed outside an event: one spot and four cables."""
    with hall.house.writing():
        case, root = case_of(), hall.house.warehouse_id
        spot = hall.asset(0)
        moves = [
            Movement(spot.product_id, 1, spot.id, root, case.location_id),
            Movement(hall.cable, 4, None, root, case.location_id),
        ]
        post("transfer", moves, Cause(me(), request_id=str(uuid.uuid4())))  # type: ignore[arg-type]


def everything(hall: Hall) -> list[Any]:
    """Where all is and what is counted."""
    found: list[Any] = [
        state_of(hall),
        place_of(hall),
        held(hall),
        counts(hall, hall.spot),
        counts(hall, hall.cable),
    ]
    with hall.house.reading():
        states = select(Assignment.asset_id, Assignment.state).where(
            Assignment.state.in_([AssignmentState.PREPPED, AssignmentState.OUT])
        )
        found += [tuple(row) for row in db.session.execute(states)]
    return found


def test_a_case_that_was_packed_before_is_prepped_with_all_that_is_in_it(packed: Hall) -> None:
    fill(packed)
    assert "5 in it" in packed.scan("CASE-1", "prep").message.replace(" pieces", "")
    assert counts(packed, packed.spot) == (1, 0, 0) and counts(packed, packed.cable) == (4, 0, 0)
    assert packed.scan("CASE-1", "prep").situation is S.PACKING
    assert counts(packed, packed.cable) == (4, 0, 0)
    agree(packed)


def test_what_is_not_planned_is_named_and_goes_when_somebody_agrees(packed: Hall) -> None:
    fill(packed)
    with packed.house.writing():
        haze = factories.product("Hazer", stock=1, at=case_of().location_id)
    asked = packed.scan("CASE-1")
    assert (asked.situation, asked.offer) == (S.NOT_PLANNED, Offer.ADD) and "1 × Hazer" in asked.message
    assert state_of(packed)[0] is CaseState.STORED
    assert packed.scan("CASE-1", accept=True).situation is S.PLANNED
    with packed.house.reading():
        assert packed.claim(haze.id).out_quantity == 1 and packed.line(haze.id).quantity == 1
    agree(packed)


def test_more_than_planned_asks_once_for_the_whole_case(packed: Hall) -> None:
    fill(packed)
    for tag in packed.tags[1:3]:
        packed.scan(tag)
    assert packed.scan("CASE-1").situation is S.ALREADY_MET
    assert packed.scan("CASE-1", accept=True).situation is S.PLANNED
    assert counts(packed, packed.spot)[1] == 3
    agree(packed)


def test_a_thing_in_repair_stops_the_whole_case(packed: Hall) -> None:
    fill(packed)
    by = packed.house.actor("Walter")
    with packed.house.writing():
        open_repair(db.session.get_one(Product, packed.spot), packed.asset(0), 1, Damage("dark"), by=by)
    stopped = packed.scan("CASE-1")
    assert stopped.situation is S.IN_REPAIR and packed.tags[0] in stopped.message
    assert packed.scan("CASE-1", override=True).situation is S.PLANNED
    [(event_id, said)] = overridden(packed)
    assert event_id == packed.here and packed.tags[0] in said
    agree(packed)


def test_empty_slots_are_named(packed: Hall) -> None:
    fill(packed)
    with packed.house.writing():
        set_slot(case_of(), db.session.get_one(Product, packed.spot), 2, by=me())
    out = packed.scan("CASE-1")
    assert out.situation is S.INCOMPLETE and "1 × Spot" in out.message
    assert counts(packed, packed.spot)[1] == 1
    agree(packed)


def sealed(hall: Hall) -> None:
    """The case is packed outside an event and sealed."""
    fill(hall)
    with hall.house.writing():
        seal(case_of(), by=me())


def test_a_thing_in_a_sealed_case_asks_whether_all_of_it_goes(packed: Hall) -> None:
    sealed(packed)
    asked = packed.scan(packed.tags[0], "prep")
    assert (asked.situation, asked.offer, asked.case_code) == (S.SEALED, Offer.TAKE_OUT, "CASE-1")
    taken = packed.scan(packed.tags[0], "prep", accept=True)
    assert taken.situation is S.PLANNED
    with packed.house.reading():
        assert not case_of().is_sealed
    agree(packed)


def test_a_sealed_case_claims_its_contents_but_for_the_event_that_has_it(packed: Hall) -> None:
    sealed(packed)
    assert free(packed) == 50 - 20 - 4
    assert packed.scan("CASE-1").situation is S.PLANNED
    assert free(packed) == 50 - 20
    assert packed.scan("CASE-1", "in").situation is S.PLANNED
    assert free(packed) == 50 - 20 - 4 + 4  # what came back of the list is free again, and sealed in
    with packed.house.reading():
        assert case_of().is_sealed
    agree(packed)


def free(hall: Hall) -> int:
    """How many cables are free in the time of the event."""
    with hall.house.reading():
        until = SOON.replace(day=SOON.day + 1)
        return availability([hall.cable], hall.house.warehouse_id, SOON, until)[hall.cable].free


def test_a_case_of_another_event_is_returned_from_there_first(packed: Hall) -> None:
    with packed.house.writing():
        add_lines(db.session.get_one(Event, packed.there), [Wanted(packed.cable, 4)], by=me())
    fill(packed)
    assert packed.scan("CASE-1", event=packed.there).situation is S.PLANNED
    asked = packed.scan("CASE-1")
    assert (asked.situation, asked.elsewhere_id) == (S.OUT_ELSEWHERE, packed.there)
    assert packed.scan("CASE-1", accept=True).situation is S.PLANNED
    assert counts(packed, packed.cable, packed.there) == (0, 4, 4)
    assert state_of(packed) == (CaseState.OUT, packed.here)
    agree(packed)


def test_who_returns_a_case_from_another_event_has_not_agreed_to_add_what_is_in_it(packed: Hall) -> None:
    with packed.house.writing():
        other = packed.event("Elsewhere", days=1, lines=[Wanted(packed.spot, 1)], begins_after_days=60)
    pack(packed)
    packed.scan("CASE-1")
    assert packed.scan("CASE-1", "prep", event=other).situation is S.OUT_ELSEWHERE
    asked = packed.scan("CASE-1", "prep", event=other, accept=True)
    assert asked.situation is S.NOT_PLANNED and asked.message.endswith("Add it?")
    assert "returned from" in asked.message
    assert counts(packed, packed.cable) == (8, 8, 8) and state_of(packed) == (CaseState.STORED, None)
    with packed.house.reading():
        assert [
            line.product_id for line in db.session.scalars(select(PullLine).filter_by(event_id=other))
        ] == [packed.spot]
    agree(packed)
    assert packed.scan("CASE-1", "prep", event=other, accept=True).situation is S.PACKING
    assert counts(packed, packed.cable, other) == (8, 0, 0)
    agree(packed)


def test_a_case_that_comes_in_at_another_event_is_returned_there(packed: Hall) -> None:
    pack(packed)
    packed.scan("CASE-1")
    asked = packed.scan("CASE-1", "in", event=packed.there)
    assert (asked.situation, asked.offer) == (S.NOT_OUT_HERE, Offer.RETURN_THERE)
    assert packed.scan("CASE-1", "in", event=packed.there, accept=True).situation is S.PLANNED
    assert counts(packed, packed.cable) == (8, 8, 8)
    agree(packed)


def overridden(packed: Hall) -> list[tuple[int | None, str]]:
    """The events that a case was taken for all the same, and what the log says stood in the way."""
    with packed.house.reading():
        rows = db.session.scalars(select(Activity).where(Activity.verb == "scan.overridden")).all()
        assert all(row.subject_type == "location" for row in rows)
        return [(row.event_id, row.facts["summary"]) for row in rows]


def test_a_case_packed_for_another_event_needs_an_override(packed: Hall) -> None:
    pack(packed)
    asked = packed.scan("CASE-1", event=packed.there)
    assert (asked.situation, asked.offer) == (S.CLAIMED_ELSEWHERE, Offer.OVERRIDE)
    agree(packed)
    assert not overridden(packed)
    assert packed.scan("CASE-1", event=packed.there, override=True).situation is S.PLANNED
    [(event_id, said)] = overridden(packed)
    assert event_id == packed.there and "packed for EV-" in said
    assert counts(packed, packed.cable) == counts(packed, packed.spot) == (0, 0, 0)
    assert counts(packed, packed.cable, packed.there)[1] == 8
    agree(packed)


def test_a_piece_scanned_in_leaves_the_case_at_the_venue(packed: Hall) -> None:
    pack(packed)
    packed.scan("CASE-1")
    assert packed.scan(packed.tags[0], "in").situation is S.PLANNED
    assert packed.scan("3*XLR-05M", "in").situation is S.PLANNED
    assert held(packed) == {packed.spot: 1, packed.cable: 5}
    assert "6 pieces back" in packed.scan("CASE-1", "in").message
    assert counts(packed, packed.cable) == (8, 8, 8) and counts(packed, packed.spot) == (2, 2, 2)
    agree(packed)


def test_what_is_lost_in_a_case_leaves_the_case(packed: Hall) -> None:
    pack(packed)
    packed.scan("CASE-1")
    by = packed.house.actor("Walter")
    with packed.house.writing():
        mark_lost(packed.line(packed.cable), None, 2, factories.money(0), by=by, uuid="lost")
    with packed.house.writing():
        mark_lost(packed.line(packed.spot), packed.asset(0), 1, factories.money(0), by=by, uuid="lost-spot")
    assert held(packed) == {packed.spot: 1, packed.cable: 6}
    agree(packed)


def checked_in(hall: Hall, mode: CheckInMode) -> None:
    """How the case is checked in."""
    with hall.house.writing():
        case_of().check_in = mode


def test_each_thing_is_scanned_where_the_case_says_so(packed: Hall) -> None:
    checked_in(packed, CheckInMode.EACH)
    pack(packed)
    packed.scan("CASE-1")
    assert packed.scan("CASE-1", "in").situation is S.EACH
    assert state_of(packed) == (CaseState.CHECKING, packed.here) and place_of(packed) == "A-1"
    assert counts(packed, packed.cable) == (8, 8, 0)
    for code in (*packed.tags[:2], "8*XLR-05M"):
        assert packed.scan(code, "in").situation is S.PLANNED
    assert held(packed) == {packed.spot: 2, packed.cable: 8}
    assert state_of(packed) == (CaseState.STORED, None)
    agree(packed)


def test_what_is_scanned_out_of_an_opened_case_is_not_taken_from_its_neighbour(packed: Hall) -> None:
    checked_in(packed, CheckInMode.EACH)
    pack(packed)
    opened = packed.scan("CASE-2", "prep")
    packed.scan("5*XLR-05M", "prep", location_id=opened.location_id)
    for code in ("CASE-1", "CASE-2"):
        assert packed.scan(code).situation is S.PLANNED
    assert packed.scan("2*XLR-05M").situation is S.PLANNED
    assert packed.scan("CASE-1", "in").situation is S.EACH
    with packed.house.reading():
        shelf = db.session.scalars(select(Location.id).where(Location.code == "A-1")).one()
    for code in (*packed.tags[:2], "8*XLR-05M"):
        assert packed.scan(code, "in", location_id=shelf).situation is S.PLANNED
    assert held(packed)[packed.cable] == 8 and held(packed, "CASE-2") == {packed.cable: 5}
    assert state_of(packed) == (CaseState.STORED, None)
    assert packed.scan("2*XLR-05M", "in").situation is S.PLANNED
    assert "5 pieces back" in packed.scan("CASE-2", "in").message
    assert counts(packed, packed.cable) == (13, 15, 15)
    agree(packed)


def test_whole_then_verify_brings_all_back_and_says_to_look_through_it(packed: Hall) -> None:
    checked_in(packed, CheckInMode.VERIFY)
    pack(packed)
    packed.scan("CASE-1")
    assert packed.scan("CASE-1", "in").situation is S.VERIFY
    assert counts(packed, packed.cable) == (8, 8, 8)
    url = f"/warehouse/cases/{case_id(packed)}"
    walter = packed.house.browser("Walter")
    assert "Look through Case 1" in walter.get(url).text
    assert walter.post(f"{url}/verification").status_code == 303
    assert "Look through Case 1" not in walter.get(url).text
    agree(packed)


def test_a_packing_container_is_empty_when_it_is_back(packed: Hall) -> None:
    with packed.house.writing():
        case_of().dissolves = True
    pack(packed)
    packed.scan("CASE-1")
    last = packed.scan("CASE-1", "in")
    assert held(packed) == {} and counts(packed, packed.cable) == (8, 8, 8)
    agree(packed)
    by = packed.house.actor("Walter")
    with packed.house.writing():
        undo(db.session.get_one(Scan, last.scan_id), by=by, uuid="back-again")
    assert held(packed) == {packed.spot: 2, packed.cable: 8} and state_of(packed)[0] is CaseState.OUT
    agree(packed)


def test_cases_in_cases_go_and_come_together(packed: Hall) -> None:
    opened = packed.scan("CASE-2", "prep")
    pack(packed)
    nested = packed.scan("CASE-1", "prep", location_id=opened.location_id)
    assert nested.situation is not S.CLOSED_CASE and place_of(packed) == "CASE-2"
    assert packed.scan("CASE-2").situation is S.PLANNED
    assert counts(packed, packed.cable) == (8, 8, 0)
    assert state_of(packed) == state_of(packed, "CASE-2") == (CaseState.OUT, packed.here)
    packed.scan("CASE-2", "in")
    assert state_of(packed) == state_of(packed, "CASE-2") == (CaseState.STORED, None)
    agree(packed)


def test_loose_pieces_are_not_taken_out_of_a_packed_case(packed: Hall) -> None:
    with packed.house.writing():
        cable = db.session.get_one(Product, packed.cable)
        factories.carry(cable, 45, packed.house.warehouse_id, case_of().location_id)
    assert packed.scan("CASE-1", "prep", accept=True).situation is S.PACKING
    assert packed.scan("6*XLR-05M").situation is S.NOT_ON_SHELF
    assert packed.scan("CASE-1").situation is S.PLANNED
    agree(packed)


def test_nobody_carries_a_case_that_is_out_by_hand(packed: Hall) -> None:
    pack(packed)
    packed.scan("CASE-1")
    with pytest.raises(Refused, match="scan it in"), packed.house.writing():
        root = db.session.get_one(Location, packed.house.warehouse_id)
        move_case(case_of(), root, by=me())


def test_a_case_costs_as_many_statements_with_twenty_things_as_with_one(
    packed: Hall, statements: Any
) -> None:
    found = []
    for number, code in ((1, "CASE-1"), (20, "CASE-2")):
        with packed.house.writing():
            location_id = case_of(code).location_id
            made = [
                factories.product(f"Thing {number} {one}", stock=2, at=location_id) for one in range(number)
            ]
            lamps = factories.product(
                f"Lamp {number}", tracking=Tracking.SERIALIZED, stock=number, at=location_id
            )
            wanted = [Wanted(one.id, 2) for one in made]
            add_lines(event_here(packed), [*wanted, Wanted(lamps.id, number)], by=me())
        for mode in ("out", "in"):
            statements()
            assert packed.scan(code, mode).situation is S.PLANNED
            found.append(len(statements()))
    assert found[:2] == found[2:]


def event_here(hall: Hall) -> Any:
    """The event."""
    return db.session.get_one(Event, hall.here)


def test_the_station_shows_what_is_open_and_what_is_offered(packed: Hall) -> None:
    walter = packed.house.browser("Walter")
    url = f"/warehouse/events/{packed.here}/scans"
    ask = {"headers": {"HX-Request": "true"}}
    opened = walter.post(url, data={"code": "CASE-1", "mode": "prep"}, **ask).text
    assert "What you scan now goes into Case 1" in opened and 'name="location_id"' in opened
    with packed.house.reading():
        place = case_of().location_id
    into = {"mode": "prep", "location_id": place}
    walter.post(url, data={"code": packed.tags[0], **into}, **ask)
    closed = walter.post(url, data={"code": "CASE-1", **into}, **ask).text
    assert "is closed with 1 piece" in closed and 'name="location_id"' not in closed
    assert walter.post(f"/warehouse/cases/{case_id(packed)}/sealing").status_code == 303
    asked = walter.post(url, data={"code": packed.tags[0], "mode": "out"}, **ask).text
    assert "Take it out" in asked and "Whole case" in asked
    gone = walter.post(url, data={"code": "CASE-1", "mode": "out"}, **ask).text
    assert 'class="verdict green"' in gone and gone.count("with Case 1") == 0


def case_id(hall: Hall) -> int:
    """The case."""
    with hall.house.reading():
        return case_of().id


def test_what_comes_back_is_not_put_into_a_sealed_case(packed: Hall) -> None:
    packed.scan(packed.tags[0])
    with packed.house.writing():
        place = case_of().location_id
        factories.carry(db.session.get_one(Product, packed.cable), 1, packed.house.warehouse_id, place)
    assert (
        packed.house.browser("Walter").post(f"/warehouse/cases/{case_id(packed)}/sealing").status_code == 303
    )
    meant = packed.scan("CASE-1", "in")
    assert (meant.situation, meant.location_id) == (S.REFUSED, None) and "open it first" in meant.message
    refused = packed.scan(packed.tags[0], "in", location_id=place)
    assert refused.situation is S.REFUSED and "is sealed" in refused.message
    agree(packed)
