"""What is done to a job as a whole, at the desk."""

from datetime import UTC, datetime

from flask import Response, request, url_for

from app.blueprints.jobs import blueprint
from app.blueprints.jobs.jobs import job
from app.blueprints.jobs.own import worked_job
from app.blueprints.warehouse.photos import kept_photo
from app.edge import actor
from app.fields import FormId, Input, Name, ShortText, Words
from app.forms import read_form, shown_again_by
from app.htmx import go_to, say
from app.permissions import Permission, requires
from app.refusals import Refused
from app.services.job_states import cancel_job, finish_job, keep_job_photo, note_on_job, reopen_job, start_job
from app.services.once import is_first
from app.templating import instant


class Finish(Input):
    """Whether what is neither used nor returned goes back now."""

    rest_returned: bool = False


class Why(Input):
    """Why it will not be done."""

    reason: Name


class NoteForm(Input):
    """What is noted, once."""

    text: Words
    request_id: FormId = ""


class PhotoForm(Input):
    """What a photo shows, once."""

    note: ShortText = ""
    request_id: FormId = ""


def back(job_id: int) -> Response:
    """To the job."""
    return go_to(url_for("jobs.job", job_id=job_id))


@blueprint.post("/<int:job_id>/start")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def start(job_id: int) -> Response:
    """The work begins."""
    start_job(worked_job(job_id), by=actor())
    return back(job_id)


@blueprint.post("/<int:job_id>/done")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def finish(job_id: int) -> Response:
    """The work is done."""
    finish_job(worked_job(job_id), by=actor(), rest_returned=read_form(Finish).rest_returned)
    say("Done.")
    return back(job_id)


@blueprint.post("/<int:job_id>/cancellation")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def cancel(job_id: int) -> Response:
    """It will not be done."""
    cancel_job(worked_job(job_id), read_form(Why).reason, by=actor())
    say("Cancelled. All that was set aside is free.")
    return back(job_id)


@blueprint.post("/<int:job_id>/reopening")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def reopen(job_id: int) -> Response:
    """It goes on."""
    reopen_job(worked_job(job_id), by=actor())
    say("It is open again.")
    return back(job_id)


@blueprint.post("/<int:job_id>/notes")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def note(job_id: int) -> Response:
    """Write a note."""
    write_note(job_id)
    return back(job_id)


def write_note(job_id: int) -> None:
    """The note of the form, once."""
    row, given = worked_job(job_id), read_form(NoteForm)
    if is_first(given.request_id, by=actor()):
        note_on_job(row, given.text, instant(datetime.now(UTC)), by=actor())


@blueprint.post("/<int:job_id>/photos")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def add_photo(job_id: int) -> Response:
    """Keep a photo."""
    write_photo(job_id)
    return back(job_id)


def write_photo(job_id: int) -> None:
    """The photo of the form, once. Raises Refused without one."""
    row, given = worked_job(job_id), read_form(PhotoForm)
    if not is_first(given.request_id, by=actor()):
        return
    file_id = kept_photo(request.files.get("photo"))
    if file_id is None:
        raise Refused("Please choose a picture.", "photo")
    keep_job_photo(row, file_id, given.note, by=actor(), request_id=given.request_id)
