"""Many stock transactions from a file."""

from flask import Response, g, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import new_request_id, sees_costs
from app.edge import actor
from app.fields import Input, RequestId
from app.forms import current_form, plain_errors, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.permissions import Permission, requires
from app.refusals import Refused
from app.services.stock import MOST_AT_ONCE
from app.services.stock_request_files import post_file

LARGEST_FILE = 8 * 1024 * 1024
SHOWN = 500
"""Errors on one page; who has more than that begins with those."""


class FileForm(Input):
    """The deed that the file is posted with."""

    request_id: RequestId


@blueprint.get("/transactions/file")
@requires(Permission.STOCK_RECEIVE)
def transactions_file() -> Response:
    """The form, with all that was wrong with a file that was refused."""
    form = current_form()
    wrong = sorted(
        (int(line), column, " ".join(texts))
        for name, texts in form.errors.items()
        for line, _, column in [name.partition(".")]
        if line.isdigit()
    )
    return page(
        "inventory/transactions_file.html",
        form=form,
        wrong=wrong[:SHOWN],
        wrong_rows=len({line for line, _, _ in wrong}),
        most=MOST_AT_ONCE,
        request_id=new_request_id(),
        sees_costs=sees_costs(),
    )


@blueprint.post("/transactions/file")
@requires(Permission.STOCK_RECEIVE)
@shown_again_by(transactions_file)
def post_transactions_file() -> Response:
    """Post every row of the file, or none."""
    given, upload = read_form(FileForm), request.files.get("file")
    if upload is None or not upload.filename:
        raise Refused("Please choose a file.", "file")
    content = upload.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise Refused("The file is larger than 8 MB. Please split it.", "file")
    done = post_file(
        content, zone=g.organization.timezone, sees_costs=sees_costs(), plain=plain_errors, by=actor(),
        request_id=given.request_id,
    )  # fmt: skip
    say(f"{len(done.transactions):,} stock transactions were posted.")
    if done.short_events:
        say(f"Short now: {', '.join(done.short_events)}. Planning and stock were told.", "warn")
    return go_to(url_for("inventory.transactions"))
