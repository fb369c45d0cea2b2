"""Every invariant holds in a healthy house, and each one notices when it does not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.extensions import db
from app.models import Lead, Reservation, ReservationKind, Tracking
from app.queries.invariants import INVARIANTS
from app.services.activities import record
from app.services.verify import broken_invariants
from app.transactions import finish, start_writing
from tests.factories import me, product
from tests.people import House

ANOTHER_LINE = """
    INSERT INTO stock_transaction (organization_id, product_id, kind, quantity, said_unit, to_id, unit_cost,
        reference_type, reference_number, notes, happened_at, recorded_at, total_after, to_after, reverses_id)
    SELECT organization_id, product_id, kind, quantity, said_unit, to_id, unit_cost,
        reference_type, reference_number, notes, happened_at, recorded_at,"""
"""A receipt a second time, past the ledger's service; then what it says there was after it."""


@pytest.fixture
def working(house: House) -> House:
    """A house with stock, an asset, a claim on three of five pieces, and an activity that promises a task."""
    now = datetime.now(UTC)
    with house.writing():
        product("Mischpult", tracking=Tracking.SERIALIZED, stock=1, at=house.warehouse_id)
        cable = product("Cable", stock=5, at=house.warehouse_id)
        db.session.add(
            Reservation(product_id=cable.id, warehouse_id=house.warehouse_id, quantity=3, kind=ReservationKind.EVENT,
                        starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=2), created_at=now)
        )  # fmt: skip
        lead = Lead(number="L-1", name="Client", created_at=now)
        db.session.add(lead)
        db.session.flush()
        record("lead.received", lead, by=me())
    return house


def broken_by(statement: str) -> set[str]:
    """The invariants that no longer hold after somebody changed the database by hand."""
    finish()
    start_writing()
    db.session.execute(text(statement))
    db.session.commit()
    finish()
    return {found.invariant.id for found in broken_invariants()}


def test_everything_holds_in_a_healthy_house(working: House) -> None:
    assert broken_invariants() == []


def test_every_invariant_has_a_name_of_its_own() -> None:
    assert len({invariant.id for invariant in INVARIANTS}) == len(INVARIANTS)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE stock_level SET quantity = quantity + 1 WHERE product_id = 2", {"I1", "I1b"}),
        ("UPDATE stock_level SET quantity = 2 WHERE product_id = 2", {"I1", "I1b", "I4"}),
        (
            f"{ANOTHER_LINE} total_after + 5, to_after + 5, NULL FROM stock_transaction WHERE product_id = 2",
            {"I1"},
        ),
        (
            f"{ANOTHER_LINE} total_after, to_after + 5, NULL FROM stock_transaction WHERE product_id = 2",
            {"I1", "I1c"},
        ),
        (
            f"{ANOTHER_LINE} total_after + 5, to_after, NULL FROM stock_transaction WHERE product_id = 2",
            {"I1", "I1d"},
        ),
        (
            f"{ANOTHER_LINE} total_after + 5, to_after + 5, 999 FROM stock_transaction WHERE product_id = 2",
            {"I1", "I1e"},
        ),
        ("UPDATE asset SET location_id = NULL", {"I3"}),
        ("DELETE FROM outbox WHERE kind = 'notifications.fan_out'", {"I8"}),
        ("UPDATE product SET archived_at = created_at WHERE id = 2", {"I11b"}),
    ],
)
def test_what_somebody_broke_by_hand_is_found(working: House, statement: str, expected: set[str]) -> None:
    assert broken_by(statement) == expected


def test_the_rows_that_break_it_are_named(working: House) -> None:
    broken_by("UPDATE asset SET location_id = NULL")
    (found,) = broken_invariants()
    (row,) = found.rows
    assert row["asset_id"] == 1 and row["ledger_location_id"] == working.warehouse_id
