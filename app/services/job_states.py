"""How a job goes on: begun, noted on, photographed, done, cancelled, opened again."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.models import Job, JobPart, JobPartState, JobPhoto, JobState
from app.refusals import Refused
from app.services.activities import record
from app.services.job_claims import give_up
from app.services.job_locks import lock_job, name_of, refuse_over
from app.services.job_notices import tell_technician
from app.services.job_parts import put_back, undecided

LONGEST_NOTES = 5_000
MOST_PHOTOS = 50


def start_job(job: Job, *, by: Actor) -> None:
    """Somebody works on it now."""
    lock_job(job)
    refuse_over(job)
    if job.state is JobState.PLANNED:
        go_to(job, JobState.UNDER_WAY, "job.started", by=by)


def go_to(job: Job, state: JobState, verb: str, *, by: Actor, reason: str = "") -> None:
    """The next state, and the line in the log."""
    job.state = state
    job.version += 1
    db.session.flush()
    record(verb, job, by=by, label=name_of(job), event_id=job.event_id, reason=reason)


def finish_job(job: Job, *, by: Actor, rest_returned: bool = False) -> None:
    """The work is done. Of every part it must be known what became of it, or the rest goes back. Raises Refused."""
    parts = undecided(lock_job(job))
    refuse_over(job)
    if parts and not rest_returned:
        raise Refused(
            f"{len(parts)} {'part is' if len(parts) == 1 else 'parts are'} neither used nor returned.",
            "parts",
        )
    for part in parts:
        settle_part(part)
    job.done_at = datetime.now(UTC)
    go_to(job, JobState.DONE, "job.done", by=by)


def settle_part(part: JobPart) -> None:
    """What was set aside goes back; what never was, is not needed."""
    if part.left:
        put_back(part, part.left)
    else:
        part.state = JobPartState.CANCELLED


def cancel_job(job: Job, reason: str, *, by: Actor) -> None:
    """It will not be done: all its claims are free. What was used stays used. Raises Refused without a reason."""
    parts = lock_job(job)
    refuse_over(job)
    if not reason.strip():
        raise Refused("Please say why.", "reason")
    for part in parts:
        drop_part(part)
    job.cancelled_reason = reason.strip()
    go_to(job, JobState.CANCELLED, "job.cancelled", by=by, reason=job.cancelled_reason)
    tell_technician(job, "job.called_off", by=by, summary=job.cancelled_reason)


def drop_part(part: JobPart) -> None:
    """A part of a job that is called off holds nothing any more."""
    give_up(part)
    if part.is_undecided:
        part.state = JobPartState.CANCELLED


def reopen_job(job: Job, *, by: Actor) -> None:
    """A job that was done or called off goes on. Its parts are planned anew."""
    lock_job(job)
    if job.is_open:
        raise Refused(f"{job.number} is open.")
    job.done_at, job.cancelled_reason = None, ""
    go_to(job, JobState.UNDER_WAY, "job.reopened", by=by)


def note_on_job(job: Job, text: str, at: str, *, by: Actor) -> None:
    """Add a note below the others: who, when (as people write it), what. Raises Refused when there is no room."""
    lock_job(job)
    notes = f"{job.notes}\n{by.name}, {at}: {text}".strip()
    if len(notes) > LONGEST_NOTES:
        raise Refused("The notes of this job are full.", "text")
    job.notes = notes
    job.version += 1
    db.session.flush()
    record("job.noted", job, by=by, label=name_of(job), event_id=job.event_id, summary=text[:300])


def keep_job_photo(
    job: Job, file_id: int, note: str, *, by: Actor, request_id: str = "", taken_at: datetime | None = None
) -> JobPhoto:
    """Keep a photo that was taken on a job. Raises Refused when there are too many."""
    lock_job(job)
    kept = db.session.scalar(select(func.count(JobPhoto.id)).where(JobPhoto.job_id == job.id)) or 0
    if kept >= MOST_PHOTOS:
        raise Refused(f"A job keeps {MOST_PHOTOS} photos.", "photo")
    row = JobPhoto(
        job_id=job.id,
        file_id=file_id,
        request_id=request_id or None,
        note=note,
        by_id=by.id,
        taken_at=taken_at or datetime.now(UTC),
    )
    db.session.add(row)
    db.session.flush()
    record("job.photographed", job, by=by, label=name_of(job), event_id=job.event_id)
    return row


__all__ = [
    "cancel_job", "finish_job", "keep_job_photo", "note_on_job", "reopen_job", "start_job",
]  # fmt: skip
