"""What anybody may open without signing in: the enquiry form, and a client's quote behind its link."""

from flask import Blueprint

blueprint = Blueprint("public", __name__)

from app.blueprints.public import enquiry, installing, quote  # noqa: E402

__all__ = ["blueprint", "enquiry", "installing", "quote"]
