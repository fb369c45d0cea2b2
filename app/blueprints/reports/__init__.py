"""Reports: what was used, what the stock is worth, what runs out, what lies idle."""

from flask import Blueprint

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

from app.blueprints.reports import pages, runs, words  # noqa: E402

__all__ = ["blueprint", "pages", "runs", "words"]
