"""How many requests a process works on at once: its other threads only hold connections that look on."""

import threading
from collections.abc import Iterable
from typing import Any

LIVE = "/live"


class AtOnce:
    """Lets so many requests in; the next one waits for its turn. Who looks on is not counted."""

    def __init__(self, application: Any, most: int) -> None:
        self.application = application
        self.turns = threading.BoundedSemaphore(most)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == LIVE:
            return self.application(environ, start_response)  # type: ignore[no-any-return]
        with self.turns:
            return self.application(environ, start_response)  # type: ignore[no-any-return]
