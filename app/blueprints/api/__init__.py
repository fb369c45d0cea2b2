"""What a person can do in the browser, a program can do here: the same services, the same permissions."""

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
pages = Blueprint("api_pages", __name__, url_prefix="/api")
"""What people read about it, in a browser."""

from app.blueprints.api import (  # noqa: E402
    assets,
    availability,
    close_outs,
    companies,
    contacts,
    dates,
    deals,
    events,
    invoices,
    locations,
    openapi,
    products,
    pull_lists,
    quotes,
    repairs,
    scans,
    stock,
)

__all__ = [
    "assets", "availability", "blueprint", "close_outs", "companies", "contacts", "dates", "deals", "events",
    "invoices", "locations", "openapi", "pages", "products", "pull_lists", "quotes", "repairs", "scans", "stock",
]  # fmt: skip
