"""Sorts of jobs: those that every organization begins with, their parts templates and buffers."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import func, select

from app.actors import Actor
from app.extensions import db
from app.models import JobType, JobTypePart, Organization, Product
from app.refusals import Refused
from app.rules.job_parts import LEAST_BUFFER, MOST_BUFFER
from app.services.activities import record
from app.services.job_products import refuse_unusable

PRESETS = ("Installation", "Service", "Repair")


def add_preset_types() -> None:
    """The sorts of jobs that a new organization begins with."""
    db.session.add_all(JobType(name=name) for name in PRESETS)
    db.session.flush()


def add_job_type(name: str, buffer_percent: Decimal | None = None, *, by: Actor) -> JobType:
    """Add a sort of job. Raises Refused for a name that is taken."""
    refuse_same_name(name)
    row = JobType(name=name, buffer_percent=buffer_percent)
    db.session.add(row)
    db.session.flush()
    record("job_type.added", row, by=by)
    return row


def change_job_type(
    row: JobType, name: str, buffer_percent: Decimal | None, *, is_archived: bool = False, by: Actor
) -> None:
    """Rename a sort of job, give it a buffer of its own, or take it out of use. Raises Refused."""
    refuse_same_name(name, besides=row.id)
    row.name, row.buffer_percent = name, buffer_percent
    if is_archived != (row.archived_at is not None):
        row.archived_at = datetime.now(UTC) if is_archived else None
    db.session.flush()
    record("job_type.changed", row, by=by)


def refuse_same_name(name: str, besides: int | None = None) -> None:
    """Raises Refused when another sort of job has this name."""
    query = select(JobType.id).where(func.lower(JobType.name) == name.strip().lower())
    taken = db.session.scalars(query).first()
    if taken is not None and taken != besides:
        raise Refused("There is a job type of this name already.", "name")


def put_on_template(row: JobType, product: Product, quantity: int, *, by: Actor) -> JobTypePart:
    """Say how many of a product this sort of job usually takes. Raises Refused."""
    refuse_unusable(product)
    query = select(JobTypePart).where(JobTypePart.job_type_id == row.id, JobTypePart.product_id == product.id)
    part = db.session.scalars(query).one_or_none()
    if part is None:
        part = JobTypePart(job_type_id=row.id, product_id=product.id, quantity=quantity)
        db.session.add(part)
    part.quantity = quantity
    db.session.flush()
    record("job_type.changed", row, by=by, product_id=product.id, quantity=quantity)
    return part


def take_off_template(part: JobTypePart, *, by: Actor) -> None:
    """This sort of job does not usually take the product any more."""
    row = db.session.get_one(JobType, part.job_type_id)
    record("job_type.changed", row, by=by, product_id=part.product_id, quantity=0)
    db.session.delete(part)
    db.session.flush()


def propose_buffer(organization: Organization, buffer_percent: Decimal, *, by: Actor) -> None:
    """Choose what is proposed for jobs whose type has no buffer of its own. Raises Refused."""
    if not LEAST_BUFFER <= buffer_percent <= MOST_BUFFER:
        raise Refused(f"Between {LEAST_BUFFER} and {MOST_BUFFER} %, please.", "buffer_percent")
    organization.job_buffer_percent = buffer_percent
    db.session.flush()
    record("organization.changed", organization, by=by, changed=["job_buffer_percent"])
