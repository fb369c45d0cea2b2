"""The page that shows every component of the screens, to look at after a change and to copy from."""

from datetime import UTC, datetime

from flask import Response

from app.blueprints.insight import blueprint
from app.htmx import page
from app.permissions import signed_in


@blueprint.get("/docs/components")
@signed_in
def components() -> Response:
    """Every component with made-up content, in every state."""
    return page("docs/components.html", now=datetime.now(UTC))
