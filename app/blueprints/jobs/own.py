"""Whose jobs somebody sees and works on: all of them by permission, else their own. Another's is not there."""

from app.edge import actor
from app.finding import find
from app.models import Job, JobPart, JobPhoto
from app.permissions import Permission, can
from app.refusals import NotFound


def seen_job(job_id: int) -> Job:
    """A job that this person may see. Raises NotFound."""
    return belonging(find(Job, job_id), Permission.JOBS_READ)


def worked_job(job_id: int) -> Job:
    """A job that this person may work on. Raises NotFound."""
    return belonging(find(Job, job_id), Permission.JOBS_MANAGE)


def my_job(job_id: int) -> Job:
    """A job of this very person. Raises NotFound."""
    return belonging(find(Job, job_id), None)


def belonging(job: Job, besides: Permission | None) -> Job:
    """The job, if it is this person's, or they have the permission for all. Raises NotFound."""
    sees_all = besides is not None and can(besides)
    if not sees_all and job.technician_id != actor().id:
        raise NotFound("This job does not exist.")
    return job


def seen_part(part_id: int) -> JobPart:
    """A part of a job that this person may see. Raises NotFound."""
    part = find(JobPart, part_id)
    seen_job(part.job_id)
    return part


def worked_part(part_id: int) -> JobPart:
    """A part of a job that this person may work on. Raises NotFound."""
    part = find(JobPart, part_id)
    worked_job(part.job_id)
    return part


def my_part(part_id: int) -> JobPart:
    """A part of this very person's job. Raises NotFound."""
    part = find(JobPart, part_id)
    my_job(part.job_id)
    return part


def seen_photo(photo_id: int) -> JobPhoto:
    """A photo of a job that this person may see. Raises NotFound."""
    photo = find(JobPhoto, photo_id)
    seen_job(photo.job_id)
    return photo
