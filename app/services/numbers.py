"""Human numbers: gapless per series and year, because they are given out in the deed's own transaction."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.extensions import db, upsert
from app.models import NumberSeries, Organization
from app.scope import current_organization_id

WIDTH = 4


def next_number(series: str, year: int) -> str:
    """The next number of a series, such as EV-2026-0042. Its row stays locked until the commit."""
    return next_numbers(series, year, 1)[0]


def next_numbers(series: str, year: int, count: int) -> list[str]:
    """The same for so many at once."""
    first = upsert(NumberSeries).values(
        organization_id=current_organization_id(), series=series, year=year, last_number=count
    )
    last = db.session.scalar(
        first.on_conflict_do_update(
            index_elements=["organization_id", "series", "year"],
            set_={"last_number": NumberSeries.last_number + count},
        ).returning(NumberSeries.last_number)
    )
    return [f"{series}-{year}-{drawn:0{WIDTH}d}" for drawn in range(last - count + 1, last + 1)]


def this_year(now: datetime) -> int:
    """The year on the organization's own calendar."""
    organization = db.session.get_one(Organization, current_organization_id())
    return now.astimezone(ZoneInfo(organization.timezone)).year
