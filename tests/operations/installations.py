"""A real installation in a folder of its own: `crosshire serve` as a stranger starts it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

CROSSHIRE = Path(sys.executable).with_name("crosshire")
PATIENCE = 60.0
NAMES = (
    "valkey-server",
    "xh application",
    "xh long worker",
    "xh pages",
    "xh pages",
    "xh relay",
    "xh web",
    "xh worker",
)
"""What an installation with two web workers consists of, besides the supervisor."""


def crosshire(*words: object, data: Path, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [str(CROSSHIRE), *map(str, words), "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment())


def environment() -> dict[str, str]:
    """Our own, without the settings of whoever runs the tests."""
    ours = ("CROSSHIRE_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MAIL_", "WEB_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"WEB_CONCURRENCY": "2"}


def wait_for(question: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Ask until the answer is true."""
    until = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < until, f"{what} did not happen within {patience} s"
        time.sleep(0.05)
    return answer


class Running:
    """A started installation."""

    def __init__(self, data: Path, settings: Mapping[str, str] | None = None, port: int = 0) -> None:
        self.data = data
        self.said = data.with_name(f"{data.name}.log")
        command = [str(CROSSHIRE), "serve", "--data", str(data), "--port", str(port)]
        with self.said.open("w") as out:
            self.child = subprocess.Popen(
                command, stdout=out, stderr=out, env={**environment(), **(settings or {})}
            )

    @property
    def words(self) -> str:
        """Everything it has printed."""
        return self.said.read_text()

    def wait_until_ready(self) -> "Running":
        """Until it says so, and every part is well."""
        wait_for(lambda: "is ready at" in self.words or self.has_ended(), "being ready")
        assert not self.has_ended(), self.words
        wait_for(lambda: self.health()["ready"], "being well")
        return self

    def has_ended(self) -> bool:
        """True when the supervisor is gone."""
        return self.child.poll() is not None

    @property
    def address(self) -> str:
        """Where it says that it is."""
        found = re.search(r"is ready at (\S+)", self.words)
        assert found, self.words
        return found[1]

    def health(self) -> dict[str, Any]:
        """What /healthz answers; nothing is well when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))
        except OSError:
            return {"ready": False, "parts": {}}

    def members(self) -> dict[int, str]:
        """Every living part of this installation, found by its environment: number and name."""
        mark = f"CROSSHIRE_DATA={self.data}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "comm").read_text().strip()
        return found

    def parts(self, *names: str) -> set[int]:
        """The numbers of the living parts with these names."""
        return {number for number, name in self.members().items() if name in names}

    def stop(self, number: signal.Signals = signal.SIGTERM, patience: float = 10.0) -> int:
        """Ask it to stop, and wait; its status."""
        self.child.send_signal(number)
        return self.child.wait(patience)
