"""How gunicorn serves the application: `gunicorn --config app/gunicorn.conf.py wsgi:app`.

The application is loaded once, before the workers are forked, so that they share its memory.
"""

import gc
import os
from typing import Any

from gunicorn.workers.gthread import PollableMethodQueue

from app.extensions import db
from app.lifeline import be_called, die_with_parent
from app.live import MOST_CONNECTIONS, hub

MOST_WORKERS = 4
"""More writers than this only wait for one another on SQLite; WEB_CONCURRENCY overrides it."""
CORES = os.cpu_count() or 1

worker_class = "gthread"
# One core is for the background half and the database; and each process takes another 80 MB.
workers = int(os.environ.get("WEB_CONCURRENCY", "0")) or min(max(CORES - 1, 1), MOST_WORKERS)
# As many as work on requests at once (WEB_THREADS, see app/at_once.py), and one for each page that looks on.
threads = (int(os.environ.get("WEB_THREADS") or 0) or 16) + MOST_CONNECTIONS
worker_connections = threads + 1000
preload_app = True
timeout = 60
graceful_timeout = 4
keepalive = 20
loglevel = "warning"
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None


def leave_open(_queue: PollableMethodQueue) -> None:
    """Not closing the queue's pipe when a worker ends: a thread that still works would otherwise write its
    wake-up byte into whatever file took the number over, and that may be the database."""


PollableMethodQueue.close = leave_open  # type: ignore[method-assign]


def pre_fork(_server: Any, _worker: Any) -> None:
    """What is loaded now is set aside from garbage collection, which would write into it and unshare it."""
    gc.freeze()


def post_fork(_server: Any, worker: Any) -> None:
    """A worker ends with its master, and opens its own connections to the database."""
    die_with_parent(worker.ppid)
    be_called("xh pages")
    db.engine.dispose(close=False)


def post_worker_init(worker: Any) -> None:
    """Whoever looks on is let go as soon as the worker is told to end."""
    hub.goes_on = lambda: bool(worker.alive)
