"""Several processes out of one: what is loaded once is shared by all of them, and a fallen one is back at once."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from app.extensions import db
from app.lifeline import be_called, die_with_parent

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
SHORTEST_LIFE = 2.0
"""Seconds between two starts of a fork that falls over again and again."""

log = logging.getLogger(__name__)


class Forks:
    """What each fork does, by name; all are kept alive until this process is told to stop."""

    def __init__(self, deeds: Mapping[str, Callable[[], None]]) -> None:
        self.deeds = deeds
        self.running: dict[int, tuple[str, float]] = {}
        self.stop_asked = threading.Event()

    def run(self) -> None:
        """Fork them all, and each again whenever it ends."""
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
        """Start one in a process of its own. A request to stop waits until both know their places."""
        parent_pid = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        if not self.stop_asked.is_set():
            pid = os.fork()
            if pid == 0:
                self.become(name, parent_pid)
            self.running[pid] = (name, time.monotonic())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def become(self, name: str, parent_pid: int) -> None:
        """Be that fork from now on, and never come back from it."""
        die_with_parent(parent_pid)
        be_called(f"xh {name}")
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        db.engine.dispose(close=False)
        try:
            self.deeds[name]()
        except SystemExit as end:
            os._exit(end.code if isinstance(end.code, int) else 0)
        except BaseException:
            log.exception("The %s fell over.", name)
        os._exit(1)

    def stop(self, *_: object) -> None:
        """Pass the request to stop on."""
        self.stop_asked.set()
        for pid in list(self.running):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
