"""Sorts of jobs and their parts templates, for programs."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import fields_called, named_product
from app.blueprints.jobs.said import TypeSaid
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input, Quantity
from app.finding import find
from app.models import JobType, JobTypePart
from app.permissions import Permission
from app.queries.jobs import job_types
from app.services.job_types import add_job_type, change_job_type, put_on_template, take_off_template


class JobTypeOut(Output):
    """A sort of job."""

    id: int
    name: str
    buffer_percent: Decimal | None
    archived_at: datetime | None


@operation("GET", "/inventory/job-types", permission=Permission.JOBS_READ, answer=JobTypeOut, is_list=True)
def list_job_types() -> list[JobType]:
    """All sorts of jobs, those that are out of use last."""
    return job_types(with_archived=True)


@operation(
    "POST", "/inventory/job-types", permission=Permission.JOBS_MANAGE, answer=JobTypeOut, body=TypeSaid, status=201,
    is_idempotent=True,
)  # fmt: skip
def create_job_type(body: TypeSaid) -> JobType:
    """Add a sort of job."""
    return add_job_type(body.name, body.buffer_percent, by=actor())


class JobTypeChange(TypeSaid):
    """The same, and whether it is out of use."""

    is_archived: bool = False


@operation(
    "PUT", "/inventory/job-types/<int:job_type_id>", permission=Permission.JOBS_MANAGE, answer=JobTypeOut,
    body=JobTypeChange,
)  # fmt: skip
def replace_job_type(job_type_id: int, body: JobTypeChange) -> JobType:
    """Rename a sort of job, give it a buffer, or take it out of use."""
    row = find(JobType, job_type_id)
    change_job_type(row, body.name, body.buffer_percent, is_archived=body.is_archived, by=actor())
    return row


class TemplatePartOut(Output):
    """So many of a product that a sort of job usually takes."""

    id: int
    job_type_id: int
    product_id: int
    quantity: int


@operation(
    "GET", "/inventory/job-types/<int:job_type_id>/parts", permission=Permission.JOBS_READ, answer=TemplatePartOut,
    is_list=True,
)  # fmt: skip
def list_template_parts(job_type_id: int) -> list[JobTypePart]:
    """What a sort of job usually takes."""
    row = find(JobType, job_type_id)
    query = select(JobTypePart).where(JobTypePart.job_type_id == row.id).order_by(JobTypePart.id)
    return list(db.session.scalars(query))


class TemplatePartIn(Input):
    """So many of a product; named again, it is as said now."""

    product_id: Id
    quantity: Quantity


@operation(
    "POST", "/inventory/job-types/<int:job_type_id>/parts", permission=Permission.JOBS_MANAGE,
    answer=TemplatePartOut, body=TemplatePartIn, status=201, is_idempotent=True,
)  # fmt: skip
def put_template_part(job_type_id: int, body: TemplatePartIn) -> JobTypePart:
    """Say how many of a product a sort of job usually takes."""
    row, product = find(JobType, job_type_id), named_product(body.product_id)
    with fields_called(product="product_id"):
        return put_on_template(row, product, body.quantity, by=actor())


@operation(
    "DELETE", "/inventory/job-type-parts/<int:template_part_id>", permission=Permission.JOBS_MANAGE
)  # fmt: skip
def delete_template_part(template_part_id: int) -> None:
    """A sort of job does not usually take it any more."""
    take_off_template(find(JobTypePart, template_part_id), by=actor())
