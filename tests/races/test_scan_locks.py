"""Two devices of one person, and one device that sends twice: what is taken back is locked, and once is once."""

import threading
import time
import uuid
from collections.abc import Mapping, Sequence

import pytest

from app.actors import Actor
from app.extensions import db
from app.models import Base, Event, Scan, ScanMode
from app.rules.verdicts import Situation
from app.services import scan_commands, scans
from app.services.pull_lines import Wanted, add_lines
from app.services.scan_requests import Thing
from app.services.scan_undo import undo_in
from app.services.scans import ScanAnswer, ScanRequest, scan
from app.transactions import Ids, lock, rollback
from tests.factories import me
from tests.people import House
from tests.races.test_event_locks import is_held
from tests.warehouse.test_scans import Hall, make_hall

pytestmark = pytest.mark.races

TIME_TO_ARRIVE = 0.7


def scan_slowly(hall: Hall, scanned: threading.Event) -> None:
    """Bob's other device scans cable, and takes a moment until the commit."""
    by = hall.house.actor("Bob")
    with hall.house.writing():
        scan(request_of(hall, "3*XLR-05M"), by=by)
        scanned.set()
        time.sleep(TIME_TO_ARRIVE)


def request_of(hall: Hall, code: str, uuid_of_it: str = "", **more: bool) -> ScanRequest:
    """A scan on its way out."""
    return ScanRequest(uuid_of_it or str(uuid.uuid4()), code, ScanMode.OUT, hall.here, **more)


def probes(hall: Hall, kind: str, patch: pytest.MonkeyPatch) -> list[bool]:
    """For each scan that a card takes back, whether the cable was locked before anything was written."""
    held: list[bool] = []

    def probing(row: Scan, uuid_of_it: str, by: Actor) -> ScanAnswer:
        held.append(is_held(hall.house, kind, hall.cable))
        return undo_in(row, uuid_of_it, by)

    patch.setattr(scan_commands, "undo_in", probing)
    return held


def undo_beside(house: House, kind: str, patch: pytest.MonkeyPatch) -> tuple[ScanAnswer, bool]:
    """UNDO on one device while the other one scans; the answer, and whether the cable was locked for it."""
    hall = make_hall(house)
    held = probes(hall, kind, patch)
    hall.scan(hall.tags[0], who="Bob")
    scanned = threading.Event()
    other = threading.Thread(target=scan_slowly, args=(hall, scanned))
    other.start()
    assert scanned.wait(10)
    by = house.actor("Bob")
    with house.writing():
        answer = scan(request_of(hall, "UNDO"), by=by)
    other.join()
    return answer, held[0]


def test_what_the_other_device_scanned_meanwhile_is_locked_before_it_is_taken_back(
    house: House, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, held = undo_beside(house, database_kind, monkeypatch)
    assert answer.message.startswith("3 × Cable") and held


def test_the_race_is_real_what_is_read_before_the_event_is_locked_may_be_another_scan(
    house: House, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, seen = scans.meant_by_commands, list[Sequence[Scan]]()

    def look_once(request: ScanRequest, things: Sequence[Thing], by: Actor) -> Sequence[Scan]:
        seen.append(look(request, things, by) if not seen else seen[0])
        return seen[0]

    monkeypatch.setattr(scans, "meant_by_commands", look_once)
    answer, held = undo_beside(house, database_kind, monkeypatch)
    assert answer.message.startswith("3 × Cable")
    assert held is (database_kind == "sqlite"), "SQLite has one writer at a time; PostgreSQL needs the lock."


def test_cards_between_other_codes_take_back_scans_that_are_locked(
    house: House, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = make_hall(house)
    hall.scan("3*XLR-05M", who="Bob")
    hall.scan(hall.tags[0], who="Bob")
    held = probes(hall, database_kind, monkeypatch)
    hall.scan("UNDO\nDONE\nUNDO", who="Bob")
    assert held == [True, True]
    with house.reading():
        assert (hall.claim(hall.cable).out_quantity, hall.claim(hall.spot).out_quantity) == (0, 0)


def test_a_refused_scan_that_arrives_twice_at_once_is_kept_once_and_answered_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall, both, answers = make_hall(house), threading.Barrier(2), list[ScanAnswer]()
    with house.writing():
        add_lines(db.session.get_one(Event, hall.there), [Wanted(hall.spot, 1)], by=me())
    for tag in hall.tags[:2]:
        hall.scan(tag)

    def begin_again_together(wanted: Mapping[type[Base], Ids]) -> None:
        rollback()
        both.wait(10)
        lock(wanted)

    monkeypatch.setattr(scans, "begin_again", begin_again_together)
    twin, by = request_of(hall, hall.tags[2], "twin", override=True), house.actor("Bob")

    def send() -> None:
        with house.writing():
            answers.append(scan(twin, by=by))

    devices = [threading.Thread(target=send) for _ in range(2)]
    for device in devices:
        device.start()
    for device in devices:
        device.join()
    assert [answer.situation for answer in answers] == [Situation.REFUSED] * 2
    assert len({answer.scan_id for answer in answers}) == 1
    with house.reading():
        assert db.session.get_one(Scan, answers[0].scan_id).uuid == "twin"
