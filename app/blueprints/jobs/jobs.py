"""Jobs: the list and one job."""

from typing import Any

from flask import Response, request

from app.blueprints.jobs import blueprint
from app.blueprints.jobs.own import seen_photo
from app.blueprints.planning.fields import csv_answer, day, new_request_id, whole, zone_name
from app.blueprints.warehouse.photos import photo_answer
from app.edge import actor
from app.htmx import page
from app.permissions import Permission, can, requires, signed_in
from app.queries import jobs as queries
from app.queries.job_parts import part_rows
from app.queries.technicians import technicians
from app.rules.job_parts import cost_share
from app.rules.money import ZERO

EXPORTED = (
    "Number", "Title", "Type", "State", "Customer", "Site", "Technician", "Event", "From", "Until", "Parts",
    "Missing", "Parts cost", "Revenue",
)  # fmt: skip


def filters() -> queries.JobFilters:
    """The filters in the address, what does not fit left at its default."""
    state = request.args.get("state", "open")
    return queries.JobFilters(
        find=request.args.get("find", "")[:200],
        state=state if state in queries.STATES else "open",
        type_id=whole("type"),
        technician_id=whole("technician"),
        event_id=whole("event"),
        starts=day("from"),
        ends=day("until"),
        sort=request.args.get("sort", "from"),
    )


@blueprint.get("")
@requires(Permission.JOBS_READ)
def jobs() -> Response:
    """The list of jobs."""
    chosen = filters()
    return page(
        "jobs/jobs.html",
        part="jobs/_job_list.html",
        found=queries.job_rows(chosen, whole("page") or 1, zone_name()),
        filters=chosen,
        sort=chosen.sort,
        states=queries.STATES,
        types=queries.type_options(),
        technicians=technicians(),
    )


@blueprint.get("/list.csv")
@requires(Permission.JOBS_READ)
def jobs_csv() -> Response:
    """The same list as a file; what things cost only for who may see it."""
    sees_costs = can(Permission.COSTS_READ)
    rows = queries.all_job_rows(filters(), zone_name())
    return csv_answer(
        "jobs",
        EXPORTED,
        (
            (
                row.number, row.title, row.type, row.state.value, row.company, row.site, row.technician, row.event,
                row.starts_at, row.ends_at, row.parts, row.missing, row.cost if sees_costs else "", row.revenue,
            )
            for row in rows
        ),
    )  # fmt: skip


@blueprint.get("/<int:job_id>")
@requires(Permission.JOBS_READ)
def job(job_id: int) -> Response:
    """One job: what it is, its parts, what they cost."""
    return page("jobs/job.html", part="jobs/_job_parts.html", **job_context(job_id))


def job_context(job_id: int) -> dict[str, Any]:
    """What the page of a job shows."""
    row = queries.job_page(job_id)
    rows = part_rows(row)
    cost = sum((one.part.cost for one in rows), ZERO)
    expected = sum((one.expected_cost for one in rows), ZERO)
    return {
        "job": row,
        "rows": rows,
        "cost": cost,
        "expected": expected,
        "share": cost_share(cost, row.revenue),
        "expected_share": cost_share(expected, row.revenue),
        "photos": queries.photos_of(row.id),
        "repair": queries.repair_of(row),
        "is_mine": row.technician_id == actor().id,
        "may_manage": row.is_open and can(Permission.JOBS_MANAGE),
        "request_id": new_request_id(),
        "new_request_id": new_request_id,
    }


@blueprint.get("/photos/<int:job_photo_id>")
@signed_in
def photo(job_photo_id: int) -> Response:
    """A photo of a job that this person may see."""
    return photo_answer(seen_photo(job_photo_id).file_id)


__all__ = ["job", "job_context", "jobs", "jobs_csv", "photo"]
