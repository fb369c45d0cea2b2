"""The ledger: everything is somewhere, and nothing that was recorded disappears."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.models import Asset, StockLevel, StockTransaction, Tracking, TransactionKind
from app.queries.availability import availability
from app.refusals import Refused
from app.scope import Unscoped
from app.services.ledger import Cause, Movement, post
from app.services.reservations import Wish, reserve
from tests import factories
from tests.factories import SOON, me
from tests.people import House, found_house


def test_a_receipt_raises_the_level_and_posting_it_twice_is_one(house: House) -> None:
    with house.writing():
        cable = factories.product("Cable")
        for _ in range(2):
            post(
                TransactionKind.RECEIPT,
                [Movement(cable.id, 8, to_id=house.warehouse_id)],
                Cause(me(), request_id="r-1"),
            )
    with house.reading():
        assert db.session.scalars(select(StockLevel.quantity)).all() == [8]
        assert len(db.session.scalars(select(StockTransaction)).all()) == 1


def test_a_place_cannot_give_what_it_does_not_hold(house: House) -> None:
    with house.writing():
        cable = factories.product("Cable", stock=3, at=house.warehouse_id)
        with pytest.raises(Refused, match="holds 3 of Cable, not 4"):
            post(TransactionKind.ISSUE, [Movement(cable.id, 4, from_id=house.warehouse_id)], Cause(me()))


def test_the_database_refuses_to_edit_the_ledger(house: House) -> None:
    with house.writing():
        factories.product("Cable", stock=3, at=house.warehouse_id)
    for statement in ("UPDATE stock_transaction SET quantity = 9", "DELETE FROM stock_transaction"):
        with pytest.raises(DBAPIError, match="append-only"), house.writing():
            db.session.execute(text(statement))


def test_nothing_is_read_without_an_organization(house: House) -> None:
    with house.app.app_context(), pytest.raises(Unscoped):
        db.session.scalars(select(Asset)).all()


def test_the_last_unit_is_promised_once(house: House) -> None:
    with house.writing():
        speaker = factories.product("Speaker", tracking=Tracking.SERIALIZED, stock=1, at=house.warehouse_id)
        wish = Wish(speaker.id, house.warehouse_id, 1, SOON, SOON + timedelta(days=1))
        reserve([wish], by=me())
        with pytest.raises(Refused, match="1 short"):
            reserve([wish], by=me())
        found = availability([speaker.id], house.warehouse_id, SOON, SOON + timedelta(hours=1))
        assert (found[speaker.id].free, found[speaker.id].total) == (0, 1)
        later = availability(
            [speaker.id], house.warehouse_id, SOON + timedelta(days=1), SOON + timedelta(days=2)
        )
        assert later[speaker.id].free == 1


def test_raw_sql_that_oversells_is_refused_by_the_database(house: House) -> None:
    with house.writing():
        speaker = factories.product("Speaker", stock=1, at=house.warehouse_id)
        reserve([Wish(speaker.id, house.warehouse_id, 1, SOON, SOON + timedelta(days=1))], by=me())
    with pytest.raises(DBAPIError, match="oversold"), house.writing():
        db.session.execute(
            text(
                "INSERT INTO reservation (organization_id, product_id, warehouse_id, quantity, starts_at,"
                " ends_at, is_long, kind, firmness, prepped_quantity, out_quantity, returned_quantity,"
                " overbooked_quantity, overbooked_reason, created_at)"
                " SELECT organization_id, product_id, warehouse_id, quantity, starts_at, ends_at, is_long,"
                " kind, firmness, 0, 0, 0, 0, '', created_at FROM reservation"
            )
        )


def test_claims_of_another_organization_are_never_counted(house: House) -> None:
    other = found_house(house.app, "Other", "other")
    with other.writing():
        thing = factories.product("Theirs", stock=2, at=other.warehouse_id)
        reserve([Wish(thing.id, other.warehouse_id, 1, SOON, SOON + timedelta(days=1))], by=me())
    with house.reading():
        found = availability([thing.id], house.warehouse_id, SOON, SOON + timedelta(days=1))
        assert found[thing.id].total == 0 and found[thing.id].free == 0


def test_several_pieces_received_at_one_price_average_to_that_price(house: House) -> None:
    with house.writing():
        speaker = factories.product("Speaker", tracking=Tracking.SERIALIZED)
        assets = [factories.unplaced_asset(speaker) for _ in range(3)]
        price = Decimal("99.50")
        post(
            TransactionKind.RECEIPT,
            [
                Movement(speaker.id, 1, asset.id, to_id=house.warehouse_id, unit_cost=price)
                for asset in assets
            ],
            Cause(me(), request_id="r-2"),
        )
        assert speaker.average_cost == price
