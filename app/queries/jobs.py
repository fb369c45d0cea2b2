"""Jobs as lists and pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.finding import find
from app.models import (
    OPEN_JOBS,
    Company,
    Event,
    Job,
    JobPart,
    JobPartState,
    JobPhoto,
    JobState,
    JobType,
    Repair,
    User,
)
from app.models.base import plain_text
from app.queries.paging import PER_PAGE, Page, paged
from app.queries.rows import AnySelect
from app.rules.calendars import start_of_day
from app.rules.phases import OPEN_PHASES

STATES: Final = {
    "open": "Open", "planned": "Planned", "under_way": "Under way", "done": "Done", "cancelled": "Cancelled",
    "all": "All",
}  # fmt: skip
SORTS: Final[dict[str, Any]] = {
    "number": Job.number, "title": func.lower(Job.title), "from": Job.starts_at, "customer": func.lower(Company.name),
    "technician": func.lower(User.name), "type": func.lower(JobType.name),
}  # fmt: skip
MOST_EXPORTED: Final = 10_000
MOST_OFFERED: Final = 12


@dataclass(frozen=True)
class JobFilters:
    """What a list of jobs is narrowed to. `state` is a state, `open` or `all`."""

    find: str = ""
    state: str = "open"
    type_id: int | None = None
    technician_id: int | None = None
    event_id: int | None = None
    starts: date | None = None
    ends: date | None = None
    sort: str = "from"


class JobRow(NamedTuple):
    """One job of a list, with how its parts stand."""

    id: int
    number: str
    title: str
    state: JobState
    starts_at: datetime
    ends_at: datetime
    site: str
    revenue: Decimal
    type: str
    company: str | None
    technician_id: int | None
    technician: str | None
    event_id: int | None
    event: str | None
    parts: int = 0
    missing: int = 0
    cost: Decimal = Decimal(0)


def job_select() -> AnySelect:
    """The columns of a list of jobs."""
    return (
        select(
            Job.id, Job.number, Job.title, Job.state, Job.starts_at, Job.ends_at, Job.site, Job.revenue,
            JobType.name.label("type"), Company.name.label("company"), Job.technician_id,
            User.name.label("technician"), Job.event_id, Event.number.label("event"),
        )
        .join(JobType, JobType.id == Job.job_type_id)
        .outerjoin(Company, Company.id == Job.company_id)
        .outerjoin(User, User.id == Job.technician_id)
        .outerjoin(Event, Event.id == Job.event_id)
    )  # fmt: skip


def filtered(query: AnySelect, filters: JobFilters, zone: str) -> AnySelect:
    """Only the jobs that the filters let through."""
    for word in plain_text(filters.find).split():
        named = (
            Job.search_text.contains(word, autoescape=True),
            Company.search_text.contains(word, autoescape=True),
        )
        query = query.where(or_(*named))
    if filters.state == "open":
        query = query.where(Job.state.in_(OPEN_JOBS))
    elif filters.state in tuple(JobState):
        query = query.where(Job.state == JobState(filters.state))
    for column, wanted in (
        (Job.job_type_id, filters.type_id),
        (Job.technician_id, filters.technician_id),
        (Job.event_id, filters.event_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if filters.starts:
        query = query.where(Job.ends_at > start_of_day(filters.starts, zone))
    if filters.ends:
        query = query.where(Job.starts_at < start_of_day(filters.ends + timedelta(days=1), zone))
    return query


def in_order(query: AnySelect, sort: str) -> AnySelect:
    """Sorted by a column; a minus in front turns it round."""
    column = SORTS.get(sort.removeprefix("-"), Job.starts_at)
    return query.order_by(column.desc() if sort.startswith("-") else column, Job.id)


def job_rows(filters: JobFilters, page: int, zone: str, per_page: int = PER_PAGE) -> Page[JobRow]:
    """One page of jobs, each with how its parts stand: three statements."""
    query = in_order(filtered(job_select(), filters, zone), filters.sort)
    found = paged(query, page, per_page, scalars=False)
    return Page(with_parts(found.items), found.page, found.per_page, found.total)


def all_job_rows(filters: JobFilters, zone: str) -> list[JobRow]:
    """Every job of a list, for a file."""
    query = in_order(filtered(job_select(), filters, zone), filters.sort)
    return with_parts(db.session.execute(query.limit(MOST_EXPORTED)).all())


class PartSums(NamedTuple):
    """How the parts of a job stand: how many sorts, how many pieces are not set aside yet, what they have cost."""

    parts: int = 0
    missing: int = 0
    cost: Decimal = Decimal(0)


def with_parts(rows: Sequence[Any]) -> list[JobRow]:
    """The rows with how their parts stand."""
    query = select(JobPart).where(
        JobPart.job_id.in_([row.id for row in rows]), JobPart.state != JobPartState.CANCELLED
    )
    sums: dict[int, PartSums] = {}
    for part in db.session.scalars(query):
        parts, missing, cost = sums.get(part.job_id, PartSums())
        sums[part.job_id] = PartSums(parts + 1, missing + part.missing, cost + part.cost)
    return [JobRow(**row._mapping, **sums.get(row.id, PartSums())._asdict()) for row in rows]


def job_page(job_id: int) -> Job:
    """A job with everything that its page shows. Raises NotFound."""
    return find(Job, job_id, Job.job_type, Job.company, Job.contact, Job.technician, Job.event, Job.warehouse)


def photos_of(job_id: int) -> list[tuple[JobPhoto, str]]:
    """The photos of a job, oldest first, and who took each; the pictures themselves are not read."""
    query = (
        select(JobPhoto, User.name)
        .outerjoin(User, User.id == JobPhoto.by_id)
        .where(JobPhoto.job_id == job_id)
        .order_by(JobPhoto.id)
    )
    return [(row, name or "") for row, name in db.session.execute(query)]


def job_types(*, with_archived: bool = False) -> list[JobType]:
    """The sorts of jobs, by name."""
    query = select(JobType).order_by(JobType.archived_at.is_not(None), func.lower(JobType.name))
    return list(db.session.scalars(query if with_archived else query.where(JobType.archived_at.is_(None))))


def type_options(besides: JobType | None = None) -> list[tuple[int, str]]:
    """The sorts of jobs as options of a select; one that is out of use only where it is chosen already."""
    found = job_types()
    if besides is not None and besides not in found:
        found.append(besides)
    return [(row.id, row.name) for row in found]


def event_options(chosen: Event | None = None) -> list[tuple[int, str]]:
    """The events that a job can be for: those that are open, the next ones first."""
    query = (
        select(Event.id, Event.number, Event.name)
        .where(Event.phase.in_(OPEN_PHASES))
        .order_by(Event.occupied_from)
        .limit(100)
    )
    found = [(row.id, f"{row.number} {row.name}") for row in db.session.execute(query)]
    if chosen is not None and chosen.id not in dict(found):
        found.insert(0, (chosen.id, f"{chosen.number} {chosen.name}"))
    return found


def repair_of(job: Job) -> Repair | None:
    """The repair that a job is work on."""
    return db.session.get(Repair, job.repair_id) if job.repair_id is not None else None


def jobs_of(technician_id: int | None, since: datetime) -> list[Job]:
    """A technician's jobs that are open, or were done since then; the next ones first."""
    query = (
        select(Job)
        .where(
            Job.technician_id == technician_id,
            or_(Job.state.in_(OPEN_JOBS), (Job.state == JobState.DONE) & (Job.done_at >= since)),
        )
        .options(joinedload(Job.company), joinedload(Job.contact), joinedload(Job.job_type))
        .order_by(Job.starts_at, Job.id)
    )
    return list(db.session.scalars(query))
