"""When a job could be done: the next days on which all that its parts miss is free."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.extensions import db
from app.models import Job, JobPart, Organization
from app.models.base import stored
from app.queries.availability import Key, capacities, claims_in
from app.queries.job_parts import claim_ids
from app.rules.availability import free
from app.rules.calendars import days_later, local_day
from app.rules.periods import OPEN_END
from app.scope import current_organization_id

DAYS_AHEAD: Final = 90
PROPOSED: Final = 3


@dataclass(frozen=True)
class Wants:
    """What a job needs of each product, and what there is of it besides what the job has set aside."""

    needed: Mapping[int, int]
    stock: Mapping[int, int]
    claims: Mapping[Key, list[tuple[Any, Any, int]]]
    warehouse_id: int
    dialect: str

    def fits(self, starts_at: datetime) -> bool:
        """True when everything is free from a moment on."""
        window = stored(starts_at, self.dialect), stored(OPEN_END, self.dialect)
        return all(
            free(self.stock.get(product_id, 0), self.claims.get((product_id, self.warehouse_id), ()), *window)
            >= pieces
            for product_id, pieces in self.needed.items()
        )


def next_times(job: Job, parts: Sequence[JobPart]) -> list[datetime]:
    """The next working days, at the job's own time of the clock, from which on all its parts are free.

    The claims are read once, however many days are looked at. Empty when no time helps, because there is
    not enough in the house.
    """
    now = datetime.now(UTC)
    wants = wants_of(job, parts, now)
    fitting = (moment for moment in candidates(job, now) if wants.fits(moment))
    return [moment for moment, _ in zip(fitting, range(PROPOSED), strict=False)]


def wants_of(job: Job, parts: Sequence[JobPart], now: datetime) -> Wants:
    """What the parts still need or have set aside, against everybody else's claims from now on."""
    needed: dict[int, int] = {}
    for part in parts:
        if pieces := part.left + part.missing:
            needed[part.product_id] = needed.get(part.product_id, 0) + pieces
    own = claim_ids([part.id for part in parts])
    stock = {product: places.get(job.warehouse_id, 0) for product, places in capacities(needed).items()}
    claims = claims_in(list(needed), now, OPEN_END, without_claims=own, now=now).claims
    return Wants(needed, stock, claims, job.warehouse_id, db.engine.dialect.name)


def candidates(job: Job, now: datetime) -> Iterator[datetime]:
    """The same time of the clock on each working day to come, counted from the job's own day or from today."""
    organization = db.session.get_one(Organization, current_organization_id())
    zone = organization.timezone
    behind = max(local_day(now, zone) - local_day(job.starts_at, zone), timedelta())
    for number in range(1, DAYS_AHEAD + 1):
        moment = days_later(job.starts_at, behind + timedelta(days=number), zone)
        if str(local_day(moment, zone).weekday()) in organization.working_weekdays:
            yield moment
