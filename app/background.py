"""What goes on behind the web: the relay hands outbox rows over, an RQ worker performs them."""

import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Flask
from redis import Redis
from rq import Worker
from rq.serializers import JSONSerializer

from app.config import Settings
from app.extensions import db
from app.jobs import warm_up
from app.lifeline import be_called, die_with_parent
from app.outbox import LONG_QUEUE, QUEUES
from app.relay import relay_forever


class TiedWorker(Worker):
    """An RQ worker whose work horse ends with it, so that no task goes on unsupervised."""

    max_connection_wait_time = 5.0

    def main_work_horse(self, *args: Any, **kwargs: Any) -> None:
        """What the forked horse does."""
        die_with_parent(self.pid or 0)
        be_called("xh task")
        db.engine.dispose(close=False)
        super().main_work_horse(*args, **kwargs)


def perform_tasks(app: Flask, queues: Sequence[str] = QUEUES) -> None:
    """Take jobs from the queues, the ones somebody waits for first, until told to stop."""
    settings: Settings = app.config["SETTINGS"]
    connection = Redis.from_url(settings.redis_url)
    worker = TiedWorker(
        list(queues), connection=connection, serializer=JSONSerializer, log_job_description=False
    )
    with app.app_context():
        warm_up()
        worker.work(logging_level="WARNING")


def relay(app: Flask) -> None:
    """Hand over outbox rows until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    relay_forever(app)


def background(app: Flask) -> dict[str, Callable[[], None]]:
    """All of it, by the names of the processes: long work keeps nobody's mail waiting."""
    return {
        "relay": partial(relay, app),
        "worker": partial(perform_tasks, app),
        "long worker": partial(perform_tasks, app, (LONG_QUEUE,)),
    }
