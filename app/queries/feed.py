"""The feed: what happened, over all modules, newest first, as far as somebody may see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select

from app.extensions import db
from app.models import Activity, User
from app.queries.choices import options_of
from app.queries.sentences import KINDS, place_of, saying_of, sentence

PER_PAGE = 50
May = Callable[[str], bool]


@dataclass(frozen=True)
class Entry:
    """One line of the feed, as templates show it."""

    id: int
    who: str
    text: str
    at: datetime
    url: str
    icon: str
    tone: str


@dataclass(frozen=True)
class Feed:
    """Some lines of the feed, and the id from which older ones go on."""

    entries: Sequence[Entry]
    older_than: int | None


@dataclass(frozen=True)
class Filters:
    """What somebody wants to see of the feed."""

    module: str = ""
    person_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def feed(may: May, filters: Filters, limit: int = PER_PAGE) -> Feed:
    """A page of the feed: one statement, however long the history is."""
    query = narrowed(columns().where(Activity.subject_type.in_(visible_kinds(may, filters.module))), filters)
    rows = db.session.execute(query.order_by(Activity.id.desc()).limit(limit + 1)).all()
    entries = [
        Entry(
            row.id,
            row.actor_name,
            sentence(row.verb, row.subject_label),
            row.happened_at,
            place_of(row.subject_type, row.subject_id),
            saying_of(row.verb).icon,
            saying_of(row.verb).tone,
        )
        for row in rows[:limit]
    ]
    return Feed(entries, entries[-1].id if len(rows) > limit else None)


def columns() -> Select[int, str, str, str, int, str, datetime]:
    """What a line needs of its activity."""
    return select(
        Activity.id,
        Activity.actor_name,
        Activity.verb,
        Activity.subject_type,
        Activity.subject_id,
        Activity.subject_label,
        Activity.happened_at,
    )


def visible_kinds(may: May, module: str) -> list[str]:
    """The sorts of things that somebody may see, of one module or of all."""
    return [
        name for name, kind in KINDS.items() if may(kind.permission) and (not module or kind.module == module)
    ]


def narrowed(query: Select[*tuple[object, ...]], filters: Filters) -> Select[*tuple[object, ...]]:
    """The query with the filters that were chosen."""
    if filters.person_id is not None:
        query = query.where(Activity.actor_id == filters.person_id)
    if filters.since is not None:
        query = query.where(Activity.happened_at >= filters.since)
    if filters.until is not None:
        query = query.where(Activity.happened_at < filters.until)
    if filters.before is not None:
        query = query.where(Activity.id < filters.before)
    return query


def people() -> Sequence[tuple[int, str]]:
    """Everybody who may have done something, for the filter."""
    return options_of(PEOPLE)


PEOPLE: Final = select(User.id, User.name).order_by(User.name)
