"""Counts as their list and their heads show them: how far they have come, and how right the books were."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.extensions import db
from app.finding import find
from app.models import (
    CountEntry,
    CountLine,
    CountPlan,
    CountSession,
    CountState,
    Location,
    Product,
)
from app.queries.count_lines import Undo, counted_ids
from app.queries.paging import PER_PAGE, Page, paged
from app.queries.rows import AnyRow, AnySelect
from app.rules.counting import share_right

STATES = {"open": "Open", "posted": "Posted", "ended": "Given up", "all": "All"}
OF_STATE = {
    "open": (CountState.COUNTING, CountState.REVIEW),
    "posted": (CountState.POSTED,),
    "ended": (CountState.REVERSED, CountState.CANCELLED),
    "all": tuple(CountState),
}
ACCURACY_OF = 12
"""How many posted counts are shown beside each other."""


def count_page(count_id: int) -> CountSession:
    """One count with the people who did something about it. Raises NotFound."""
    return find(
        CountSession, count_id, CountSession.started_by, CountSession.finished_by, CountSession.posted_by,
        CountSession.reversed_by,
    )  # fmt: skip


def counts_page(state: str, page: int = 1, per_page: int = PER_PAGE) -> Page[CountSession]:
    """One page of counts, the newest first."""
    query = select(CountSession).where(CountSession.state.in_(OF_STATE[state]))
    return paged(query.order_by(CountSession.id.desc()), page, per_page)


@dataclass(frozen=True)
class Progress:
    """How far a place, or all of a count, has come: lines counted, and by whom."""

    name: str
    lines: int
    counted: int
    people: Sequence[str] = ()
    location_id: int | None = None

    @property
    def is_done(self) -> bool:
        """True when every line has been counted."""
        return self.counted >= self.lines

    @property
    def sentence(self) -> str:
        """Such as “12 of 40 lines counted, by Bob and Walter”."""
        by = " and ".join(filter(None, (", ".join(self.people[:-1]), *self.people[-1:])))
        return f"{self.counted} of {self.lines} {'line' if self.lines == 1 else 'lines'} counted" + (
            f", by {by}" if by else ""
        )


def progress_by_place(count: CountSession) -> list[Progress]:
    """Each place of the round that is being counted: three statements."""
    counted = counted_lines(count)
    people: dict[int, list[str]] = defaultdict(list)
    for row in db.session.execute(people_query(count)):
        people[row.location_id].append(row.by_name)
    total = (
        select(Location.id, Location.name, func.count(CountLine.id).label("lines"))
        .join(CountLine, CountLine.location_id == Location.id)
        .where(CountLine.count_id == count.id, CountLine.round == count.round)
        .where(CountLine.is_added.is_(False) | CountLine.id.in_(counted_ids(count.id)))
        .group_by(Location.id, Location.name)
        .order_by(Location.name, Location.id)
    )
    return [
        Progress(row.name, row.lines, counted.get(row.id, 0), people.get(row.id, ()), row.id)
        for row in db.session.execute(total)
    ]


def counted_lines(count: CountSession) -> dict[int, int]:
    """Place → lines of this round on which somebody has counted."""
    query = (
        select(CountLine.location_id, func.count(CountLine.id))
        .where(CountLine.count_id == count.id, CountLine.round == count.round)
        .where(CountLine.id.in_(counted_ids(count.id)))
        .group_by(CountLine.location_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def people_query(count: CountSession) -> AnySelect:
    """Who has counted in each place in this round, in the order in which they came."""
    return (
        select(CountLine.location_id, CountEntry.by_name)
        .join(CountEntry, CountEntry.line_id == CountLine.id)
        .where(CountEntry.count_id == count.id, CountEntry.round == count.round)
        .where(CountLine.id.in_(counted_ids(count.id)))
        .group_by(CountLine.location_id, CountEntry.by_name)
        .order_by(func.min(CountEntry.id))
    )


def overall(places: Sequence[Progress]) -> Progress:
    """All places together."""
    people = tuple(dict.fromkeys(name for place in places for name in place.people))
    return Progress(
        "All places", sum(place.lines for place in places), sum(place.counted for place in places), people
    )


def progress_of(count_ids: Sequence[int]) -> dict[int, Progress]:
    """The same for several counts of a list: two statements."""
    lines = select(CountLine.count_id, func.count(CountLine.id)).join(
        CountSession, CountSession.id == CountLine.count_id
    )
    lines = lines.where(CountLine.count_id.in_(count_ids), CountLine.round == CountSession.round)
    lines = lines.where(CountLine.is_added.is_(False)).group_by(CountLine.count_id)
    counted = (
        select(CountLine.count_id, func.count(func.distinct(CountLine.id)))
        .join(CountEntry, CountEntry.line_id == CountLine.id)
        .join(CountSession, CountSession.id == CountLine.count_id)
        .where(CountLine.count_id.in_(count_ids), CountLine.round == CountSession.round)
        .where(CountEntry.round == CountLine.round, CountEntry.takes_back_id.is_(None))
        .where(CountLine.is_added.is_(False))
        .where(~select(Undo.id).where(Undo.takes_back_id == CountEntry.id).exists())
        .group_by(CountLine.count_id)
    )
    done = {row[0]: row[1] for row in db.session.execute(counted)}
    return {
        count_id: Progress("", number, done.get(count_id, 0))
        for count_id, number in db.session.execute(lines)
    }


def latest_entry_id(count_id: int) -> int:
    """What tells whether anything was counted since a page was shown."""
    query = select(func.max(CountEntry.id)).where(CountEntry.count_id == count_id)
    return db.session.scalar(query) or 0


def recent_entries(count: CountSession, most: int = 8) -> Sequence[AnyRow]:
    """What was counted last, by everybody, with whether it was taken back."""
    undone = select(Undo.id).where(Undo.takes_back_id == CountEntry.id).exists()
    query = (
        select(
            CountEntry.id, CountEntry.quantity, CountEntry.by_id, CountEntry.by_name, CountEntry.counted_at,
            CountEntry.round, Product.name.label("product"), Location.name.label("place"),
            undone.label("is_undone"), CountLine.asset_id, CountLine.round.label("line_round"),
        )
        .join(CountLine, CountLine.id == CountEntry.line_id)
        .join(Product, Product.id == CountLine.product_id)
        .join(Location, Location.id == CountLine.location_id)
        .where(CountEntry.count_id == count.id, CountEntry.takes_back_id.is_(None))
        .order_by(CountEntry.id.desc())
    )  # fmt: skip
    return db.session.execute(query.limit(most)).all()


def plans(day: date) -> Sequence[CountPlan]:
    """The plans that go on, the most urgent first."""
    query = select(CountPlan).where(CountPlan.ended_at.is_(None))
    return db.session.scalars(query.order_by(CountPlan.next_on, CountPlan.id)).all()


def accuracy_over_time() -> list[tuple[CountSession, int]]:
    """The last posted counts, oldest first, each with the percent of its lines that were right."""
    query = select(CountSession).where(
        CountSession.state == CountState.POSTED, CountSession.lines_counted.is_not(None)
    )
    latest = db.session.scalars(query.order_by(CountSession.posted_at.desc()).limit(ACCURACY_OF)).all()
    shares = [(row, share_right(row.lines_right or 0, row.lines_counted or 0)) for row in reversed(latest)]
    return [(row, share) for row, share in shares if share is not None]
