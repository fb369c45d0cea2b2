"""Work on a repair as a job: its parts are planned, used and paid for there, and count as the repair's cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.models import OPEN_JOBS, Job, JobPart, JobType, Product, Repair
from app.queries.repairs import claim_of
from app.queries.technicians import is_technician
from app.refusals import Refused
from app.rules.money import ZERO
from app.services.jobs import JobFacts, add_job

NAME = "Repair"
PLANNED_FOR = timedelta(hours=2)


def plan_work(repair: Repair, *, by: Actor) -> Job:
    """The open job of a repair, planned now when there is none: of whoever works on it. Raises Refused."""
    if not repair.is_open:
        raise Refused(f"{repair.number} has ended already.")
    known = select(Job).where(Job.repair_id == repair.id, Job.state.in_(OPEN_JOBS)).order_by(Job.id)
    if job := db.session.scalars(known.limit(1)).first():
        return job
    now = datetime.now(UTC)
    product = db.session.get_one(Product, repair.product_id)
    facts = JobFacts(
        title=f"{repair.number} {product.name}"[:200],
        job_type_id=type_of_repairs(),
        warehouse_id=claim_of(repair.id).warehouse_id,
        starts_at=now,
        ends_at=now + PLANNED_FOR,
        technician_id=by.id if by.id is not None and is_technician(by.id) else None,
        repair_id=repair.id,
        notes=repair.note,
    )
    return add_job(facts, by=by)


def type_of_repairs() -> int:
    """The sort of jobs that repairs are; the first one where nobody kept the name. Raises Refused."""
    query = select(JobType.id).where(JobType.archived_at.is_(None))
    found = db.session.scalar(query.order_by((JobType.name == NAME).desc(), JobType.id).limit(1))
    if found is None:
        raise Refused("There is no job type: add one under Jobs first.")
    return int(found)


def parts_cost_of(repair: Repair, *, besides_event: int | None = None) -> Decimal:
    """What the parts used on a repair have cost; `besides_event` leaves out what stands on that event already."""
    query = select(func.coalesce(func.sum(JobPart.cost), ZERO)).join(Job, Job.id == JobPart.job_id)
    query = query.where(Job.repair_id == repair.id)
    if besides_event is not None:
        query = query.where((Job.event_id.is_(None)) | (Job.event_id != besides_event))
    return Decimal(db.session.scalar(query) or 0)


__all__ = ["parts_cost_of", "plan_work"]
