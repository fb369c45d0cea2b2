"""What the relay and the worker do, done at once for a test."""

from datetime import UTC, datetime
from typing import Protocol

from flask import Flask

from app import jobs
from app.leasing import lease_ready_rows
from app.scope import system_scope
from app.transactions import finish

LATE = datetime(2090, 1, 1, tzinfo=UTC)
"""Later than every row, so that all of them are due."""


class Company(Protocol):
    """Whoever has an application."""

    app: Flask


def do_tasks(house: Company) -> None:
    """Do everything that waits, and what follows from it."""
    while True:
        finish()
        with house.app.app_context(), system_scope("a test plays the relay"):
            leased = lease_ready_rows(LATE)
        finish()
        if not leased:
            return
        for given in leased:
            with house.app.app_context():
                jobs.perform(given.row_id, given.attempt)
