"""What the parts of a job cost, and how that stands among the costs of its event: once, and kept in step."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import CostKind, Event, EventCost, Job, JobPart, Phase, StockTransaction
from app.rules.money import ZERO, round_money


def count_cost(part: JobPart) -> None:
    """Write what was used of a part, and what that cost: its issues less what was taken back, as frozen there."""
    query = select(StockTransaction.quantity, StockTransaction.unit_cost, StockTransaction.to_id).where(
        StockTransaction.job_part_id == part.id
    )
    moved = [
        (row.quantity if row.to_id is None else -row.quantity, row.unit_cost)
        for row in db.session.execute(query)
    ]
    part.quantity_used = sum(pieces for pieces, _ in moved)
    part.cost = round_money(sum((pieces * cost for pieces, cost in moved), ZERO))
    db.session.flush()


def parts_cost(job_id: int) -> Decimal:
    """What all used parts of a job have cost."""
    return sum(db.session.scalars(select(JobPart.cost).where(JobPart.job_id == job_id)), ZERO)


def keep_cost(job: Job) -> None:
    """Let the job's event, and no other, carry what its parts cost. A closed event's figures are final.

    The caller has locked the events.
    """
    row = db.session.scalars(select(EventCost).where(EventCost.job_id == job.id)).one_or_none()
    cost = parts_cost(job.id)
    if row is not None and row.event_id != job.event_id:
        db.session.delete(row)
        db.session.flush()
        row = None
    if job.event_id is None or is_final(job.event_id) or (row is None and not cost):
        return
    if row is None:
        row = new_cost(job)
    row.actual = row.unit_cost = cost
    db.session.flush()


def is_final(event_id: int | None) -> bool:
    """True for an event that is closed or cancelled."""
    event = db.session.get(Event, event_id) if event_id is not None else None
    return event is not None and event.phase in (Phase.CLOSED, Phase.CANCELLED)


def new_cost(job: Job) -> EventCost:
    """The cost that stands for a job's parts."""
    row = EventCost(
        event_id=job.event_id,
        kind=CostKind.EQUIPMENT,
        description=f"Parts of {job.number} {job.title}"[:200],
        job_id=job.id,
        created_at=datetime.now(UTC),
    )
    db.session.add(row)
    return row
