"""What makes an app of the site on a phone or a shared screen: its name, its mark, and where it opens."""

from flask import Response, jsonify, url_for

from app.blueprints.public import blueprint
from app.permissions import public

GROUND = "#10151c"
"""The colour behind the mark."""
MARKS = (
    ("mark-192.png", "192x192", "any"),
    ("mark-512.png", "512x512", "any"),
    ("mark-full-512.png", "512x512", "maskable"),
)


@blueprint.get("/app.webmanifest")
@public
def manifest() -> Response:
    """The web manifest: opened from the home screen, the day of the warehouse comes first."""
    home = url_for("insight.dashboard")
    answer = jsonify(
        id=home,
        name="Crosshire",
        short_name="Crosshire",
        description="Scan, plan and rent out equipment.",
        start_url=url_for("warehouse.today"),
        scope=home,
        display="standalone",
        background_color=GROUND,
        theme_color=GROUND,
        icons=[
            {"src": url_for("static", filename=name), "sizes": size, "type": "image/png", "purpose": purpose}
            for name, size, purpose in MARKS
        ],
    )
    answer.content_type = "application/manifest+json"
    return answer
