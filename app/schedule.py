"""What runs by the clock. A slot is queued once, by its unique dedupe key, however many relays run."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.extensions import db
from app.models import Heartbeat, Organization, OutboxRow
from app.outbox import enqueue
from app.scope import organization_scope, system_scope
from app.transactions import commit, finish, start_writing

SCHEDULE: dict[str, timedelta] = {
    "holds.expire": timedelta(minutes=1),
    "returns.find_overdue": timedelta(minutes=5),
    "returns.remind": timedelta(hours=1),
    "alerts.look_again": timedelta(minutes=5),
    "alerts.look_ahead": timedelta(minutes=5),
    "alerts.call_digest": timedelta(minutes=5),
    "quotes.expire": timedelta(minutes=15),
    "orders.draft_routine": timedelta(hours=1),
    "counts.remind": timedelta(hours=1),
    "outbox.tidy": timedelta(hours=6),
    "work.tidy": timedelta(hours=12),
    "ledger.make_months": timedelta(hours=24),
    "ledger.open_years": timedelta(hours=24),
    "tables.look_at": timedelta(hours=6),
    "ledger.keep": timedelta(hours=6),
}
"""Task → how often it runs."""

BEAT_EVERY = timedelta(seconds=10)

_last_slots: dict[str, datetime] = {}
_last_beats: dict[str, datetime] = {}


def slot(now: datetime, every: timedelta) -> datetime:
    """The beginning of the interval that `now` lies in."""
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def queue_due_slots(now: datetime) -> None:
    """Queue every task whose interval has begun, once for each organization."""
    due = [kind for kind, every in SCHEDULE.items() if _last_slots.get(kind) != slot(now, every)]
    if not due:
        return
    for organization_id in organizations():
        queue_slots(organization_id, due, now)
    _last_slots.update({kind: slot(now, SCHEDULE[kind]) for kind in due})


def organizations() -> list[int]:
    """Every organization of this installation."""
    finish()
    with system_scope("the clock serves every organization"):
        return list(db.session.scalars(select(Organization.id)))


def queue_slots(organization_id: int, kinds: list[str], now: datetime) -> None:
    """Queue these tasks for one organization, leaving out what is queued already."""
    finish()
    start_writing()
    with organization_scope(organization_id):
        keys = {kind: f"{kind}@{slot(now, SCHEDULE[kind]).isoformat()}" for kind in kinds}
        queued = set(
            db.session.scalars(select(OutboxRow.dedupe_key).where(OutboxRow.dedupe_key.in_(keys.values())))
        )
        for kind, key in keys.items():
            if key not in queued:
                enqueue(kind, dedupe_key=key, queue="bulk")
        commit()
    finish()


def beat(name: str, now: datetime) -> None:
    """Leave a sign of life, at most every BEAT_EVERY."""
    if name in _last_beats and now - _last_beats[name] < BEAT_EVERY:
        return
    _last_beats[name] = now
    finish()
    start_writing()
    db.session.merge(Heartbeat(name=name, beat_at=now))
    commit()
    finish()
