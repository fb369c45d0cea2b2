"""Writing the log: every deed leaves one activity, in its own transaction."""

from datetime import UTC, datetime
from typing import Any

from app.actors import Actor
from app.extensions import db
from app.models import Activity, Base, Deal, Event
from app.outbox import enqueue
from app.subscriptions import SUBSCRIPTIONS


def record(verb: str, subject: Base, *, by: Actor, label: str = "", **facts: Any) -> Activity:
    """Write down that `by` did `verb` (past tense) to `subject`, and queue what follows from it.

    `facts` are plain values for the feed and for notifications. An `event_id` or `deal_id` among
    them also lists the activity on that event's or deal's page.
    """
    activity = Activity(
        verb=verb,
        subject_type=subject.__tablename__,
        subject_id=subject.id,  # type: ignore[attr-defined]
        subject_label=label or subject_label(subject),
        actor_id=by.id,
        actor_name=by.name,
        event_id=subject.id if isinstance(subject, Event) else facts.get("event_id"),
        deal_id=subject.id if isinstance(subject, Deal) else facts.get("deal_id"),
        facts=facts,
        happened_at=datetime.now(UTC),
    )
    db.session.add(activity)
    if kinds := SUBSCRIPTIONS.get(verb):
        db.session.flush()
        for kind in kinds:
            enqueue(kind, dedupe_key=f"activity:{activity.id}", activity_id=activity.id)
    return activity


def subject_label(subject: Base) -> str:
    """What people call the thing: its number and name, its tag, or its kind."""
    named = [str(getattr(subject, key, "") or "") for key in ("number", "tag", "name")]
    return " · ".join(filter(None, named)) or subject.__tablename__.replace("_", " ")
