"""How a request is measured: processor time of every process, statements, and how long callers wait."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from bench.servers import Server

WARM_UP = 10
ROUNDS = 150


@dataclass(frozen=True)
class Call:
    """One HTTP request."""

    method: str
    path: str
    body: bytes = b""
    kind: str = "application/json"


Calls = Callable[[int], Call]
"""The n-th request of a row: rows that write need a fresh thing each time."""


@dataclass(frozen=True)
class Figure:
    """One measured number, with its goal when it has one."""

    name: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def ok(self) -> bool:
        """True when there is no goal, or it is met; a goal in 1/s is to be exceeded."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.unit == "1/s" else self.value <= self.goal

    def row(self) -> dict[str, object]:
        """As JSON wants it."""
        return asdict(self) | {"ok": self.ok}


@dataclass(frozen=True)
class Timing:
    """What a run of requests cost."""

    cpu_ms: float
    p50_ms: float
    p95_ms: float
    per_second: float


def run(
    server: Server,
    calls: Calls,
    headers: dict[str, str],
    *,
    connections: int,
    rounds: int = ROUNDS,
    first: int = 0,
) -> Timing:
    """Send `rounds` requests over so many connections at once. Raises RuntimeError for an answer ≥ 400."""
    waits: list[float] = []
    numbers = iter(range(first, first + rounds))
    guard = threading.Lock()
    before, begun = server.cpu_seconds(), time.perf_counter()
    threads = [
        threading.Thread(target=work, args=(server.port, calls, headers, numbers, guard, waits))
        for _ in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent, lasted = server.cpu_seconds() - before, time.perf_counter() - begun
    if len(waits) < rounds:
        raise RuntimeError(f"{rounds - len(waits)} of {rounds} requests failed: {failures[-1]}")
    ordered = sorted(waits)
    return Timing(
        cpu_ms=spent / rounds * 1000,
        p50_ms=statistics.median(ordered) * 1000,
        p95_ms=ordered[int(len(ordered) * 0.95)] * 1000,
        per_second=rounds / lasted,
    )


failures: list[str] = []


def work(
    port: int,
    calls: Calls,
    headers: dict[str, str],
    numbers: Iterator[int],
    guard: threading.Lock,
    waits: list[float],
) -> None:
    """One caller on one connection, until no requests are left."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        with guard:
            number = next(numbers, None)
        if number is None:
            return
        call = calls(number)
        begun = time.perf_counter()
        connection.request(call.method, call.path, call.body, headers | {"Content-Type": call.kind})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            failures.append(f"{call.method} {call.path}: {answer.status} {text[:300]!r}")
            return
        waits.append(time.perf_counter() - begun)
