"""When a job could be done: the next days on which all that its parts miss is free."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

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

    def missing_at(self, starts_at: datetime) -> set[int]:
        """The products of which too few are free from a moment on."""
        window = stored(starts_at, self.dialect), stored(OPEN_END, self.dialect)
        return {
            product_id
            for product_id, pieces in self.needed.items()
            if pieces
            > free(
                self.stock.get(product_id, 0), self.claims.get((product_id, self.warehouse_id), ()), *window
            )
        }


class OtherTimes(NamedTuple):
    """When a job could begin instead, and the products that waiting does not help."""

    moments: list[datetime]
    never: set[int]


NO_TIMES: Final = OtherTimes([], set())
"""Where nothing is to be moved."""


def next_times(job: Job, parts: Sequence[JobPart]) -> OtherTimes:
    """The next working days, at the job's own time of the clock, from which on all its parts are free.

    What is too few on every one of these days, because there is not enough in the house, does not stand in the way
    of the others: it is named. Without a moment where waiting helps none of what is short. The claims are read
    once, however many days are looked at.
    """
    now = datetime.now(UTC)
    wants, days = wants_of(job, parts, now), list(candidates(job, now))
    never = wants.missing_at(days[-1]) if days else set()
    if never and wants.missing_at(max(job.starts_at, now)) <= never:
        return OtherTimes([], never)
    fitting = (moment for moment in days if wants.missing_at(moment) <= never)
    return OtherTimes([moment for moment, _ in zip(fitting, range(PROPOSED), strict=False)], never)


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
