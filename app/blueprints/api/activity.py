"""Everything that happened, for programs."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from flask import request, url_for
from pydantic import Field

from app.blueprints.api.contract import Output, operation
from app.blueprints.insight.activity import Day, start_of
from app.fields import Id, Input
from app.permissions import Permission, can
from app.queries.feed import PER_PAGE, Filters, feed
from app.queries.paging import MOST_PER_PAGE
from app.queries.sentences import MODULES
from app.refusals import Refused


class EntryOut(Output):
    """Who did what when, in words; `url` is the page of the thing."""

    id: int
    who: str
    text: str
    at: datetime
    url: str


class ActivityQuery(Input):
    """Which part of the log. `before` is the id from which older entries go on; `until` is the last day."""

    module: str = ""
    person_id: Id | None = None
    since: Day | None = None
    until: Day | None = None
    before: Id | None = None
    per_page: Annotated[int, Field(ge=1, le=MOST_PER_PAGE)] = PER_PAGE


class ActivityOut(Output):
    """A part of the log, newest first, and the address of what is older: it grows too fast to be counted."""

    items: list[EntryOut]
    next: str | None


@operation("GET", "/activity", permission=Permission.ACTIVITY_READ, answer=ActivityOut, query=ActivityQuery)
def get_activity(query: ActivityQuery) -> dict[str, Any]:
    """What happened, over all modules, as far as this token may see them."""
    found = feed(can, filters_of(query), query.per_page)
    arguments: dict[str, Any] = request.args.to_dict() | {"before": found.older_than}
    more = url_for(request.endpoint or "", **arguments) if found.older_than else None
    return {"items": found.entries, "next": more}


def filters_of(query: ActivityQuery) -> Filters:
    """The same as the feed takes them. Raises Refused for a module that there is not."""
    if query.module and query.module not in MODULES:
        raise Refused(f"Choose one of {', '.join(MODULES)}.", "module")
    until = start_of(query.until + timedelta(days=1)) if query.until else None
    return Filters(query.module, query.person_id, start_of(query.since), until, query.before)
