"""The background half alone: the relay and the RQ worker, on as many machines as there is work for."""

import gc
import logging

from app.application import create_app
from app.background import background, perform_tasks, relay
from app.forks import Forks


def main() -> None:
    """Keep both alive until told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    app = create_app()
    gc.collect()
    gc.freeze()
    Forks(background(app)).run()


if __name__ == "__main__":
    main()

__all__ = ["Forks", "main", "perform_tasks", "relay"]
