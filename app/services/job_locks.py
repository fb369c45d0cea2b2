"""What a deed on a job locks first, and what it refuses."""

from collections.abc import Collection, Iterable

from sqlalchemy import select

from app.extensions import db
from app.models import Event, Job, JobPart, Product
from app.refusals import Refused
from app.transactions import lock


def lock_job(
    job: Job, *, event_ids: Iterable[int | None] = (), product_ids: Iterable[int] = ()
) -> list[JobPart]:
    """Lock a job with its event and all products of its parts, and these; its parts, read afresh."""

    def products() -> Collection[int]:
        return {*product_ids, *db.session.scalars(select(JobPart.product_id).where(JobPart.job_id == job.id))}

    events = [event_id for event_id in (job.event_id, *event_ids) if event_id is not None]
    lock({Event: events, Job: [job.id], Product: products})
    return parts_of(job.id)


def lock_part(part: JobPart, *product_ids: int) -> Job:
    """Lock a part's job as lock_job() does; the job."""
    job = db.session.get_one(Job, part.job_id)
    lock_job(job, product_ids=product_ids)
    return job


def parts_of(job_id: int) -> list[JobPart]:
    """The parts of a job in the order in which they were planned."""
    return list(db.session.scalars(select(JobPart).where(JobPart.job_id == job_id).order_by(JobPart.id)))


def refuse_over(job: Job) -> None:
    """Raises Refused for a job that is done or cancelled."""
    if not job.is_open:
        raise Refused(f"{job.number} is {job.state.value}: it does not change any more.")


def name_of(job: Job) -> str:
    """Number and title."""
    return f"{job.number} · {job.title}"


def name_of_part(part: JobPart) -> str:
    """The name of a part's product."""
    return db.session.get_one(Product, part.product_id).name
