"""The board of jobs: a week of days, and who works on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Job, JobPart, JobState
from app.queries.technicians import technicians
from app.rules.calendars import local_day, start_of_day

NOBODY = "Nobody yet"
DAYS = 7


@dataclass(frozen=True)
class Cell:
    """One day of one technician."""

    day: date
    jobs: Sequence[Job]


@dataclass(frozen=True)
class Lane:
    """One technician's week; `id` is 0 for what nobody has yet."""

    id: int
    name: str
    cells: Sequence[Cell]

    @property
    def count(self) -> int:
        """How many jobs the week holds."""
        return sum(len(cell.jobs) for cell in self.cells)


@dataclass(frozen=True)
class Board:
    """A week: its days, a lane for everybody who does jobs, and pieces still missing by job."""

    days: Sequence[date]
    lanes: Sequence[Lane]
    missing: dict[int, int]


def job_board(monday: date, zone: str) -> Board:
    """The jobs of a week by technician and day: a constant number of statements."""
    days = [monday + timedelta(days=number) for number in range(DAYS)]
    jobs = jobs_between(days[0], days[-1] + timedelta(days=1), zone)
    found: dict[tuple[int, date], list[Job]] = {}
    for job in jobs:
        found.setdefault((job.technician_id or 0, local_day(job.starts_at, zone)), []).append(job)
    people = dict(technicians()) | {job.technician.id: job.technician.name for job in jobs if job.technician}
    lanes = [
        Lane(user_id, name, [Cell(day, found.get((user_id, day), ())) for day in days])
        for user_id, name in [(0, NOBODY), *sorted(people.items(), key=lambda person: person[1])]
    ]
    return Board(days, lanes, missing_of([job.id for job in jobs]))


def jobs_between(first: date, last: date, zone: str) -> list[Job]:
    """The jobs that begin in a time and were not cancelled, earliest first."""
    query = (
        select(Job)
        .where(
            Job.starts_at >= start_of_day(first, zone),
            Job.starts_at < start_of_day(last, zone),
            Job.state != JobState.CANCELLED,
        )
        .options(joinedload(Job.company), joinedload(Job.technician), joinedload(Job.job_type))
        .order_by(Job.starts_at, Job.id)
    )
    return list(db.session.scalars(query))


def missing_of(job_ids: Sequence[int]) -> dict[int, int]:
    """Job → how many pieces of its plan are not set aside yet."""
    missing: dict[int, int] = {}
    for part in db.session.scalars(select(JobPart).where(JobPart.job_id.in_(job_ids))):
        missing[part.job_id] = missing.get(part.job_id, 0) + part.missing
    return missing
