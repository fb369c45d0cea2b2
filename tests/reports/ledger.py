"""A ledger to count by hand: receipts, issues and what is taken back, on days of one's own."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

from app.extensions import db
from app.models import Job, JobPart, JobState, JobType, Product, Tracking, TransactionKind
from app.services.ledger import Cause, Movement, post
from tests import factories
from tests.factories import me


def at(day: str) -> datetime:
    """Noon of a day."""
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)


def consumable(name: str, **more: object) -> Product:
    """A product that is used up."""
    return factories.product(name, tracking=Tracking.CONSUMABLE, **more)


def write(kind: TransactionKind, movement: Movement, moment: datetime, event_id: int | None = None) -> int:
    """One movement at a time; the row's id."""
    cause = Cause(me(), "test", event_id=event_id, happened_at=moment, request_id=str(uuid.uuid4()))
    return post(kind, [movement], cause)[0].id


def receive(of: Product, quantity: int, cost: str, place: int, day: str) -> int:
    """So many came at a cost."""
    return write(
        TransactionKind.RECEIPT, Movement(of.id, quantity, to_id=place, unit_cost=Decimal(cost)), at(day)
    )


def issue(
    of: Product, quantity: int, place: int, day: str, *, part: int | None = None, event_id: int | None = None
) -> int:
    """So many were used."""
    movement = Movement(of.id, quantity, from_id=place, job_part_id=part)
    return write(TransactionKind.ISSUE, movement, at(day), event_id)


def take_back(
    of: Product, quantity: int, cost: str, place: int, day: str, reverses: int, part: int | None = None
) -> int:
    """A wrong issue is taken back at the cost that it had."""
    movement = Movement(
        of.id, quantity, to_id=place, unit_cost=Decimal(cost), reverses_id=reverses, job_part_id=part
    )
    return write(TransactionKind.ADJUSTMENT, movement, at(day))


def move(of: Product, quantity: int, origin: int, target: int, day: str) -> int:
    """So many were put elsewhere."""
    return write(TransactionKind.TRANSFER, Movement(of.id, quantity, from_id=origin, to_id=target), at(day))


def job(
    number: str,
    day: str,
    warehouse_id: int,
    *,
    revenue: str = "0",
    kind: str = "Installation",
    **more: object,
) -> Job:
    """A job that begins on a day."""
    kinds = {row.name: row for row in db.session.query(JobType)}
    found = kinds.get(kind) or JobType(name=kind)
    db.session.add(found)
    db.session.flush()
    row = Job(
        number=number, title="Work", job_type_id=found.id, starts_at=at(day), ends_at=at(day).replace(hour=14),
        warehouse_id=warehouse_id, state=JobState.DONE, revenue=Decimal(revenue), created_at=at(day), **more,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def part(of: Job, product: Product) -> int:
    """A part of a job; its id."""
    row = JobPart(
        job_id=of.id, product_id=product.id, quantity_required=1, quantity_planned=1, created_at=of.starts_at
    )
    db.session.add(row)
    db.session.flush()
    return row.id
