"""Stations that scan over HTTP for one event, and the web server that they scan at, which can be shot."""

import json
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from time import monotonic, sleep
from typing import Any

from sqlalchemy import select

from app.config import Settings
from app.extensions import db
from app.lifeline import tied_to_this
from app.models import Asset, Tracking, User
from app.services.events import open_event
from app.services.pull_lines import Wanted, add_lines
from app.services.tokens import issue_token
from tests import factories
from tests.factories import me
from tests.people import House
from tests.races.test_last_unit import answers
from tests.servers import ROOT, children, environment, free_port, shoot, wait_until

CABLE = "XLR-05M"
PAUSE = 0.1
"""Seconds until a station tries again."""
PATIENCE = 120
"""Seconds after which a station gives up on a scan, and the test with it."""


@dataclass(frozen=True)
class Show:
    """An event with all its pieces still in the warehouse, and the key that stations scan with."""

    house: House
    event_id: int
    cable_id: int
    spot_id: int
    tags: tuple[str, ...]
    token: str


def make_show(house: House, spots: int, cables: int) -> Show:
    """So many single pieces and so many counted ones, all of them planned."""
    with house.writing():
        spot = factories.product("Spot", tracking=Tracking.SERIALIZED, stock=spots, at=house.warehouse_id)
        cable = factories.product("Cable", stock=cables, at=house.warehouse_id)
        factories.code_for(cable, CABLE)
        event = open_event(factories.deal(house.warehouse_id, name="Here"), by=me())
        add_lines(event, [Wanted(spot.id, spots), Wanted(cable.id, cables)], by=me())
        walter = db.session.get_one(User, house.people["Walter"])
        _, secret = issue_token(walter, "Stations", by=me())
        tags = db.session.scalars(
            select(Asset.tag).where(Asset.product_id == spot.id).order_by(Asset.id)
        ).all()
        return Show(house, event.id, cable.id, spot.id, tuple(tags), secret)


@dataclass
class Web:
    """The web server of the stations, behind one port for all its lives."""

    settings: Settings
    more: dict[str, str]
    port: int = field(default_factory=free_port)
    master: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "app" / "gunicorn.conf.py"),
                   "--bind", f"127.0.0.1:{self.port}", "tests.races.scanning:app"]  # fmt: skip
        environ = environment(self.settings) | {"RACE_OF_A_TEST": "1", "WEB_CONCURRENCY": "2"} | self.more
        self.master = subprocess.Popen(
            command, env=environ, cwd=ROOT, preexec_fn=tied_to_this(), stderr=subprocess.DEVNULL
        )
        wait_until(lambda: answers(self.port))

    def shoot_workers(self) -> None:
        """kill -9 whoever answers; the master starts others."""
        assert self.master is not None
        for worker in children(self.master.pid):
            shoot(worker)

    def shoot_all(self) -> None:
        """kill -9 everything, and start again."""
        assert self.master is not None
        workers = children(self.master.pid)
        shoot(self.master.pid)
        for worker in workers:
            shoot(worker)
        self.master.wait()
        self.start()

    def stop(self) -> None:
        """End it."""
        if self.master is not None:
            self.master.send_signal(signal.SIGTERM)
            self.master.wait(30)


@contextmanager
def web(settings: Settings, **more: str) -> Iterator[Web]:
    """A running web server."""
    server = Web(settings, more)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Station:
    """A device that sends one scan after the other, each until it has been answered.

    `is_careful` is what ours are: a scan that got no answer is sent again under its own id.
    """

    show: Show
    port: int
    name: str
    is_careful: bool = True
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    again: int = 0
    seconds: list[float] = field(default_factory=list)
    lasted: float = 0

    def scan(self, code: str, mode: str = "out") -> dict[str, Any]:
        """Scan something, and wait for the answer however long it takes."""
        body = {"id": str(uuid.uuid4()), "code": code, "mode": mode, "event_id": self.show.event_id,
                "device": self.name}  # fmt: skip
        begun = monotonic()
        while (answer := self.send(body)) is None:
            assert monotonic() - begun < PATIENCE, "the server does not come back"
            self.again += 1
            if not self.is_careful:
                body["id"] = str(uuid.uuid4())
        self.seconds.append(monotonic() - begun)
        self.answered[str(body["id"])] = answer
        return answer

    def send(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """What the server said; nothing when it died over it, or is not there, or is too busy."""
        try:
            return self.ask(body)
        except (OSError, HTTPException):
            self.hang_up()
            sleep(PAUSE)
            return None

    def ask(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """One request on the station's own line."""
        headers = {"Authorization": f"Bearer {self.show.token}", "Content-Type": "application/json"}
        self.line().request("POST", "/api/v1/warehouse/scans", json.dumps(body), headers)
        answer = self.line().getresponse()
        said = json.loads(answer.read() or "null")
        if answer.status in (409, 429, 503):
            return None
        assert answer.status in (200, 201), said
        return dict(said)

    def line(self) -> HTTPConnection:
        """The connection, which is kept."""
        if not hasattr(self, "_line"):
            self._line = HTTPConnection("127.0.0.1", self.port, timeout=30)
        return self._line

    def hang_up(self) -> None:
        """Begin with a new connection."""
        with suppress(OSError):
            self.line().close()
        del self._line


def all_at_once(deeds: Iterable[Callable[[], object]], meanwhile: Callable[[], object] | None = None) -> None:
    """Do all of these at the same time, and raise what went wrong in one of them.

    `meanwhile` is done where we are: a process is tied to the thread that started it, and would end with another.
    """
    wrong: list[BaseException] = []

    def do(deed: Callable[[], object]) -> None:
        try:
            deed()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    if meanwhile is not None:
        do(meanwhile)
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
