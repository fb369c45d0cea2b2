"""Long work, for programs: how far it is, stopping it, and its file."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify, url_for

from app.blueprints.api.contract import Output, as_json, operation
from app.edge import actor
from app.finding import find
from app.models import LongWork, StoredFile, WorkState
from app.refusals import NotFound
from app.services.long_work import cancel_work


class WorkOut(Output):
    """A piece of long work: done when its state is done; its file is at `/long-work/{id}/file` while it is kept."""

    id: int
    kind: str
    title: str
    state: WorkState
    steps_done: int
    steps: int
    message: str
    outcome: dict[str, Any]
    file_id: int | None
    created_at: datetime
    ended_at: datetime | None


@operation("GET", "/long-work/<int:work_id>", permission=None, answer=WorkOut)
def get_work(work_id: int) -> LongWork:
    """How far a piece of work is that this caller asked for."""
    return mine(work_id)


def accepted(work: LongWork) -> Response:
    """The answer to whoever asked for work: where to ask how far it is."""
    response = jsonify(as_json(WorkOut, work))
    response.status_code, response.headers["Location"] = 202, url_for("api.get_work", work_id=work.id)
    return response


def mine(work_id: int) -> LongWork:
    """One of the caller's own. Raises NotFound."""
    work = find(LongWork, work_id)
    if work.by_id != actor().id:
        raise NotFound("This long work does not exist.")
    return work


@operation("DELETE", "/long-work/<int:work_id>", permission=None)
def delete_work(work_id: int) -> None:
    """Let it stop at its next step, with nothing left behind; an import says which rows stay in.

    What has ended stays as it is.
    """
    cancel_work(mine(work_id))


@operation("GET", "/long-work/<int:work_id>/file", permission=None, media_types=("text/csv",))
def get_work_file(work_id: int) -> Response:
    """What it made."""
    work = mine(work_id)
    if work.file_id is None:
        raise NotFound("There is no file, or none any more.")
    file = find(StoredFile, work.file_id, StoredFile.content)
    return Response(file.content, content_type=f"{file.media_type}; charset=utf-8")
