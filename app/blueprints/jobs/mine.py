"""A technician's own jobs, on a phone. What is done without a network is sent later, each deed once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from flask import Response, current_app, g, jsonify, make_response, request, url_for

from app.blueprints.jobs import blueprint
from app.blueprints.jobs.deeds import Finish, write_note, write_photo
from app.blueprints.jobs.own import my_job, my_part
from app.blueprints.jobs.parts import Some, UseForm
from app.blueprints.planning.fields import new_request_id
from app.edge import actor
from app.errors import wants_json
from app.fields import FormId
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say, settle
from app.permissions import Permission, requires
from app.queries.job_parts import part_rows
from app.queries.jobs import job_page, jobs_of, photos_of
from app.rules.calendars import local_day, start_of_day
from app.services.job_parts import return_part
from app.services.job_states import finish_job, start_job
from app.services.job_uses import use_part
from app.services.once import is_first

View = TypeVar("View", bound=Callable[..., Any])
WORKER = "js/my_jobs_worker.js"


def answered_by(show: Callable[..., Response]) -> Callable[[View], View]:
    """Mark a deed: the phone's queue is told why it is refused, a person sees the page again."""

    def mark(view: View) -> View:
        shown = shown_again_by(show)(view)

        @wraps(view)
        def answered(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs) if wants_json() else shown(*args, **kwargs)

        return answered  # type: ignore[return-value]

    return mark


class FinishForm(Finish):
    """The same, once."""

    request_id: FormId = ""


@blueprint.get("/mine")
@requires(Permission.JOB_PARTS_USE)
def mine() -> Response:
    """My jobs: what is late, today, and to come; what was done today."""
    now = datetime.now(UTC)
    zone = g.organization.timezone
    today = local_day(now, zone)
    since = start_of_day(today, zone)
    groups: dict[str, list[object]] = {"Late": [], "Today": [], "Coming": [], "Done today": []}
    for job in jobs_of(actor().id, since):
        groups[group_of(job.is_open, job.starts_at, since, since + timedelta(days=1))].append(job)
    return page("jobs/mine.html", part="jobs/_my_jobs.html", groups=groups, today=today)


def group_of(is_open: bool, starts_at: datetime, today: datetime, tomorrow: datetime) -> str:
    """Where a job stands in the list."""
    if not is_open:
        return "Done today"
    if starts_at < today:
        return "Late"
    return "Today" if starts_at < tomorrow else "Coming"


@blueprint.get("/mine/<int:job_id>")
@requires(Permission.JOB_PARTS_USE)
def my_job_page(job_id: int) -> Response:
    """One of my jobs with its parts."""
    my_job(job_id)
    row = job_page(job_id)
    return page(
        "jobs/my_job.html",
        part="jobs/_my_job.html",
        job=row,
        rows=part_rows(row),
        photos=photos_of(row.id),
        new_request_id=new_request_id,
    )


def job_of_my_part(job_part_id: int) -> Response:
    """The page of the part's job, for forms that are shown again."""
    return my_job_page(my_part(job_part_id).job_id)


def kept(job_id: int, words: str) -> Response:
    """A deed was kept: told to the queue of the phone, or shown on the page."""
    if wants_json():
        settle()
        return jsonify(said=words)
    say(words)
    return go_to(url_for("jobs.my_job_page", job_id=job_id))


@blueprint.post("/mine/<int:job_id>/start")
@requires(Permission.JOB_PARTS_USE)
@answered_by(my_job_page)
def start_mine(job_id: int) -> Response:
    """I begin."""
    start_job(my_job(job_id), by=actor())
    return kept(job_id, "Begun.")


@blueprint.post("/mine/<int:job_id>/done")
@requires(Permission.JOB_PARTS_USE)
@answered_by(my_job_page)
def finish_mine(job_id: int) -> Response:
    """I am done."""
    row, given = my_job(job_id), read_form(FinishForm)
    if is_first(given.request_id, by=actor()):
        finish_job(row, by=actor(), rest_returned=given.rest_returned)
    return kept(job_id, "Done.")


@blueprint.post("/mine/parts/<int:job_part_id>/use")
@requires(Permission.JOB_PARTS_USE)
@answered_by(job_of_my_part)
def use_mine(job_part_id: int) -> Response:
    """I used so many."""
    row, given = my_part(job_part_id), read_form(UseForm)
    if is_first(given.request_id, by=actor()):
        use_part(row, given.use(), by=actor(), request_id=given.request_id)
    return kept(row.job_id, f"{given.quantity} used.")


@blueprint.post("/mine/parts/<int:job_part_id>/return")
@requires(Permission.JOB_PARTS_USE)
@answered_by(job_of_my_part)
def return_mine(job_part_id: int) -> Response:
    """I bring the rest back."""
    row, given = my_part(job_part_id), read_form(Some)
    if is_first(given.request_id, by=actor()):
        return_part(row, given.quantity, by=actor())
    return kept(row.job_id, "Returned.")


@blueprint.post("/mine/<int:job_id>/notes")
@requires(Permission.JOB_PARTS_USE)
@answered_by(my_job_page)
def note_mine(job_id: int) -> Response:
    """I write something down."""
    my_job(job_id)
    write_note(job_id)
    return kept(job_id, "Noted.")


@blueprint.post("/mine/<int:job_id>/photos")
@requires(Permission.JOB_PARTS_USE)
@answered_by(my_job_page)
def photo_mine(job_id: int) -> Response:
    """I took a picture."""
    my_job(job_id)
    write_photo(job_id)
    return kept(job_id, "The photo is kept.")


@blueprint.get("/mine/worker.js")
@requires(Permission.JOB_PARTS_USE)
def worker() -> Response:
    """The service worker that keeps my jobs on this device; it may look after nothing else."""
    script = Path(current_app.static_folder or "") / WORKER
    response = make_response(script.read_text())
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Service-Worker-Allowed"] = request.path.rpartition("/")[0]
    return response
