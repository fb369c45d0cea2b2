"""Dashboard, search, activity, notifications, and the guided start."""

from flask import Blueprint

blueprint = Blueprint("insight", __name__)

from app.blueprints.insight import (  # noqa: E402
    activity,
    components,
    dashboard,
    notifications,
    search,
    set_up,
    work,
)

__all__ = ["activity", "blueprint", "components", "dashboard", "notifications", "search", "set_up", "work"]
