"""Cases in the warehouse: packed by scanning, complete or not, sealed, carried as a whole, emptied."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import (
    Asset,
    Case,
    CaseStep,
    CheckInMode,
    Location,
    LocationKind,
    Organization,
    Product,
    StockLevel,
    Tracking,
)
from app.queries.availability import availability
from app.queries.case_content import packing_content
from app.queries.cases import CaseFilters, Inside, case_list, case_page, insides, steps_of
from app.refusals import Refused
from app.rules.put_away_verdicts import PutSituation as S
from app.services.case_packing import empty_case, take_out
from app.services.case_seals import seal, unseal
from app.services.cases import CaseFacts, add_case, change_case, move_case, set_slot, take_back_move
from app.services.events import open_event
from app.services.locations import add_location, move_location
from app.services.pull_lines import Wanted, add_lines
from app.services.put_away import Hand, PutAnswer, put_away, take_back
from app.services.verify import broken_invariants
from tests import factories
from tests.api.conftest import Program
from tests.factories import SOON, me
from tests.people import House


@dataclass
class Store:
    """A warehouse with a shelf, three lamps of 8 kg and forty cables of 0.5 kg on it, and two empty cases."""

    house: House
    shelf: int
    lamp: int
    cable: int
    tags: list[str]
    case: int
    other: int

    def pack(self, code: str, case: int = 0, who: str = "Bob", **more: Any) -> PutAnswer:
        """Somebody scans something into a case."""
        by = self.house.actor(who)
        with self.house.writing():
            place = db.session.get_one(Location, self.row(case or self.case).location_id)
            warehouse = db.session.get_one(Location, place.warehouse_id)
            return put_away(Hand(more.pop("id", str(uuid.uuid4())), code, warehouse, place), by=by)

    def row(self, case: int) -> Case:
        """A case."""
        return db.session.get_one(Case, case)

    def inside(self, case: int = 0) -> Inside:
        """What lies in a case."""
        with self.house.reading():
            place = self.row(case or self.case).location_id
            return insides([place])[place]

    def free(self, product: int) -> int:
        """How many of a product are free in a week in summer."""
        with self.house.reading():
            until = SOON.replace(day=SOON.day + 3)
            return availability([product], self.house.warehouse_id, SOON, until)[product].free

    def do(self, deed: Any, *args: Any, case: int = 0, **more: Any) -> Any:
        """A deed on a case."""
        by = self.house.actor("Bob")
        with self.house.writing():
            return deed(self.row(case or self.case), *args, by=by, **more)

    def place(self, location_id: int) -> Location:
        """A location."""
        return db.session.get_one(Location, location_id)

    def parent(self, case: int = 0) -> int | None:
        """Where a case is."""
        with self.house.reading():
            return self.place(self.row(case or self.case).location_id).parent_id

    def agree(self) -> None:
        """The books agree."""
        with self.house.reading():
            assert broken_invariants() == []


@pytest.fixture
def store(house: House) -> Store:
    """What these tests pack."""
    with house.writing():
        root = db.session.get_one(Location, house.warehouse_id)
        shelf = add_location("Shelf A-1", "A-1", LocationKind.SHELF, root, by=me())
        lamp = factories.product(
            "Lamp", tracking=Tracking.SERIALIZED, stock=3, at=shelf.id, weight_kg=Decimal(8)
        )
        cable = factories.product("Cable", stock=40, at=shelf.id, weight_kg=Decimal("0.5"))
        factories.code_for(cable, "XLR")
        tags = list(db.session.scalars(select(Asset.tag).order_by(Asset.id)))
        facts = {"home_id": shelf.id, "own_weight_kg": Decimal(12)}
        case, other = (
            add_case(CaseFacts(name=name, code=name, **facts), by=me()) for name in ("CASE-1", "CASE-2")
        )
        return Store(house, shelf.id, lamp.id, cable.id, tags, case.id, other.id)


def test_what_is_scanned_into_a_case_lies_in_it_and_is_counted_once(store: Store) -> None:
    assert store.pack(store.tags[0]).situation is S.PUT
    assert store.pack("12*XLR").situation is S.PUT
    inside = store.inside()
    assert {row.product: row.quantity for row in inside.own} == {"Lamp": 1, "Cable": 12}
    assert inside.weight.kilograms == Decimal(12) + 8 + 6
    assert (store.free(store.lamp), store.free(store.cable)) == (3, 40)
    store.agree()


def test_the_same_scan_twice_packs_once(store: Store) -> None:
    for _ in range(2):
        store.pack("5*XLR", id="sent twice")
    assert store.inside().held == {store.cable: 5}


def test_more_than_the_shelves_hold_is_not_packed(store: Store) -> None:
    store.pack("30*XLR", case=store.other)
    assert store.pack("41*XLR").situation is S.NOT_HERE
    assert store.pack("40*XLR").situation is S.PUT  # an open case is a shelf like any other
    store.agree()


def test_empty_slots_are_named_and_complete_is_derived(store: Store) -> None:
    store.do(lambda row, by: set_slot(row, db.session.get_one(Product, store.lamp), 2, by=by))
    store.do(lambda row, by: set_slot(row, db.session.get_one(Product, store.cable), 4, by=by))
    store.pack(f"{store.tags[0]}\n4*XLR")
    assert [(slot.product, slot.quantity) for slot in store.inside().missing] == [("Lamp", 1)]
    assert names(store, CaseFilters(complete="no")) == ["CASE-1"]
    store.pack(store.tags[1])
    assert store.inside().is_complete
    assert names(store, CaseFilters(complete="yes")) == ["CASE-1", "CASE-2"]


def names(store: Store, filters: CaseFilters) -> list[str]:
    """The cases that filters let through."""
    with store.house.reading():
        return [line.place.name for line in case_list(filters).items]


def test_a_sealed_case_takes_its_contents_out_of_free_stock(store: Store) -> None:
    store.pack(f"{store.tags[0]}\n12*XLR")
    store.do(seal)
    assert (store.free(store.lamp), store.free(store.cable)) == (2, 28)
    assert names(store, CaseFilters(sealed="yes")) == ["CASE-1"]
    store.do(unseal)
    assert (store.free(store.lamp), store.free(store.cable)) == (3, 40)
    store.agree()


def test_sealing_does_not_take_what_others_count_on(store: Store) -> None:
    with store.house.writing():
        event = open_event(factories.deal(store.house.warehouse_id), by=me())
        add_lines(event, [Wanted(store.lamp, 3)], by=me())
    store.pack(store.tags[0])
    with pytest.raises(Refused, match="Lamp"):
        store.do(seal)
    assert store.free(store.lamp) == 0
    store.agree()


def test_sealed_cases_let_nothing_in_or_out(store: Store) -> None:
    store.pack(store.tags[0])
    store.do(seal)
    assert store.pack(store.tags[1]).situation is S.CLOSED
    assert store.pack(store.tags[0], case=store.other).situation is S.CLOSED
    with pytest.raises(Refused, match="sealed"):
        store.do(empty_case, request_id="x")
    with pytest.raises(Refused, match="sealed"):
        store.do(lambda row, by: take_out(row, lamp_of(store), first(store), 1, by=by, request_id="y"))
    store.agree()


def lamp_of(store: Store) -> Product:
    """The lamp."""
    return db.session.get_one(Product, store.lamp)


def first(store: Store) -> Asset:
    """The first lamp."""
    return db.session.scalars(select(Asset).where(Asset.tag == store.tags[0])).one()


def test_pieces_in_a_sealed_case_are_not_taken_from_the_shelves(store: Store) -> None:
    store.pack("30*XLR")
    store.do(seal)
    assert store.pack("11*XLR", case=store.other).situation is S.NOT_HERE
    assert store.pack("10*XLR", case=store.other).situation is S.PUT
    store.agree()


def test_a_case_is_carried_with_all_that_is_in_it_and_carried_back(store: Store) -> None:
    store.pack("12*XLR")
    root = store.house.warehouse_id
    for _ in range(2):
        store.do(lambda row, by: move_case(row, store.place(root), by=by, request_id="once"))
    assert store.parent() == root and store.inside().held == {store.cable: 12}
    with store.house.reading():
        assert [(step.kind.value, step.origin, step.target) for step in steps_of(store.case)] == [
            ("moved", "Shelf A-1", store.place(root).name)
        ]
        step_id = steps_of(store.case)[0].id
    store.do(lambda row, by: take_back_move(step(step_id), by=by))
    assert store.parent() == store.shelf
    with pytest.raises(Refused, match="taken back"):
        store.do(lambda row, by: take_back_move(step(step_id), by=by))
    store.agree()


def step(step_id: int) -> CaseStep:
    """A step."""
    return db.session.get_one(CaseStep, step_id)


def test_a_sealed_case_claims_in_the_warehouse_it_was_carried_to(store: Store) -> None:
    store.pack("12*XLR")
    store.do(seal)
    with store.house.writing():
        kiel = add_location("Kiel", "KIEL", LocationKind.WAREHOUSE, None, by=me()).id
    store.do(lambda row, by: move_case(row, store.place(kiel), by=by))
    assert store.free(store.cable) == 28
    with store.house.reading():
        until = SOON.replace(day=SOON.day + 3)
        assert availability([store.cable], kiel, SOON, until)[store.cable].free == 0
    store.agree()


def test_a_case_is_put_away_by_scanning_it_and_its_shelf(store: Store) -> None:
    by, root = store.house.actor("Bob"), store.house.warehouse_id
    store.do(lambda row, by: move_case(row, store.place(root), by=by))

    def scan(code: str, before: PutAnswer | None = None, uuid_: str = "") -> PutAnswer:
        with store.house.writing():
            location = before and before.location and store.place(before.location.id)
            hand = Hand(uuid_ or str(uuid.uuid4()), code, store.place(root), location or None)
            return put_away(hand, by=by)

    box = scan("CASE-1")
    assert box.situation is S.PLACE and scan("3*XLR", box).situation is S.PUT
    put = scan("A-1", box, "to the shelf")
    assert (put.situation, put.location, store.parent()) == (S.PUT, None, store.shelf)
    assert scan("A-1", box, "to the shelf").situation is S.PUT
    with store.house.writing():
        back = take_back(Hand("undo it", "", store.place(root)), put.put_id, by=by)
    assert back.situation is S.UNDONE and store.parent() == root
    assert store.inside().held == {store.cable: 3}
    store.agree()


def test_cases_go_into_cases_but_not_into_themselves(store: Store) -> None:
    store.pack("2*XLR")
    store.pack(store.tags[0], case=store.other)
    with store.house.reading():
        outer, inner = (store.row(one).location_id for one in (store.other, store.case))
    store.do(lambda row, by: move_case(row, store.place(outer), by=by))
    assert store.inside(store.other).pieces == 3
    assert store.inside(store.other).weight.kilograms == Decimal(12) * 2 + 8 + 1
    with pytest.raises(Refused, match="inside"):
        store.do(lambda row, by: move_case(row, store.place(inner), by=by), case=store.other)
    store.do(seal, case=store.other)
    with pytest.raises(Refused, match="sealed"):
        store.do(lambda row, by: move_case(row, store.place(store.shelf), by=by))
    store.agree()


def test_nobody_carries_a_case_to_an_event_by_hand(store: Store) -> None:
    with store.house.writing():
        event = open_event(factories.deal(store.house.warehouse_id), by=me())
        site = event.site_id
    with pytest.raises(Refused, match="scan"):
        store.do(lambda row, by: move_case(row, store.place(site), by=by))
    with pytest.raises(Refused, match="scan"), store.house.writing():
        move_location(store.place(store.row(store.case).location_id), store.place(site), by=me())


def test_emptied_it_all_lies_on_the_floor(store: Store) -> None:
    store.pack(f"{store.tags[0]}\n12*XLR")
    assert store.do(empty_case, request_id="once") == 13
    assert store.do(empty_case, request_id="once") == 0
    assert not store.inside().pieces
    with store.house.reading():
        floor = select(StockLevel.quantity).where(StockLevel.location_id == store.house.warehouse_id)
        assert sorted(db.session.scalars(floor.where(StockLevel.quantity > 0))) == [1, 12]
    store.agree()


def test_a_taken_code_and_a_home_in_itself_are_refused(store: Store) -> None:
    facts = CaseFacts(name="Again", code="CASE-1", home_id=store.shelf)
    with pytest.raises(Refused) as refused, store.house.writing():
        add_case(facts, by=me())
    assert set(refused.value.errors) == {"code"}
    with store.house.reading():
        own = store.row(store.case).location_id
    with pytest.raises(Refused, match="itself"):
        store.do(change_case, CaseFacts(name="CASE-1", code="CASE-1", home_id=own))


def test_the_screens_do_what_the_services_do(store: Store) -> None:
    bob, ada = store.house.browser("Bob"), store.house.browser("Ada")
    form = {
        "name": "Mics",
        "code": "MIC-1",
        "home_id": store.shelf,
        "check_in": "verify",
        "own_weight_kg": "4,5",
    }
    made = ada.post("/warehouse/cases/new", data=form)
    url = made.headers["Location"]
    case = int(url.rsplit("/", 1)[1])
    assert ada.post(f"{url}/slots", data={"product": "XLR", "quantity": "3"}).status_code == 303
    assert "3 missing" in bob.get(url).text
    said = bob.post(f"{url}/contents", data={"code": "2*XLR"}, headers={"HX-Request": "true"}).text
    assert 'class="verdict green"' in said and "1 missing" in said
    assert "4.5" in bob.get(url).text or "4,5" in bob.get(url).text
    assert bob.post(f"{url}/sealing").status_code == 303 and "Sealed" in bob.get(url).text
    refused = bob.post(f"{url}/contents", data={"code": "XLR"}, headers={"HX-Request": "true"}).text
    assert 'class="verdict red"' in refused
    assert bob.post(f"{url}/opening").status_code == 303
    taken = {"product_id": store.cable, "pieces": "2"}
    assert bob.post(f"{url}/contents/removal", data=taken).status_code == 303
    with store.house.reading():
        assert store.row(case).check_in is CheckInMode.VERIFY
    assert not store.inside(case).pieces


def test_the_packing_list_is_a_pdf_of_what_is_in_it(store: Store) -> None:
    store.pack(f"{store.tags[0]}\n2*XLR")
    answer = store.house.browser("Bob").get(f"/warehouse/cases/{store.case}/packing-list")
    assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "application/pdf", b"%PDF")
    with store.house.reading():
        row = case_page(store.case)
        whole = db.session.get_one(Organization, store.house.organization_id)
        said = packing_content(row, row.location, whole)
    assert said["total"] == "3 pieces, 21 kg"
    assert [(line["name"], line["tags"], line["quantity"]) for line in said["lines"]] == [
        ("Cable", "", "2 pcs"), ("Lamp", store.tags[0], "1 pcs"),
    ]  # fmt: skip


def test_what_was_scanned_in_last_is_taken_back(store: Store) -> None:
    bob, url = store.house.browser("Bob"), f"/warehouse/cases/{store.case}"
    bob.post(f"{url}/contents", data={"code": "2*XLR", "scan_id": "packed-two"})
    assert store.inside().held == {store.cable: 2}
    bob.post(f"{url}/contents/undoing", data={"put_id": "packed-two"})
    assert not store.inside().pieces
    store.agree()


def test_pages_cost_as_many_statements_with_twenty_things_as_with_one(store: Store, statements: Any) -> None:
    counts = []
    bob = store.house.browser("Bob")
    for more in (1, 20):
        with store.house.writing():
            for number in range(more):
                place = store.row(store.case).location_id
                factories.product(f"Thing {more} {number}", stock=2, at=place)
                facts = CaseFacts(name=f"C {more} {number}", code=f"C{more}{number}", home_id=store.shelf)
                add_case(facts, by=me())
        bob.get("/warehouse/cases"), bob.get(f"/warehouse/cases/{store.case}")
        statements()
        bob.get("/warehouse/cases"), bob.get(f"/warehouse/cases/{store.case}")
        counts.append(len(statements()))
    assert counts[0] == counts[1]


def test_programs_list_twenty_cases_with_as_many_statements_as_one(store: Store, statements: Any) -> None:
    program, counts = Program(store.house, "Ada"), []
    for more in (1, 20):
        with store.house.writing():
            for number in range(more):
                code = f"C{more}{number}"
                case = add_case(CaseFacts(name=code, code=code, home_id=store.shelf), by=me())
                factories.product(f"Thing {code}", stock=2, at=case.location_id)
        program.get("/warehouse/cases")
        statements()
        listed = program.get("/warehouse/cases?per_page=100").json["items"]
        counts.append(len(statements()))
    assert len(listed) > 20 and all(case["contents"] for case in listed if case["name"].startswith("C2"))
    assert counts[0] == counts[1]
