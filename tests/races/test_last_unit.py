"""Many want the last piece at once: exactly one gets it. Real HTTP, two web processes, eight clients."""

import multiprocessing
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import create_engine, text

from app.config import Settings
from app.lifeline import tied_to_this
from tests import factories
from tests.people import House
from tests.servers import ROOT, environment, free_port, wait_until

pytestmark = pytest.mark.races

CLIENTS = 8
ROUNDS = 200
ROUNDS_OF_THE_CARELESS = 50
BUSY = 503
GUARDS = {
    "sqlite": "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'reservation'",
    "postgresql": "SELECT 'DROP TRIGGER ' || quote_ident(tgname) || ' ON reservation' FROM pg_trigger"
    " WHERE tgrelid = 'reservation'::regclass AND NOT tgisinternal",
}
forking = multiprocessing.get_context("fork")


@contextmanager
def served(settings: Settings, **more: str) -> Iterator[int]:
    """The booking application behind gunicorn with two workers, on this port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "app" / "gunicorn.conf.py"),
               "--bind", f"127.0.0.1:{port}", "tests.races.booking:app"]  # fmt: skip
    environ = environment(settings) | {"RACE_OF_A_TEST": "1", "WEB_CONCURRENCY": "2"} | more
    web = subprocess.Popen(command, env=environ, cwd=ROOT, preexec_fn=tied_to_this())
    try:
        wait_until(lambda: answers(port), 30)
        yield port
    finally:
        web.terminate()
        web.wait(20)


def answers(port: int) -> bool:
    """True once somebody listens there and knows us."""
    with suppress(OSError):
        return ask(HTTPConnection("127.0.0.1", port, timeout=5), "GET", "/readyz") == 200
    return False


def ask(line: HTTPConnection, method: str, path: str) -> int:
    """The status of one answer."""
    line.request(method, path)
    answer = line.getresponse()
    answer.read()
    return answer.status


def client(port: int, path: str, rounds: int, start: Barrier, told: SimpleQueue[list[int]]) -> None:
    """One of those who want it, once a round, all at the same moment."""
    line, statuses = HTTPConnection("127.0.0.1", port, timeout=30), []
    for day in range(rounds):
        start.wait(60)
        status = ask(line, "POST", f"{path}?day={day}")
        while status == BUSY:
            status = ask(line, "POST", f"{path}?day={day}")
        statuses.append(status)
    told.put(statuses)


def race(port: int, path: str, rounds: int) -> list[Counter[int]]:
    """What all clients were told, round by round."""
    start, told = forking.Barrier(CLIENTS), forking.SimpleQueue()
    clients = [forking.Process(target=client, args=(port, path, rounds, start, told)) for _ in range(CLIENTS)]
    for one in clients:
        one.start()
    statuses = [told.get() for _ in clients]
    for one in clients:
        one.join()
    return [Counter(round_) for round_ in zip(*statuses, strict=True)]


@pytest.fixture
def last_unit(house: House) -> str:
    """Where to book the only piece there is."""
    with house.writing():
        product = factories.product("The only one", stock=1, at=house.warehouse_id)
        return f"/race/{house.organization_id}/{house.warehouse_id}/{product.id}"


def test_the_last_unit_goes_to_exactly_one_of_eight(settings: Settings, last_unit: str) -> None:
    with served(settings) as port:
        rounds = race(port, last_unit, ROUNDS)
    assert [dict(round_) for round_ in rounds if round_ != {201: 1, 409: CLIENTS - 1}] == []


def test_the_race_is_real_without_lock_and_guard_it_oversells(
    settings: Settings, last_unit: str, database_kind: str
) -> None:
    remove_the_guard(settings.database_url, database_kind)
    with served(settings, RACE_WITHOUT_GUARD="1") as port:
        rounds = race(port, last_unit, ROUNDS_OF_THE_CARELESS)
    oversold = sum(round_[201] > 1 for round_ in rounds)
    assert oversold >= ROUNDS_OF_THE_CARELESS / 2, f"{oversold} of {ROUNDS_OF_THE_CARELESS}"


def remove_the_guard(url: str, kind: str) -> None:
    """Take the database's own guard off, in this test's own database."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in connection.scalars(text(GUARDS[kind])).all():
            connection.execute(text(statement))
    engine.dispose()
