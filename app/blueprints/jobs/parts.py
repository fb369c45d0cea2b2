"""The parts of a job, at the desk: planned, set aside, used, returned, changed."""

from flask import Response, request, url_for

from app.blueprints.jobs import blueprint
from app.blueprints.jobs.job_forms import tell_short
from app.blueprints.jobs.jobs import job, job_context
from app.blueprints.jobs.own import worked_part
from app.blueprints.jobs.said import PartSaid, PlanSaid
from app.blueprints.planning.pull_list import chosen_product
from app.edge import actor
from app.fields import FormId, Id, Input, LongText, Name, Quantity, ShortText
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, part, say, wants_part
from app.models import Job, JobPart
from app.permissions import Permission, requires
from app.queries.job_parts import offered_parts
from app.queries.jobs import job_page
from app.services.job_locks import name_of_part
from app.services.job_parts import (
    allocate_all,
    allocate_part,
    cancel_part,
    change_part,
    deallocate_part,
    plan_part,
    plan_template,
    return_part,
)
from app.services.job_uses import Use, take_back, use_part, uses_of
from app.services.once import is_first


class NewPartForm(PartSaid):
    """What is planned: chosen from the offers, or typed or scanned."""

    product: ShortText = ""
    product_id: Id | None = None
    quantity: Quantity = 1
    request_id: FormId = ""


class PlanForm(PlanSaid):
    """A part as it shall be planned, in the version that was read."""

    version: int


class UseForm(Input):
    """How many were used, where, and whether the rest stays set aside."""

    quantity: Quantity
    location_used: ShortText = ""
    notes: LongText = ""
    keeps_rest: bool = False
    request_id: FormId = ""

    def use(self) -> Use:
        """The same for the service."""
        return Use(self.quantity, self.location_used, self.notes, keeps_rest=self.keeps_rest)


class Some(Input):
    """So many; all of it when left empty."""

    quantity: Quantity | None = None
    request_id: FormId = ""


class Mistake(Input):
    """Why a use was a mistake."""

    reason: Name


def parts_again(job_id: int) -> Response:
    """The parts after a change: as a part for htmx, as a page for others."""
    if not wants_part():
        return go_to(url_for("jobs.job", job_id=job_id))
    return part("jobs/_job_parts.html", "jobs/_job_marks.html", "jobs/_job_costs.html", **job_context(job_id))


def job_of_part(job_part_id: int, **_more: str) -> Response:
    """The page of the part's job, for forms that are shown again."""
    return job(worked_part(job_part_id).job_id)


@blueprint.get("/<int:job_id>/products")
@requires(Permission.JOBS_MANAGE)
def job_products(job_id: int) -> Response:
    """Products that fit what is being typed, with what is free of each."""
    row = find(Job, job_id)
    words = request.args.get("product", "")[:200]
    return part("jobs/_product_offers.html", offers=offered_parts(row, words), words=words)


@blueprint.post("/<int:job_id>/parts")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def add_part(job_id: int) -> Response:
    """Plan a part."""
    row, given = find(Job, job_id), read_form(NewPartForm)
    product = chosen_product(given)
    if is_first(given.request_id, by=actor()):
        plan_part(row, given.wanted(product.id, given.quantity), by=actor())
        say(f"{product.name} is planned.")
    return parts_again(job_id)


@blueprint.post("/<int:job_id>/template")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def add_template(job_id: int) -> Response:
    """Plan what this sort of job usually takes."""
    planned = plan_template(find(Job, job_id), by=actor())
    if planned:
        say(f"{len(planned)} usual parts are planned.")
    else:
        say("The template of this job type has nothing that is not planned already.", "info")
    return parts_again(job_id)


@blueprint.post("/<int:job_id>/allocation")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def allocate(job_id: int) -> Response:
    """Set aside what is free of everything."""
    tell_short(allocate_all(find(Job, job_id), by=actor()), "Set aside.")
    return parts_again(job_id)


@blueprint.get("/parts/<int:job_part_id>")
@requires(Permission.JOBS_MANAGE)
def job_part(job_part_id: int) -> Response:
    """The form of a part's plan."""
    row = find(JobPart, job_part_id, JobPart.product)
    return page("jobs/part.html", part_row=row, job=job_page(row.job_id), form=current_form())


@blueprint.post("/parts/<int:job_part_id>")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_part)
def save_part(job_part_id: int) -> Response:
    """Plan a part anew."""
    row, given = find(JobPart, job_part_id), read_form(PlanForm)
    change_part(row, given.quantity_required, given.buffer_percent, given.notes, given.version, by=actor())
    say("Saved.")
    return go_to(url_for("jobs.job", job_id=row.job_id))


@blueprint.post("/parts/<int:job_part_id>/allocation")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_of_part)
def allocate_one(job_part_id: int) -> Response:
    """Set aside what is free of one part."""
    row = find(JobPart, job_part_id)
    tell_short(allocate_part(row, by=actor()), f"{name_of_part(row)} is set aside.")
    return parts_again(row.job_id)


@blueprint.post("/parts/<int:job_part_id>/deallocation")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_of_part)
def deallocate_one(job_part_id: int) -> Response:
    """Let others have what was set aside."""
    row = find(JobPart, job_part_id)
    deallocate_part(row, by=actor())
    say(f"{name_of_part(row)} is free for others.")
    return parts_again(row.job_id)


@blueprint.post("/parts/<int:job_part_id>/use")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_of_part)
def use_one(job_part_id: int) -> Response:
    """Mark as used."""
    row, given = worked_part(job_part_id), read_form(UseForm)
    if is_first(given.request_id, by=actor()):
        use_part(row, given.use(), by=actor(), request_id=given.request_id)
        say(f"{given.quantity} × {name_of_part(row)} used.")
    return parts_again(row.job_id)


@blueprint.post("/parts/<int:job_part_id>/return")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_of_part)
def return_one(job_part_id: int) -> Response:
    """Give back what was not used."""
    row, given = worked_part(job_part_id), read_form(Some)
    if is_first(given.request_id, by=actor()):
        pieces = return_part(row, given.quantity, by=actor())
        say(f"{pieces} × {name_of_part(row)} returned.")
    return parts_again(row.job_id)


@blueprint.post("/parts/<int:job_part_id>/cancellation")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_of_part)
def cancel_one(job_part_id: int) -> Response:
    """Take a part off the job."""
    row = find(JobPart, job_part_id)
    cancel_part(row, by=actor())
    say(f"{name_of_part(row)} is off the list.")
    return parts_again(row.job_id)


@blueprint.post("/parts/<int:job_part_id>/uses/<string:use_id>/reversal")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job_of_part)
def reverse_use(job_part_id: int, use_id: str) -> Response:
    """Take a mistaken use back."""
    row = worked_part(job_part_id)
    reason = read_form(Mistake).reason
    pieces = take_back(row, uses_of(row.id, use_id), reason, by=actor(), request_id=f"back-{use_id}")
    say(f"{pieces} × {name_of_part(row)} are back where they came from.")
    return parts_again(row.job_id)
