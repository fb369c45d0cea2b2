"""Reviewing a count: its differences, what is done about them, posting, taking back."""

from typing import Any

from flask import Response, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.count_fields import ActionSaid, ReasonSaid
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import chosen_place, page_number, sees_costs
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import CountAction, CountSession, CountState
from app.permissions import Permission, requires
from app.queries.choices import place_options
from app.queries.count_causes import causes_of
from app.queries.count_review import Review, Reviewed, place_names, review_of
from app.queries.counts import count_page
from app.queries.paging import PER_PAGE, Page
from app.rules.counting import share_right
from app.services.count_posting import post_count
from app.services.count_reversals import reverse_count
from app.services.count_reviews import decide, second_person, send_back

TABS = {
    "differences": "Differences",
    "undecided": "To decide",
    "uncounted": "Not counted",
    "all": "All lines",
}
ACTIONS = [
    (CountAction.NONE.value, "As proposed"),
    (CountAction.ADJUST.value, "Adjust the books"),
    (CountAction.TRANSFER.value, "Move it here from"),
    (CountAction.RECOUNT.value, "Count it again"),
    (CountAction.IGNORE.value, "Ignore"),
]


def tab() -> str:
    """Which lines the address asks for."""
    asked = request.args.get("lines", "differences")
    return asked if asked in TABS else "differences"


def lines_of(review: Review, asked: str) -> list[Reviewed]:
    """The lines of a tab."""
    return {
        "differences": review.differences,
        "undecided": review.undecided,
        "uncounted": review.uncounted,
        "all": list(review.lines),
    }[asked]


@blueprint.get("/counts/<int:count_id>/review")
@requires(Permission.COUNTS_READ)
def count_review(count_id: int) -> Response:
    """Every difference with what it is worth, what is proposed and what could explain it."""
    count = count_page(count_id)
    if count.state is CountState.COUNTING:
        return go_to(url_for("inventory.count", count_id=count_id))
    review = review_of(count)
    shown = page_of(lines_of(review, tab()))
    return page(
        "inventory/count_review.html",
        part="inventory/_count_review.html",
        count=count,
        review=review,
        page=shown,
        tab=tab(),
        tabs_shown={key: (label, len(lines_of(review, key))) for key, label in TABS.items()},
        causes=causes_of(review, shown.items) if count.state is CountState.REVIEW else {},
        place_names=place_names([line.from_id for line in shown.items if line.from_id]),
        actions=ACTIONS,
        place_options=place_options(),
        share=share_right(review.right, len(review.counted)),
        second_person=second_person(count, actor()) if count.state is CountState.REVIEW else "",
        sees_costs=sees_costs(),
        form=current_form(),
    )


def page_of(lines: list[Reviewed]) -> Page[Reviewed]:
    """One page of lines that are all known already."""
    number = min(page_number(), max(1, -(-len(lines) // PER_PAGE)))
    return Page(lines[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(lines))


@blueprint.get("/counts/<int:count_id>/differences.csv")
@requires(Permission.COUNTS_READ)
def count_differences_csv(count_id: int) -> Response:
    """The differences as a file."""
    count = count_page(count_id)
    costs = sees_costs()
    header = [
        "Place",
        "SKU",
        "Product",
        "Asset",
        "Expected",
        "Counted",
        "Difference",
        "Counted by",
        "Action",
        "Note",
    ]
    lines = review_of(count).differences if count.state is not CountState.COUNTING else []
    rows = ([*facts_of(line), *([line.value] if costs else [])] for line in lines)
    return csv_answer(count.number, [*header, *(["Value"] if costs else [])], rows)


def facts_of(line: Reviewed) -> list[Any]:
    """A line of the file."""
    finding = line.finding
    return [
        line.place, line.sku, line.product, line.tag, finding.expected, finding.counted, finding.difference,
        ", ".join(line.people), line.action.value, line.note,
    ]  # fmt: skip


class DecisionForm(ActionSaid):
    """The same for one line, as the screen sends it."""

    line_id: Id


@blueprint.post("/counts/<int:count_id>/decisions")
@requires(Permission.COUNTS_MANAGE)
@shown_again_by(count_review)
def count_decide(count_id: int) -> Response:
    """Say what is done about a difference."""
    count, given = find(CountSession, count_id), read_form(DecisionForm)
    place = chosen_place(given.from_id, "from_id") if given.from_id else None
    decide(count, [given.line_id], given.action, by=actor(), from_location=place, note=given.note)
    return go_to(url_for("inventory.count_review", count_id=count_id, lines=tab(), page=page_number()))


@blueprint.post("/counts/<int:count_id>/recount")
@requires(Permission.COUNTS_MANAGE)
@shown_again_by(count_review)
def count_send_back(count_id: int) -> Response:
    """Have some lines counted again by somebody else."""
    count = find(CountSession, count_id)
    lines = send_back(count, by=actor())
    say(f"{lines} {'line is' if lines == 1 else 'lines are'} to be counted again, by somebody else.")
    return go_to(url_for("inventory.count", count_id=count_id))


@blueprint.post("/counts/<int:count_id>/posting")
@requires(Permission.COUNTS_MANAGE)
@shown_again_by(count_review)
def count_post(count_id: int) -> Response:
    """Write what was decided into the books."""
    count = find(CountSession, count_id)
    rows = post_count(count, by=actor())
    say(f"{count.number} is posted: {len(rows)} {'movement' if len(rows) == 1 else 'movements'}.")
    return go_to(url_for("inventory.count_review", count_id=count_id))


@blueprint.get("/counts/<int:count_id>/reversal")
@requires(Permission.COUNTS_MANAGE)
def count_taking_back(count_id: int) -> Response:
    """Why a posted count is taken back."""
    return page(
        "inventory/count_reason.html",
        count=find(CountSession, count_id),
        form=current_form(),
        is_reversal=True,
    )


@blueprint.post("/counts/<int:count_id>/reversal")
@requires(Permission.COUNTS_MANAGE)
@shown_again_by(count_taking_back)
def count_reverse(count_id: int) -> Response:
    """Take a posted count back as a whole."""
    count = find(CountSession, count_id)
    rows = reverse_count(count, read_form(ReasonSaid).reason, by=actor())
    say(f"{count.number} is taken back: {len(rows)} {'movement' if len(rows) == 1 else 'movements'}.")
    return go_to(url_for("inventory.count_review", count_id=count_id))
