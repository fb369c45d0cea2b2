"""Sealing and opening a packed case at the scan station, with one press."""

from collections.abc import Callable

from flask import Response

from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.case_deeds import DeedForm
from app.blueprints.warehouse.station import ScanInput, refusal, verdict
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.forms import read_form
from app.models import Case, Event, ScanMode, ScanResult, Verdict
from app.permissions import Permission, requires
from app.queries.cases import Packed, packed_case
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.case_seals import seal, unseal
from app.services.scans import ScanAnswer

NO_SCAN = 0


class SealForm(DeedForm):
    """What the station sends along: the case that is open on it, if one is."""

    location_id: Id | None = None


@blueprint.post("/events/<int:event_id>/cases/<int:case_id>/sealing")
@requires(Permission.SCANS_WRITE)
def seal_here(event_id: int, case_id: int) -> Response:
    """Seal a case that was packed at the station; nothing more goes into it."""
    return told(event_id, case_id, sealed)


@blueprint.post("/events/<int:event_id>/cases/<int:case_id>/opening")
@requires(Permission.SCANS_WRITE)
def open_here(event_id: int, case_id: int) -> Response:
    """Open a sealed case at the station: what is scanned next goes into it."""
    return told(event_id, case_id, opened)


def told(event_id: int, case_id: int, deed: Callable[[Packed, SealForm], ScanAnswer]) -> Response:
    """Do it, and fill the screen with what it led to; a refusal in red."""
    event, given = find(Event, event_id), read_form(SealForm)
    as_scan = ScanInput(mode=ScanMode.PREP, location_id=given.location_id)
    try:
        return verdict(event, as_scan, deed(packed_for(event, case_id), given), None)
    except Refused as refused:
        return refusal(event, as_scan, refused)


def packed_for(event: Event, case_id: int) -> Packed:
    """The case, packed for this event. Raises NotFound, and Refused for one that is not."""
    case = find(Case, case_id, Case.location)
    packed = packed_case(event.id, case_id=case_id)
    if packed is None:
        raise Refused(f"{case.location.name} is not packed for {event.number}.")
    return packed


def sealed(packed: Packed, given: SealForm) -> ScanAnswer:
    """The case is sealed; if it was open on the screen, it is not any more."""
    message = seal(find(Case, packed.id), by=actor(), request_id=given.once)
    leaves = given.location_id == packed.location_id
    return answer_of(packed, Situation.SEALED_CASE, message, leaves_place=leaves)


def opened(packed: Packed, given: SealForm) -> ScanAnswer:
    """The case is open, on the screen too."""
    unseal(find(Case, packed.id), by=actor(), request_id=given.once)
    message = f"{packed.name} is open. What you scan now goes into it."
    return answer_of(packed, Situation.OPENED_CASE, message, location_id=packed.location_id)


def answer_of(
    packed: Packed,
    situation: Situation,
    message: str,
    *,
    location_id: int | None = None,
    leaves_place: bool = False,
) -> ScanAnswer:
    """What was done to a case, as the station shows it."""
    return ScanAnswer(
        NO_SCAN, situation, Verdict.OK, ScanResult.APPLIED, message, ScanMode.PREP, packed.code,
        case_code=packed.code, location_id=location_id, leaves_place=leaves_place,
    )  # fmt: skip
