"""Whose a repair is: one person sees to it, and everybody sees who."""

from app.actors import Actor
from app.extensions import db
from app.models import Repair, User
from app.permissions import Permission
from app.queries.accounts import people_who_may
from app.refusals import Refused
from app.services.activities import record
from app.services.repairs import locked_repair


def hand_to(repair: Repair, person: User | None, *, by: Actor) -> None:
    """Give a repair to somebody, or to nobody. Raises Refused for who may not mend, and for one that has ended."""
    locked_repair(repair)
    if person is not None and person.id not in people_who_may(Permission.REPAIRS_MANAGE):
        raise Refused(f"{person.name} may not see to repairs.", "assignee_id")
    if repair.assignee_id == (person.id if person else None):
        return
    repair.assignee_id = person.id if person else None
    record(
        "repair.handed", repair, by=by, event_id=repair.event_id, summary=person.name if person else "Nobody"
    )
    db.session.flush()
