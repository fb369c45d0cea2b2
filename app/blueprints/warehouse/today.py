"""The warehouse's home: what is late, leaves, returns, and is to be prepared."""

from flask import Response, g

from app.blueprints.warehouse import blueprint
from app.htmx import page
from app.permissions import Permission, can, requires
from app.queries import warehouse as queries
from app.queries.inspections import to_do


@blueprint.get("")
@requires(Permission.SCANS_READ)
def today() -> Response:
    """The day's work, each event leading to its scan station."""
    return page(
        "warehouse/today.html",
        part="warehouse/_today_lists.html",
        today=queries.today(g.organization.timezone),
        to_do=to_do() if can(Permission.INSPECTIONS_READ) else None,
    )
