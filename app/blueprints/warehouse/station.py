"""The scan station of an event: scanning and ticking are two views of one deed."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from flask import Response, request, url_for
from pydantic import AwareDatetime, Field

from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.devices import device
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input
from app.finding import find
from app.forms import current_form, read_form
from app.htmx import go_to, page, part, say, settle, wants_part
from app.models import Event, Location, Scan, ScanMode
from app.permissions import Permission, requires, roles_with
from app.queries import warehouse as queries
from app.queries.case_checking import Checking, checking_called
from app.queries.cases import Packed, cases_on, packed_case
from app.queries.finds import Find, find_of
from app.queries.repairs import claim_of
from app.queries.scan_conflicts import open_conflicts
from app.queries.short_because import ShortEvent, short_because_of
from app.refusals import Refused
from app.rules.verdicts import TABLE, Judgement, Offer, Situation
from app.services.scan_conflicts import scan_late
from app.services.scan_effects import is_landing
from app.services.scans import ScanAnswer, ScanRequest, number_before, scan, undo
from app.transactions import rollback, start_reading

MOST_PIECES = 9_999
OFFERS = {
    "add": "Add it to the list",
    "extra": "Take more than planned",
    "override": "Take it all the same",
    "return_first": "Return it from there, then go on",
    "return_there": "Return it there",
    "take_out": "Take it out of the case",
}


class ScanInput(Input):
    """What the station sends with every scan."""

    code: Annotated[str, Field(max_length=5_000)] = ""
    mode: ScanMode
    scan_id: Annotated[str, Field(max_length=64)] = ""
    scanned_at: AwareDatetime | None = None
    sequence: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)] | None = None
    location_id: Id | None = None
    accept: bool = False
    override: bool = False
    said: Situation | Literal["kept"] | None = None
    """What the device said by itself, when it had no network; nothing for a scan that is sent at once."""
    list_follows: bool = False
    """The list is long and asks for itself afterwards: nobody waits for its lines before a verdict."""

    def as_request(self, event_id: int) -> ScanRequest:
        """The same as the service takes it."""
        return ScanRequest(
            uuid=self.scan_id or str(uuid.uuid4()),
            code=self.code,
            mode=self.mode,
            event_id=event_id,
            quantity=self.quantity,
            location_id=self.location_id,
            scanned_at=min(self.scanned_at, datetime.now(UTC)) if self.scanned_at else None,
            device=device(),
            accept=self.accept,
            override=self.override,
        )


def chosen_mode() -> ScanMode:
    """The mode that the address names, else OUT on the day and PREP before."""
    given = request.args.get("mode", "")
    return ScanMode(given) if given in set(ScanMode) else ScanMode.PREP


@blueprint.get("/events/<int:event_id>/scan")
@requires(Permission.SCANS_READ)
def scan_station(event_id: int) -> Response:
    """The station: verdict, input, and the list under it."""
    event = find(Event, event_id)
    mode = chosen_mode()
    return page(
        "warehouse/scan_station.html",
        answer=None,
        again=None,
        place=None,
        **waiting(event),
        **standing(event, mode),
    )


def waiting(event: Event) -> dict[str, Any]:
    """The number that waits for its code, given by this person on this device."""
    return {"number": number_before(event.id, actor(), device())}


def around(event: Event, mode: ScanMode) -> dict[str, Any]:
    """What every part of the station wants to know."""
    return {
        "event": event,
        "mode": mode,
        "modes": list(ScanMode),
        "recent": queries.recent_scans(event.id),
        "judgement_of": queries.judgement_of,
        "offers": OFFERS,
        "who_may_find": roles_with(Permission.SCANS_OVERRIDE),
        "now": datetime.now(UTC),
        "new_id": lambda: str(uuid.uuid4()),
    }


def standing(event: Event, mode: ScanMode) -> dict[str, Any]:
    """The same with the list as it is now."""
    seen = queries.scans_counted(event.id)  # first: what comes meanwhile is asked for again
    lines = queries.station_lines(event.id)
    return around(event, mode) | {
        "lines": lines,
        "by_shelf": queries.by_shelf(lines),
        "cases": cases_on(event.id),
        "seen": seen,
        "conflicts": open_conflicts(event.id),
        "proposed": queries.suggested_phase(event, lines),
    }


@blueprint.post("/events/<int:event_id>/scans")
@requires(Permission.SCANS_WRITE)
def scan_code(event_id: int) -> Response:
    """One scan: the verdict, with the counts and the recent scans beside it."""
    event = find(Event, event_id)
    given = read_form(ScanInput)
    try:
        return verdict(event, given, judged(event_id, given), None)
    except Refused as refused:
        return refusal(event, given, refused)


def judged(event_id: int, given: ScanInput) -> ScanAnswer:
    """The scan done, now or late."""
    if given.said is None:
        return scan(given.as_request(event_id), by=actor())
    return scan_late(given.as_request(event_id), given.said, given.sequence, by=actor())


def refusal(event: Event, given: ScanInput, refused: Refused) -> Response:
    """What was not even a scan, in red on the station. Raises what is another page's business."""
    if refused.status not in (403, 422):
        raise refused
    rollback()
    start_reading()
    return verdict(event, given, None, refused)


def verdict(
    event: Event,
    given: ScanInput,
    answer: ScanAnswer | None,
    refusal: Refused | None,
    *,
    left: int | None = None,
    case_code: str = "",
    again: ScanAnswer | None = None,
) -> Response:
    """The answer to a scan, for htmx as parts, without JavaScript as the whole page.

    `left` says of how many of its pieces the condition can be said still; left out, of all that it counted.
    `case_code` is the case that a refusal is about, and `again` the return whose condition was refused.
    """
    shown: dict[str, Any] = {
        "answer": answer,
        "refusal": refusal,
        "again": again,
        "judgement": judgement(answer),
        "given": given,
        "place": chosen_place(event, given, answer),
        "short": short_after(answer),
        "left": left,
        "packed": packed_now(event, answer),
        "find": find_now(answer),
        "checking": checking_now(given, answer, case_code),
        "form": current_form(),
    }
    settle()
    event = find(Event, event.id)
    shown |= waiting(event)
    if not wants_part():
        return page("warehouse/scan_station.html", **shown, **standing(event, given.mode))
    if given.list_follows and not changes_mode(answer):
        return part("warehouse/_scan_verdict.html", *BESIDE, **shown, **around(event, given.mode))
    return part("warehouse/_scan_verdict.html", *BESIDE, THE_LIST, **shown, **standing(event, given.mode))


BESIDE = (
    "warehouse/_scan_deeds.html", "warehouse/_scan_next.html", "warehouse/_scan_condition.html",
    "warehouse/_scan_given.html", "warehouse/_case_checking.html", "warehouse/_scan_recent.html",
)  # fmt: skip
THE_LIST = "warehouse/_scan_list.html"


def changes_mode(answer: ScanAnswer | None) -> bool:
    """True for a card: the list of its mode is another, and the one on the screen asks for its own."""
    return answer is not None and bool(answer.command)


def packed_now(event: Event, answer: ScanAnswer | None) -> Packed | None:
    """The case that the verdict is about, packed for the event: it can be sealed, or opened."""
    if answer is None or answer.mode is not ScanMode.PREP or answer.product_id or not answer.case_code:
        return None
    return packed_case(event.id, code=answer.case_code)


def checking_now(given: ScanInput, answer: ScanAnswer | None, case_code: str) -> Checking | None:
    """The case that the verdict is about, when it is back and to be looked through."""
    code = answer.case_code if answer and not answer.product_id else case_code
    return checking_called(code) if given.mode is ScanMode.IN and code else None


def find_now(answer: ScanAnswer | None) -> Find | None:
    """What the scan has met that was written off: it can be put back with one press."""
    is_lost = answer is not None and answer.offer is Offer.FOUND
    return find_of(find(Scan, answer.scan_id)) if answer and is_lost else None


def short_after(answer: ScanAnswer | None) -> list[ShortEvent]:
    """The events that are short because of the repair that this scan has opened."""
    if answer is None or answer.repair_id is None or answer.mode is not ScanMode.IN:
        return []
    return short_because_of(claim_of(answer.repair_id))


def chosen_place(event: Event, given: ScanInput, answer: ScanAnswer | None) -> Location | None:
    """Where what comes back is put: the place scanned now, else the one that the screen holds."""
    if answer and answer.leaves_place:
        return None
    place_id = (answer and answer.location_id) or given.location_id
    location = db.session.get(Location, place_id) if place_id else None
    return location if location is not None and is_landing(location, event) else None


def judgement(answer: ScanAnswer | None) -> Judgement:
    """How the verdict looks; a refusal of the service itself is red."""
    return answer.judgement if answer else TABLE[Situation.UNREADABLE]


@blueprint.get("/events/<int:event_id>/counts")
@requires(Permission.SCANS_READ)
def counts(event_id: int) -> Response:
    """What others have counted meanwhile: nothing when nothing happened since `seen`."""
    event = find(Event, event_id)
    if request.args.get("seen") == str(queries.scans_counted(event_id)):
        return Response(status=204)
    return part(THE_LIST, "warehouse/_scan_recent.html", **standing(event, chosen_mode()))


class UndoInput(Input):
    """What the station sends along when a scan is taken back."""

    scan_id: Annotated[str, Field(max_length=64)] = ""
    location_id: Id | None = None

    def as_scan(self, mode: ScanMode) -> ScanInput:
        """As the verdict wants it: the place stays."""
        return ScanInput(mode=mode, location_id=self.location_id)


@blueprint.post("/scans/<int:scan_id>/undoing")
@requires(Permission.SCANS_WRITE)
def undo_scan(scan_id: int) -> Response:
    """Take one scan back."""
    row = find(Scan, scan_id)
    answer = undo(row, by=actor(), uuid=request.form.get("scan_id") or str(uuid.uuid4()))
    event = find(Event, row.event_id or 0)
    given = read_form(UndoInput).as_scan(row.mode)
    if wants_part():
        return verdict(event, given, answer, None)
    say(answer.message)
    return go_to(url_for("warehouse.scan_station", event_id=event.id, mode=row.mode.value))
