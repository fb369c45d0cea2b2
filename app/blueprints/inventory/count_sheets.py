"""The sheet of a count, for counting on paper."""

from flask import Response, g, request

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import pdf_answer
from app.blueprints.inventory.fields import whole
from app.finding import find
from app.gateways.pdf import typeset
from app.models import CountSession
from app.permissions import Permission, requires
from app.queries.count_sheet import sheet_of
from app.transactions import finish


@blueprint.get("/counts/<int:count_id>/sheet.pdf")
@requires(Permission.COUNTS_READ)
def count_sheet(count_id: int) -> Response:
    """The lines of a count by place, with room for what is found; `location` prints one place only.

    A blind count prints no expectation; `expected=0` leaves it out of another as well.
    """
    count = find(CountSession, count_id)
    shows = not count.is_blind and request.args.get("expected") != "0"
    content = sheet_of(count, g.organization, location_id=whole("location"), shows_expected=shows)
    finish()  # typesetting takes a while, and nothing more is read
    return pdf_answer(str(content["number"]), typeset("count", content))
