"""What the clock and the command line do about old years of the ledger."""

from typing import Final

from flask import current_app

from app.config import Settings
from app.outbox import Errand
from app.services.closed_years import move_closed_years

SECONDS: Final = 30.0
"""How long a task works at it; what is left waits for the next."""


def keep_ledger(settings: Settings, *, seconds: float | None = None) -> int:
    """Bring closed years to where the settings want them; how many lines have moved."""
    return move_closed_years(settings, seconds=seconds)


def settings_here() -> Settings:
    """The settings of this installation."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def keep_for_a_while(settings: Settings) -> int:
    """A part of it, in the time that a task has."""
    return keep_ledger(settings, seconds=SECONDS)


def note_nothing(_made: object, **_payload: object) -> None:
    """The database says itself where its lines lie."""


KEEP: Final = Errand(settings_here, keep_for_a_while, note_nothing, note_nothing)
