"""Physical counts, for programs: starting, counting, handing in, giving up."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.actors import Actor
from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import fields_called
from app.blueprints.inventory.count_fields import MOST_PRODUCTS, ReasonSaid, ScopeSaid, SubmissionSaid
from app.edge import actor
from app.fields import Count, Id, Input, Instant, ShortText
from app.finding import find
from app.models import CountBy, CountEntry, CountSession, CountState
from app.permissions import Permission
from app.queries.counts import counts_page
from app.queries.paging import Page
from app.services.count_entries import count as count_in
from app.services.count_rows import CountAnswer, Said, take_back
from app.services.counts import Wanted, cancel_count, finish_count, start_count
from app.transactions import commit, start_writing

MOST_ENTRIES = 200


class CountOut(Output):
    """A count."""

    id: int
    number: str
    name: str
    count_by: CountBy
    scope: dict[str, Any]
    is_blind: bool
    round: int
    state: CountState
    plan_id: int | None
    started_at: datetime
    started_by_id: int | None
    finished_at: datetime | None
    finished_by_id: int | None
    is_rest_none: bool
    posted_at: datetime | None
    posted_by_id: int | None
    reversed_at: datetime | None
    reason: str
    notes: str
    lines_counted: int | None
    lines_right: int | None


class CountQuery(Paging):
    """Which counts."""

    state: Literal["open", "posted", "ended", "all"] = "all"


@operation(
    "GET",
    "/inventory/counts",
    permission=Permission.COUNTS_READ,
    answer=CountOut,
    query=CountQuery,
    is_list=True,
)
def list_counts(query: CountQuery) -> Page[CountSession]:
    """Counts, the newest first."""
    return counts_page(query.state, query.page, query.per_page)


class CountIn(ScopeSaid):
    """What is to be counted: everything, or what is in a place, of a category, of some products or of a class."""

    product_ids: Annotated[list[Id], Field(max_length=MOST_PRODUCTS)] = Field(default_factory=list)
    name: ShortText = ""
    is_blind: bool = True
    notes: ShortText = ""


@operation(
    "POST", "/inventory/counts", permission=Permission.COUNTS_MANAGE, answer=CountOut, body=CountIn, status=201,
    is_idempotent=True,
)  # fmt: skip
def create_count(body: CountIn) -> CountSession:
    """Begin a count: what the books say is written down now, and movements meanwhile are taken into account."""
    wanted = Wanted(body.narrowed(body.product_ids), body.name, body.is_blind, body.notes)
    return start_count(wanted, by=actor())


@operation("GET", "/inventory/counts/<int:count_id>", permission=Permission.COUNTS_READ, answer=CountOut)
def get_count(count_id: int) -> CountSession:
    """One count."""
    return find(CountSession, count_id)


class EntryIn(Input):
    """One reading of a code in a place, or so many of a line. `id` is the client's own: sent twice, it is once."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    code: Annotated[str, Field(max_length=1_000)] = ""
    line_id: Id | None = None
    quantity: Count | None = None
    location_id: Id | None = None
    counted_at: Instant | None = None

    def said(self) -> Said:
        """The same as the service takes it."""
        return Said(self.id, self.code, self.line_id, self.quantity, self.location_id, self.counted_at)


class EntryOut(Output):
    """What became of it; `counted` is what the line holds now."""

    entry_id: int | None
    situation: str
    verdict: str
    message: str
    line_id: int | None
    location_id: int | None
    counted: int | None
    event_id: int | None


class EntriesIn(Input):
    """Readings in the order in which they were made."""

    entries: Annotated[list[EntryIn], Field(min_length=1, max_length=MOST_ENTRIES)]


@operation(
    "POST", "/inventory/counts/<int:count_id>/entries", permission=Permission.COUNTS_WRITE, answer=EntryOut,
    body=EntriesIn, is_list=True, is_idempotent=True,
)  # fmt: skip
def create_count_entries(count_id: int, body: EntriesIn) -> list[dict[str, Any]]:
    """Count, each reading kept by itself: what a device gathered without a network is sent in one go."""
    return [kept_by_itself(count_id, number, one, actor()) for number, one in enumerate(body.entries)]


def kept_by_itself(count_id: int, number: int, one: EntryIn, by: Actor) -> dict[str, Any]:
    """One reading of many in a transaction of its own: a refused one takes nothing of the others back."""
    session = find(CountSession, count_id)
    with fields_called(**{name: f"entries.{number}.{name}" for name in EntryIn.model_fields}):
        answered = told(count_in(session, one.said(), by=by))
    commit()
    start_writing()
    return answered


def told(answer: CountAnswer) -> dict[str, Any]:
    """The answer as the contract lists it."""
    return {
        "entry_id": answer.entry_id,
        "situation": answer.situation.value,
        "verdict": answer.judgement.verdict,
        "message": answer.message,
        "line_id": answer.line_id,
        "location_id": answer.location_id,
        "counted": answer.counted,
        "event_id": answer.event_id,
    }


@operation(
    "POST", "/inventory/counts/<int:count_id>/entries/<int:entry_id>/undoing",
    permission=Permission.COUNTS_WRITE, answer=EntryOut, is_idempotent=True,
)  # fmt: skip
def undo_count_entry(count_id: int, entry_id: int) -> dict[str, Any]:
    """Take an entry back: one's own, or anybody's for who runs counts."""
    session = find(CountSession, count_id)
    return told(take_back(session, find(CountEntry, entry_id), str(uuid.uuid4()), by=actor()))


@operation(
    "POST", "/inventory/counts/<int:count_id>/submission", permission=Permission.COUNTS_WRITE, answer=CountOut,
    body=SubmissionSaid, is_idempotent=True,
)  # fmt: skip
def submit_count(count_id: int, body: SubmissionSaid) -> CountSession:
    """Hand a count in: somebody else looks at the differences then."""
    session = find(CountSession, count_id)
    finish_count(session, is_rest_none=body.is_rest_none, by=actor())
    return session


@operation(
    "POST", "/inventory/counts/<int:count_id>/cancellation", permission=Permission.COUNTS_MANAGE,
    answer=CountOut, body=ReasonSaid, is_idempotent=True,
)  # fmt: skip
def cancel_a_count(count_id: int, body: ReasonSaid) -> CountSession:
    """Give a count up: nothing is written into the books."""
    session = find(CountSession, count_id)
    cancel_count(session, body.reason, by=actor())
    return session
