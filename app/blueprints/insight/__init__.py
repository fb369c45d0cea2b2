"""Dashboard, search, activity, notifications."""

from flask import Blueprint

blueprint = Blueprint("insight", __name__)

from app.blueprints.insight import activity, components, dashboard, notifications, search, work  # noqa: E402

__all__ = ["activity", "blueprint", "components", "dashboard", "notifications", "search", "work"]
