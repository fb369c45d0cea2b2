"""Planning a job, and changing what is said about it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from app.blueprints.jobs import blueprint
from app.blueprints.jobs.said import JobForm
from app.blueprints.planning.fields import new_request_id, whole, zone_name
from app.edge import actor
from app.extensions import db
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Event, Job
from app.permissions import Permission, can, requires
from app.queries.choices import warehouses
from app.queries.crm_clients import offered_companies
from app.queries.jobs import event_options, job_page, type_options
from app.queries.technicians import technicians
from app.services.job_claims import Short
from app.services.jobs import add_job, change_job
from app.services.once import is_first
from app.templating import local_input


@blueprint.get("/new")
@requires(Permission.JOBS_MANAGE)
def job_new() -> Response:
    """The empty form, for a day, a technician or an event when one is named."""
    event = db.session.get(Event, whole("event") or 0)
    return job_form(None, nobody_knows(event), event)


def nobody_knows(event: Event | None) -> dict[str, Any]:
    """What stands in the form before anything is said: tomorrow morning, or when the event's gear is away."""
    starts = event.occupied_from if event else first_morning()
    return {
        "technician_id": whole("technician"),
        "event_id": event.id if event else None,
        "warehouse_id": event.warehouse_id if event else next(iter(warehouses()), (None, ""))[0],
        "starts_at": local_input(starts),
        "ends_at": local_input(event.occupied_until if event else starts + timedelta(hours=3)),
    }


def first_morning() -> datetime:
    """Nine in the morning of the day that is asked for, else of tomorrow."""
    zone = ZoneInfo(zone_name())
    tomorrow = datetime.now(UTC).astimezone(zone).date() + timedelta(days=1)
    try:
        asked = datetime.fromisoformat(request.args.get("day", "")).date()
    except ValueError:
        asked = tomorrow
    return datetime.combine(asked, time(9), zone)


@blueprint.post("/new")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_new)
def create_job() -> Response:
    """Plan a job."""
    given = read_form(JobForm)
    if not is_first(given.request_id, by=actor()):
        return go_to(url_for("jobs.jobs"))
    job = add_job(given.facts(), by=actor())
    say(f"{job.number} is planned. Say which parts it takes.")
    return go_to(url_for("jobs.job", job_id=job.id))


@blueprint.get("/<int:job_id>/edit")
@requires(Permission.JOBS_MANAGE)
def job_edit(job_id: int) -> Response:
    """The form with what is known."""
    job = job_page(job_id)
    return job_form(job, known_about(job), job.event)


@blueprint.post("/<int:job_id>/edit")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_edit)
def save_job(job_id: int) -> Response:
    """Change a job."""
    job = find(Job, job_id)
    given = read_form(JobForm)
    tell_short(change_job(job, given.facts(), given.version, by=actor()), f"{job.number} was saved.")
    return go_to(url_for("jobs.job", job_id=job_id))


def tell_short(short: list[Short], well: str) -> None:
    """Say that it went well, or what is short now."""
    if short:
        say(f"{well} {'; '.join(one.sentence for one in short)}.", "warn")
    else:
        say(well)


def job_form(job: Job | None, known: dict[str, Any], event: Event | None) -> Response:
    """The form, for a new job or a known one."""
    return page(
        "jobs/job_form.html",
        job=job,
        known=known,
        form=current_form(),
        names=offered_companies("") if can(Permission.CLIENTS_READ) else (),
        types=type_options(job.job_type if job else None),
        technicians=with_chosen(job),
        events=event_options(event),
        warehouses=warehouses(),
        request_id=new_request_id(),
    )


def with_chosen(job: Job | None) -> list[tuple[int, str]]:
    """Everybody who does jobs, and whoever has this one."""
    found = list(technicians())
    chosen = job.technician if job else None
    if chosen is not None and chosen.id not in dict(found):
        found.append((chosen.id, chosen.name))
    return found


def known_about(job: Job) -> dict[str, Any]:
    """A job as its form shows it."""
    contact = job.contact
    plain = ("title", "job_type_id", "site", "technician_id", "event_id", "revenue", "notes", "warehouse_id",
             "version")  # fmt: skip
    return {name: getattr(job, name) for name in plain} | {
        "company": job.company.name if job.company else "",
        "contact_name": contact.name if contact else "",
        "contact_email": contact.email if contact else "",
        "contact_phone": contact.phone if contact else "",
        "starts_at": local_input(job.starts_at),
        "ends_at": local_input(job.ends_at),
    }
