"""Jobs: opening them, what is said about them, and how they go on."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from app.actors import Actor
from app.extensions import db
from app.models import Contact, Event, Job, JobType, Location, LocationKind, Organization
from app.queries.technicians import is_technician
from app.refusals import Refused, Stale
from app.rules.calendars import days_later, local_day
from app.rules.money import ZERO
from app.rules.periods import Period
from app.scope import current_organization_id
from app.services.activities import record
from app.services.companies import ContactFacts, named_company, named_contact
from app.services.job_claims import Short, move_claims
from app.services.job_costs import is_final, keep_cost
from app.services.job_locks import lock_job, name_of, parts_of, refuse_over
from app.services.job_notices import tell_technician, tell_whom_it_concerns
from app.services.numbers import next_number, this_year

CHANGED_MEANWHILE = "Somebody else changed this job meanwhile. Look at it again before you save."


@dataclass(frozen=True)
class JobFacts:
    """All that is said about a job. Company and contact are names: unknown ones are added."""

    title: str
    job_type_id: int
    warehouse_id: int
    starts_at: datetime
    ends_at: datetime
    company: str = ""
    contact: ContactFacts = field(default_factory=lambda: ContactFacts(""))
    site: str = ""
    technician_id: int | None = None
    event_id: int | None = None
    repair_id: int | None = None
    revenue: Decimal = ZERO
    notes: str = ""


def add_job(facts: JobFacts, *, by: Actor) -> Job:
    """Plan a job. Its technician hears of it. Raises Refused beside the field that will not do."""
    now = datetime.now(UTC)
    columns = columns_of(facts, by)
    job = Job(number=next_number("JOB", this_year(now)), created_at=now, **columns)
    db.session.add(job)
    db.session.flush()
    record("job.planned", job, by=by, label=name_of(job), event_id=job.event_id)
    tell_technician(job, "job.assigned", by=by)
    return job


def columns_of(facts: JobFacts, by: Actor, job: Job | None = None) -> dict[str, Any]:
    """The facts as columns, with company and contact found or added. Raises Refused."""
    window = checked_window(facts.starts_at, facts.ends_at)
    refuse_unknown(facts, job)
    company = named_company(facts.company, by=by) if facts.company else None
    contact = named_contact(company, facts.contact, by=by) if company else contact_alone(facts.contact)
    plain = ("title", "job_type_id", "warehouse_id", "site", "technician_id", "event_id", "repair_id", "revenue",
             "notes")  # fmt: skip
    return {name: getattr(facts, name) for name in plain} | {
        "company_id": company.id if company else None,
        "contact_id": contact.id if contact else None,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
    }


def contact_alone(facts: ContactFacts) -> Contact | None:
    """Nobody: a person without a company is added on the page of contacts. Raises Refused for a name."""
    if facts.name:
        raise Refused("Please name the company as well.", "company")
    return None


def checked_window(starts_at: datetime, ends_at: datetime) -> Period:
    """From when until when. Raises Refused beside the end."""
    try:
        return Period(starts_at, ends_at)
    except ValueError as error:
        raise Refused(str(error), "ends_at") from error


def refuse_unknown(facts: JobFacts, job: Job | None) -> None:
    """Raises Refused beside whatever is named and is not there, or does not take part any more."""
    job_type = db.session.get(JobType, facts.job_type_id)
    if job_type is None or (job_type.archived_at and (job is None or job.job_type_id != job_type.id)):
        raise Refused("Please choose a job type.", "job_type_id")
    warehouse = db.session.get(Location, facts.warehouse_id)
    if warehouse is None or warehouse.kind is not LocationKind.WAREHOUSE:
        raise Refused("Please choose a warehouse.", "warehouse_id")
    refuse_no_technician(facts.technician_id, job)
    refuse_event(facts.event_id, job)


def refuse_no_technician(technician_id: int | None, job: Job | None) -> None:
    """Raises Refused for somebody who does no jobs; whoever has it already may keep it."""
    is_kept = job is not None and job.technician_id == technician_id
    if technician_id is not None and not is_kept and not is_technician(technician_id):
        raise Refused("This person does no jobs: give them the role first.", "technician_id")


def refuse_event(event_id: int | None, job: Job | None) -> None:
    """Raises Refused for an event that is not there, or takes no costs any more."""
    if job is not None and job.event_id == event_id:
        return
    if job is not None and is_final(job.event_id):
        raise Refused("Its event is over: what this job cost stands there.", "event_id")
    if event_id is None:
        return
    event = db.session.get(Event, event_id)
    if event is None:
        raise Refused("There is no such event.", "event_id")
    if not event.phase.is_open:
        raise Refused(f"{event.number} is {event.phase.label.lower()}: it takes no more jobs.", "event_id")


def change_job(job: Job, facts: JobFacts, version: int, *, by: Actor) -> list[Short]:
    """Change what is said about a job; its claims and its cost follow. What is short then is named.

    Raises Stale when somebody changed it meanwhile, Refused.
    """
    lock_job(job, event_ids=[facts.event_id])
    if job.version != version:
        raise Stale(CHANGED_MEANWHILE)
    refuse_over(job)
    columns = columns_of(facts, by, job)
    if columns["warehouse_id"] != job.warehouse_id and any(part.left for part in parts_of(job.id)):
        raise Refused(
            "Give its allocated parts back first: they are set aside in the other warehouse.", "warehouse_id"
        )
    return write_change(job, columns, by=by)


def write_change(job: Job, columns: dict[str, Any], *, by: Actor) -> list[Short]:
    """New columns, with all that follows from them; the caller holds the locks."""
    before = {name: getattr(job, name) for name in columns}
    changed = sorted(name for name, value in columns.items() if before[name] != value)
    for name in changed:
        setattr(job, name, columns[name])
    job.version += 1
    db.session.flush()
    short = move_claims(job, parts_of(job.id), by=by) if "starts_at" in changed else []
    if "event_id" in changed:
        keep_cost(job)
    if changed:
        record("job.changed", job, by=by, label=name_of(job), event_id=job.event_id, changed=changed)
        tell_whom_it_concerns(job, before.get("technician_id", job.technician_id), by=by)
    return short


def move_job(job: Job, day: date, technician_id: int | None, *, by: Actor) -> list[Short]:
    """Put a job on another day, at the same time of the clock, or give it to somebody else, or both.

    What is short then is named. Raises Refused.
    """
    lock_job(job)
    refuse_over(job)
    refuse_no_technician(technician_id, job)
    zone = db.session.get_one(Organization, current_organization_id()).timezone
    days = day - local_day(job.starts_at, zone)
    columns = {
        "starts_at": days_later(job.starts_at, days, zone),
        "ends_at": days_later(job.ends_at, days, zone),
        "technician_id": technician_id,
    }
    return write_change(job, columns, by=by)


def reschedule(job: Job, starts_at: datetime, *, by: Actor) -> list[Short]:
    """Let a job begin at another time and last as long; its claims follow. Raises Refused."""
    lock_job(job)
    refuse_over(job)
    window = checked_window(starts_at, starts_at + (job.ends_at - job.starts_at))
    return write_change(job, {"starts_at": window.starts_at, "ends_at": window.ends_at}, by=by)
