"""The board of jobs: by day and technician, moved by hand, by keys or from a card's menu."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from flask import Response, g, request, url_for
from pydantic import Field

from app.blueprints.jobs import blueprint
from app.blueprints.jobs.job_forms import tell_short
from app.blueprints.jobs.jobs import job
from app.edge import actor
from app.fields import Input
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, part
from app.models import Job
from app.permissions import Permission, requires
from app.queries.job_board import job_board
from app.refusals import Refused
from app.rules.calendars import local_day
from app.rules.month_grid import read_week, week_name
from app.services.jobs import move_job


class Move(Input):
    """Where a card goes: a day and a technician's number (0 for nobody), as in 2027-06-07/4."""

    column: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}/\d{1,9}$")]
    position: int = 0

    def place(self) -> tuple[date, int | None]:
        """The day and the technician. Raises Refused for a day that there is not."""
        day, _, technician = self.column.partition("/")
        try:
            return date.fromisoformat(day), int(technician) or None
        except ValueError as error:
            raise Refused("There is no such day.", "column") from error


@blueprint.get("/board")
@requires(Permission.JOBS_READ)
def board() -> Response:
    """The board of a week."""
    return page("jobs/board.html", part="jobs/_job_board.html", **board_context())


def board_context() -> dict[str, Any]:
    """The week that the address names, else this one, and its neighbours."""
    today = local_day(datetime.now(UTC), g.organization.timezone)
    monday = read_week(request.args.get("week", "")) or today - timedelta(days=today.weekday())
    return {
        "board": job_board(monday, g.organization.timezone),
        "today": today,
        "week": week_name(monday),
        "before": week_name(monday - timedelta(days=7)),
        "after": week_name(monday + timedelta(days=7)),
    }


@blueprint.post("/<int:job_id>/move")
@requires(Permission.JOBS_MANAGE)
@shown_again_by(job)
def move(job_id: int) -> Response:
    """Put a job on another day, or give it to somebody else."""
    row = find(Job, job_id)
    day, technician_id = read_form(Move).place()
    short = move_job(row, day, technician_id, by=actor())
    tell_short(short, f"{row.number} has moved.")
    if request.headers.get("HX-Target") != "job-board":
        return go_to(url_for("jobs.board", week=week_name(day)))
    return part("jobs/_job_board.html", **board_context())
