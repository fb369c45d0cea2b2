"""Looking through a case that came back as a whole, on its page and at the station: what of it is not there."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.case_deeds import DeedForm, back
from app.blueprints.warehouse.cases import case as case_view
from app.blueprints.warehouse.sealing import NO_SCAN
from app.blueprints.warehouse.station import MOST_PIECES, ScanInput, verdict
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.forms import read_form, show_again, shown_again_by
from app.htmx import say
from app.models import Asset, Case, Event, Product, ScanMode, ScanResult, Verdict
from app.permissions import Permission, requires
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.case_absences import look_through, say_absent
from app.services.scans import ScanAnswer


class AbsenceForm(DeedForm):
    """What is not there: a piece by its asset, or how many counted ones."""

    product_id: Id
    asset_id: Id | None = None
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)] | None = None


class StationForm(DeedForm):
    """The place that the station holds goes along."""

    location_id: Id | None = None

    @property
    def as_scan(self) -> ScanInput:
        """As the verdict wants it."""
        return ScanInput(mode=ScanMode.IN, location_id=self.location_id)


@blueprint.post("/cases/<int:case_id>/absences")
@requires(Permission.SCANS_WRITE)
@shown_again_by(case_view)
def miss_in_case(case_id: int) -> Response:
    """Say on the page of a case what is not in it."""
    say(missed(find(Case, case_id)))
    return back(case_id)


def missed(case: Case) -> str:
    """Say so; what it led to, in a sentence. Raises Refused, beside no field but how many."""
    given = read_form(AbsenceForm)
    product = find(Product, given.product_id)
    asset = find(Asset, given.asset_id) if given.asset_id else None
    try:
        return say_absent(case, product, asset, given.quantity, by=actor(), request_id=given.once).message
    except Refused as refused:
        if refused.status != Refused.status or "quantity" in refused.errors:
            raise
        raise Refused(refused.message) from refused


@blueprint.post("/cases/<int:case_id>/verification")
@requires(Permission.SCANS_WRITE)
@shown_again_by(case_view)
def verify_case(case_id: int) -> Response:
    """Whatever else came back is there: the case was looked through."""
    say(look_through(find(Case, case_id), by=actor(), request_id=read_form(DeedForm).once))
    return back(case_id)


@blueprint.post("/events/<int:event_id>/cases/<int:case_id>/absences")
@requires(Permission.SCANS_WRITE)
def miss_here(event_id: int, case_id: int) -> Response:
    """The same at the station: the verdict says what it led to, and the list goes on."""
    event, case, as_scan = found(event_id, case_id)
    code = case.location.code
    try:
        answer = answer_of(code, Situation.MISSING, missed(case))
    except Refused as refused:
        if refused.status != 422:
            raise
        show_again(refused)
        return verdict(event, as_scan, None, refused, case_code=code)
    return verdict(event, as_scan, answer, None)


@blueprint.post("/events/<int:event_id>/cases/<int:case_id>/verification")
@requires(Permission.SCANS_WRITE)
def verify_here(event_id: int, case_id: int) -> Response:
    """The end of it at the station."""
    event, case, as_scan = found(event_id, case_id)
    message = look_through(case, by=actor(), request_id=read_form(DeedForm).once)
    return verdict(event, as_scan, answer_of(case.location.code, Situation.VERIFIED, message), None)


def found(event_id: int, case_id: int) -> tuple[Event, Case, ScanInput]:
    """The station's event, the case, and the place that it holds. Raises NotFound."""
    return find(Event, event_id), find(Case, case_id, Case.location), read_form(StationForm).as_scan


def answer_of(code: str, situation: Situation, message: str) -> ScanAnswer:
    """What was found in a case, as the station shows it."""
    return ScanAnswer(
        NO_SCAN, situation, Verdict.OK, ScanResult.APPLIED, message, ScanMode.IN, code, case_code=code
    )
