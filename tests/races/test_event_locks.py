"""Cancelling, closing and moving an event beside somebody who adds a line to it: what they free, they hold."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text

from app.extensions import db
from app.models import Event, Product, Reservation
from app.rules.phases import Phase
from app.services.close_out import close_event
from app.services.event_dates import change_dates
from app.services.event_phases import cancel_event, products_held
from app.services.events import Wanted, Windows
from app.services.line_changes import put_on_list
from app.transactions import lock
from tests.factories import SOON, me
from tests.people import House
from tests.planning.stories import event_with, lamps

pytestmark = pytest.mark.races

PROBES = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT id FROM product WHERE id = {product_id} FOR UPDATE NOWAIT",
}
REASONS = {"uncosted": "none", "uninvoiced": "none"}
TIME_TO_ARRIVE = 0.7


def cancel(event: Event) -> None:
    """Cancel it."""
    cancel_event(event, "off", by=me())


def close(event: Event) -> None:
    """Close it."""
    close_event(event, REASONS, by=me())


def move(event: Event) -> None:
    """A day later."""
    day = timedelta(days=1)
    begin, end = event.occupied_from + day, event.occupied_until + day
    change_dates(event, Windows(begin, end, begin, end), event.version, by=me())


def look_first(event: Event) -> None:
    """The careless way: which products these are is read before the event is locked."""
    products = products_held(event.id)
    lock({Event: [event.id], Product: products})


def is_held(house: House, kind: str, product_id: int) -> bool:
    """True when somebody else cannot lock the product now."""
    engine = create_engine(house.app.config["SETTINGS"].database_url, connect_args=PATIENCE[kind])
    try:
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute(PROBES[kind].format(product_id=product_id))
            connection.rollback()
        return False
    except Exception as error:
        assert any(word in str(error) for word in ("locked", "could not obtain lock")), error
        return True
    finally:
        engine.dispose()


PATIENCE = {"sqlite": {"timeout": 0.1}, "postgresql": {}}


def add_slowly(house: House, event_id: int, product_id: int, added: threading.Event) -> None:
    """Somebody adds a line, and takes a moment until the commit."""
    with house.writing():
        put_on_list(db.session.get_one(Event, event_id), Wanted(product_id, 1), by=me())
        added.set()
        time.sleep(TIME_TO_ARRIVE)


def race(house: House, kind: str, deed: Callable[[Event], None]) -> tuple[bool, int]:
    """Do something with an event while a line is being added; whether its product is held, and its id."""
    with house.writing():
        lamp, cable = lamps(house), lamps(house, name="Cable")
        event = event_with(house, {lamp: 1})
        event.phase = Phase.LOAD_IN if deed is close else event.phase
        event_id, cable_id = event.id, cable.id
    added = threading.Event()
    other = threading.Thread(target=add_slowly, args=(house, event_id, cable_id, added))
    other.start()
    assert added.wait(10)
    with house.writing():
        deed(db.session.get_one(Event, event_id))
        held = is_held(house, kind, cable_id)
    other.join()
    return held, cable_id


@pytest.mark.parametrize("deed", [cancel, close, move])
def test_the_products_of_a_line_added_meanwhile_are_locked_too(
    house: House, database_kind: str, deed: Callable[[Event], None]
) -> None:
    held, cable_id = race(house, database_kind, deed)
    assert held
    with house.reading():
        claim = db.session.scalars(select(Reservation).where(Reservation.product_id == cable_id)).one()
        if deed is move:
            assert claim.starts_at == SOON + timedelta(days=1)
        else:
            assert claim.released_at is not None


def test_the_race_is_real_reading_first_leaves_the_new_product_unlocked(
    house: House, database_kind: str
) -> None:
    held, _ = race(house, database_kind, look_first)
    assert held is (database_kind == "sqlite"), "SQLite has one writer at a time; PostgreSQL needs the lock."


def test_the_probe_sees_a_lock_and_its_absence(house: House, database_kind: str) -> None:
    with house.writing():
        lamp = lamps(house).id
    assert not is_held(house, database_kind, lamp)
    with house.writing():
        lock({Product: [lamp]})
        db.session.execute(text("SELECT 1"))
        assert is_held(house, database_kind, lamp)
