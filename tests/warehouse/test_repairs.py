"""Repairs: what is broken is free for nobody until somebody ends its repair, and is counted once."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Condition,
    Event,
    Location,
    LocationKind,
    Organization,
    Product,
    Repair,
    RepairState,
    Reservation,
    StockTransaction,
    Tracking,
)
from app.models.base import stored
from app.queries.availability import availability
from app.queries.dashboard import utilisation
from app.queries.invariants import INVARIANTS
from app.queries.shortages import shortage_worklist
from app.queries.standings import short_lines
from app.refusals import Refused
from app.services.assets import retire_asset
from app.services.repair_endings import Ending, close_repair
from app.services.repairs import Damage, expect_back, open_repair
from app.services.stock import transfer_assets, transfer_stock
from tests import factories
from tests.factories import SOON, me
from tests.people import House, found_house
from tests.planning.stories import claim_of, event_with, send_out

MENDED, SCRAPPED = Ending(True, "New lens", tested="Works"), Ending(False, "Not worth it")
LATER = SOON + timedelta(days=30)


@dataclass
class Shop:
    """A house with two spots on a shelf, a repair bench, and cables on two shelves."""

    house: House
    spot: int
    asset: int
    tag: str
    cable: int
    shelf: int
    rack: int
    bench: int

    def free(self, product: int | None = None, now: datetime | None = None) -> int:
        """How many are free in June."""
        with self.house.reading():
            found = availability(
                [product or self.spot], self.house.warehouse_id, SOON, SOON + timedelta(days=1), now=now
            )
            return found[product or self.spot].free

    def open(self, product: int | None = None, quantity: int = 1, *, counted: bool = False) -> int:
        """A repair of the first spot, or of so many cables."""
        with self.house.writing():
            row = None if counted else db.session.get_one(Asset, self.asset)
            of = db.session.get_one(Product, product or (self.cable if counted else self.spot))
            return open_repair(of, row, quantity, Damage("No light"), by=me()).id

    def close(self, repair_id: int, ending: Ending) -> None:
        """End it."""
        with self.house.writing():
            close_repair(db.session.get_one(Repair, repair_id), ending, by=me())

    def place_of(self, asset_id: int) -> int | None:
        """Where an asset is."""
        with self.house.reading():
            return db.session.get_one(Asset, asset_id).location_id

    def to_bench(self) -> None:
        """Somebody carries the spot to the bench."""
        with self.house.writing():
            row, bench = db.session.get_one(Asset, self.asset), db.session.get_one(Location, self.bench)
            transfer_assets([row], bench, by=me(), request_id=str(uuid.uuid4()))


def place(house: House, code: str, kind: LocationKind) -> int:
    """A place in the first warehouse."""
    row = Location(
        name=code, code=code, kind=kind, parent_id=house.warehouse_id, warehouse_id=house.warehouse_id
    )
    db.session.add(row)
    db.session.flush()
    return row.id


@pytest.fixture
def shop(house: House) -> Shop:
    with house.writing():
        shelf, rack = (place(house, code, LocationKind.SHELF) for code in ("S-1", "R-1"))
        bench = place(house, "BENCH", LocationKind.REPAIR_BENCH)
        spot = factories.product("Spot", tracking=Tracking.SERIALIZED, stock=2, at=shelf)
        cable = factories.product("Cable", stock=3, at=shelf)
        factories.carry(cable, 1, shelf, rack)
        first = db.session.scalars(select(Asset).order_by(Asset.id)).first()
        assert first is not None
        return Shop(house, spot.id, first.id, first.tag, cable.id, shelf, rack, bench)


def test_an_open_repair_past_its_day_is_overdue_and_free_for_nobody(shop: Shop) -> None:
    repair_id = shop.open()
    with shop.house.writing():
        expect_back(db.session.get_one(Repair, repair_id), SOON - timedelta(days=9), by=me())
    assert shop.free() == 2
    assert shop.free(now=SOON - timedelta(days=8)) == 1
    shop.close(repair_id, MENDED)
    assert shop.free(now=SOON - timedelta(days=8)) == 2


def test_trusting_planned_returns_does_not_mend_anything(shop: Shop) -> None:
    repair_id = shop.open()
    with shop.house.writing():
        db.session.scalars(select(Organization)).one().trusts_planned_returns = True
        expect_back(db.session.get_one(Repair, repair_id), SOON - timedelta(days=9), by=me())
    assert shop.free(now=SOON - timedelta(days=8)) == 1


def test_an_overdue_repair_makes_a_later_event_short_and_is_named(shop: Shop) -> None:
    repair_id = shop.open()
    with shop.house.writing():
        repair = db.session.get_one(Repair, repair_id)
        expect_back(repair, datetime.now(UTC) + timedelta(days=1), by=me())
        event_with(shop.house, {db.session.get_one(Product, shop.spot): 2})
    with shop.house.reading():
        assert not shortage_worklist(timedelta(days=900))
        (line,) = short_lines(until=LATER, now=SOON - timedelta(days=2))
        assert line.missing == 1
    with shop.house.writing():
        repair = db.session.get_one(Repair, repair_id)
        repair.expected_back_at = datetime.now(UTC) - timedelta(days=1)
        claim = db.session.scalars(select(Reservation).where(Reservation.repair_id == repair_id)).one()
        claim.starts_at -= timedelta(days=9)
        claim.ends_at = repair.expected_back_at
    with shop.house.reading():
        (short,) = shortage_worklist(timedelta(days=900))
        assert f"1 in repair {repair_number(repair_id)}, overdue" in short.sentence
    page = shop.house.browser("Serge").get("/warehouse/repairs?state=overdue")
    assert b"Overdue" in page.data and shop.tag.encode() in page.data


def repair_number(repair_id: int) -> str:
    """Its number."""
    return db.session.get_one(Repair, repair_id).number


def test_what_is_in_repair_is_not_out_earning(shop: Shop) -> None:
    shop.open()
    with shop.house.reading():
        assert utilisation(datetime.now(UTC)).out == 0


def test_a_piece_that_is_out_is_checked_in_as_damaged_and_not_counted_twice(shop: Shop) -> None:
    number = take_out(shop)
    with shop.house.writing(), pytest.raises(Refused, match=f"out on {number} Summer gala: check it in"):
        open_repair(
            db.session.get_one(Product, shop.spot), db.session.get_one(Asset, shop.asset), 1, Damage("x"), by=me()
        )  # fmt: skip
    assert shop.free() == 1


def take_out(shop: Shop) -> str:
    """The first spot is out on an event; the event's number."""
    with shop.house.writing():
        event = event_with(shop.house, {db.session.get_one(Product, shop.spot): 1})
        claim = claim_of(event)
        send_out(event, 1)
        db.session.add(
            Assignment(
                asset_id=shop.asset, reservation_id=claim.id, event_id=event.id, state=AssignmentState.OUT,
                starts_at=claim.starts_at, ends_at=claim.ends_at,
            )
        )  # fmt: skip
        return event.number


def test_what_went_out_although_it_is_in_repair_is_checked_in_before_the_repair_ends(shop: Shop) -> None:
    repair_id = shop.open()
    number = take_out(shop)
    for ending in (MENDED, SCRAPPED):
        with pytest.raises(Refused, match=f"on {number} Summer gala"):
            shop.close(repair_id, ending)


def test_a_prepped_piece_is_not_written_off_under_its_event(shop: Shop) -> None:
    repair_id = shop.open()
    number = take_out(shop)
    with shop.house.writing():
        db.session.scalars(select(Assignment)).one().state = AssignmentState.PREPPED
    with pytest.raises(Refused, match=f"on {number} Summer gala"):
        shop.close(repair_id, SCRAPPED)


def test_an_asset_in_repair_is_not_retired(shop: Shop) -> None:
    repair_id = shop.open()
    with shop.house.reading():
        number = repair_number(repair_id)
    with shop.house.writing(), pytest.raises(Refused, match=f"in repair: end {number} first"):
        retire_asset(db.session.get_one(Asset, shop.asset), "old", by=me(), request_id="r")


def test_what_left_the_books_meanwhile_is_written_off_without_another_movement(shop: Shop) -> None:
    repair_id = shop.open()
    with shop.house.writing():
        factories.lose(db.session.get_one(Asset, shop.asset))
    with pytest.raises(Refused, match="not in stock"):
        shop.close(repair_id, MENDED)
    shop.close(repair_id, SCRAPPED)
    with shop.house.reading():
        assert db.session.get_one(Asset, shop.asset).retired_at is not None
        assert db.session.get_one(Repair, repair_id).state is RepairState.WRITTEN_OFF


def test_counted_pieces_are_written_off_from_several_shelves(shop: Shop) -> None:
    repair_id = shop.open(quantity=3, counted=True)
    shop.close(repair_id, SCRAPPED)
    assert shop.free(shop.cable) == 0
    with shop.house.reading():
        rows = db.session.scalars(select(StockTransaction).where(StockTransaction.reference_type == "repair"))
        assert sorted((row.from_id, row.quantity) for row in rows) == [(shop.shelf, 2), (shop.rack, 1)]


def test_a_mended_asset_goes_from_the_bench_to_the_shelf_it_came_from(shop: Shop) -> None:
    repair_id = shop.open()
    shop.to_bench()
    shop.close(repair_id, MENDED)
    assert shop.place_of(shop.asset) == shop.shelf
    with shop.house.reading():
        assert db.session.get_one(Asset, shop.asset).condition is Condition.GOOD


def test_counted_pieces_leave_the_bench_when_they_are_mended(shop: Shop) -> None:
    with shop.house.writing():
        cable = db.session.get_one(Product, shop.cable)
        shelf, bench = (db.session.get_one(Location, one) for one in (shop.shelf, shop.bench))
        transfer_stock(cable, 2, shelf, bench, by=me(), request_id=str(uuid.uuid4()))
    repair_id = shop.open(quantity=2, counted=True)
    with shop.house.writing():
        ending = Ending(True, "Soldered", shelf=db.session.get_one(Location, shop.rack), tested="Works")
        close_repair(db.session.get_one(Repair, repair_id), ending, by=me())
    assert shop.free(shop.cable) == 3
    with shop.house.reading():
        assert factories.held(shop.cable) == {shop.rack: 3}


def test_the_person_chooses_the_shelf_on_screen(shop: Shop) -> None:
    repair_id = shop.open()
    shop.to_bench()
    serge, url = shop.house.browser("Serge"), f"/warehouse/repairs/{repair_id}"
    shown = serge.get(url).text
    assert f'<option value="{shop.shelf}" selected' in shown and "BENCH</option>" not in shown
    given = {"ending": "mended", "outcome": "New lens", "tested": "Works", "shelf_id": str(shop.bench)}
    assert serge.post(f"{url}/ending", data=given).status_code == 422
    assert serge.post(f"{url}/ending", data=given | {"shelf_id": str(shop.rack)}).status_code == 303
    assert shop.place_of(shop.asset) == shop.rack


def test_a_shelf_of_another_organization_is_unknown(shop: Shop) -> None:
    other = found_house(shop.house.app, "Other", "other")
    repair_id = shop.open()
    given = {"ending": "mended", "outcome": "x", "tested": "Works", "shelf_id": str(other.warehouse_id)}
    answer = shop.house.browser("Serge").post(f"/warehouse/repairs/{repair_id}/ending", data=given)
    assert answer.status_code == 404
    with shop.house.reading():
        assert db.session.get_one(Repair, repair_id).state is RepairState.OPEN


@pytest.mark.parametrize("ending", [None, MENDED, SCRAPPED])
def test_the_invariants_hold_before_and_after_a_repair(shop: Shop, ending: Ending | None) -> None:
    repair_id = shop.open()
    if ending:
        shop.close(repair_id, ending)
    with shop.house.reading():
        now = {"now": stored(datetime.now(UTC), db.engine.dialect.name)}
        broken = [
            one.id
            for one in INVARIANTS
            if one.id in ("I1", "I3", "I4", "I6", "I6b")
            and db.session.execute(text(one.sql), now if ":now" in one.sql else {}).all()
        ]
        assert not broken


def test_an_open_repair_that_keeps_nothing_out_is_found_by_verify(shop: Shop) -> None:
    repair_id = shop.open()
    with shop.house.writing():
        claim = db.session.scalars(select(Reservation).where(Reservation.repair_id == repair_id)).one()
        claim.returned_quantity = 1
    with shop.house.reading():
        (check,) = [one for one in INVARIANTS if one.id == "I6b"]
        assert [row.repair_id for row in db.session.execute(text(check.sql))] == [repair_id]


def test_a_repair_takes_from_the_event_that_counted_on_the_pieces(shop: Shop) -> None:
    with shop.house.writing():
        event_with(shop.house, {db.session.get_one(Product, shop.cable): 3})
    shop.open(quantity=2, counted=True)
    with shop.house.reading():
        assert claim_of(db.session.scalars(select(Event)).one()).overbooked_quantity == 2


def test_a_technician_finds_the_repairs_and_mends_without_seeing_stock(shop: Shop) -> None:
    tess, repair_id = shop.house.browser("Tess"), shop.open()
    home = tess.get("/jobs/mine").text
    assert 'href="/warehouse/repairs"' in home and 'href="/warehouse"' not in home
    shown = tess.get(f"/warehouse/repairs/{repair_id}").text
    assert shop.tag in shown and "/inventory/assets/" not in shown
    assert tess.post(f"/warehouse/repairs/{repair_id}/start").status_code == 303
