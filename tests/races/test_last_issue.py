"""Many take the last pieces from the shelf at once: each piece goes to exactly one. Real HTTP, two web processes."""

import pytest
from sqlalchemy import func, select

from app.config import Settings
from app.extensions import db
from app.models import StockLevel, StockTransaction, TransactionKind
from tests import factories
from tests.people import House
from tests.races.test_last_unit import CLIENTS, race, served

pytestmark = pytest.mark.races

PIECES = 40
ROUNDS = 12
"""Rounds of eight who want one piece each: more than there are."""


@pytest.fixture
def shelf(house: House) -> str:
    """Where to issue from."""
    with house.writing():
        product = factories.product("Tape", stock=PIECES, at=house.warehouse_id)
        return f"/issue/{house.organization_id}/{house.warehouse_id}/{product.id}"


def test_every_piece_is_issued_once_and_no_more_than_there_are(
    settings: Settings, house: House, shelf: str
) -> None:
    with served(settings) as port:
        rounds = race(port, shelf, ROUNDS)
    assert sum(round_[201] for round_ in rounds) == PIECES
    assert sum(round_[409] for round_ in rounds) == CLIENTS * ROUNDS - PIECES
    with house.reading():
        issued = select(func.sum(StockTransaction.quantity), func.min(StockTransaction.total_after))
        went = db.session.execute(issued.where(StockTransaction.kind == TransactionKind.ISSUE)).one()
        assert tuple(went) == (PIECES, 0) and db.session.scalars(select(StockLevel.quantity)).one() == 0


def test_the_race_is_real_without_a_lock_more_is_issued_than_there_was(
    settings: Settings, house: House, shelf: str
) -> None:
    with served(settings, RACE_WITHOUT_GUARD="1") as port:
        rounds = race(port, shelf, ROUNDS)
    told = sum(round_[201] for round_ in rounds)
    with house.reading():
        left = db.session.scalars(select(StockLevel.quantity)).one()
    assert told > PIECES - left, f"{told} were told that they have one of {PIECES}, {left} are left"
