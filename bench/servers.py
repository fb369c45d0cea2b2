"""Real servers to measure: gunicorn over a database, with the processor time that all of it takes."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parent.parent
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 30


@dataclass(frozen=True)
class Server:
    """A running web server, and the processes whose time counts."""

    port: int
    process_ids: tuple[int, ...]

    def cpu_seconds(self) -> float:
        """Processor time of all its processes and their children so far."""
        return sum(tree_seconds(process_id) for process_id in self.process_ids)

    def memory_mb(self) -> float:
        """Memory of all its processes, shared pages counted once (PSS), in MB."""
        return sum(tree_pss(process_id) for process_id in self.process_ids) / 1024

    def highest_mb(self) -> float:
        """The highest memory that one of its own processes has had so far, shared pages included, in MB."""
        return max(highest_memory(process_id) for process_id in tree(self.process_ids[0])) / 1024


@contextmanager
def serving(target: str, environment: dict[str, str], *besides: int) -> Iterator[Server]:
    """Serve a WSGI application; `besides` are processes whose time counts too, such as PostgreSQL."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", target, "--bind", f"127.0.0.1:{port}",
        "--config", "bench/gunicorn.conf.py",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    try:
        wait_for(port)
        yield Server(port, (process.pid, *besides))
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def installed(folder: Path, environment: dict[str, str], *besides: int) -> Iterator[tuple[Server, float]]:
    """Everything that `crosshire serve` starts, and the seconds until it answered for the first time."""
    port, begun = free_port(), time.perf_counter()
    command = [
        Path(sys.executable).with_name("crosshire"),
        "serve",
        "--data",
        str(folder),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, "/sign-in")
        yield Server(port, (process.pid, *besides)), time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(PATIENCE)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(port: int, path: str = "/static/mark.svg") -> None:
    """Wait until something answers. Raises TimeoutError."""
    for _ in range(PATIENCE * 20):
        try:
            urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE)
            return
        except URLError as error:
            if not isinstance(error.reason, OSError) or "refused" not in str(error):
                return
        time.sleep(0.05)
    raise TimeoutError("The server did not start.")


def tree(process_id: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    except OSError:
        return []
    return [process_id, *(grandchild for child in children for grandchild in tree(int(child)))]


def tree_seconds(process_id: int) -> float:
    """Processor time of a process tree, children that ended included."""
    return sum(seconds(member) for member in tree(process_id))


def seconds(process_id: int) -> float:
    """utime + stime + the same of ended children."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICK


def tree_pss(process_id: int) -> int:
    """Proportional memory of a process tree, in kB."""
    return sum(pss(member) for member in tree(process_id))


def pss(process_id: int) -> int:
    """Proportional memory of one process, in kB."""
    return kernel_says(f"/proc/{process_id}/smaps_rollup", "Pss:")


def highest_memory(process_id: int) -> int:
    """The highest memory of one process so far, in kB."""
    return kernel_says(f"/proc/{process_id}/status", "VmHWM:")


def kernel_says(path: str, word: str) -> int:
    """The number behind a word in one of the kernel's files; 0 where there is none any more."""
    try:
        for line in Path(path).read_text().splitlines():
            if line.startswith(word):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
