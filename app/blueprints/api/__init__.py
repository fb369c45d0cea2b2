"""What a person can do in the browser, a program can do here: the same services, the same permissions."""

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

from app.blueprints.api import crm, inventory, openapi, planning, warehouse  # noqa: E402

__all__ = ["blueprint", "crm", "inventory", "openapi", "planning", "warehouse"]
