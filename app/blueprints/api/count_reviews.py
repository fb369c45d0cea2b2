"""The lines of a count and what is done about them, for programs."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.counts import CountOut
from app.blueprints.api.fields import SeenCost, named
from app.blueprints.api.stock_deeds import MovedOut
from app.blueprints.inventory.count_fields import ActionSaid, ReasonSaid
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.models import CountAction, CountSession, CountState, Location
from app.permissions import Permission, can
from app.queries.count_review import Reviewed, review_of
from app.queries.paging import Page
from app.services.count_posting import post_count
from app.services.count_reversals import reverse_count
from app.services.count_reviews import decide, send_back
from app.services.stock import Moved

MOST_DECIDED = 500


class CountLineOut(Output):
    """A line: what is expected (nothing while a blind count goes on), what was counted, what is done about it."""

    id: int
    product_id: int
    location_id: int
    asset_id: int | None
    expected: int | None
    counted: int | None
    difference: int | None
    value: SeenCost
    counted_by: list[str]
    round: int
    is_added: bool
    is_unsure: bool
    action: CountAction
    from_id: int | None
    note: str
    posted_difference: int | None


class LineQuery(Paging):
    """Which lines."""

    lines: Literal["all", "differences", "undecided", "uncounted"] = "all"


@operation(
    "GET", "/inventory/counts/<int:count_id>/lines", permission=Permission.COUNTS_READ, answer=CountLineOut,
    query=LineQuery, is_list=True,
)  # fmt: skip
def list_count_lines(count_id: int, query: LineQuery) -> Page[dict[str, Any]]:
    """The lines of a count as they stand."""
    session = find(CountSession, count_id)
    is_hidden = (
        session.is_blind and session.state is CountState.COUNTING and not can(Permission.COUNTS_MANAGE)
    )
    review = review_of(session)
    found = {"all": list(review.lines), "uncounted": review.uncounted}.get(query.lines)
    if found is None:
        found = (
            [] if is_hidden else (review.differences if query.lines == "differences" else review.undecided)
        )
    number = min(query.page, max(1, -(-len(found) // query.per_page)))
    start = (number - 1) * query.per_page
    items = [told(line, is_hidden) for line in found[start : start + query.per_page]]
    return Page(items, number, query.per_page, len(found))


def told(line: Reviewed, is_hidden: bool) -> dict[str, Any]:
    """A line as the contract lists it."""
    row, finding = line.line.row, line.finding
    is_open = finding.counted is None or is_hidden
    return {
        "id": row.id,
        "product_id": row.product_id,
        "location_id": row.location_id,
        "asset_id": row.asset_id,
        "expected": None if is_hidden else finding.expected,
        "counted": finding.counted,
        "difference": None if is_open else finding.difference,
        "value": Decimal(0) if is_open else line.value,
        "counted_by": list(line.people),
        "round": row.round,
        "is_added": row.is_added,
        "is_unsure": finding.is_unsure and not is_hidden,
        "action": CountAction.NONE if is_hidden else line.action,
        "from_id": None if is_hidden else line.from_id,
        "note": row.note,
        "posted_difference": row.posted_difference,
    }


class DecisionsIn(ActionSaid):
    """What is done about some lines; a transfer takes from `from_id`, or from where is proposed."""

    line_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_DECIDED)]


@operation(
    "POST", "/inventory/counts/<int:count_id>/decisions", permission=Permission.COUNTS_MANAGE, answer=CountOut,
    body=DecisionsIn, is_idempotent=True,
)  # fmt: skip
def decide_count_lines(count_id: int, body: DecisionsIn) -> CountSession:
    """Say what is done about some lines: adjust, transfer, recount, ignore, or what is proposed."""
    session = find(CountSession, count_id)
    place = named(Location, body.from_id, "from_id") if body.from_id else None
    decide(session, body.line_ids, body.action, by=actor(), from_location=place, note=body.note)
    return session


@operation(
    "POST", "/inventory/counts/<int:count_id>/recount", permission=Permission.COUNTS_MANAGE, answer=CountOut,
    is_idempotent=True,
)  # fmt: skip
def recount_lines(count_id: int) -> CountSession:
    """Send the lines that are to be counted again back, for somebody else."""
    session = find(CountSession, count_id)
    send_back(session, by=actor())
    return session


@operation(
    "POST", "/inventory/counts/<int:count_id>/posting", permission=Permission.COUNTS_MANAGE, answer=MovedOut,
    is_idempotent=True,
)  # fmt: skip
def post_a_count(count_id: int) -> Moved:
    """Write what was decided into the books, by somebody who neither counted nor handed it in."""
    return Moved(post_count(find(CountSession, count_id), by=actor()))


@operation(
    "POST", "/inventory/counts/<int:count_id>/reversal", permission=Permission.COUNTS_MANAGE, answer=MovedOut,
    body=ReasonSaid, is_idempotent=True,
)  # fmt: skip
def reverse_a_count(count_id: int, body: ReasonSaid) -> Moved:
    """Take a posted count back as a whole, once."""
    return Moved(reverse_count(find(CountSession, count_id), body.reason, by=actor()))
