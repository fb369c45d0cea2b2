"""Sorts of jobs: their names, buffers and parts templates."""

from flask import Response, g, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.blueprints.jobs import blueprint
from app.blueprints.jobs.said import BufferSaid, TypeSaid
from app.blueprints.planning.pull_list import chosen_product
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input, Quantity, ShortText
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import JobType, JobTypePart, Organization
from app.permissions import Permission, requires
from app.queries.choices import offered_products
from app.queries.jobs import job_types
from app.services.job_types import (
    add_job_type,
    change_job_type,
    propose_buffer,
    put_on_template,
    take_off_template,
)


class TypeForm(TypeSaid):
    """The same in a form, and whether it is out of use."""

    is_archived: bool = False


class TemplatePartForm(Input):
    """So many of a product, chosen, typed or scanned."""

    product: ShortText = ""
    product_id: Id | None = None
    quantity: Quantity


@blueprint.get("/types")
@requires(Permission.JOBS_READ)
def types() -> Response:
    """The sorts of jobs."""
    count = select(JobTypePart.job_type_id, func.count()).group_by(JobTypePart.job_type_id)
    return page(
        "jobs/types.html",
        types=job_types(with_archived=True),
        parts=dict(db.session.execute(count).all()),
        buffer=g.organization.job_buffer_percent,
        form=current_form(),
    )


@blueprint.post("/types")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(types)
def add_type() -> Response:
    """Add a sort of job."""
    given = read_form(TypeForm)
    row = add_job_type(given.name, given.buffer_percent, by=actor())
    say(f"{row.name} is a job type now. Say what it usually takes.")
    return go_to(url_for("jobs.job_type", job_type_id=row.id))


@blueprint.post("/buffer")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(types)
def save_buffer() -> Response:
    """Choose what is proposed as contingency."""
    organization = db.session.get_one(Organization, g.organization.id)
    propose_buffer(organization, read_form(BufferSaid).buffer_percent, by=actor())
    say("Saved. It is proposed for parts that are planned from now on.")
    return go_to(url_for("jobs.types"))


@blueprint.get("/types/<int:job_type_id>")
@requires(Permission.JOBS_READ)
def job_type(job_type_id: int) -> Response:
    """One sort of job with its template."""
    row = find(JobType, job_type_id)
    parts = select(JobTypePart).where(JobTypePart.job_type_id == row.id).order_by(JobTypePart.id)
    return page(
        "jobs/type.html",
        type=row,
        parts=db.session.scalars(parts.options(joinedload(JobTypePart.product))).all(),
        names=offered_products(""),
        form=current_form(),
    )


@blueprint.post("/types/<int:job_type_id>")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_type)
def save_type(job_type_id: int) -> Response:
    """Change a sort of job."""
    given = read_form(TypeForm)
    change_job_type(
        find(JobType, job_type_id),
        given.name,
        given.buffer_percent,
        is_archived=given.is_archived,
        by=actor(),
    )
    say("Saved.")
    return go_to(url_for("jobs.job_type", job_type_id=job_type_id))


@blueprint.post("/types/<int:job_type_id>/parts")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_type)
def add_template_part(job_type_id: int) -> Response:
    """Put a product on the template."""
    row, given = find(JobType, job_type_id), read_form(TemplatePartForm)
    product = chosen_product(given)
    put_on_template(row, product, given.quantity, by=actor())
    say(f"{given.quantity} × {product.name} on the template.")
    return go_to(url_for("jobs.job_type", job_type_id=job_type_id))


@blueprint.post("/types/parts/<int:template_part_id>/removal")
@requires(Permission.JOBS_MANAGE)
def remove_template_part(template_part_id: int) -> Response:
    """Take a product off the template."""
    row = find(JobTypePart, template_part_id)
    job_type_id = row.job_type_id
    take_off_template(row, by=actor())
    say("Off the template.")
    return go_to(url_for("jobs.job_type", job_type_id=job_type_id))
