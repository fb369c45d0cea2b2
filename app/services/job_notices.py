"""Who hears of a job: the technician who has it, had it, or gets it."""

from collections.abc import Iterable

from app.actors import Actor
from app.models import Job
from app.services.activities import record
from app.services.job_locks import name_of


def tell_whom_it_concerns(job: Job, had_it_id: int | None, *, by: Actor) -> None:
    """Whoever has the job hears that it is theirs, or that it changed; whoever had it, that it is not."""
    if job.technician_id == had_it_id:
        tell_technician(job, "job.moved", by=by)
        return
    tell_technician(job, "job.assigned", by=by)
    tell([had_it_id], job, "job.withdrawn", by=by)


def tell_technician(job: Job, verb: str, *, by: Actor, summary: str = "") -> None:
    """Let the technician hear of it, unless they did it themselves."""
    tell([job.technician_id], job, verb, by=by, summary=summary)


def tell(user_ids: Iterable[int | None], job: Job, verb: str, *, by: Actor, summary: str = "") -> None:
    """An activity that names who is to hear of it."""
    concerned = [user_id for user_id in user_ids if user_id is not None and user_id != by.id]
    if concerned:
        record(
            verb, job, by=by, label=name_of(job), event_id=job.event_id, user_ids=concerned, summary=summary
        )
