"""The web application as stations use it, served by gunicorn for the races.

With RACE_WITHOUT_LOCKS=1 it scans as a careless program would: what it read before is written later, whatever others
wrote between. Only an instance under test may do that.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import replace

from flask import Flask

from app.application import create_app
from app.config import Settings
from app.models import Base
from app.services import scans
from app.transactions import Ids


def make() -> Flask:
    """The application, under test whatever the environment says."""
    if os.environ.get("RACE_WITHOUT_LOCKS") == "1":
        scans.lock = lock_nothing  # type: ignore[assignment]
    return create_app(replace(Settings.from_environment(), testing=True))


def lock_nothing(_wanted: Mapping[type[Base], Ids], _shared: Collection[type[Base]] = ()) -> None:
    """Whoever believes that nobody else is there locks nothing."""


app = make() if os.environ.get("RACE_OF_A_TEST") == "1" else None
