"""The guided start: which of its steps an organization does not need."""

from app.actors import Actor
from app.extensions import db
from app.models import Organization
from app.refusals import NotFound
from app.services.activities import record
from app.transactions import lock

STEPS = ("company", "places", "products", "levels", "stock", "people")
"""The steps in the order in which they are best taken."""


def leave_out(organization: Organization, step: str, *, by: Actor) -> None:
    """This step is not needed here. Raises NotFound for one that is none."""
    choose(organization, step, left_out=True, by=by)


def take_up(organization: Organization, step: str, *, by: Actor) -> None:
    """It is needed after all. Raises NotFound for one that is none."""
    choose(organization, step, left_out=False, by=by)


def choose(organization: Organization, step: str, *, left_out: bool, by: Actor) -> None:
    """Remember it, once however often it is said."""
    if step not in STEPS:
        raise NotFound("The guide has no such step.")
    lock({Organization: [organization.id]})
    chosen = set(organization.setup_left_out) - {step} | ({step} if left_out else set())
    if chosen != set(organization.setup_left_out):
        organization.setup_left_out = sorted(chosen)
        verb = "set_up.step_left_out" if left_out else "set_up.step_taken_up"
        record(verb, organization, by=by, label=step)
    db.session.flush()
