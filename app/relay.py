"""The relay: one loop that hands outbox rows to RQ and lets the clock's tasks fall due."""

import logging
import threading
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.leasing import REST, listen_for_wake_up, sweep
from app.schedule import beat, queue_due_slots

log = logging.getLogger(__name__)


def relay_forever(app: Flask) -> None:
    """Sweep the outbox when woken, and at least about once a second, until the process ends."""
    woken = threading.Event()
    threading.Thread(target=listen_for_wake_up, args=(woken,), daemon=True).start()
    with app.app_context():
        while True:
            turn()
            woken.wait(REST)
            woken.clear()


def turn() -> None:
    """One round: the clock, then the outbox until nothing is ready. A lost database is waited for."""
    try:
        now = datetime.now(UTC)
        beat("relay", now)
        queue_due_slots(now)
        while sweep(datetime.now(UTC)):
            pass
    except SQLAlchemyError:
        log.exception("The relay could not reach the database; it will try again.")
