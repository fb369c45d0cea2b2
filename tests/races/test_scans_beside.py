"""Several stations scan one event at the same time on PostgreSQL: they wait for one another only where they must."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import create_engine, func, select, text, true
from sqlalchemy.exc import OperationalError

from app import transactions
from app.actors import Actor
from app.extensions import db
from app.models import Base, Event, Scan, ScanMode
from app.queries.warehouse import scans_counted
from app.services import scans
from app.services.pull_lines import Wanted, add_lines
from app.services.scan_rows import Memory, recall
from app.services.scans import ScanAnswer, ScanRequest, scan
from app.transactions import EVENT_QUEUE, lock
from tests import factories
from tests.factories import me
from tests.people import House
from tests.servers import wait_until
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


def both_at_once(hall: Hall, requests: Sequence[ScanRequest], patch: pytest.MonkeyPatch) -> list[ScanAnswer]:
    """Bob's device and a program of his send a scan each, and both have looked into the log before either is done:
    what is answered to both."""
    both, met, answers = threading.Barrier(2), threading.local(), list[ScanAnswer]()

    def recall_together(request: ScanRequest, by: Actor) -> Memory:
        found = recall(request, by)
        if not hasattr(met, "once"):
            met.once = True
            both.wait(PATIENCE)
        return found

    patch.setattr(scans, "recall", recall_together)
    by = hall.house.actor("Bob")

    def send(request: ScanRequest) -> None:
        with hall.house.writing():
            answers.append(scan(request, by=by))

    senders = [threading.Thread(target=send, args=(request,)) for request in requests]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return answers


def two_codes_at_once(hall: Hall, patch: pytest.MonkeyPatch) -> list[int]:
    """Bob has given the number 3, then two codes come at once: how many pieces each counts."""
    with hall.house.writing():
        rope = factories.product("Rope", stock=50, at=hall.house.warehouse_id)
        factories.code_for(rope, "ROPE")
        add_lines(db.session.get_one(Event, hall.here), [Wanted(rope.id, 20)], by=me())
    hall.scan("3", who="Bob")
    answers = both_at_once(hall, [request_of(hall, code) for code in ("XLR-05M", "ROPE")], patch)
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


def waiting(hall: Hall) -> int:
    """How many transactions wait for a lock now."""
    engine = create_engine(hall.house.app.config["SETTINGS"].database_url)
    try:
        with closing(engine.raw_connection()) as connection:
            words = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
            return int(connection.cursor().execute(words).fetchone()[0])
    finally:
        engine.dispose()


def begun(hall: Hall, request: ScanRequest, done: list[str]) -> threading.Thread:
    """A scan on its way in a thread of its own; its code is in the list when it is done."""
    by = hall.house.actor("Bob")

    def send() -> None:
        with hall.house.writing():
            scan(request, by=by)
            done.append(request.code)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def done_meanwhile(hall: Hall) -> list[str]:
    """Somebody has scanned and is not at the end, somebody else waits to have the event alone, and a third comes who
    would share it: what is done before the first has come to an end."""
    hall.scan(hall.tags[1])
    done: list[str] = []
    with while_bob_scans(hall, hall.tags[0], ScanMode.OUT):
        alone = begun(hall, request_of(hall, hall.tags[1], ScanMode.IN), done)
        wait_until(lambda: waiting(hall) == 1)
        shares = begun(hall, request_of(hall, "XLR-05M"), done)
        wait_until(lambda: waiting(hall) == 2 or not shares.is_alive())
        meanwhile = list(done)
    alone.join()
    shares.join()
    assert sorted(done) == sorted([hall.tags[1], "XLR-05M"])
    return meanwhile


def test_who_shares_the_event_does_not_pass_who_waits_to_have_it_alone(house: House) -> None:
    assert done_meanwhile(make_hall(house)) == []


def test_the_passing_is_real_where_nobody_queues_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "queued", lambda *_, **__: true())
    transactions.locking.cache_clear()
    try:
        assert done_meanwhile(make_hall(house)) == ["XLR-05M"]
    finally:
        transactions.locking.cache_clear()


def test_two_codes_under_one_id_count_once_and_get_one_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall, called = make_hall(house), str(uuid.uuid4())
    requests = [ScanRequest(called, code, ScanMode.OUT, hall.here) for code in (hall.tags[0], "XLR-05M")]
    one, other = both_at_once(hall, requests, monkeypatch)
    assert one.scan_id == other.scan_id and one.message == other.message
    with house.reading():
        assert db.session.scalar(select(func.count()).select_from(Scan)) == 1


def told_after_a_late_end(hall: Hall, tells: Callable[[], object]) -> bool:
    """Bob has begun to scan before Ada, and comes to an end after her: whether a page shown between the two is told
    then that there is anything new."""
    with while_bob_scans(hall, hall.tags[0], ScanMode.OUT):
        hall.scan("XLR-05M")
        with hall.house.reading():
            seen = tells()
    with hall.house.reading():
        return tells() != seen


def test_who_looked_between_two_scans_is_told_of_the_one_that_ended_last(house: House) -> None:
    hall = make_hall(house)
    assert told_after_a_late_end(hall, lambda: scans_counted(hall.here))


def test_the_highest_id_would_not_tell(house: House) -> None:
    hall, highest = make_hall(house), select(func.max(Scan.id))
    assert not told_after_a_late_end(hall, lambda: db.session.scalar(highest))


def test_a_repair_without_an_event_makes_nobody_wait(house: House) -> None:
    """Such repairs name event 0, which there is not: all organizations would queue up before it."""
    with house.writing():
        lock({Event: [0]})
        with db.engine.connect() as other:
            is_free = "SELECT pg_try_advisory_xact_lock(:queue, 0)"
            assert other.scalar(text(is_free), {"queue": EVENT_QUEUE}) is True
