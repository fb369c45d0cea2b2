"""What the clock and the command line do about old years of the ledger."""

from dataclasses import dataclass
from typing import Final

from flask import current_app

from app.config import Settings
from app.outbox import Errand
from app.services.closed_years import move_closed_years
from app.services.dropped_years import drop_old_years, finish_dropping

SECONDS: Final = 30.0
"""How long a task works at it; what is left waits for the next."""


@dataclass(frozen=True)
class Kept:
    """How many lines went into the archive, and how many left the ledger for good."""

    moved: int
    dropped: int


def keep_ledger(settings: Settings, *, seconds: float | None = None) -> Kept:
    """Bring closed years to where the settings want them. Raises ArchiveDiffers, NotProved."""
    finish_dropping(settings)
    return Kept(move_closed_years(settings, seconds=seconds), drop_old_years(settings))


def settings_here() -> Settings:
    """The settings of this installation."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def keep_for_a_while(settings: Settings) -> Kept:
    """A part of it, in the time that a task has."""
    return keep_ledger(settings, seconds=SECONDS)


def note_nothing(_made: object, **_payload: object) -> None:
    """The database says itself where its lines lie."""


KEEP: Final = Errand(settings_here, keep_for_a_while, note_nothing, note_nothing)
