"""Everything that happened, over all modules."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from flask import Response, g
from pydantic import Field

from app.blueprints.insight import blueprint
from app.fields import Input
from app.forms import read_query
from app.htmx import page
from app.permissions import Permission, can, requires
from app.queries.feed import Filters, feed, people
from app.queries.sentences import KINDS, MODULES

Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2199, 12, 31))]
"""A day that the calendar of every zone reaches."""


class Wanted(Input):
    """What somebody wants to see of the feed."""

    module: str = ""
    person: int | None = None
    since: Day | None = None
    until: Day | None = None
    before: int | None = None


@blueprint.get("/activity")
@requires(Permission.ACTIVITY_READ)
def activity() -> Response:
    """The feed, newest first, a page at a time."""
    wanted = read_query(Wanted)
    found = feed(
        can,
        Filters(
            module=wanted.module,
            person_id=wanted.person,
            since=start_of(wanted.since),
            until=start_of(wanted.until + timedelta(days=1)) if wanted.until else None,
            before=wanted.before,
        ),
    )
    modules = [name for name in MODULES if any(can(k.permission) for k in KINDS.values() if k.module == name)]
    return page(
        "insight/activity.html",
        part="insight/_activity_list.html",
        feed_page=found,
        wanted=wanted,
        modules=modules,
        people=people(),
    )


def start_of(day: date | None) -> datetime | None:
    """The moment at which a day begins where the organization is."""
    return None if day is None else datetime.combine(day, time(), ZoneInfo(g.organization.timezone))
