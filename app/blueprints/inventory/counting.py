"""Counting with scanners and by hand: one screen for several people, each seeing what the others count."""

import uuid
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from flask import Response, request, url_for
from pydantic import AwareDatetime, Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import page_number, whole
from app.edge import actor
from app.extensions import db
from app.fields import Count, Id, Input
from app.finding import find
from app.forms import read_form
from app.htmx import go_to, page, part, say, settle, wants_part
from app.models import Asset, CountEntry, CountSession, CountState, Location, ScanMode
from app.permissions import Permission, requires
from app.queries import counts as queries
from app.queries.count_lines import line_page
from app.refusals import Refused
from app.rules.count_verdicts import TABLE, CountSituation
from app.services.count_entries import count as count_in
from app.services.count_rows import CountAnswer, Said, take_back
from app.services.scans import ScanRequest, scan
from app.transactions import rollback, start_reading

PARTS = (
    "inventory/_scan_given.html",
    "inventory/_scan_next.html",
    "inventory/_count_lines.html",
    "inventory/_scan_recent.html",
)


class EntrySaid(Input):
    """What the screen sends: a code, or so many of a line."""

    code: Annotated[str, Field(max_length=5_000)] = ""
    line_id: Id | None = None
    quantity: Count | None = None
    location_id: Id | None = None
    scan_id: Annotated[str, Field(max_length=64)] = ""
    scanned_at: AwareDatetime | None = None
    sequence: int | None = None

    def said(self) -> Said:
        """The same as the service takes it."""
        moment: datetime | None = self.scanned_at
        uuid_ = self.scan_id or str(uuid.uuid4())
        return Said(uuid_, self.code, self.line_id, self.quantity, self.location_id, moment)


@blueprint.get("/counts/<int:count_id>")
@requires(Permission.COUNTS_READ)
def count(count_id: int) -> Response:
    """The counting screen, or the review once the count is handed in."""
    found = find(CountSession, count_id)
    if found.state is not CountState.COUNTING:
        return go_to(url_for("inventory.count_review", count_id=count_id))
    return page(
        "inventory/count.html", part="inventory/_count_lines.html", **standing(found, whole("location"))
    )


def standing(found: CountSession, location_id: int | None) -> dict[str, Any]:
    """What the lines, the places and the latest entries show now; `location_id` is where the person counts."""
    places = queries.progress_by_place(found)
    place = db.session.get(Location, location_id) if location_id else None
    words, only_left = request.args.get("q", ""), request.args.get("left") == "1"
    return {
        "count": found,
        "places": places,
        "overall": queries.overall(places),
        "place": place,
        "words": words,
        "only_left": only_left,
        "page": line_page(
            found, location_id=location_id, words=words, only_left=only_left, page=page_number(), per_page=25
        ),
        "recent": queries.recent_entries(found),
        "seen": seen_now(found),
        "answer": None,
        "refusal": None,
        "linked": None,
        "judgement": None,
        "new_id": lambda: str(uuid.uuid4()),
    }


def seen_now(found: CountSession) -> str:
    """What tells whether anything happened since a screen was shown."""
    return f"{found.round}-{queries.latest_entry_id(found.id)}"


@blueprint.post("/counts/<int:count_id>/entries")
@requires(Permission.COUNTS_WRITE)
def count_entry(count_id: int) -> Response:
    """Count what was read or typed."""
    found = find(CountSession, count_id)
    given = read_form(EntrySaid)
    try:
        answer = count_in(found, given.said(), by=actor())
    except Refused as refused:
        return refusal_of(found, given, refused)
    return verdict(count_id, given.location_id, answer=answer)


def refusal_of(found: CountSession, given: EntrySaid, refused: Refused) -> Response:
    """What was not even an entry, in red. Raises what is another page's business."""
    if refused.status != 422:
        raise refused
    count_id = found.id
    rollback()
    start_reading()
    return verdict(count_id, given.location_id, refusal=refused)


class Linked(NamedTuple):
    """A code that names something from now on."""

    code: str
    name: str


def verdict(
    count_id: int,
    place_id: int | None,
    *,
    answer: CountAnswer | None = None,
    refusal: Refused | None = None,
    linked: Linked | None = None,
) -> Response:
    """The answer, for htmx as parts, without JavaScript as the whole page."""
    settle()
    here = answer.location_id if answer and answer.location_id else place_id
    shown = standing(find(CountSession, count_id), here)
    look = answer.judgement if answer else TABLE[CountSituation.UNREADABLE]
    shown |= {"answer": answer, "refusal": refusal, "judgement": look, "linked": linked}
    if not wants_part():
        return page("inventory/count.html", **shown)
    return part("inventory/_scan_verdict.html", *PARTS, **shown)


@blueprint.post("/counts/<int:count_id>/entries/<int:entry_id>/undoing")
@requires(Permission.COUNTS_WRITE)
def count_undo(count_id: int, entry_id: int) -> Response:
    """Take one entry back."""
    found = find(CountSession, count_id)
    given = read_form(EntrySaid)
    entry = find(CountEntry, entry_id)
    try:
        answer = take_back(found, entry, given.said().uuid, by=actor())
    except Refused as refused:
        return refusal_of(found, given, refused)
    return verdict(count_id, given.location_id, answer=answer)


@blueprint.get("/counts/<int:count_id>/progress")
@requires(Permission.COUNTS_READ)
def count_progress(count_id: int) -> Response:
    """What others have counted meanwhile: nothing when nothing happened since `seen`."""
    found = find(CountSession, count_id)
    if found.state is not CountState.COUNTING:
        return go_to(url_for("inventory.count_review", count_id=count_id))
    if request.args.get("seen") == seen_now(found):
        return Response(status=204)
    return part(
        "inventory/_count_lines.html", "inventory/_scan_recent.html", **standing(found, whole("location"))
    )


class ReturnSaid(Input):
    """An asset that is out on an event and was found in a place."""

    asset_id: Id
    event_id: Id
    location_id: Id
    scan_id: Annotated[str, Field(max_length=64)] = ""


@blueprint.post("/counts/<int:count_id>/returns")
@requires(Permission.SCANS_WRITE)
def count_return(count_id: int) -> Response:
    """Return an asset from the event that has it, to where it was counted: as a scan at the event's station."""
    found = find(CountSession, count_id)
    given = read_form(ReturnSaid)
    asset = find(Asset, given.asset_id)
    request_ = ScanRequest(
        given.scan_id or str(uuid.uuid4()), asset.tag, ScanMode.IN, given.event_id, location_id=given.location_id,
        device=request.user_agent.string,
    )  # fmt: skip
    answer = scan(request_, by=actor())
    say(answer.message, "ok" if answer.judgement.verdict == "ok" else "warn")
    state = found.state
    if state is CountState.COUNTING:
        return go_to(url_for("inventory.count", count_id=count_id, location=given.location_id))
    return go_to(url_for("inventory.count_review", count_id=count_id))
