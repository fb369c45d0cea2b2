"""The web and the background half out of one process: `python -m app.together LISTENER`.

What both need is loaded once and shared, which saves a third of the memory and half of the work of a
start. On several machines `gunicorn` and `worker.py` run on their own.
"""

import gc
import logging
import sys
from pathlib import Path

from flask import Flask
from gunicorn.app.base import Application

from app.background import background
from app.forks import Forks
from app.lifeline import be_called
from wsgi import app

CONFIGURATION = Path(__file__).with_name("gunicorn.conf.py")


class Web(Application):
    """Gunicorn on a socket that is open already, around an application that is loaded already."""

    def __init__(self, loaded: Flask, listener: int) -> None:
        self.loaded, self.listener = loaded, listener
        super().__init__()  # type: ignore[no-untyped-call]

    def load_config(self) -> None:
        """Our own settings, and nothing from the command line."""
        self.load_config_from_file(str(CONFIGURATION))  # type: ignore[no-untyped-call]
        assert self.cfg is not None
        self.cfg.set("bind", f"fd://{self.listener}")

    def load(self) -> Flask:
        """What it serves."""
        return self.loaded


def main(listener: int) -> None:
    """Keep all of it alive until told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    be_called("xh application")
    gc.freeze()  # garbage collection would write into what is loaded now, and no part could share it
    Forks({"web": lambda: serve_web(listener), **background(app)}).run()


def serve_web(listener: int) -> None:
    """Be the master of the web workers."""
    Web(app, listener).run()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main(int(sys.argv[1]))
