"""The parts of jobs, for programs: planned, set aside, used, returned, replaced, bought."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import SeenCost, fields_called, named, named_product
from app.blueprints.api.jobs import ShortOut, told
from app.blueprints.jobs.own import seen_part, worked_part
from app.blueprints.jobs.said import PartSaid, PurchaseSaid, StandInSaid
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input, LongText, Name, Percentage, Quantity, ShortText
from app.models import Job, JobPart, JobPartState
from app.permissions import Permission, can
from app.queries.job_parts import uses_of as uses_shown
from app.queries.paging import Page, paged
from app.refusals import Forbidden, Refused
from app.services.job_parts import (
    allocate_part,
    cancel_part,
    change_part,
    deallocate_part,
    plan_part,
    return_part,
)
from app.services.job_uses import Use, take_back, use_part, uses_of
from app.services.job_ways_out import buy_part, substitute_part


class JobPartOut(Output):
    """A part of a job; quantities count the product's own unit."""

    id: int
    job_id: int
    product_id: int
    status: JobPartState = Field(validation_alias="state")
    quantity_required: int
    buffer_percent: Decimal
    quantity_planned: int
    quantity_allocated: int
    quantity_used: int
    quantity_returned: int
    unit: str
    location_used: str
    notes: str
    in_place_of_id: int | None
    cost: SeenCost
    used_at: datetime | None
    version: int


class JobPartQuery(Paging):
    """Which parts: of a job, of a product, in a state."""

    job_id: Id | None = None
    product_id: Id | None = None
    status: JobPartState | None = Field(None, strict=False)


@operation(
    "GET", "/inventory/job-parts", permission=None, answer=JobPartOut, query=JobPartQuery, is_list=True
)
def list_job_parts(query: JobPartQuery) -> Page[JobPart]:
    """The parts of the jobs that this token may see."""
    wanted = select(JobPart).order_by(JobPart.id)
    if not can(Permission.JOBS_READ):
        wanted = wanted.join(Job, Job.id == JobPart.job_id).where(Job.technician_id == actor().id)
    for column, value in (
        (JobPart.job_id, query.job_id),
        (JobPart.product_id, query.product_id),
        (JobPart.state, query.status),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return paged(wanted, query.page, query.per_page)


@operation("GET", "/inventory/job-parts/<int:job_part_id>", permission=None, answer=JobPartOut)
def get_job_part(job_part_id: int) -> JobPart:
    """One part."""
    return seen_part(job_part_id)


class JobPartIn(PartSaid):
    """How many of a product a job needs, in a unit that the product comes in."""

    job_id: Id
    product_id: Id
    quantity_required: Quantity


@operation(
    "POST", "/inventory/job-parts", permission=Permission.JOBS_MANAGE, answer=JobPartOut, body=JobPartIn, status=201,
    is_idempotent=True,
)  # fmt: skip
def create_job_part(body: JobPartIn) -> JobPart:
    """Plan a part; the proposed buffer is added unless another is said."""
    job, product = named(Job, body.job_id, "job_id"), named_product(body.product_id)
    with fields_called(product="product_id", quantity="quantity_required", form="job_id"):
        return plan_part(job, body.wanted(product.id, body.quantity_required), by=actor())


class JobPartChange(Input):
    """What became of a part: the `status` that it shall have, or another plan.

    `used` takes `quantity_used`, which counts all that was ever used of it; what is left is returned unless
    `keep_allocated`. `allocated` sets aside what is free, `returned` gives back what is left, `planned` lets
    others have it, `cancelled` takes the part off the job. Without a status, `quantity_required`,
    `buffer_percent` and `notes` change the plan.
    """

    status: Literal["planned", "allocated", "used", "returned", "cancelled"] | None = None
    quantity_used: Quantity | None = None
    location_used: ShortText = ""
    keep_allocated: bool = False
    quantity_required: Quantity | None = None
    buffer_percent: Percentage | None = None
    notes: LongText | None = None


@operation(
    "PUT", "/inventory/job-parts/<int:job_part_id>", permission=Permission.JOB_PARTS_USE, answer=JobPartOut,
    body=JobPartChange,
)  # fmt: skip
def change_job_part(job_part_id: int, body: JobPartChange) -> JobPart:
    """Mark a part as used, returned, allocated, planned or cancelled, or plan it anew."""
    part = worked_part(job_part_id)
    refuse_mixture(body)
    with fields_called(
        quantity="quantity_used" if body.quantity_used else "quantity_required", form="status"
    ):
        if body.status == "used" or body.quantity_used is not None:
            use_part(part, use_said(part, body), by=actor())
        elif body.status == "returned":
            return_part(part, by=actor())
        else:
            plan_anew(part, body)
    return part


def refuse_mixture(body: JobPartChange) -> None:
    """One deed at a time. Raises Refused for a use beside a change of plan, or beside another status."""
    is_use = body.quantity_used is not None
    if is_use and body.status not in (None, "used", "allocated"):
        raise Refused("A quantity that was used goes with the status used.", "quantity_used")
    if body.status is not None and (body.quantity_required is not None or body.buffer_percent is not None):
        raise Refused("Change the plan by itself, without a status.", "status")


def use_said(part: JobPart, body: JobPartChange) -> Use:
    """The use that a body speaks of; without a number, all that is set aside."""
    keeps_rest = body.keep_allocated or body.status == "allocated"
    total = part.quantity_used + part.left if body.quantity_used is None else body.quantity_used
    if total < 1:
        raise Refused("Please say how many were used.", "quantity_used")
    return Use(total, body.location_used, body.notes or "", keeps_rest=keeps_rest, is_total=True)


def plan_anew(part: JobPart, body: JobPartChange) -> None:
    """What only whoever plans jobs may do. Raises Forbidden for others."""
    if not can(Permission.JOBS_MANAGE):
        raise Forbidden(f"This token may not do this: it lacks {Permission.JOBS_MANAGE}.")
    if body.status == "allocated":
        allocate_part(part, by=actor())
    elif body.status == "planned":
        deallocate_part(part, by=actor())
    elif body.status == "cancelled":
        cancel_part(part, by=actor())
    else:
        required = part.quantity_required if body.quantity_required is None else body.quantity_required
        buffer = part.buffer_percent if body.buffer_percent is None else body.buffer_percent
        notes = part.notes if body.notes is None else body.notes
        change_part(part, required, buffer, notes, None, by=actor())


class AllocationIn(Input):
    """Exactly so many; all that is free of what is missing when left out."""

    quantity: Quantity | None = None


class AllocationOut(Output):
    """The part as it is now, and what of it is short."""

    job_part: JobPartOut
    short: list[ShortOut]


@operation(
    "POST", "/inventory/job-parts/<int:job_part_id>/allocations", permission=Permission.JOBS_MANAGE,
    answer=AllocationOut, body=AllocationIn, status=201, is_idempotent=True,
)  # fmt: skip
def allocate_job_part(job_part_id: int, body: AllocationIn) -> AllocationOut:
    """Set aside what a part misses, as far as it is free; or exactly so many."""
    part = worked_part(job_part_id)
    with fields_called(form="quantity"):
        short = allocate_part(part, body.quantity, by=actor())
    db.session.flush()
    return AllocationOut(job_part=JobPartOut.model_validate(part), short=told(short))


class ReturnIn(Input):
    """How many go back; all that is left when left out."""

    quantity: Quantity | None = None


@operation(
    "POST", "/inventory/job-parts/<int:job_part_id>/returns", permission=Permission.JOB_PARTS_USE, answer=JobPartOut,
    body=ReturnIn, status=201, is_idempotent=True,
)  # fmt: skip
def return_job_part(job_part_id: int, body: ReturnIn) -> JobPart:
    """Give back what was set aside and not used."""
    part = worked_part(job_part_id)
    return_part(part, body.quantity, by=actor())
    return part


class UseIn(Input):
    """How many are used now, where, and whether what is left stays set aside."""

    quantity: Quantity
    location_used: ShortText = ""
    notes: LongText = ""
    keep_allocated: bool = False


@operation(
    "POST", "/inventory/job-parts/<int:job_part_id>/uses", permission=Permission.JOB_PARTS_USE, answer=JobPartOut,
    body=UseIn, status=201, is_idempotent=True,
)  # fmt: skip
def use_job_part(job_part_id: int, body: UseIn) -> JobPart:
    """Use so many more: the issue is posted by itself."""
    part = worked_part(job_part_id)
    use = Use(body.quantity, body.location_used, body.notes, keeps_rest=body.keep_allocated)
    with fields_called(form="quantity"):
        return use_part(part, use, by=actor())


class UseOut(Output):
    """One use of a part; `id` names it for taking it back."""

    id: str = Field(validation_alias="request_id")
    quantity: int
    cost: SeenCost
    used_at: datetime = Field(validation_alias="at")
    by: str
    is_taken_back: bool


@operation(
    "GET", "/inventory/job-parts/<int:job_part_id>/uses", permission=None, answer=UseOut, is_list=True
)  # fmt: skip
def list_job_part_uses(job_part_id: int) -> Any:
    """The uses of a part, the latest first."""
    part = seen_part(job_part_id)
    return uses_shown([part.id]).get(part.id, ())


class ReversalIn(Input):
    """Why the use was a mistake."""

    reason: Name


@operation(
    "POST", "/inventory/job-parts/<int:job_part_id>/uses/<string:use_id>/reversal",
    permission=Permission.JOB_PARTS_USE, answer=JobPartOut, body=ReversalIn, status=201, is_idempotent=True,
)  # fmt: skip
def reverse_job_part_use(job_part_id: int, use_id: str, body: ReversalIn) -> JobPart:
    """Take a mistaken use back: the pieces are where they came from."""
    part = worked_part(job_part_id)
    take_back(part, uses_of(part.id, use_id), body.reason, by=actor(), request_id=f"back-{use_id}")
    return part


@operation(
    "POST", "/inventory/job-parts/<int:job_part_id>/substitutes", permission=Permission.JOBS_MANAGE,
    answer=JobPartOut, body=StandInSaid, status=201, is_idempotent=True,
)  # fmt: skip
def substitute_job_part(job_part_id: int, body: StandInSaid) -> JobPart:
    """Let another product stand in for what is missing; both stay on record."""
    part, product = worked_part(job_part_id), named_product(body.product_id)
    return substitute_part(part, product, body.quantity, by=actor())


class PurchaseOut(Output):
    """The draft of the purchase order that what is missing stands on."""

    purchase_order_id: int = Field(validation_alias="id")
    number: str


@operation(
    "POST", "/inventory/job-parts/<int:job_part_id>/purchases", permission=Permission.ORDERS_REQUEST,
    answer=PurchaseOut, body=PurchaseSaid, status=201, is_idempotent=True,
)  # fmt: skip
def buy_job_part(job_part_id: int, body: PurchaseSaid) -> Any:
    """Ask urgently for what is missing."""
    part = seen_part(job_part_id)
    return buy_part(part, body.quantity, by=actor(), notes=body.notes)
