"""Work that happens in the background, and letters on their way out."""

from flask import Response, request, url_for

from app.blueprints.accounts import blueprint
from app.edge import actor
from app.finding import find
from app.htmx import go_to, page, say
from app.models import OutboxRow
from app.permissions import Permission, requires
from app.queries.accounts import recent_deliveries, tasks_state, troubled_tasks
from app.services.retries import retry, retry_all


@blueprint.get("/settings/tasks")
@requires(Permission.TASKS_MANAGE)
def tasks() -> Response:
    """How background work is doing."""
    return page(
        "accounts/tasks.html",
        part="accounts/_task_state.html",
        state=tasks_state(),
        page=troubled_tasks(request.args.get("page", 1, int)),
        deliveries=recent_deliveries(request.args.get("letters", 1, int)),
    )


@blueprint.post("/settings/tasks/<int:row_id>/retry")
@requires(Permission.TASKS_MANAGE)
def retry_task(row_id: int) -> Response:
    """Try one dead task again."""
    retry(find(OutboxRow, row_id), by=actor())
    say("It will be tried again within a second or two.")
    return go_to(url_for("accounts.tasks"))


@blueprint.post("/settings/tasks/retries")
@requires(Permission.TASKS_MANAGE)
def retry_tasks() -> Response:
    """Try every dead task again."""
    number = retry_all(by=actor())
    say(f"{number} tasks will be tried again.")
    return go_to(url_for("accounts.tasks"))
