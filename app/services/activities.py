"""Writing the log: every deed leaves one activity, in its own transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert

from app.actors import Actor
from app.extensions import db
from app.models import Activity, Base, Deal, Event
from app.outbox import Wanted, enqueue_all
from app.scope import current_organization_id
from app.subscriptions import SUBSCRIPTIONS
from app.transactions import add_rows


@dataclass(frozen=True)
class Done:
    """One deed as the log tells of it: past tense, what it was done to, and plain values for the feed.

    An `event_id` or `deal_id` among the facts also lists it on that event's or deal's page.
    """

    verb: str
    subject: Base
    label: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def record(verb: str, subject: Base, *, by: Actor, label: str = "", **facts: Any) -> None:
    """Write down that `by` did `verb` to `subject`, and queue what follows from it."""
    done = Done(verb, subject, label, facts)
    if verb in SUBSCRIPTIONS:
        record_all([done], by=by)
    else:
        add_rows(Activity, [row_of(done, by)])


def record_all(deeds: Iterable[Done], *, by: Actor) -> None:
    """The same of many deeds, in as many statements as of a few."""
    owner = {"organization_id": current_organization_id()}
    rows = [owner | row_of(done, by) for done in deeds]
    if not rows:
        return
    written = db.session.execute(insert(Activity).returning(Activity.id, Activity.verb), rows)
    enqueue_all(
        Wanted(kind, heard(key), {"activity_id": key})
        for key, verb in written.all()
        for kind in SUBSCRIPTIONS.get(verb, ())
    )


def heard(activity_id: int) -> str:
    """What a task that follows from an activity is known by: it follows once."""
    return f"activity:{activity_id}"


def row_of(done: Done, by: Actor) -> dict[str, Any]:
    """The row of the log."""
    subject, facts = done.subject, dict(done.facts)
    return {
        "verb": done.verb,
        "subject_type": subject.__tablename__,
        "subject_id": subject.id,  # type: ignore[attr-defined]
        "subject_label": done.label or subject_label(subject),
        "actor_id": by.id,
        "actor_name": by.name,
        "event_id": subject.id if isinstance(subject, Event) else facts.get("event_id"),
        "deal_id": subject.id if isinstance(subject, Deal) else facts.get("deal_id"),
        "facts": facts,
        "happened_at": datetime.now(UTC),
    }


def subject_label(subject: Base) -> str:
    """What people call the thing: its number and name, its tag, or its kind."""
    named = [str(getattr(subject, key, "") or "") for key in ("number", "tag", "name")]
    return " · ".join(filter(None, named)) or subject.__tablename__.replace("_", " ")
