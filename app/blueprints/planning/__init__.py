"""Events, pull lists, shortages, costs, calendar."""

from flask import Blueprint

blueprint = Blueprint("planning", __name__, url_prefix="/planning")

from app.blueprints.planning import (  # noqa: E402
    calendar,
    close_out,
    costs,
    dates,
    event_forms,
    events,
    phases,
    pull_list,
    shortages,
)

__all__ = [
    "blueprint", "calendar", "close_out", "costs", "dates", "event_forms", "events", "phases", "pull_list",
    "shortages",
]  # fmt: skip
