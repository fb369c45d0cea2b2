"""Dashboard, search, activity, notifications."""

from flask import Blueprint

blueprint = Blueprint("insight", __name__)

from app.blueprints.insight import dashboard  # noqa: E402

__all__ = ["blueprint", "dashboard"]
