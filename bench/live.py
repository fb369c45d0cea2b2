"""A thousand pages that look on: what they cost, how soon they hear, and how long everybody else waits meanwhile."""

import base64
import json
import os
import selectors
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Call, Figure, Timing, run
from bench.servers import Server, installed

CONNECTIONS = 1000
ADA = ("--email", "ada@bench.example", "--name", "Ada", "--password", "seven quiet amplifiers")
ROUNDS = 400


def live_rows(folder: Path) -> Iterator[Figure]:
    """How soon a thousand hear of a receipt, and the same requests with them and without."""
    crosshire("create-admin", *ADA, data=folder)
    secret = crosshire("token", data=folder).strip().splitlines()[-1]
    headers = {"Authorization": f"Bearer {secret}"}
    with installed(folder, {"WEB_CONCURRENCY": "1"}) as (server, _):
        product_id = new_product(server, headers)
        alone_mb, alone = server.memory_mb(), waits(server, headers)
        with looking_on(server, secret, CONNECTIONS) as sockets:
            receive(server, headers, product_id)
            yield Figure(
                f"{CONNECTIONS} pages hear of a receipt",
                heard_after(server, headers, product_id, sockets),
                "ms",
                1000,
            )
            together = waits(server, headers)
            yield Figure("others' p95 without pages that look on", alone.p95_ms, "ms")
            yield Figure(f"others' p95 with {CONNECTIONS} of them", together.p95_ms, "ms", 2 * alone.p95_ms)
            yield Figure("memory of the installation without them", alone_mb, "MB", 300)
            yield Figure(
                f"memory for each of {CONNECTIONS}",
                (server.memory_mb() - alone_mb) * 1024 / CONNECTIONS,
                "kB",
            )


def crosshire(*words: str, data: Path) -> str:
    """Run one command to its end."""
    command = [str(Path(sys.executable).with_name("crosshire")), *words, "--data", str(data)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def waits(server: Server, headers: dict[str, str]) -> Timing:
    """How long four others wait for the list of products."""
    return run(
        server, lambda _: Call("GET", "/api/v1/inventory/products"), headers, connections=4, rounds=ROUNDS
    )


def call(server: Server, headers: dict[str, str], path: str, body: dict[str, object]) -> dict[str, object]:
    """What the API answers."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/v1{path}",
        json.dumps(body).encode(),
        headers | {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))


def new_product(server: Server, headers: dict[str, str]) -> object:
    """Something to receive."""
    body = {"name": "Tape", "sku": "TAPE", "tracking": "consumable"}
    return call(server, headers, "/inventory/products", body)["id"]


def receive(server: Server, headers: dict[str, str], product_id: object) -> None:
    """One piece comes in."""
    body = {"transaction_type": "receipt", "product_id": product_id, "quantity": 1, "location": "warehouse"}
    call(server, headers, "/inventory/transactions", body)


@contextmanager
def looking_on(server: Server, secret: str, count: int) -> Iterator[list[socket.socket]]:
    """So many open WebSockets."""
    sockets = [handshaken(server, secret) for _ in range(count)]
    try:
        yield sockets
    finally:
        for one in sockets:
            one.close()


def handshaken(server: Server, secret: str) -> socket.socket:
    """One open WebSocket. Raises RuntimeError when it is refused."""
    one = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    key = base64.b64encode(os.urandom(16)).decode()
    one.sendall(
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
    )
    if b"101" not in one.recv(1024).split(b"\r\n", 1)[0]:
        raise RuntimeError("A connection was refused.")
    return one


def heard_after(
    server: Server, headers: dict[str, str], product_id: object, sockets: list[socket.socket]
) -> float:
    """Milliseconds from the answer to a receipt until the last of them has heard of it."""
    empty(sockets)
    receive(server, headers, product_id)
    begun, silent = time.perf_counter(), set(sockets)
    with selectors.DefaultSelector() as waiting:
        for one in sockets:
            waiting.register(one, selectors.EVENT_READ)
        while silent and time.perf_counter() - begun < 30:
            for key, _ in waiting.select(1):
                key.fileobj.recv(4096)  # type: ignore[union-attr]
                silent.discard(key.fileobj)  # type: ignore[arg-type]
    return (time.perf_counter() - begun) * 1000


def empty(sockets: list[socket.socket]) -> None:
    """Read away what came before."""
    time.sleep(2)
    for one in sockets:
        one.setblocking(False)
        try:
            while one.recv(4096):
                pass
        except BlockingIOError:
            one.settimeout(30)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        for figure in live_rows(Path(name) / "house"):
            print(f"{figure.name:<60}{figure.value:>10.1f} {figure.unit:<4} {figure.goal or ''}")
