"""One process that owns others: it starts them, brings fallen ones back, and ends them all.

It loads nothing of the application, so that it is small and outlives every mistake in it. Its children
have a session of their own (Ctrl-C reaches only us) and die with us even if we are killed.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.lifeline import tied_to_this

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 30.0
STEADY = 30.0
"""Seconds after which a part that ran is no longer counted as falling over."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class DidNotStart(RuntimeError):
    """A part ended before it was ready for the first time."""


@dataclass
class Part:
    """One child: what runs, what it inherits, and how long it may take to end by itself."""

    name: str
    command: Sequence[str]
    environ: dict[str, str]
    folder: Path
    inherits: tuple[int, ...] = ()
    patience: float = 6.0
    ends_last: bool = False

    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float | None = None
    falls: int = 0
    unfinished_line: bytes = b""

    @property
    def is_running(self) -> bool:
        """True while the child lives."""
        return self.child is not None and self.child.poll() is None

    def start(self) -> None:
        """Start the child, tied to us, in a process group of its own."""
        self.due_at, self.started_at = None, time.monotonic()
        self.child = subprocess.Popen(
            self.command,
            env=self.environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self.inherits,
            preexec_fn=tied_to_this(),  # we have one thread only
        )

    def note_fall(self) -> float:
        """Count a fall; the pause before the next start doubles with each one in a row."""
        lived = time.monotonic() - self.started_at
        self.falls = 1 if lived > STEADY else self.falls + 1
        pause = min(FIRST_PAUSE * 2.0 ** min(self.falls - 1, 10), LONGEST_PAUSE)
        self.due_at = time.monotonic() + pause
        return pause

    def sweep(self) -> None:
        """Kill what is left of the child's group, its own children included."""
        if self.child is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()


class Supervisor:
    """Owns the parts, in the order in which they start."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.stop_asked = 0
        self.is_stopping = False
        self.selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()

    def watch_signals(self) -> None:
        """Let signals wake the loop. A second request to stop does not wait any longer."""
        for end in (self._waker, self._woken):
            end.setblocking(False)
        self.selector.register(self._woken, selectors.EVENT_READ, self._wake)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, *_: object) -> None:
        self.stop_asked += 1

    def _wake(self) -> None:
        self._woken.recv(4096)

    def start(self, part: Part) -> None:
        """Start a part and listen to what it says."""
        part.start()
        assert part.child is not None and part.child.stdout is not None
        ear = part.child.stdout
        os.set_blocking(ear.fileno(), False)
        self.selector.register(ear, selectors.EVENT_READ, lambda: self._listen(part, ear))

    def _listen(self, part: Part, ear: IO[bytes]) -> None:
        if spoken := ear.read(65536):
            *lines, part.unfinished_line = (part.unfinished_line + spoken).split(b"\n")
            say(part.name, lines)
        elif spoken == b"":
            self.selector.unregister(ear)
            ear.close()
            say(part.name, filter(None, [part.unfinished_line]))
            part.unfinished_line = b""

    def turn(self, longest: float) -> None:
        """One round: wait for words, signals or time, then look after the parts."""
        for key, _ in self.selector.select(max(min([longest, *self._pauses()]), 0)):
            key.data()
        for part in self.parts:
            self._look_after(part)

    def _pauses(self) -> list[float]:
        return [part.due_at - time.monotonic() for part in self.parts if part.due_at is not None]

    def _look_after(self, part: Part) -> None:
        if self.is_stopping or part.child is None or part.is_running:
            return
        if part.due_at is None:
            part.sweep()
            pause = part.note_fall()
            say(part.name, [f"ended ({part.child.returncode}); starts again in {pause:.1f} s".encode()])
        elif time.monotonic() >= part.due_at:
            self.start(part)

    def start_until(self, part: Part, is_ready: Callable[[], bool], patience: float) -> None:
        """Wait until a part is ready for the first time. Raises DidNotStart."""
        until = time.monotonic() + patience
        while not self.stop_asked and not is_ready():
            if part.falls or time.monotonic() > until:
                raise DidNotStart(f"{part.name} did not start; what it said is above or in the data folder.")
            self.turn(0.01)

    def run(self) -> None:
        """Look after the parts until somebody asks us to stop."""
        while not self.stop_asked:
            self.turn(60.0)

    def stop(self) -> None:
        """End everything: first the parts that need others, at last what they need."""
        self.is_stopping = True
        self._end([part for part in self.parts if not part.ends_last])
        self._end([part for part in self.parts if part.ends_last])

    def _end(self, parts: list[Part]) -> None:
        asked, begun = self.stop_asked, time.monotonic()
        for part in parts:
            if part.child is not None and part.is_running:
                part.child.terminate()
        while self.stop_asked <= asked and any(self._may_go_on(part, begun) for part in parts):
            self.turn(0.1)
        for part in parts:
            part.sweep()
        self.turn(0)

    @staticmethod
    def _may_go_on(part: Part, begun: float) -> bool:
        return part.is_running and time.monotonic() - begun < part.patience


def say(name: str, lines: Iterable[bytes]) -> None:
    """Pass lines on with the name of the part that said them. Nobody listening is no reason to end."""
    with suppress(OSError):
        for line in lines:
            sys.stdout.buffer.write(f"{name:<6} | ".encode() + line + b"\n")
        sys.stdout.buffer.flush()
