"""Home."""

from flask import Response

from app.blueprints.insight import blueprint
from app.htmx import page
from app.permissions import signed_in


@blueprint.get("/")
@signed_in
def dashboard() -> Response:
    """The first page after signing in."""
    return page("insight/dashboard.html")


@blueprint.get("/search")
@signed_in
def search() -> Response:
    """Search everything."""
    return page("insight/dashboard.html")


@blueprint.get("/notifications")
@signed_in
def notifications() -> Response:
    """What waits for me."""
    return page("insight/dashboard.html")
