"""Putting away: thing then shelf or shelf then things, nothing twice, and taken back as a whole."""

import uuid
from dataclasses import dataclass
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Asset, Location, LocationKind, Product, Reservation, ScanMode, StockLevel, Tracking
from app.queries.put_away import lying, put_last
from app.refusals import NotFound, Refused
from app.rules.put_away_verdicts import PutSituation as S
from app.services.events import open_event
from app.services.locations import add_location
from app.services.pull_lines import Wanted, add_lines
from app.services.put_away import Hand, PutAnswer, put_away, take_back
from app.services.repairs import Damage, open_repair
from app.services.scans import ScanRequest, scan
from app.services.stock import transfer_stock
from app.services.verify import broken_invariants
from tests import factories
from tests.api.conftest import Program, refuses
from tests.factories import me
from tests.people import House


@dataclass
class Floor:
    """A warehouse with two shelves: two lamps and fifty cables lie on its floor, some cable on the first shelf."""

    house: House
    lamp: int
    cable: int
    tags: list[str]
    first: int
    second: int

    def scan(self, code: str, before: PutAnswer | None = None, who: str = "Bob", **more: Any) -> PutAnswer:
        """Somebody scans something, with what the answer before left them with."""
        by = self.house.actor(who)
        held = {"location": before.location, "held": before.held} if before else {}
        with self.house.writing():
            warehouse = db.session.get_one(Location, self.house.warehouse_id)
            if "at" in more:
                more["location"] = db.session.get_one(Location, more.pop("at"))
            hand = Hand(more.pop("id", None) or str(uuid.uuid4()), code, warehouse, **(held | more))
            return put_away(hand, by=by)

    def level(self, place: int) -> int:
        """How many cables lie somewhere."""
        with self.house.reading():
            query = select(StockLevel.quantity).where(
                StockLevel.product_id == self.cable, StockLevel.location_id == place
            )
            return db.session.scalar(query) or 0

    def place_of(self, tag: str) -> int | None:
        """Where a lamp is."""
        with self.house.reading():
            return db.session.scalars(select(Asset.location_id).where(Asset.tag == tag)).one()


@pytest.fixture
def floor(house: House) -> Floor:
    """What these tests put away."""
    return make_floor(house)


def make_floor(house: House) -> Floor:
    """Two shelves, lamps and cable."""
    with house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED, stock=2, at=house.warehouse_id)
        cable = factories.product("Cable", stock=60, at=house.warehouse_id)
        factories.code_for(cable, "XLR")
        root = db.session.get_one(Location, house.warehouse_id)
        first, second = (
            add_location(f"Shelf {code}", code, LocationKind.SHELF, root, by=me()) for code in ("A-1", "A-2")
        )
        transfer_stock(cable, 10, root, first, by=me(), request_id="before")
        tags = list(db.session.scalars(select(Asset.tag).order_by(Asset.id)))
        return Floor(house, lamp.id, cable.id, tags, first.id, second.id)


def agree(floor: Floor) -> None:
    """The books agree."""
    with floor.house.reading():
        assert broken_invariants() == []


def test_a_thing_is_held_until_its_shelf_is_scanned(floor: Floor) -> None:
    held = floor.scan("12*XLR")
    assert (held.situation, held.held) == (S.HELD, ("12*XLR",))
    assert held.proposed is not None and held.proposed.code == "A-1"
    assert "belongs to Shelf A-1" in held.message and floor.level(floor.first) == 10
    more = floor.scan(floor.tags[0], held)
    assert "has no shelf yet" in more.message and len(more.held) == 2
    put = floor.scan("A-2", more)
    assert (put.situation, put.held, put.location) == (S.PUT, (), None)
    assert (floor.level(floor.second), floor.place_of(floor.tags[0])) == (12, floor.second)
    agree(floor)


def test_a_shelf_that_is_scanned_first_is_where_all_goes(floor: Floor) -> None:
    place = floor.scan("a-1")
    assert place.situation is S.PLACE
    assert floor.scan("XLR", place).situation is S.PUT
    assert floor.scan(f"{floor.tags[0]}\n{floor.tags[1]}\n3*XLR", place).situation is S.PUT
    assert floor.level(floor.first) == 14
    assert [floor.place_of(tag) for tag in floor.tags] == [floor.first] * 2
    assert floor.scan(floor.tags[0], place).situation is S.THERE
    agree(floor)


def test_the_same_scan_twice_moves_once(floor: Floor) -> None:
    place = floor.scan("A-1")
    for _ in range(2):
        assert floor.scan("50*XLR", place, id="sent twice").situation is S.PUT
    assert (floor.level(floor.first), floor.level(floor.house.warehouse_id)) == (60, 0)
    held = floor.scan(floor.tags[0])
    for _ in range(2):
        again = floor.scan("A-2", held, id="shelf twice")
        assert (again.situation, again.held) == (S.PUT, ())
    agree(floor)


def test_what_lies_not_there_is_not_put_away(floor: Floor) -> None:
    place = floor.scan("A-1")
    refused = floor.scan("51*XLR", place)
    assert refused.situation is S.NOT_HERE and "50 of Cable lie without a shelf" in refused.message
    two = floor.scan("30*XLR", floor.scan("30*XLR"))
    short = floor.scan("A-2", two)
    assert (short.situation, len(short.held)) == (S.NOT_HERE, 2) and "not 60" in short.message
    assert (floor.level(floor.first), floor.level(floor.second)) == (10, 0)
    agree(floor)


def test_what_cannot_be_put_away_says_why(floor: Floor) -> None:
    with floor.house.writing():
        lamp = db.session.get_one(Product, floor.lamp)
        factories.code_for(lamp, "LAMP")
        event = open_event(factories.deal(floor.house.warehouse_id), by=me())
        site = db.session.get_one(Location, event.site_id).code
        factories.code_for(factories.product("Kit", is_package=True), "KIT")
    assert floor.scan("LAMP").situation is S.NEEDS_PIECE
    assert floor.scan("KIT").situation is S.NEEDS_PIECE
    assert floor.scan("nobody").situation is S.UNKNOWN
    assert floor.scan("7").situation is S.NUMBER
    assert floor.scan("OUT").situation is S.COMMAND
    assert floor.scan(site).situation is S.NO_SHELF
    with floor.house.reading():
        house_code = db.session.get_one(Location, floor.house.warehouse_id).code
    assert floor.scan(house_code).situation is S.NO_SHELF
    held = floor.scan(floor.tags[0])
    again = floor.scan(floor.tags[0], held)
    assert again.situation is S.THERE and again.held == held.held


def test_a_piece_that_is_prepared_for_an_event_stays_where_it_is(floor: Floor) -> None:
    by = floor.house.actor("Walter")
    with floor.house.writing():
        event = open_event(factories.deal(floor.house.warehouse_id), by=me())
        add_lines(event, [Wanted(floor.lamp, 1)], by=me())
        event_id, number = event.id, event.number
    with floor.house.writing():
        scan(ScanRequest(str(uuid.uuid4()), floor.tags[0], ScanMode.PREP, event_id), by=by)
    for before in (None, floor.scan("A-1")):
        refused = floor.scan(floor.tags[0], before)
        assert refused.situation is S.IN_USE and number in refused.message
    assert floor.place_of(floor.tags[0]) == floor.house.warehouse_id


def test_two_who_put_the_same_pieces_away_at_once_put_them_away_once(floor: Floor) -> None:
    places, together, found = [floor.scan("A-1"), floor.scan("A-2")], Barrier(2), []

    def press(place: PutAnswer) -> None:
        together.wait()
        found.append(floor.scan("40*XLR", place).situation)

    threads = [Thread(target=press, args=(place,)) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [S.NOT_HERE, S.PUT]
    assert floor.level(floor.house.warehouse_id) == 10
    agree(floor)


def test_undo_empties_the_hand_and_then_takes_the_last_back(floor: Floor) -> None:
    put = floor.scan("A-2", floor.scan(floor.tags[0], floor.scan("5*XLR")))
    assert put.situation is S.PUT
    held = floor.scan("XLR", floor.scan("2*XLR"))
    down = floor.scan("UNDO", held)
    assert (down.situation, down.held) == (S.UNDONE, ("2*XLR",))
    assert floor.scan("UNDO", who="Walter").situation is S.NOTHING_TO_UNDO
    assert floor.scan("UNDO").situation is S.UNDONE
    assert (floor.level(floor.second), floor.place_of(floor.tags[0])) == (0, floor.house.warehouse_id)
    assert floor.scan("UNDO").situation is S.NOTHING_TO_UNDO
    agree(floor)


def test_what_went_on_since_is_not_taken_back(floor: Floor) -> None:
    put = floor.scan("A-2", floor.scan("5*XLR"))
    by = floor.house.actor("Walter")
    with floor.house.writing():
        cable = db.session.get_one(Product, floor.cable)
        second, first = (db.session.get_one(Location, one) for one in (floor.second, floor.first))
        transfer_stock(cable, 3, second, first, by=by, request_id="on")
    with pytest.raises(Refused):
        floor.scan("UNDO")
    with floor.house.writing(), pytest.raises(NotFound):
        root = db.session.get_one(Location, floor.house.warehouse_id)
        take_back(Hand("x", "", root), "nothing of this name", by=by)
    assert put.put_id and floor.level(floor.second) == 2
    agree(floor)


def test_the_screen_keeps_what_is_in_hand_and_lists_what_lies(floor: Floor) -> None:
    bob, address = floor.house.browser("Bob"), "/warehouse/put-away"
    shown = bob.get(address).text
    assert "Without a shelf" in shown and floor.tags[0] in shown and "A-1" in shown
    form = {"warehouse_id": floor.house.warehouse_id, "code": "5*XLR", "scan_id": "one"}
    held = bob.post(address, data=form).text
    assert "Put it at Shelf A-1" in held and 'name="held" value="5*XLR"' in held
    put = bob.post(address, data=form | {"code": "A-1", "held": "5*XLR", "scan_id": "two"}).text
    assert "Put away" in put and "Take it back" in put
    undone = bob.post(f"{address}/undoing", data=form | {"put_id": "two", "scan_id": "three"}).text
    assert "5 pieces are back" in undone
    assert "Without a shelf" in bob.get(f"{address}?page=2").text
    vic = floor.house.browser("Vic")
    assert vic.get(address).status_code == 403 and vic.post(address, data=form).status_code == 403


def test_programs_put_away_as_people_do(floor: Floor) -> None:
    program, address = Program(floor.house, "Bob"), "/warehouse/put-away"
    body = {"warehouse_id": floor.house.warehouse_id}
    held = program.post(address, id="1", code="5*XLR", **body).json
    assert (held["situation"], held["proposed_id"], held["held"]) == ("held", floor.first, ["5*XLR"])
    put = program.post(address, id="2", code="A-2", held=held["held"], **body).json
    assert (put["situation"], put["put_id"], floor.level(floor.second)) == ("put", "2", 5)
    assert program.post(f"{address}/2/undoing", **body).json["situation"] == "undone"
    listed = program.get(f"{address}?warehouse_id={floor.house.warehouse_id}").json["items"]
    assert [(one["product"], one["quantity"]) for one in listed] == [("Cable", 50), ("Lamp", 2)]
    assert refuses(program.post(address, id="3", code="XLR", location_id=99_999, **body), "location_id")
    assert refuses(program.post(address, id="4", code="", **body), "code")


def test_a_full_hand_costs_as_many_statements_as_two_things(floor: Floor, statements: Any) -> None:
    with floor.house.writing():
        lamp = db.session.get_one(Product, floor.lamp)
        tags = [factories.asset(lamp, at=floor.house.warehouse_id).tag for _ in range(20)]
    counts = []
    for held in (("XLR", floor.tags[0]), ("XLR", *tags)):
        statements()
        assert floor.scan("A-1", held=held).situation is S.PUT
        counts.append(len(statements()))
    assert counts[0] == counts[1]


def test_the_list_costs_as_many_statements_with_twenty_products_as_with_two(
    floor: Floor, statements: Any
) -> None:
    bob, counts = floor.house.browser("Bob"), []
    for number in (0, 20):
        with floor.house.writing():
            for one in range(number):
                factories.product(f"Stand {one}", stock=1, at=floor.house.warehouse_id)
        statements()
        assert bob.get("/warehouse/put-away").status_code == 200
        counts.append(len(statements()))
    assert counts[0] == counts[1]
    with floor.house.reading():
        assert lying(floor.house.warehouse_id).total == 22 and put_last(floor.house.warehouse_id) == []


def shelf_elsewhere(floor: Floor) -> tuple[int, str]:
    """A shelf of another warehouse, and a lamp that lies there."""
    with floor.house.writing():
        kiel = add_location("Kiel", "KIEL", LocationKind.WAREHOUSE, None, by=me())
        shelf = add_location("Shelf K", "K-1", LocationKind.SHELF, kiel, by=me())
        lamp = factories.asset(db.session.get_one(Product, floor.lamp), at=shelf.id)
        return shelf.id, lamp.tag


def test_undo_that_is_sent_again_takes_nothing_more_back(floor: Floor) -> None:
    place = floor.scan("A-1")
    floor.scan("3*XLR", place)
    floor.scan("4*XLR", place)
    for _ in range(2):
        assert floor.scan("UNDO", id="lost answer").situation is S.UNDONE
    assert floor.level(floor.first) == 13
    agree(floor)


def test_what_names_nothing_any_more_leaves_the_hand(floor: Floor) -> None:
    for junk in ("junk", "UNDO", "A-2", "12", "*", "0*XLR"):
        answer = floor.scan("A-1", held=(junk, "2*XLR"))
        assert (answer.situation, answer.held) == (S.UNKNOWN, ("2*XLR",)), junk
    assert floor.scan("A-1", answer).situation is S.PUT
    assert floor.level(floor.first) == 12


def test_a_gtin_with_a_lot_is_held_by_the_code_that_was_known(floor: Floor) -> None:
    with floor.house.writing():
        factories.code_for(db.session.get_one(Product, floor.cable), "09501101530003")
    held = floor.scan("0109501101530003\x1d10LOT1")
    assert held.situation is S.HELD
    assert floor.scan("A-2", held).situation is S.PUT and floor.level(floor.second) == 1


def test_a_piece_in_hand_twice_is_one_piece(floor: Floor) -> None:
    assert floor.scan("A-1", held=(floor.tags[0], floor.tags[0])).situation is S.PUT
    agree(floor)


def test_only_shelves_of_this_warehouse_take_anything(floor: Floor) -> None:
    shelf_id, tag = shelf_elsewhere(floor)
    for place_id in (shelf_id, floor.house.warehouse_id):
        with pytest.raises(Refused, match="is no shelf of"):
            floor.scan("XLR", at=place_id)
    program, body = Program(floor.house, "Bob"), {"warehouse_id": floor.house.warehouse_id}
    assert refuses(
        program.post("/warehouse/put-away", id="5", code="XLR", location_id=shelf_id, **body), "location_id"
    )
    assert floor.scan(tag).situation is S.NOT_HERE
    assert floor.scan(tag, who="Walter").situation is S.HELD
    agree(floor)


def test_a_piece_from_another_warehouse_goes_back_with_the_claims_on_it(floor: Floor) -> None:
    shelf_id, tag = shelf_elsewhere(floor)
    with floor.house.writing():
        kiel = db.session.get_one(Location, shelf_id).warehouse_id
        event = open_event(factories.deal(kiel), by=me())
        (line,) = add_lines(event, [Wanted(floor.lamp, 1)], by=me())
        line_id = line.id

    def short() -> int:
        with floor.house.reading():
            query = select(Reservation.overbooked_quantity).where(Reservation.line_id == line_id)
            return db.session.scalars(query).one()

    put = floor.scan("A-1", floor.scan(tag, who="Walter"), who="Walter")
    assert (put.situation, short()) == (S.PUT, 1)
    assert floor.scan("UNDO", who="Walter").situation is S.UNDONE
    assert short() == 0
    agree(floor)


def test_nothing_goes_back_to_an_archived_place(floor: Floor) -> None:
    floor.scan("A-1", floor.scan(floor.tags[0]))
    put = floor.scan("A-2", floor.scan(floor.tags[0]))
    with floor.house.writing():
        transfer_stock(
            db.session.get_one(Product, floor.cable), 10, db.session.get_one(Location, floor.first),
            db.session.get_one(Location, floor.second), by=me(), request_id="emptied",
        )  # fmt: skip
        db.session.get_one(Location, floor.first).archived_at = factories.SOON
    with pytest.raises(Refused, match="archived"):
        floor.scan("UNDO")
    assert put.situation is S.PUT and floor.place_of(floor.tags[0]) == floor.second


def test_what_is_being_mended_is_not_put_away(floor: Floor) -> None:
    by = floor.house.actor("Walter")
    with floor.house.writing():
        lamp = db.session.scalars(select(Asset).where(Asset.tag == floor.tags[0])).one()
        open_repair(db.session.get_one(Product, floor.lamp), lamp, 1, Damage("No light"), by=by)
    refused = floor.scan(floor.tags[0])
    assert refused.situation is S.IN_REPAIR and "close REP-" in refused.message


def test_what_is_being_mended_is_not_listed_to_be_put_away(floor: Floor) -> None:
    by = floor.house.actor("Walter")
    with floor.house.writing():
        lamp = db.session.get_one(Product, floor.lamp)
        asset = db.session.scalars(select(Asset).where(Asset.tag == floor.tags[0])).one()
        open_repair(lamp, asset, 1, Damage("No light"), by=by)
    for pieces, damage in ((3, Damage("Torn")), (4, Damage("Scratched", is_usable=True))):
        with floor.house.writing():
            open_repair(db.session.get_one(Product, floor.cable), None, pieces, damage, by=by)
    assert lies(floor) == [("Cable", 47), ("Lamp", 1)]
    shown = floor.house.browser("Bob").get("/warehouse/put-away").text
    assert floor.tags[0] not in shown and floor.tags[1] in shown
    with floor.house.writing():
        root = db.session.get_one(Location, floor.house.warehouse_id)
        bench = add_location("Bench", "B-1", LocationKind.REPAIR_BENCH, root, by=me())
        transfer_stock(db.session.get_one(Product, floor.cable), 2, root, bench, by=me(), request_id="b")
    assert lies(floor) == [("Cable", 47), ("Lamp", 1)]
    with floor.house.writing():
        open_repair(db.session.get_one(Product, floor.cable), None, 47, Damage("Wet"), by=by)
    assert lies(floor) == [("Lamp", 1)]


def lies(floor: Floor) -> list[tuple[str, int]]:
    """What is listed to be put away."""
    with floor.house.reading():
        return [(row.product, row.quantity) for row in lying(floor.house.warehouse_id).items]


def test_a_number_is_for_the_thing_that_it_came_with(floor: Floor) -> None:
    assert floor.scan("A-1", floor.scan("12*XLR"), quantity=5).situation is S.PUT
    assert floor.level(floor.first) == 22


def test_undo_of_an_earlier_row_leaves_the_hand_as_it_is(floor: Floor) -> None:
    bob, address = floor.house.browser("Bob"), "/warehouse/put-away"
    form = {"warehouse_id": floor.house.warehouse_id}
    bob.post(address, data=form | {"code": "A-1", "held": "5*XLR", "scan_id": "two"})
    held = bob.post(
        f"{address}/undoing", data=form | {"put_id": "two", "held": floor.tags[0], "scan_id": "3"}
    ).text
    assert f'name="held" value="{floor.tags[0]}"' in held
    assert bob.get(f"{address}?warehouse=²&page=²").status_code == 200
