"""Long work that was asked for: how far it is, stopping it, and fetching what it made."""

from flask import Response, request, url_for

from app.blueprints.insight import blueprint
from app.edge import actor
from app.finding import find
from app.htmx import go_to, page, say
from app.models import LongWork, StoredFile
from app.permissions import signed_in
from app.queries.long_work import my_work_page
from app.refusals import NotFound
from app.services.long_work import KEPT, UNDER_WAY, cancel_work

LEADS_TO = {"import": ("inventory.import_run", "run_id")}
"""Sort of work → the page that shows what came of it, and what names it."""


@blueprint.get("/long-work")
@signed_in
def my_work() -> Response:
    """What I had done in the background, newest first."""
    return page(
        "insight/my_work.html",
        part="insight/_work_list.html",
        page=my_work_page(actor().id or 0, request.args.get("page", 1, int)),
        kept_days=KEPT.days,
    )


@blueprint.get("/long-work/<int:work_id>")
@signed_in
def work(work_id: int) -> Response:
    """How far it is; the part asks again by itself until it is done."""
    asked = mine(work_id)
    return page(
        "insight/work.html",
        part="insight/_long_work.html",
        work=asked,
        is_under_way=asked.state in UNDER_WAY,
        led_to=where_it_led(asked),
        kept_days=KEPT.days,
    )


def where_it_led(asked: LongWork) -> str:
    """The address of what came of it; nothing where that is the file alone."""
    endpoint, name = LEADS_TO.get(asked.kind, ("", ""))
    return url_for(endpoint, **{name: asked.wanted[name]}) if endpoint else ""


def mine(work_id: int) -> LongWork:
    """One of mine. Raises NotFound for somebody else's."""
    asked = find(LongWork, work_id)
    if asked.by_id != actor().id:
        raise NotFound("This work does not exist.")
    return asked


@blueprint.post("/long-work/<int:work_id>/cancellation")
@signed_in
def cancel(work_id: int) -> Response:
    """Let it stop: it leaves nothing behind, or says what."""
    asked = mine(work_id)
    cancel_work(asked)
    say("It stops." if asked.state in UNDER_WAY else "It has ended.", "info")
    return go_to(url_for("insight.work", work_id=work_id))


@blueprint.get("/long-work/<int:work_id>/file")
@signed_in
def work_file(work_id: int) -> Response:
    """What it made. Raises NotFound when there is none, or none any more."""
    asked = mine(work_id)
    if asked.file_id is None:
        raise NotFound("This file is not kept any more. Ask for it again.")
    file = find(StoredFile, asked.file_id, StoredFile.content)
    response = Response(file.content, content_type=f"{file.media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
