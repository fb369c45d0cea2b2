"""Parts of jobs: planned by hand or from a template, set aside, returned, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Job, JobPart, JobPartState, JobType, JobTypePart, Organization, Product
from app.queries.packs import packs_of
from app.refusals import Refused, Stale
from app.rules.job_parts import planned_quantity
from app.rules.units import in_units
from app.scope import current_organization_id
from app.services.activities import record
from app.services.job_claims import (
    Short,
    allocate_parts,
    bring_state,
    claim_pieces,
    free_for,
    free_pieces,
    give_up,
)
from app.services.job_locks import lock_job, lock_part, name_of_part, parts_of, refuse_over
from app.services.job_products import refuse_unusable

MOST: int = 1_000_000
CHANGED_MEANWHILE = "Somebody else changed this part meanwhile. Look at it again before you save."


@dataclass(frozen=True)
class PartWanted:
    """So many of a product for a job, in some unit of it. Without a buffer of its own the proposed one is taken."""

    product_id: int
    quantity: int
    unit: str = ""
    buffer_percent: Decimal | None = None
    notes: str = ""


def plan_part(job: Job, wanted: PartWanted, *, by: Actor) -> JobPart:
    """Plan a part. Raises Refused beside the field that will not do."""
    lock_job(job)
    refuse_over(job)
    part = write_part(job, wanted)
    tell(job, part, "job_part.planned", part.quantity_planned, by=by)
    return part


def tell(job: Job, part: JobPart, verb: str, quantity: int, *, by: Actor, reason: str = "") -> None:
    """Write down what was done to a part of a job."""
    label = f"{quantity} × {name_of_part(part)} · {job.number}"
    record(verb, job, by=by, label=label, event_id=job.event_id, part_id=part.id, reason=reason)


def write_part(job: Job, wanted: PartWanted) -> JobPart:
    """The row of a part, with its buffer. Raises Refused."""
    product = db.session.get_one(Product, wanted.product_id)
    refuse_unusable(product)
    required = pieces_of(product, wanted)
    buffer = proposed_buffer(job.job_type_id) if wanted.buffer_percent is None else wanted.buffer_percent
    part = JobPart(
        job_id=job.id,
        product_id=product.id,
        quantity_required=required,
        buffer_percent=buffer,
        quantity_planned=planned_quantity(required, buffer),
        unit=product.unit,
        notes=wanted.notes,
        created_at=datetime.now(UTC),
    )
    db.session.add(part)
    db.session.flush()
    return part


def pieces_of(product: Product, wanted: PartWanted) -> int:
    """What was asked for in the product's own unit. Raises Refused for an unknown unit, or for far too many."""
    try:
        pieces = in_units(wanted.quantity, wanted.unit, product.unit, packs_of([product.id])[product.id])
    except ValueError as error:
        raise Refused(str(error), "unit") from error
    if not 1 <= pieces <= MOST:
        raise Refused(f"Please enter a whole number from 1 to {MOST:,}.", "quantity")
    return pieces


def proposed_buffer(job_type_id: int) -> Decimal:
    """The buffer that is proposed, in percent: the job type's own, else the organization's."""
    own = db.session.get_one(JobType, job_type_id).buffer_percent
    return (
        db.session.get_one(Organization, current_organization_id()).job_buffer_percent if own is None else own
    )


def plan_template(job: Job, *, by: Actor) -> list[JobPart]:
    """Plan what this sort of job usually takes; products that are planned already are left as they are."""
    planned = {part.product_id for part in lock_job(job) if part.state is not JobPartState.CANCELLED}
    refuse_over(job)
    query = (
        select(JobTypePart)
        .join(Product, Product.id == JobTypePart.product_id)
        .where(JobTypePart.job_type_id == job.job_type_id, Product.archived_at.is_(None))
        .order_by(JobTypePart.id)
    )
    usual = [row for row in db.session.scalars(query) if row.product_id not in planned]
    parts = [write_part(job, PartWanted(row.product_id, row.quantity)) for row in usual]
    if parts:
        record("job.parts_planned", job, by=by, label=job.number, event_id=job.event_id, parts=len(parts))
    return parts


def change_part(
    part: JobPart, required: int, buffer_percent: Decimal, notes: str, version: int | None, *, by: Actor
) -> JobPart:
    """Plan another quantity. What is set aside beyond the plan is free again. Raises Stale, Refused."""
    job = lock_part(part)
    refuse_over(job)
    if version is not None and part.version != version:
        raise Stale(CHANGED_MEANWHILE)
    refuse_settled(part)
    part.quantity_required, part.buffer_percent, part.notes = required, buffer_percent, notes
    part.quantity_planned = planned_quantity(required, buffer_percent)
    part.version += 1
    give_up(part, min(max(part.quantity_allocated - part.quantity_planned, 0), part.left))
    db.session.flush()
    tell(job, part, "job_part.changed", part.quantity_planned, by=by)
    return part


def refuse_settled(part: JobPart) -> None:
    """Raises Refused for a part of which all has been said."""
    if not part.is_undecided:
        raise Refused(f"{name_of_part(part)} is {part.state.value} already.")


def allocate_all(job: Job, *, by: Actor) -> list[Short]:
    """Set aside what is free of everything that a job misses; what is short is named."""
    parts = lock_job(job)
    refuse_over(job)
    before = sum(part.quantity_allocated for part in parts)
    short = allocate_parts(job, parts, by=by)
    if pieces := sum(part.quantity_allocated for part in parts) - before:
        record("job.parts_allocated", job, by=by, label=job.number, event_id=job.event_id, pieces=pieces)
    return short


def allocate_part(part: JobPart, quantity: int | None = None, *, by: Actor) -> list[Short]:
    """Set aside what is free of what a part misses, and name the rest; or exactly so many. Raises Refused."""
    job = lock_part(part)
    refuse_over(job)
    refuse_settled(part)
    before = part.quantity_allocated
    if quantity is None:
        short = allocate_parts(job, [part], by=by)
    else:
        refuse_unfree(job, part, quantity)
        claim_pieces(job, [(part, quantity)], by=by)
        short = []
    if pieces := part.quantity_allocated - before:
        tell(job, part, "job_part.allocated", pieces, by=by)
    return short


def refuse_unfree(job: Job, part: JobPart, quantity: int) -> None:
    """Raises Refused when fewer are free."""
    free = max(free_for(job, [part.product_id])[part.product_id], 0)
    if quantity > free:
        raise Refused(f"{name_of_part(part)}: {free} free, {quantity - free} short.", "quantity")


def deallocate_part(part: JobPart, *, by: Actor) -> None:
    """Let others have what was set aside; it is planned still."""
    job = lock_part(part)
    if given := give_up(part):
        tell(job, part, "job_part.deallocated", given, by=by)


def return_part(part: JobPart, quantity: int | None = None, *, by: Actor) -> int:
    """What was set aside and not used goes back; all of it, or so many. Raises Refused for more than that."""
    job = lock_part(part)
    pieces = part.left if quantity is None else quantity
    if not part.left:
        raise Refused(f"Nothing of {name_of_part(part)} is left to return.", "quantity")
    if pieces > part.left:
        raise Refused(f"Only {part.left} of {name_of_part(part)} are left to return.", "quantity")
    put_back(part, pieces)
    tell(job, part, "job_part.returned", pieces, by=by)
    return pieces


def put_back(part: JobPart, pieces: int) -> None:
    """So many are free again, and counted as returned."""
    free_pieces(part, pieces)
    part.quantity_returned += pieces
    bring_state(part)
    db.session.flush()


def cancel_part(part: JobPart, *, by: Actor) -> None:
    """The job does not need it: its claim is free. Raises Refused once some of it was used."""
    job = lock_part(part)
    refuse_over(job)
    if part.quantity_used:
        raise Refused(f"{part.quantity_used} of {name_of_part(part)} were used: take that back first.")
    give_up(part)
    part.state = JobPartState.CANCELLED
    db.session.flush()
    tell(job, part, "job_part.cancelled", part.quantity_planned, by=by)


def undecided(parts: Sequence[JobPart]) -> list[JobPart]:
    """The parts of which nobody has said what became of them."""
    return [part for part in parts if part.is_undecided]


__all__ = [
    "PartWanted", "allocate_all", "allocate_part", "cancel_part", "change_part", "deallocate_part", "parts_of",
    "plan_part", "plan_template", "proposed_buffer", "put_back", "return_part", "tell", "undecided", "write_part",
]  # fmt: skip
