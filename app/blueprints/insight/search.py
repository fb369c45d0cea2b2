"""One box for everything."""

from urllib.parse import urlsplit

from flask import Response, current_app, request

from app.blueprints.insight import blueprint
from app.htmx import go_to, page, wants_part
from app.permissions import can, signed_in
from app.queries.search import SHOWN, SHOWN_ON_PAGE, thing_called
from app.queries.search import search as search_everything
from app.rules.codes import code_key, parse

LONGEST = 200


@blueprint.get("/search")
@signed_in
def search() -> Response:
    """Results as one types; a scanned code or a whole number leads straight to its thing."""
    typed = request.args.get("q", "").strip()[:LONGEST]
    exact = thing_called(code_keys(typed), typed, can) if typed else None
    if exact is not None and not wants_part():
        return go_to(exact.url)
    limit = SHOWN if wants_part() else SHOWN_ON_PAGE
    groups = search_everything(typed, can, limit)
    return page(
        "insight/search.html", part="insight/_search_found.html", typed=typed, exact=exact, groups=groups
    )


def code_keys(typed: str) -> list[str]:
    """The codes that may be meant, in order of preference, as they are compared."""
    own_host = urlsplit(current_app.config["SETTINGS"].base_url).netloc
    return [code_key(code) for scan in parse(typed, own_host=own_host) for code in scan.candidates]
