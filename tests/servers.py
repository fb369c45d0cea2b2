"""Real servers for tests: a Valkey that can be stopped and emptied, a mail server, the worker."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from redis import Redis
from redis.exceptions import RedisError

from app.config import Settings
from app.lifeline import tied_to_this
from app.serving import valkey_binary

ROOT = Path(__file__).parent.parent
PATIENCE = 120.0


def wait_until(is_so: Callable[[], Any], patience: float = PATIENCE, pause: float = 0.05) -> float:
    """Wait until something is true; how many seconds it took."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < patience, f"still not so after {patience:.0f} s"
        time.sleep(pause)
    return time.monotonic() - begun


class Valkey:
    """A Valkey on a socket of its own, which keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder, folder / "v.sock"
        self.url = f"unix://{self.socket}"
        self.client = Redis.from_url(self.url)
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty."""
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.folder)]
        self.child = subprocess.Popen(
            [str(valkey_binary()), *options], stdout=subprocess.DEVNULL, preexec_fn=tied_to_this()
        )
        wait_until(self.answers, 10)

    def answers(self) -> bool:
        """True once it does."""
        with suppress(RedisError, OSError):
            return bool(self.client.ping())
        return False

    def stop(self) -> None:
        """End it, and with it everything it knew."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.socket.unlink(missing_ok=True)


@contextmanager
def valkey() -> Iterator[Valkey]:
    """A running Valkey; a socket's path must be short, so it lives right below the system's folder."""
    folder = Path(tempfile.mkdtemp(prefix="xh"))
    server = Valkey(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Postbox:
    """What a mail server received, as (message id, recipient, subject)."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str, str]] = []
        self.pause = 0.0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take a letter."""
        headers = dict(
            line.split(": ", 1)
            for line in envelope.content.decode().split("\r\n\r\n")[0].split("\r\n")
            if ": " in line
        )
        time.sleep(self.pause)
        self.letters.append((headers["Message-ID"], envelope.rcpt_tos[0], headers["Subject"]))
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[tuple[str, Postbox]]:
    """The address of an SMTP server on loopback, and its postbox."""
    postbox = Postbox()
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}", postbox
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Worker:
    """The worker of an installation, as a process with its halves below it."""

    def __init__(self, settings: Settings, *halves: str, lease: float = 60) -> None:
        script = Path(__file__).parent / "races" / "counting_worker.py"
        self.child = subprocess.Popen(
            [sys.executable, str(script), *halves],
            env=environment(settings) | {"TEST_LEASE": str(lease)},
            cwd=ROOT,
            preexec_fn=tied_to_this(),
        )

    def halves(self) -> list[int]:
        """The processes right below it."""
        return children(self.child.pid)

    def horses(self) -> list[int]:
        """The processes that perform a task at this moment."""
        return [horse for half in self.halves() for horse in children(half)]

    def stop(self) -> None:
        """End it at once; what is below it ends with it."""
        self.child.kill()
        self.child.wait()


def environment(settings: Settings) -> dict[str, str]:
    """The environment that leads another process to the same installation."""
    return {
        **os.environ,
        "CROSSHIRE_DATA": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "MAIL_URL": settings.mail_url,
        "SECRET_KEY": settings.secret_key,
        "PYTHONPATH": str(ROOT),
    }


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def shoot(pid: int) -> None:
    """kill -9, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
