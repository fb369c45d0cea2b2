"""The background half: the relay, which hands outbox rows over, and the RQ worker, which performs them.

This process loads the application once and forks both; when one ends it is forked again at once. `python
worker.py` runs on as many machines as there is work for.
"""

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from flask import Flask
from redis import Redis
from rq import Worker
from rq.serializers import JSONSerializer

from app import create_app
from app.config import Settings
from app.extensions import db
from app.jobs import warm_up
from app.lifeline import die_with_parent
from app.outbox import QUEUES
from app.relay import relay_forever

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
SHORTEST_LIFE = 2.0
"""Seconds between two starts of a half that falls over again and again."""

log = logging.getLogger("worker")


class TiedWorker(Worker):
    """An RQ worker whose work horse ends with it, so that no task goes on unsupervised."""

    max_connection_wait_time = 5.0

    def main_work_horse(self, *args: Any, **kwargs: Any) -> None:
        """What the forked horse does."""
        die_with_parent(self.pid or 0)
        db.engine.dispose(close=False)
        super().main_work_horse(*args, **kwargs)


def perform_tasks(app: Flask) -> None:
    """Take jobs from the queues, the ones somebody waits for first, until told to stop."""
    settings: Settings = app.config["SETTINGS"]
    connection = Redis.from_url(settings.redis_url)
    worker = TiedWorker(
        list(QUEUES), connection=connection, serializer=JSONSerializer, log_job_description=False
    )
    with app.app_context():
        warm_up()
        worker.work(logging_level="WARNING")


def relay(app: Flask) -> None:
    """Hand over outbox rows until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    relay_forever(app)


class Halves:
    """The forked halves by name, kept alive until this process is told to stop."""

    def __init__(self, deeds: Mapping[str, Callable[[], None]]) -> None:
        self.deeds = deeds
        self.running: dict[int, tuple[str, float]] = {}
        self.stop_asked = threading.Event()

    def run(self) -> None:
        """Fork every half, and again whenever one ends."""
        for number in STOP_SIGNALS:
            signal.signal(number, self.stop)
        for name in self.deeds:
            self.fork(name)
        while self.running:
            pid, status = os.wait()
            name, started_at = self.running.pop(pid)
            if not self.stop_asked.is_set():
                log.warning("The %s ended (%s) and starts again.", name, os.waitstatus_to_exitcode(status))
                self.stop_asked.wait(max(SHORTEST_LIFE - (time.monotonic() - started_at), 0))
                self.fork(name)

    def fork(self, name: str) -> None:
        """Start a half in a process of its own. A request to stop waits until both know their places."""
        parent_pid = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        if not self.stop_asked.is_set():
            pid = os.fork()
            if pid == 0:
                self.become(name, parent_pid)
            self.running[pid] = (name, time.monotonic())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def become(self, name: str, parent_pid: int) -> None:
        """Be that half from now on, and never come back from it."""
        die_with_parent(parent_pid)
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        db.engine.dispose(close=False)
        try:
            self.deeds[name]()
        except SystemExit:
            os._exit(0)
        except BaseException:
            log.exception("The %s fell over.", name)
        os._exit(1)

    def stop(self, *_: object) -> None:
        """Pass the request to stop on."""
        self.stop_asked.set()
        for pid in list(self.running):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def main() -> None:
    """Load the application and keep its background half alive."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    app = create_app()
    gc.collect()
    gc.freeze()
    Halves({"relay": partial(relay, app), "task worker": partial(perform_tasks, app)}).run()


if __name__ == "__main__":
    main()
