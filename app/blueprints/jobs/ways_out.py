"""What is short on a job, and the ways out: a substitute, an emergency purchase, another time."""

from datetime import datetime

from flask import Response, url_for

from app.blueprints.jobs import blueprint
from app.blueprints.jobs.job_forms import tell_short
from app.blueprints.jobs.jobs import job_context
from app.blueprints.jobs.said import PurchaseSaid, StandInSaid
from app.blueprints.planning.fields import as_instant
from app.edge import actor
from app.fields import FormId, Input
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Job, JobPart, Product
from app.permissions import Permission, requires
from app.queries.job_times import NO_TIMES, next_times
from app.services.job_locks import name_of_part, parts_of
from app.services.job_ways_out import buy_part, substitute_part
from app.services.jobs import reschedule
from app.services.once import is_first


class StandInForm(StandInSaid):
    """The same in a form, once."""

    request_id: FormId = ""


class PurchaseForm(PurchaseSaid):
    """The same in a form, once."""

    request_id: FormId = ""


class TimeForm(Input):
    """When the job begins instead; a moment, or a clock time where the organization is."""

    starts_at: datetime


@blueprint.get("/<int:job_id>/shortages")
@requires(Permission.JOBS_READ)
def job_shortages(job_id: int) -> Response:
    """What is short on one job, with the ways out."""
    shown = job_context(job_id)
    job = shown["job"]
    times = next_times(job, parts_of(job.id)) if job.is_open else NO_TIMES
    short = [row for row in shown["rows"] if row.short] if job.is_open else []
    never = sorted({row.product.name for row in short if row.part.product_id in times.never})
    return page("jobs/job_shortages.html", short=short, times=times.moments, never=never, **shown)


def shortages_of_part(job_part_id: int) -> Response:
    """The shortages of the part's job, for forms that are shown again."""
    return job_shortages(find(JobPart, job_part_id).job_id)


@blueprint.post("/parts/<int:job_part_id>/substitution")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(shortages_of_part)
def substitute(job_part_id: int) -> Response:
    """Let another product stand in."""
    row, given = find(JobPart, job_part_id), read_form(StandInForm)
    product = find(Product, given.product_id)
    if is_first(given.request_id, by=actor()):
        substitute_part(row, product, given.quantity, by=actor())
    say(f"{given.quantity} × {product.name} stand in for {name_of_part(row)}.")
    return go_to(url_for("jobs.job_shortages", job_id=row.job_id))


@blueprint.post("/parts/<int:job_part_id>/purchase")
@requires(Permission.ORDERS_REQUEST)
@shown_again_by(shortages_of_part)
def buy(job_part_id: int) -> Response:
    """Ask urgently for what is missing."""
    row, given = find(JobPart, job_part_id), read_form(PurchaseForm)
    if is_first(given.request_id, by=actor()):
        order = buy_part(row, given.quantity, by=actor(), notes=given.notes)
        say(f"{given.quantity} × {name_of_part(row)} stand on {order.number}; whoever orders has been told.")
    return go_to(url_for("jobs.job_shortages", job_id=row.job_id))


@blueprint.post("/<int:job_id>/time")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_shortages)
def move_to_time(job_id: int) -> Response:
    """Let the job begin at another time; what it has set aside moves along."""
    row, given = find(Job, job_id), read_form(TimeForm)
    tell_short(reschedule(row, as_instant(given.starts_at), by=actor()), f"{row.number} has moved.")
    return go_to(url_for("jobs.job", job_id=job_id))
