"""What the end of an event means for its cases: one that was packed is free again, one that is out is waited for."""

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import CaseState, Event, Location, StepKind
from app.queries.cases import cases_of_event
from app.refusals import Refused
from app.services.case_seals import settle_seals
from app.services.case_steps import write_step


def let_cases_go(event: Event, *, by: Actor) -> None:
    """A cancelled event needs the cases no more that were packed for it; what is in them stays in them."""
    packed = [case for case in cases_of_event(event.id) if case.state is CaseState.PACKED]
    for case in packed:
        case.state, case.event_id = CaseState.STORED, None
        write_step(case, StepKind.UNDONE, by=by, event=event, note=f"{event.number} was cancelled")
    sealed = [case for case in packed if case.is_sealed]
    if sealed:
        settle_seals(sealed, by=by, excused=f"{event.number} was cancelled")


def refuse_cases_left(event: Event) -> None:
    """An event is not closed while a case is packed for it or out on it. Raises Refused, naming them."""
    places = [case.location_id for case in cases_of_event(event.id)]
    if places:
        names = db.session.scalars(
            select(Location.name).where(Location.id.in_(places)).order_by(Location.name)
        )
        raise Refused(
            f"{', '.join(names)}: scan in what is out, and take back the prep of what is not.", "form"
        )
