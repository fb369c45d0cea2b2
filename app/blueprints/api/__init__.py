"""What a person can do in the browser, a program can do here: the same services, the same permissions."""

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

from app.blueprints.api import inventory, openapi  # noqa: E402

__all__ = ["blueprint", "inventory", "openapi"]
