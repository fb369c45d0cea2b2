"""Several stations scan one event at the same time on PostgreSQL: they wait for one another only where they must."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from app.actors import Actor
from app.extensions import db
from app.models import Base, Event, ScanMode
from app.services import scans
from app.services.pull_lines import Wanted, add_lines
from app.services.scan_rows import Memory, recall
from app.services.scans import ScanAnswer, ScanRequest, scan
from tests import factories
from tests.factories import me
from tests.people import House
from tests.warehouse.test_scans import Hall, make_hall

pytestmark = [pytest.mark.races, pytest.mark.only("postgresql")]

PATIENCE = 10


@contextmanager
def while_bob_scans(hall: Hall, code: str, mode: ScanMode) -> Iterator[None]:
    """Bob has scanned, and his transaction is not at its end yet."""
    by, scanned, goes_on = hall.house.actor("Bob"), threading.Event(), threading.Event()

    def hold() -> None:
        with hall.house.writing():
            scan(request_of(hall, code, mode), by=by)
            scanned.set()
            goes_on.wait(PATIENCE)

    bob = threading.Thread(target=hold)
    bob.start()
    assert scanned.wait(PATIENCE)
    try:
        yield
    finally:
        goes_on.set()
        bob.join()


def request_of(hall: Hall, code: str, mode: ScanMode = ScanMode.OUT) -> ScanRequest:
    """A scan on its way."""
    return ScanRequest(str(uuid.uuid4()), code, mode, hall.here)


def may_lock(hall: Hall, model: type[Base], row_id: int, *, shared: bool = False) -> bool:
    """True when somebody else could lock a row now."""
    strength, table = "SHARE" if shared else "UPDATE", model.__tablename__
    engine = create_engine(hall.house.app.config["SETTINGS"].database_url)
    try:
        with closing(engine.raw_connection()) as connection:
            words = f"SELECT id FROM {table} WHERE id = {row_id} FOR {strength} NOWAIT"
            connection.cursor().execute(words)
        return True
    except LockNotAvailable:
        return False
    finally:
        engine.dispose()


@pytest.mark.parametrize("mode", [ScanMode.PREP, ScanMode.OUT])
def test_who_scans_another_product_does_not_wait(house: House, mode: ScanMode) -> None:
    hall = make_hall(house)
    with while_bob_scans(hall, hall.tags[0], mode):
        assert hall.scan("XLR-05M", str(mode)).result == "applied"


def test_the_waiting_is_real_where_everybody_locks_the_event_for_himself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "lets_others_scan", lambda *_: False)
    hall = make_hall(house)
    with while_bob_scans(hall, hall.tags[0], ScanMode.OUT), pytest.raises(OperationalError, match="lock"):
        hall.scan("XLR-05M")


def test_what_the_event_says_stays_while_somebody_scans(house: House) -> None:
    hall = make_hall(house)
    assert may_lock(hall, Event, hall.here)
    with while_bob_scans(hall, hall.tags[0], ScanMode.OUT):
        assert may_lock(hall, Event, hall.here, shared=True) and not may_lock(hall, Event, hall.here)


def test_what_comes_back_is_scanned_by_one_at_a_time(house: House) -> None:
    hall = make_hall(house)
    hall.scan(hall.tags[0])
    with while_bob_scans(hall, hall.tags[0], ScanMode.IN):
        assert not may_lock(hall, Event, hall.here, shared=True)


def two_codes_at_once(hall: Hall, patch: pytest.MonkeyPatch) -> list[int]:
    """Bob has given the number 3; his device and a program of his send a code each, and both have found the number
    before either is done. How many pieces each counts."""
    with hall.house.writing():
        rope = factories.product("Rope", stock=50, at=hall.house.warehouse_id)
        factories.code_for(rope, "ROPE")
        add_lines(db.session.get_one(Event, hall.here), [Wanted(rope.id, 20)], by=me())
    hall.scan("3", who="Bob")
    both, met = threading.Barrier(2), threading.local()

    def recall_together(request: ScanRequest, by: Actor) -> Memory:
        found = recall(request, by)
        if not hasattr(met, "once"):
            met.once = True
            both.wait(PATIENCE)
        return found

    patch.setattr(scans, "recall", recall_together)
    by, answers = hall.house.actor("Bob"), list[ScanAnswer]()

    def send(code: str) -> None:
        with hall.house.writing():
            answers.append(scan(request_of(hall, code), by=by))

    senders = [threading.Thread(target=send, args=(code,)) for code in ("XLR-05M", "ROPE")]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return sorted(answer.quantity for answer in answers)


def test_of_two_codes_that_come_at_once_one_has_the_number(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert two_codes_at_once(make_hall(house), monkeypatch) == [1, 3]


def test_the_race_is_real_both_have_it_without_looking_again_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go_on(*_wanted: Any) -> None:
        """As one would who trusts what was found beside others."""

    monkeypatch.setattr(scans, "begin_again", go_on)
    assert two_codes_at_once(make_hall(house), monkeypatch) == [3, 3]
