"""Jobs, for programs: who has JOBS_READ sees all of them, everybody else their own."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from flask import Response
from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import fields_called, known_warehouse
from app.blueprints.api.files import JPEG, LARGEST_UPLOAD, FileContent, kept_picture
from app.blueprints.jobs.own import seen_job, seen_photo, worked_job
from app.blueprints.jobs.said import JobSaid
from app.blueprints.warehouse.photos import photo_answer
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input, Instant, Name, ShortText, Words
from app.models import OPEN_JOBS, Job, JobPhoto, JobState
from app.permissions import Permission, can
from app.queries.job_times import next_times
from app.queries.jobs import photos_of
from app.queries.paging import Page, paged
from app.services.job_claims import Short
from app.services.job_locks import parts_of
from app.services.job_parts import allocate_all, plan_template
from app.services.job_states import cancel_job, finish_job, keep_job_photo, note_on_job, reopen_job, start_job
from app.services.jobs import add_job, change_job, reschedule
from app.templating import instant as written_instant


class JobOut(Output):
    """A job."""

    id: int
    number: str
    title: str
    job_type_id: int
    status: JobState = Field(validation_alias="state")
    company_id: int | None
    contact_id: int | None
    site: str
    starts_at: datetime
    ends_at: datetime
    technician_id: int | None
    event_id: int | None
    repair_id: int | None
    warehouse_id: int
    revenue: Decimal
    notes: str
    version: int
    done_at: datetime | None
    cancelled_reason: str


class JobQuery(Paging):
    """Which jobs: of a state (`open` are those that are planned or under way), a technician, an event."""

    status: Literal["open", "planned", "under_way", "done", "cancelled", "all"] = "all"
    technician_id: Id | None = None
    event_id: Id | None = None
    starts_from: Annotated[Instant | None, Field(alias="from", strict=False)] = None
    until: Annotated[Instant | None, Field(strict=False)] = None


@operation("GET", "/inventory/jobs", permission=None, answer=JobOut, query=JobQuery, is_list=True)
def list_jobs(query: JobQuery) -> Page[Job]:
    """The jobs that this token may see, earliest first."""
    wanted = select(Job).order_by(Job.starts_at, Job.id)
    if not can(Permission.JOBS_READ):
        wanted = wanted.where(Job.technician_id == actor().id)
    if query.status != "all":
        states = OPEN_JOBS if query.status == "open" else (JobState(query.status),)
        wanted = wanted.where(Job.state.in_(states))
    if query.technician_id is not None:
        wanted = wanted.where(Job.technician_id == query.technician_id)
    if query.event_id is not None:
        wanted = wanted.where(Job.event_id == query.event_id)
    if query.starts_from is not None:
        wanted = wanted.where(Job.ends_at > query.starts_from)
    if query.until is not None:
        wanted = wanted.where(Job.starts_at < query.until)
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/inventory/jobs/<int:job_id>", permission=None, answer=JobOut)
def get_job(job_id: int) -> Job:
    """One job."""
    return seen_job(job_id)


class JobIn(JobSaid):
    """A job and when it is done; its parts come from the first warehouse when none is named."""

    starts_at: Instant
    ends_at: Instant
    warehouse_id: Id | None = None


@operation(
    "POST", "/inventory/jobs", permission=Permission.JOBS_MANAGE, answer=JobOut, body=JobIn, status=201,
    is_idempotent=True,
)  # fmt: skip
def create_job(body: JobIn) -> Job:
    """Plan a job; its technician hears of it."""
    facts = body.facts_at(known_warehouse(body.warehouse_id), body.starts_at, body.ends_at)
    return add_job(facts, by=actor())


class ShortOut(Output):
    """A part of which not all could be set aside."""

    job_part_id: int
    product: str
    missing: int
    free: int


class MovedJobOut(Output):
    """The job as it is now, and what is short at its time."""

    job: JobOut
    short: list[ShortOut]


def told(short: list[Short]) -> list[ShortOut]:
    """What is short, as programs read it."""
    return [
        ShortOut(job_part_id=one.part.id, product=one.name, missing=one.missing, free=one.free)
        for one in short
    ]


class JobChange(JobIn):
    """The same in the `version` that was read."""

    version: Id


@operation(
    "PUT", "/inventory/jobs/<int:job_id>", permission=Permission.JOBS_MANAGE, answer=MovedJobOut, body=JobChange
)  # fmt: skip
def replace_job(job_id: int, body: JobChange) -> MovedJobOut:
    """Say anew what a job is; its claims follow its time, its cost its event."""
    job = worked_job(job_id)
    facts = body.facts_at(body.warehouse_id or job.warehouse_id, body.starts_at, body.ends_at)
    return moved(job, change_job(job, facts, body.version, by=actor()))


def moved(job: Job, short: list[Short]) -> MovedJobOut:
    """A job after it was changed."""
    db.session.flush()
    db.session.refresh(job)
    return MovedJobOut(job=JobOut.model_validate(job), short=told(short))


class ScheduleIn(Input):
    """When it begins; it lasts as long as before."""

    starts_at: Instant


@operation(
    "PUT", "/inventory/jobs/<int:job_id>/schedule", permission=Permission.JOBS_MANAGE, answer=MovedJobOut,
    body=ScheduleIn,
)  # fmt: skip
def reschedule_job(job_id: int, body: ScheduleIn) -> MovedJobOut:
    """Move a job to another time; what it has set aside moves along, and what is not free then is named."""
    job = worked_job(job_id)
    with fields_called(ends_at="starts_at"):
        return moved(job, reschedule(job, body.starts_at, by=actor()))


class TimeOut(Output):
    """A time at which a job could begin, and the products of which there are too few at any time."""

    starts_at: datetime
    short_product_ids: list[int]


@operation("GET", "/inventory/jobs/<int:job_id>/times", permission=None, answer=TimeOut, is_list=True)
def list_job_times(job_id: int) -> list[TimeOut]:
    """The next times at which all that a job needs is free, but for what there is too little of at any time.

    None where waiting does not help.
    """
    job = seen_job(job_id)
    times = next_times(job, parts_of(job.id))
    never = sorted(times.never)
    return [TimeOut(starts_at=moment, short_product_ids=never) for moment in times.moments]


@operation(
    "POST", "/inventory/jobs/<int:job_id>/template", permission=Permission.JOBS_MANAGE, answer=JobOut,
    is_idempotent=True,
)  # fmt: skip
def plan_job_template(job_id: int) -> Job:
    """Plan what this sort of job usually takes; what is planned already stays as it is."""
    job = worked_job(job_id)
    plan_template(job, by=actor())
    return job


@operation(
    "POST", "/inventory/jobs/<int:job_id>/allocations", permission=Permission.JOBS_MANAGE, answer=MovedJobOut,
    is_idempotent=True,
)  # fmt: skip
def allocate_job(job_id: int) -> MovedJobOut:
    """Set aside what is free of all parts; what is short is named."""
    job = worked_job(job_id)
    return moved(job, allocate_all(job, by=actor()))


@operation(
    "POST", "/inventory/jobs/<int:job_id>/start", permission=Permission.JOB_PARTS_USE, answer=JobOut,
    is_idempotent=True,
)  # fmt: skip
def begin_job(job_id: int) -> Job:
    """Begin the work."""
    job = worked_job(job_id)
    start_job(job, by=actor())
    return job


class CompletionIn(Input):
    """Whether what is neither used nor returned goes back now."""

    rest_returned: bool = False


@operation(
    "POST", "/inventory/jobs/<int:job_id>/completion", permission=Permission.JOB_PARTS_USE, answer=JobOut,
    body=CompletionIn, is_idempotent=True,
)  # fmt: skip
def complete_job(job_id: int, body: CompletionIn) -> Job:
    """The work is done; refused while it is not known what became of a part."""
    job = worked_job(job_id)
    with fields_called(parts="rest_returned"):
        finish_job(job, by=actor(), rest_returned=body.rest_returned)
    return job


class CancellationIn(Input):
    """Why it will not be done."""

    reason: Name


@operation(
    "POST", "/inventory/jobs/<int:job_id>/cancellation", permission=Permission.JOBS_MANAGE, answer=JobOut,
    body=CancellationIn, is_idempotent=True,
)  # fmt: skip
def cancel_one_job(job_id: int, body: CancellationIn) -> Job:
    """Cancel a job: all that it has set aside is free."""
    job = worked_job(job_id)
    cancel_job(job, body.reason, by=actor())
    return job


@operation(
    "POST", "/inventory/jobs/<int:job_id>/reopening", permission=Permission.JOBS_MANAGE, answer=JobOut,
    is_idempotent=True,
)  # fmt: skip
def reopen_one_job(job_id: int) -> Job:
    """Let a job that was done or cancelled go on."""
    job = worked_job(job_id)
    reopen_job(job, by=actor())
    return job


class NoteIn(Input):
    """What is noted."""

    text: Words


@operation(
    "POST", "/inventory/jobs/<int:job_id>/notes", permission=Permission.JOB_PARTS_USE, answer=JobOut, body=NoteIn,
    is_idempotent=True,
)  # fmt: skip
def add_job_note(job_id: int, body: NoteIn) -> Job:
    """Write a note below the others."""
    job = worked_job(job_id)
    note_on_job(job, body.text, written_instant(datetime.now().astimezone()), by=actor())
    return job


class JobPhotoOut(Output):
    """A picture that was taken on a job."""

    id: int
    job_id: int
    note: str
    by_id: int | None
    taken_at: datetime


@operation("GET", "/inventory/jobs/<int:job_id>/photos", permission=None, answer=JobPhotoOut, is_list=True)
def list_job_photos(job_id: int) -> list[JobPhoto]:
    """The photos of a job."""
    return [photo for photo, _ in photos_of(seen_job(job_id).id)]


class JobPhotoIn(Input):
    """A JPEG, PNG or WebP picture in Base64; kept without anything but the picture."""

    photo: FileContent
    note: ShortText = ""


@operation(
    "POST", "/inventory/jobs/<int:job_id>/photos", permission=Permission.JOB_PARTS_USE, answer=JobPhotoOut,
    body=JobPhotoIn, status=201, is_idempotent=True, largest_body=LARGEST_UPLOAD,
)  # fmt: skip
def add_job_photo(job_id: int, body: JobPhotoIn) -> JobPhoto:
    """Keep a photo with a job."""
    job = worked_job(job_id)
    return keep_job_photo(job, kept_picture(body.photo), body.note, by=actor())


@operation(
    "GET", "/inventory/job-photos/<int:job_photo_id>", permission=None, media_types=(JPEG,)
)  # fmt: skip
def get_job_photo(job_photo_id: int) -> Response:
    """The picture itself."""
    return photo_answer(seen_photo(job_photo_id).file_id)


__all__ = ["ShortOut", "told"]
