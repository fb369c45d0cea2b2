"""Who looks on: the connections that this process holds, and the one thread that hears for all of them."""

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Full, Queue
from time import sleep
from typing import Final

from redis.client import PubSub
from redis.exceptions import RedisError

from app.extensions import redis_link
from app.refusals import Busy
from app.signals import ANY_STOCK, CHANNEL

MOST_CONNECTIONS: Final = int(os.environ.get("LIVE_CONNECTIONS", "1000"))
"""What one process holds; it has as many threads more than it serves requests with, so that none starves."""
MOST_WAITING: Final = 50
"""Messages that wait for a slow listener; with more, it is told once that anything may have changed."""
LOOK_AROUND: Final = 0.5
"""Seconds after which the hearing thread sees that its process is to end."""
PAUSE: Final = 2.0
"""Seconds until Redis is tried again."""


class Listener:
    """One connection's messages, in the order in which they came; None ends it."""

    def __init__(self, organization_id: int) -> None:
        self.organization_id = organization_id
        self.waiting: Queue[str | None] = Queue(MOST_WAITING)

    def tell(self, message: str | None) -> None:
        """Let it have a message. Who cannot keep up loses what waits, and is told so."""
        try:
            self.waiting.put_nowait(message)
        except Full:
            with suppress(Empty):
                while True:
                    self.waiting.get_nowait()
            self.waiting.put_nowait(message and ANY_STOCK)

    def hear(self, patience: float) -> str | None:
        """The next message. Raises Empty when none came in time."""
        return self.waiting.get(timeout=patience)


class Hub:
    """The listeners of this process, by organization."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.listeners: defaultdict[int, set[Listener]] = defaultdict(set)
        self.count = 0
        self.hearing: threading.Thread | None = None
        self.goes_on: Callable[[], bool] = lambda: True

    @contextmanager
    def listening(self, organization_id: int) -> Iterator[Listener]:
        """A listener for as long as the block lasts. Raises Busy when this process holds as many as it can."""
        listener = Listener(organization_id)
        with self.lock:
            if self.count >= MOST_CONNECTIONS:
                raise Busy("Too many pages look on at once. Please try again.")
            self.count += 1
            self.listeners[organization_id].add(listener)
            if self.hearing is None:
                self.hearing = threading.Thread(target=self.hear_forever, name="live", daemon=True)
                self.hearing.start()
        try:
            yield listener
        finally:
            with self.lock:
                self.count -= 1
                self.listeners[organization_id].discard(listener)

    def hear_forever(self) -> None:
        """Pass on what is published, until the process is to end; then let everybody go."""
        while self.goes_on():
            try:
                with redis_link.client.pubsub(ignore_subscribe_messages=True) as heard:
                    heard.psubscribe(f"{CHANNEL}*")
                    self.pass_on(heard)
            except RedisError:
                sleep(PAUSE)
                self.tell_all(ANY_STOCK)  # nobody knows what was missed
        self.tell_all(None)

    def pass_on(self, heard: PubSub) -> None:
        """What comes in, to the listeners of its organization."""
        while self.goes_on():
            message = heard.get_message(timeout=LOOK_AROUND)
            if message is not None:
                organization_id = int(message["channel"].decode().removeprefix(CHANNEL))
                self.tell(organization_id, message["data"].decode())

    def tell(self, organization_id: int, message: str) -> None:
        """Let everybody of an organization have a message."""
        with self.lock:
            listeners = list(self.listeners[organization_id])
        for listener in listeners:
            listener.tell(message)

    def tell_all(self, message: str | None) -> None:
        """Let everybody have a message."""
        with self.lock:
            listeners = [one for several in self.listeners.values() for one in several]
        for listener in listeners:
            listener.tell(message)


hub = Hub()
